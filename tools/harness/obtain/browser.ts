// A Chromium for tests: what the machine has, since none is downloaded. The shell without a window goes first: a whole
// browser draws its own window too, and takes half as much of the processor again.
import { obtain, onPath } from "./obtain.ts"

const names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]

export const obtainBrowser = () => obtain("Chromium", names.map(onPath))
