// Entry point of the API (`npm start`): refuses an old Node, then serves.
import "../node-floor.js"

// Loaded after the check: what follows links modules that an old Node cannot even parse.
void import("./serve.ts")
