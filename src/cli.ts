// The operators' command line. `migrate` prepares a database, `seed` fills a catalogue to try, `admin`
// makes and unmakes one, `sessions end` ends somebody's logins, `stock audit` checks the books,
// `dead-letters` shows, redrives and drops what could not be processed; exit codes: 0 done, 1 it failed, 2 usage.
import "./node-floor.js"

void import("./cli/run.ts")
