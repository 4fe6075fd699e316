// Walks the whole journey against a running system (`--url URL`) or an embedded one of its own, and
// prints each step; exit code 1 if one fails.
import "./node-floor.js"

void import("./demo/run.ts")
