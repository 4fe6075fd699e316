// A Chromium for tests: what the machine has, since none is downloaded.
import { obtain, onPath } from "./obtain.ts"

export const obtainBrowser = () =>
  obtain("Chromium", ["chromium", "chromium-browser", "google-chrome"].map(onPath))
