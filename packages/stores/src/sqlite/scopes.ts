import type { ServiceRef } from '@signalbox/core'
import type { Connection } from './database.ts'
import { joined, noTails } from './lines.ts'
import type { Kind, Line, LineTable, Tails } from './lines.ts'
import { recentRows } from './recent.ts'

/** What happened in each provider, and in each of its tenants. */
export interface ScopeTable {
  /** Adds a number to what is to be written. */
  readonly note: (ref: ServiceRef, kind: Kind, number: number) => void
  /** From here on it is known what was written. */
  readonly begin: () => void
  /** Forgets what was noted and not written. */
  readonly drop: () => void
  /** Writes what was noted. */
  readonly flush: () => void
  /** Forgets what was written, for it has been taken back. */
  readonly forget: () => void
  /** The lines of the scopes that a provider, a tenant or both name; those of a tenant are one for each provider. */
  readonly lines: (
    kind: Kind,
    where: { readonly provider?: string | undefined; readonly tenant?: string | undefined },
  ) => ReadonlyArray<Line>
}

/** Opens the table of scopes. Nobody else writes the file, so that what was lately written need not be read again. */
export const scopeTable = (connection: Connection, lines: LineTable): ScopeTable => {
  const recent = recentRows<Row>(MOST_RECENT)
  const written = new Set<string>()
  const noted = new Map<string, Noted>()
  let last: { readonly provider: Noted; readonly tenant: Noted } | undefined
  const notedOf = (key: string, provider: string, tenant: string | null): Noted => {
    const known = noted.get(key) ?? { provider, tenant, ...noTails }
    noted.set(key, known)
    return known
  }
  const drop = (): void => {
    noted.clear()
    last = undefined
  }
  return {
    note: ({ provider, tenant }, kind, number) => {
      if (last === undefined || last.tenant.tenant !== tenant || last.tenant.provider !== provider)
        last = {
          provider: notedOf(provider, provider, null),
          // No part of a ref holds a NUL.
          tenant: notedOf(`${provider}\0${tenant}`, provider, tenant),
        }
      const added = String(number)
      last.provider[kind] = joined(last.provider[kind], added)
      last.tenant[kind] = joined(last.tenant[kind], added)
    },
    begin: () => {
      written.clear()
      drop()
    },
    drop,
    flush: () => {
      for (const [key, added] of noted) {
        const { provider, tenant } = added
        const stored = recent.get(key) ?? find(connection, provider, tenant)
        written.add(key)
        recent.set(key, write(connection, lines, stored, added))
      }
      drop()
    },
    forget: () => {
      for (const key of written) recent.forget(key)
      written.clear()
      drop()
    },
    lines: (kind, { provider, tenant }) => {
      const providers =
        provider === undefined
          ? connection.all<{ readonly provider: string }>(PROVIDERS).map((row) => row.provider)
          : [provider]
      return providers.flatMap((of) => {
        const row = find(connection, of, tenant ?? null)
        return row === undefined ? [] : [{ kind, of: 'scope', seq: row.seq, tail: row[kind] }]
      })
    },
  }
}

// -- internals

interface Name {
  readonly provider: string
  readonly tenant: string | null
}

interface Noted extends Name {
  entries: string
  effects: string
}

interface Row extends Tails {
  readonly seq: number
}

const MOST_RECENT = 4096

/** From so many characters on, a tail is put away. */
const ROOM = 256

const PROVIDERS = 'select provider from scope where tenant is null order by provider'
const FIND_PROVIDER = `
  select seq, entries, effects from scope where provider = ? and tenant is null`
const FIND_TENANT = 'select seq, entries, effects from scope where provider = ? and tenant = ?'
const INSERT = 'insert into scope (provider, tenant, entries, effects) values (?, ?, ?, ?)'
const UPDATE = 'update scope set entries = ?, effects = ? where seq = ?'

const find = ({ one }: Connection, provider: string, tenant: string | null): Row | undefined =>
  tenant === null ? one<Row>(FIND_PROVIDER, provider) : one<Row>(FIND_TENANT, provider, tenant)

const write = (
  { run, insert }: Connection,
  { putAway }: LineTable,
  stored: Row | undefined,
  { provider, tenant, ...added }: Noted,
): Row => {
  const seq = stored?.seq ?? insert(INSERT, provider, tenant, '', '')
  const kept = (kind: Kind): string => {
    const tail = joined(stored?.[kind] ?? '', added[kind])
    if (tail.length < ROOM) return tail
    putAway({ kind, of: 'scope', seq, tail })
    return ''
  }
  const row = { seq, entries: kept('entries'), effects: kept('effects') }
  run(UPDATE, row.entries, row.effects, seq)
  return row
}
