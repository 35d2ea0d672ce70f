/**
 * Text from elsewhere as a terminal may show it: what would move the cursor, colour, turn the direction of writing or
 * break the line is spelled instead of obeyed.
 */
export const plain = (text: string): string =>
  text.replaceAll(CONTROL, (character) => {
    const code = character.codePointAt(0) ?? 0
    return `\\u${code.toString(16).padStart(4, '0')}`
  })

// -- internals

// Controls, line and paragraph separators, and the marks that set a direction.
const CONTROL = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu
