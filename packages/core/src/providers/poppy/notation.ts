/**
 * Writes a value of parsed JSON the way Python prints it, which is how the vendor echoes input: `'a'`, `True`, `None`,
 * `{'k': 1}`. What is nested deeper than anyone means is cut to `...`.
 */
export const toPython = (value: unknown): string => write(value, MOST_NESTED, false)

/** Spells a value so that two values are equal exactly when their spellings are: members are sorted. */
export const toCanonical = (value: unknown): string => write(value, MOST_NESTED, true)

/** Escapes what the vendor escapes in names and in texts that echo input: `&`, `<` and `>`, and no quotes. */
export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

// -- internals

// A parser takes any depth; a walk that calls itself does not.
const MOST_NESTED = 64

const write = (value: unknown, room: number, sorted: boolean): string => {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number') return writeNumber(value)
  if (typeof value === 'string') return writeString(value)
  if (room === 0) return '...'
  if (Array.isArray(value))
    return `[${value.map((item) => write(item, room - 1, sorted)).join(', ')}]`
  const members = Object.entries(value).map(
    ([key, member]) => `${writeString(key)}: ${write(member, room - 1, sorted)}`,
  )
  return `{${(sorted ? members.toSorted() : members).join(', ')}}`
}

const writeNumber = (value: number): string => {
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  const text = value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential() : String(value)
  return text.replace(/e([+-])(\d)$/, 'e$10$2')
}

const writeString = (value: string): string => {
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'"
  const body = value
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replace(/[\p{C}\p{Z}]/gu, (character) =>
      character === ' ' ? ' ' : escapeUnprinted(character),
    )
  return `${quote}${body}${quote}`
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

const escapeUnprinted = (character: string): string => {
  const short = SHORT_ESCAPES[character]
  if (short !== undefined) return short
  const hex = (character.codePointAt(0) ?? 0).toString(16)
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}
