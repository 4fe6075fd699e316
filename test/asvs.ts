// The requirements of OWASP ASVS 5.0.0 that docs/security.md answers for: those of levels 1 and 2 in the
// chapters on APIs (4), authentication (6), sessions (7), tokens (9), cryptography (11) and configuration
// (13). From https://github.com/OWASP/ASVS/tree/v5.0.0_release/5.0/en (2025-05-30).

const numbers = (text: string): ReadonlyArray<string> => text.trim().split(/\s+/u)

/** Their numbers. Level 2 includes level 1. */
export const requirements: {
  readonly L1: ReadonlyArray<string>
  readonly L2: ReadonlyArray<string>
} = {
  L1: numbers(`
    4.1.1 4.4.1 6.1.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.3.1 6.3.2 6.4.1 6.4.2
    7.2.1 7.2.2 7.2.3 7.2.4 7.4.1 7.4.2 9.1.1 9.1.2 9.1.3 9.2.1 11.3.1 11.3.2 11.4.1 13.4.1
  `),
  L2: numbers(`
    4.1.2 4.1.3 4.2.1 4.3.1 4.3.2 4.4.2 4.4.3 4.4.4 6.1.2 6.1.3 6.2.9 6.2.10 6.2.11 6.2.12 6.3.3
    6.3.4 6.4.3 6.4.4 6.5.1 6.5.2 6.5.3 6.5.4 6.5.5 6.6.1 6.6.2 6.6.3 6.8.1 6.8.2 6.8.3 6.8.4
    7.1.1 7.1.2 7.1.3 7.3.1 7.3.2 7.4.3 7.4.4 7.4.5 7.5.1 7.5.2 7.6.1 7.6.2 9.2.2 9.2.3 9.2.4
    11.1.1 11.1.2 11.2.1 11.2.2 11.2.3 11.3.3 11.4.2 11.4.3 11.4.4 11.5.1 11.6.1 13.1.1 13.2.1
    13.2.2 13.2.3 13.2.4 13.2.5 13.3.1 13.3.2 13.4.2 13.4.3 13.4.4 13.4.5
  `)
}
