import type * as t from 'io-ts'

/** What is wrong with one member of a value that did not decode; neither part quotes the value. */
export interface Issue {
  /** As in `principals[1].secret`; empty for the value itself. */
  readonly path: string
  readonly problem: string
}

/** The issues behind a codec's errors, each path once: where a union fails, what it got furthest with. */
export const issuesOf = (errors: t.Errors): ReadonlyArray<Issue> => {
  const found = errors.map(locate)
  const kept = found.filter(
    (one) =>
      !one.alternative ||
      !found.some(
        ({ keys }) =>
          keys.length > one.keys.length && one.keys.every((key, index) => key === keys[index]),
      ),
  )
  const byPath = new Map<string, Issue>()
  for (const { keys, problem } of kept) {
    const path = pathOf(keys)
    if (!byPath.has(path)) byPath.set(path, { path, problem })
  }
  return [...byPath.values()]
}

/** Prefixes the path of an issue. */
export const below = (prefix: string, path: string): string =>
  path === '' ? prefix : path.startsWith('[') ? `${prefix}${path}` : `${prefix}.${path}`

/** A path as JavaScript would write it. */
export const pathOf = (keys: ReadonlyArray<string | number>): string =>
  keys.reduce<string>(
    (path, key) =>
      typeof key === 'number'
        ? `${path}[${key}]`
        : /^[A-Za-z_$][\w$]*$/.test(key)
          ? below(path, key).replace(/^\./, '')
          : `${path}[${JSON.stringify(key)}]`,
    '',
  )

// -- internals

interface Located {
  readonly keys: ReadonlyArray<string | number>
  readonly problem: string
  /** True when it is the failure of one member of a union or intersection. */
  readonly alternative: boolean
}

const locate = ({ context, message }: t.ValidationError): Located => {
  const keys: Array<string | number> = []
  let expected = context[0]?.type.name ?? 'another value'
  let alternative = false
  for (const [index, { key, type, actual }] of context.entries()) {
    const parent = context[index - 1]
    if (parent === undefined) continue
    // A union numbers its members in the context, though the value has no such level: it stays the same value.
    if (/^\d+$/.test(key) && actual === parent.actual) {
      alternative = true
      continue
    }
    keys.push(Array.isArray(parent.actual) ? Number(key) : key)
    expected = type.name
    alternative = false
  }
  return { keys, problem: message ?? `expected ${expected}`, alternative }
}
