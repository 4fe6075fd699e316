// The keys that type a text, without Shift, on a US keyboard: "Zaq1@WSX" and "zaq12wsx" are one walk over
// it. Lists of passwords are compared in this form, since which keys get Shift is the least of a guess.
const shifted = '!@#$%^&*()_+{}|:"<>?~'
const plain = "1234567890-=[]\\;',./`"

const keys = new Map(Array.from(shifted, (character, n) => [character, plain.charAt(n)]))

export const keysPressed = (text: string): string =>
  text.toLowerCase().replace(/[!-~]/gu, (character) => keys.get(character) ?? character)
