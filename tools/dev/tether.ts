// Preloaded into the system that `npm run dev` runs: it stops in order when the process that started it is gone.
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"))
// The channel alone keeps nothing running.
process.channel?.unref()
