// The keys that type a text, without Shift, on a US keyboard: "Zaq1@WSX" and "zaq12wsx" are the same keys. Passwords
// are compared with lists in this form, since adding Shift makes a guess hardly harder.
const shifted = '!@#$%^&*()_+{}|:"<>?~'
const plain = "1234567890-=[]\\;',./`"

const keys = new Map(Array.from(shifted, (character, n) => [character, plain.charAt(n)]))

export const keysPressed = (text: string): string =>
  text.toLowerCase().replace(/[!-~]/gu, (character) => keys.get(character) ?? character)
