/**
 * Says why a text is not JSON and where, as clients of the vendor read it: `Expecting value: line 3 column 33 (char 77)`.
 * Lines and columns count from 1, characters from 0. Needs no stack, however deep the text nests; a text that has no
 * fault was refused for its depth alone.
 */
export const jsonFault = (text: string): string => {
  const { reason, at } = findFault(text) ?? TOO_DEEP
  const before = text.slice(0, at)
  const line = before.split('\n').length
  const column = countCharacters(before.slice(before.lastIndexOf('\n') + 1)) + 1
  return `${reason}: line ${line} column ${column} (char ${countCharacters(before)})`
}

// -- internals

interface Fault {
  readonly reason: string
  readonly at: number
}

/** Where a part of the text ends, or what is wrong with it. */
type Scan = number | Fault

const TOO_DEEP: Fault = { reason: 'Nested too deeply', at: 0 }
const EXPECTING_VALUE = 'Expecting value'
const EXPECTING_NAME = 'Expecting property name enclosed in double quotes'
const LITERAL = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const SPACE = /[ \t\n\r]*/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y

const findFault = (text: string): Fault | undefined => {
  const open: Array<'{' | '['> = []
  let at = skipSpace(text, 0)
  for (;;) {
    const start = text[at]
    const inner = skipSpace(text, at + 1)
    if (start === '{' && text[inner] !== '}') {
      const value = scanName(text, inner)
      if (typeof value !== 'number') return value
      open.push(start)
      at = value
      continue
    }
    if (start === '[' && text[inner] !== ']') {
      open.push(start)
      at = inner
      continue
    }
    const end = start === '{' || start === '[' ? inner + 1 : scanScalar(text, at)
    if (typeof end !== 'number') return end
    const next = scanAfterValue(text, end, open)
    if (typeof next !== 'number') return next
    at = next
  }
}

// Closes what ends here; answers where the next value begins.
const scanAfterValue = (text: string, end: number, open: Array<'{' | '['>): Scan | undefined => {
  let at = skipSpace(text, end)
  for (;;) {
    const inside = open.at(-1)
    if (inside === undefined) return at < text.length ? { reason: 'Extra data', at } : undefined
    if (text[at] === (inside === '{' ? '}' : ']')) {
      open.pop()
      at = skipSpace(text, at + 1)
      continue
    }
    if (text[at] !== ',') return { reason: "Expecting ',' delimiter", at }
    const next = skipSpace(text, at + 1)
    return inside === '{' ? scanName(text, next) : next
  }
}

const scanName = (text: string, at: number): Scan => {
  if (text[at] !== '"') return { reason: EXPECTING_NAME, at }
  const end = scanString(text, at)
  if (typeof end !== 'number') return end
  const colon = skipSpace(text, end)
  if (text[colon] !== ':') return { reason: "Expecting ':' delimiter", at: colon }
  return skipSpace(text, colon + 1)
}

const scanScalar = (text: string, at: number): Scan => {
  if (text[at] === '"') return scanString(text, at)
  return matchEnd(LITERAL, text, at) ?? { reason: EXPECTING_VALUE, at }
}

const scanString = (text: string, begin: number): Scan => {
  let at = begin + 1
  for (;;) {
    while (isPlain(text, at)) at += 1
    if (text[at] === '"') return at + 1
    if (at >= text.length) return { reason: 'Unterminated string starting at', at: begin }
    if (text[at] !== '\\') return { reason: 'Invalid control character at', at }
    const end = matchEnd(ESCAPE, text, at)
    if (end === undefined) return { reason: 'Invalid \\escape', at }
    at = end
  }
}

const isPlain = (text: string, at: number): boolean =>
  text.charCodeAt(at) >= 0x20 && text[at] !== '"' && text[at] !== '\\'

const skipSpace = (text: string, at: number): number => matchEnd(SPACE, text, at) ?? at

const matchEnd = (pattern: RegExp, text: string, at: number): number | undefined => {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : undefined
}

const countCharacters = (text: string): number => {
  let count = 0
  for (const _ of text) count += 1
  return count
}
