// Entry point of the worker (`npm run worker`): refuses an old Node, then consumes.
import "../node-floor.js"

// Loaded after the check: what follows links modules that an old Node cannot even parse.
void import("./serve.ts")
