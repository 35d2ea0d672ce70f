import * as E from 'fp-ts/lib/Either.js'

/** Where a text stops being JSON; both count from 1, columns in code points. */
export interface SyntaxFault {
  readonly line: number
  readonly column: number
}

/**
 * Parses JSON. A fault says where and quotes nothing: the engine's own message repeats the text around it, which in a
 * configuration may be a secret.
 */
export const parseJson = (text: string): E.Either<SyntaxFault, unknown> =>
  E.tryCatch(
    () => JSON.parse(text) as unknown,
    () => positionOf(text, faultOffset(text)),
  )

// -- internals

const positionOf = (text: string, offset: number): SyntaxFault => {
  const lines = text.slice(0, offset).split('\n')
  return { line: lines.length, column: [...(lines.at(-1) ?? '')].length + 1 }
}

const SPACE = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /true|false|null/y
const STRING = /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy

/** The offset of the first token that no JSON text could have there. */
const faultOffset = (text: string): number => {
  // What may come next, innermost last: a bracket that is open, and what is expected inside it.
  const open: Array<'{' | '['> = []
  let expected: 'value' | 'first value' | 'name' | 'first name' | 'rest' = 'value'
  let at = 0
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at
    const length = pattern.exec(text)?.[0].length ?? 0
    at += length
    return length > 0
  }
  for (;;) {
    take(SPACE)
    const mark = text[at]
    const inside = open.at(-1)
    if (expected === 'rest') {
      if (inside === undefined || mark === undefined) return at
      if (mark === ',') expected = inside === '{' ? 'name' : 'value'
      else if (mark === (inside === '{' ? '}' : ']')) open.pop()
      else return at
      at += 1
    } else if (expected === 'name' || expected === 'first name') {
      if (expected === 'first name' && mark === '}') {
        open.pop()
        at += 1
        expected = 'rest'
        continue
      }
      if (!take(STRING)) return at
      take(SPACE)
      if (text[at] !== ':') return at
      at += 1
      expected = 'value'
    } else if (expected === 'first value' && mark === ']') {
      open.pop()
      at += 1
      expected = 'rest'
    } else if (mark === '{' || mark === '[') {
      open.push(mark)
      at += 1
      expected = mark === '{' ? 'first name' : 'first value'
    } else if (take(STRING) || take(NUMBER) || take(WORD)) {
      expected = 'rest'
    } else {
      return at
    }
  }
}
