// `npm run dev`: the whole system in one process, with what it needs to be tried out.
import "./node-floor.js"

void import("./dev/run.ts")
