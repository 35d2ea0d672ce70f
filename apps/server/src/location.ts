import * as t from 'io-ts'

/** Where the store is. */
export type Location =
  | { readonly kind: 'memory' }
  /** Relative to the working directory. */
  | { readonly kind: 'sqlite'; readonly path: string }
  /** As the driver takes it; it may hold a password. */
  | { readonly kind: 'postgres'; readonly url: string }

/** A location as `memory:`, `sqlite:path` or `postgres://…`. */
export const Location: t.Type<Location, string, unknown> = new t.Type(
  'memory:, sqlite:path or postgres://…',
  (value): value is Location => typeof value === 'object' && value !== null && 'kind' in value,
  (value, context) => {
    if (value === 'memory:') return t.success({ kind: 'memory' })
    if (typeof value !== 'string') return t.failure(value, context)
    if (/^postgres(ql)?:/i.test(value))
      return isPostgres(value)
        ? t.success({ kind: 'postgres', url: value })
        : t.failure(value, context, 'expected postgres://user@host:port/database')
    const path = /^sqlite:(.+)$/s.exec(value)?.[1]
    if (path === undefined) return t.failure(value, context)
    // SQLite would open a fresh database in memory for these, and lose all of it without a word.
    return path === ':memory:' || path.includes('\0') || path.startsWith('file:')
      ? t.failure(value, context, 'expected a path behind sqlite:; for no file at all use memory:')
      : t.success({ kind: 'sqlite', path })
  },
  (location) => {
    switch (location.kind) {
      case 'memory':
        return 'memory:'
      case 'sqlite':
        return `sqlite:${location.path}`
      case 'postgres':
        return location.url
    }
  },
)

/** Where changes of other servers are heard of: `off`, or `postgres://…` as the driver takes it. */
export const HintsLocation: t.Type<string, string, unknown> = new t.Type(
  'off or postgres://…',
  (value): value is string => isHintsLocation(value),
  (value, context) => (isHintsLocation(value) ? t.success(value) : t.failure(value, context)),
  t.identity,
)

/** Names a location for the operator, without what is secret in it. */
export const nameOf = (location: Location): string => {
  if (location.kind !== 'postgres') return Location.encode(location)
  // Of the parameters none is needed to know a database again, and one may be a password.
  const { protocol, username, host, pathname } = new URL(location.url)
  return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname}`
}

// -- internals

const isPostgres = (text: string): boolean => /^postgres(ql)?:\/\//.test(text) && URL.canParse(text)

const isHintsLocation = (value: unknown): value is string =>
  typeof value === 'string' && (value === 'off' || isPostgres(value))
