import * as t from 'io-ts'

/** Where the store is. */
export type Location =
  | { readonly kind: 'memory' }
  /** Relative to the working directory. */
  | { readonly kind: 'sqlite'; readonly path: string }

/** A location as `memory:` or `sqlite:path`. */
export const Location: t.Type<Location, string, unknown> = new t.Type(
  'memory: or sqlite:path',
  (value): value is Location => typeof value === 'object' && value !== null && 'kind' in value,
  (value, context) => {
    if (value === 'memory:') return t.success({ kind: 'memory' })
    if (typeof value !== 'string') return t.failure(value, context)
    if (/^postgres(ql)?:/i.test(value)) {
      return t.failure(value, context, 'postgres is not supported by this version; use sqlite:path')
    }
    const path = /^sqlite:(.+)$/s.exec(value)?.[1]
    if (path === undefined) return t.failure(value, context)
    // SQLite would open a fresh database in memory for these, and lose all of it without a word.
    return path === ':memory:' || path.includes('\0') || path.startsWith('file:')
      ? t.failure(value, context, 'expected a path behind sqlite:; for no file at all use memory:')
      : t.success({ kind: 'sqlite', path })
  },
  (location) => (location.kind === 'memory' ? 'memory:' : `sqlite:${location.path}`),
)
