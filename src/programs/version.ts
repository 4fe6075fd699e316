/** Of package.json (a test compares): what traces call `service.version`. */
export const version = "0.1.0"
