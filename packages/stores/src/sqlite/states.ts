import type { ServiceRef, State } from '@signalbox/core'
import { byCodePoint, byTenantAndId, revisionConflict } from '@signalbox/core/store'
import type { CommitFailure, Page, StateQuery, StateWrite } from '@signalbox/core/store'
import { locatedCursor, pageOf, readLocated } from '../cursor.ts'
import type { Connection } from './database.ts'
import { joined, merged, noTails } from './lines.ts'
import type { Kind, LineTable, Tails } from './lines.ts'
import { recentRows } from './recent.ts'
import { among, condition, given, selection } from '../selection.ts'
import type { Condition, Selection } from '../selection.ts'

/** States with their indexed columns, their labels, and the lines of what happened to their services. */
export interface StateTable {
  readonly load: (ref: ServiceRef) => State | undefined
  /** Sees whether a state can be written, and takes it to be. */
  readonly put: (write: StateWrite) => CommitFailure | undefined
  /** Adds a number to what is to be written. */
  readonly note: (ref: ServiceRef, kind: Kind, number: number) => void
  /** Tells whether the service is known to have no open effects. */
  readonly isIdle: (ref: ServiceRef) => boolean
  /** Says whether the service has open effects. */
  readonly setIdle: (ref: ServiceRef, idle: boolean) => void
  /** From here on it is known what was written. */
  readonly begin: () => void
  /** Forgets what was put and noted, and is not written. */
  readonly drop: () => void
  /** Writes what was put and noted: a row for each service, however often it changed. */
  readonly flush: () => void
  /** Forgets what was written, for some or all of it has been taken back. */
  readonly forget: () => void
  readonly list: (query: StateQuery) => Page<State>
  /** The numbers of what happened to a service, after one. */
  readonly numbers: (ref: ServiceRef, kind: Kind, after: number) => Generator<number, void>
}

/** Opens the table of states. Nobody else writes the file, so the columns that were lately written or read need not be read again. */
export const stateTable = (connection: Connection, lines: LineTable): StateTable => {
  const recent = recentRows<Stored>(MOST_RECENT)
  const written = new Set<string>()
  const changes = new Map<string, Change>()
  let last: Change | undefined
  const changeOf = (ref: ServiceRef): Change => {
    if (last === undefined || !isSame(ref, last.ref)) last = lookUp(ref)
    return last
  }
  const drop = (): void => {
    changes.clear()
    last = undefined
  }
  const lookUp = (ref: ServiceRef): Change => {
    const key = serviceKey(ref)
    const known = changes.get(key)
    if (known !== undefined) return known
    const { provider, tenant, id } = ref
    const stored: Stored | undefined =
      recent.get(key) ?? connection.one<Row>(FIND, provider, tenant, id)
    const change: Change = {
      ref,
      stored,
      state: undefined,
      idle: stored?.idle === true,
      ...noTails,
    }
    changes.set(key, change)
    return change
  }
  return {
    load: ({ provider, tenant, id }) => {
      const row = connection.one<Loaded>(LOAD, provider, tenant, id)
      if (row === undefined) return undefined
      const key = serviceKey({ provider, tenant, id })
      recent.set(key, storedOf(row, recent.get(key)?.idle === true))
      return toState(row)
    },
    put: ({ state, expected }) => {
      const change = changeOf(state.ref)
      const actual = change.state?.revision ?? change.stored?.revision ?? 0
      if (actual !== expected) return revisionConflict(state.ref, expected, actual)
      change.state = state
      return undefined
    },
    note: (ref, kind, number) => {
      const change = changeOf(ref)
      change[kind] = joined(change[kind], String(number))
    },
    isIdle: (ref) => changeOf(ref).idle,
    setIdle: (ref, idle) => {
      changeOf(ref).idle = idle
    },
    begin: () => {
      written.clear()
      drop()
    },
    drop,
    flush: () => {
      for (const [key, change] of changes) {
        const row = write(connection, lines, change)
        if (row === undefined) continue
        written.add(key)
        recent.set(key, row)
      }
      drop()
    },
    forget: () => {
      for (const key of written) recent.forget(key)
      written.clear()
      drop()
    },
    list: (query) => {
      const rows = selectionsOf(query)
        .flatMap(({ sql, values }) => connection.all<Listed>(sql, ...values))
        .toSorted(byTenantAndId)
      return pageOf(rows, query.limit, { item: toState, cursor: locatedCursor })
    },
    numbers: ({ provider, tenant, id }, kind, after) => {
      const row = connection.one<Row>(FIND, provider, tenant, id)
      const strays = straysOf(connection, [kind, provider, tenant, id], after)
      if (row === undefined) return strays
      const line = { kind, of: 'service', seq: row.seq, tail: row[kind] } as const
      return merged([strays, lines.numbers(line, after)])
    },
  }
}

// -- internals

interface Body {
  readonly body: string
}

interface Listed extends Body {
  readonly tenant: string
  readonly id: string
}

interface Row extends Tails {
  readonly seq: number
  readonly lifecycle: string
  readonly status: string
  readonly done: number
  readonly labels: string
  readonly revision: number
}

interface Loaded extends Row, Body {}

/** A row as far as it is remembered. */
interface Stored extends Row {
  readonly idle?: boolean
}

/** What is to be written of a service. */
interface Change {
  readonly ref: ServiceRef
  readonly stored: Stored | undefined
  state: State | undefined
  idle: boolean
  entries: string
  effects: string
}

const MOST_RECENT = 16_384

// No part of a ref holds a NUL.
const serviceKey = ({ provider, tenant, id }: ServiceRef): string => `${provider}\0${tenant}\0${id}`

/** From so many characters on, a tail is put away. */
const ROOM = 64

const AT_ONCE = 64

const KINDS = ['entries', 'effects'] as const

const COLUMNS = 'seq, lifecycle, status, done, labels, revision, entries, effects'
const LOAD = `select ${COLUMNS}, body from state where provider = ? and tenant = ? and id = ?`
const FIND = `select ${COLUMNS} from state where provider = ? and tenant = ? and id = ?`
const INSERT = `
  insert into state (
    provider, tenant, id, lifecycle, status, done, labels, revision, body, entries, effects
  ) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
const EXTEND = 'update state set entries = ?, effects = ? where seq = ?'
const UPDATE = 'update state set entries = ?, effects = ?, revision = ?, body = ? where seq = ?'
const UPDATE_STATUS = `update state
  set entries = ?, effects = ?, revision = ?, body = ?, labels = ?, status = ? where seq = ?`
const UPDATE_INDEXED = `update state
  set entries = ?, effects = ?, revision = ?, body = ?, labels = ?, status = ?, done = ?, lifecycle = ?
  where seq = ?`
const STRAY = 'insert into stray (kind, provider, tenant, id, number) values (?, ?, ?, ?, ?)'
const STRAYS = `select number from stray
  where kind = ? and provider = ? and tenant = ? and id = ? and number > ? order by number limit ?`
const LABEL = `insert into label (provider, name, value, done, tenant, id) values (?, ?, ?, ?, ?, ?)`
const RELABEL = `update label set value = ?, done = ?
  where provider = ? and name = ? and value = ? and done = ? and tenant = ? and id = ?`
const UNLABEL = `delete from label
  where provider = ? and name = ? and value = ? and done = ? and tenant = ? and id = ?`

const isSame = (a: ServiceRef, b: ServiceRef): boolean =>
  a.id === b.id && a.tenant === b.tenant && a.provider === b.provider

const toState = ({ body }: Body): State => JSON.parse(body)

const storedOf = (row: Loaded, idle: boolean): Stored => {
  const { seq, lifecycle, status, done, labels, revision, entries, effects } = row
  return { seq, lifecycle, status, done, labels, revision, entries, effects, idle }
}

const write = (connection: Connection, lines: LineTable, change: Change): Stored | undefined => {
  const { stored, state, idle } = change
  const full = {
    entries: joined(stored?.entries ?? '', change.entries),
    effects: joined(stored?.effects ?? '', change.effects),
  }
  const tails = { entries: keptOf(full.entries), effects: keptOf(full.effects) }
  const row =
    state === undefined
      ? stored && extend(connection, stored, tails)
      : store(connection, stored, state, tails)
  if (row === undefined) {
    for (const kind of KINDS) enterStrays(connection, change, kind)
    return undefined
  }
  for (const kind of KINDS)
    if (tails[kind] !== full[kind])
      lines.putAway({ kind, of: 'service', seq: row.seq, tail: full[kind] })
  if (state !== undefined) relabel(connection, state, stored, row)
  return { ...row, idle }
}

const keptOf = (tail: string): string => (tail.length < ROOM ? tail : '')

const extend = ({ run }: Connection, stored: Stored, tails: Tails): Row => {
  run(EXTEND, tails.entries, tails.effects, stored.seq)
  return { ...stored, ...tails }
}

// What happens to a service that has no row is a row by itself.
const enterStrays = ({ run }: Connection, { ref, ...added }: Change, kind: Kind): void => {
  if (added[kind] === '') return
  for (const number of added[kind].split(','))
    run(STRAY, kind, ref.provider, ref.tenant, ref.id, Number(number))
}

const straysOf = function* (
  { all }: Connection,
  of: readonly [Kind, string, string, string],
  after: number,
): Generator<number, void> {
  for (let from = after; ;) {
    const rows = all<{ readonly number: number }>(STRAYS, ...of, from, AT_ONCE)
    for (const { number } of rows) yield number
    const last = rows.at(-1)?.number
    if (last === undefined || rows.length < AT_ONCE) return
    from = last
  }
}

// SQLite rewrites the index of every column that a statement sets, changed or not: most writes set few of them.
const store = (
  { run, insert }: Connection,
  stored: Stored | undefined,
  state: State,
  tails: Tails,
): Row => {
  const { ref, lifecycle, status, revision } = state
  const { entries, effects } = tails
  const labels = JSON.stringify(state.labels)
  const done = state.done ? 1 : 0
  const body = JSON.stringify(state)
  const row = { lifecycle, status, done, labels, revision, entries, effects }
  if (stored === undefined) {
    const of = [ref.provider, ref.tenant, ref.id, lifecycle, status] as const
    const seq = insert(INSERT, ...of, done, labels, revision, body, entries, effects)
    return { seq, ...row }
  }
  const { seq } = stored
  if (stored.done !== done || stored.lifecycle !== lifecycle)
    run(UPDATE_INDEXED, entries, effects, revision, body, labels, status, done, lifecycle, seq)
  else if (stored.status !== status || stored.labels !== labels)
    run(UPDATE_STATUS, entries, effects, revision, body, labels, status, seq)
  else run(UPDATE, entries, effects, revision, body, seq)
  return { seq, ...row }
}

const relabel = (
  { run }: Connection,
  { ref: { provider, tenant, id }, labels: now }: State,
  before: Stored | undefined,
  after: Row,
): void => {
  const { done } = after
  const was = before?.done ?? done
  if (before?.labels === after.labels && was === done) return
  const old: State['labels'] = before === undefined ? {} : JSON.parse(before.labels)
  for (const name of Object.keys(now)) {
    const value = now[name] ?? ''
    const known = Object.hasOwn(old, name) ? old[name] : undefined
    if (known === undefined) run(LABEL, provider, name, value, done, tenant, id)
    else if (known !== value || was !== done)
      run(RELABEL, value, done, provider, name, known, was, tenant, id)
  }
  for (const name of Object.keys(old))
    if (!Object.hasOwn(now, name)) run(UNLABEL, provider, name, old[name] ?? '', was, tenant, id)
}

// Each selection is read from one index, in the order of the list; the rows of several are merged.
const selectionsOf = (query: StateQuery): ReadonlyArray<Selection> => {
  const { provider, lifecycle, tenant, statuses, label, done = 'exclude', limit } = query
  const common = [
    condition('provider = ?', provider),
    ...given('tenant = ?', tenant),
    ...placeOf(query),
    ...given('lifecycle = ?', lifecycle),
  ]
  const select = (from: string, ...where: ReadonlyArray<Condition>): Selection =>
    selection({
      columns: 'tenant, id, body',
      from,
      where: [...common, ...where],
      order: 'tenant, id',
      limit: limit + 1,
    })
  const flags = FLAGS[done]
  if (label !== undefined) {
    const labelled = condition('name = ? and value = ?', label.name, label.value)
    const status = statuses === undefined ? [] : [among('status', statuses)]
    return flags.map((flag) =>
      select(LABELLED, labelled, condition('label.done = ?', flag), ...status),
    )
  }
  if (statuses === undefined)
    return done === 'include'
      ? [select('state')]
      : flags.map((flag) => select('state', condition('done = ?', flag)))
  return [...new Set(statuses)].flatMap((status) =>
    flags.map((flag) => select('state', condition('status = ? and done = ?', status, flag))),
  )
}

const FLAGS = { exclude: [0], only: [1], include: [0, 1] } as const

// A cross join keeps the label's index on the outside, so that rows come in the order of the list.
const LABELLED = 'label cross join state using (provider, tenant, id)'

const placeOf = ({ tenant, after, afterId }: StateQuery): ReadonlyArray<Condition> => {
  const cursor = after === undefined ? undefined : readLocated(after)
  if (tenant === undefined)
    return cursor === undefined
      ? []
      : [condition('(tenant, id) > (?, ?)', cursor.tenant, cursor.id)]
  const order = cursor === undefined ? -1 : byCodePoint(cursor.tenant, tenant)
  if (order > 0) return [condition('false')]
  const ids = [order === 0 ? cursor?.id : undefined, afterId].filter((id) => id !== undefined)
  return given('id > ?', ids.toSorted(byCodePoint).at(-1))
}
