import type { ServiceRef, State } from '@signalbox/core'
import { byCodePoint, byTenantAndId, revisionConflict } from '@signalbox/core/store'
import type { CommitFailure, Page, StateQuery, StateWrite } from '@signalbox/core/store'
import { locatedCursor, pageOf, readLocated } from '../cursor.ts'
import type { Connection } from './database.ts'
import { recentRows } from './recent.ts'
import { among, condition, given, selection } from '../selection.ts'
import type { Condition, Selection } from '../selection.ts'

/** States with their indexed columns and their labels. */
export interface StateTable {
  readonly load: (ref: ServiceRef) => State | undefined
  readonly write: (write: StateWrite) => CommitFailure | undefined
  /** From here on it is known what was written. */
  readonly begin: () => void
  /** Forgets what was written, for some or all of it has been taken back. */
  readonly forget: () => void
  readonly list: (query: StateQuery) => Page<State>
}

/** Opens the table of states. Nobody else writes the file, so the columns that were lately written or read need not be read again. */
export const stateTable = (connection: Connection): StateTable => {
  const recent = recentRows<Stored>(MOST_RECENT)
  let written: Array<string> = []
  return {
    load: ({ provider, tenant, id }) => {
      const row = connection.one<Loaded>(LOAD, provider, tenant, id)
      if (row === undefined) return undefined
      recent.set(serviceKey({ provider, tenant, id }), storedOf(row))
      return toState(row)
    },
    write: ({ state, expected }) => {
      const { provider, tenant, id } = state.ref
      const key = serviceKey(state.ref)
      const stored = recent.get(key) ?? connection.one<Stored>(FIND, provider, tenant, id)
      const actual = stored?.revision ?? 0
      if (actual !== expected) return revisionConflict(state.ref, expected, actual)
      const row = store(connection, stored, state)
      written.push(key)
      recent.set(key, row)
      relabel(connection, state.ref, stored, row)
      return undefined
    },
    begin: () => {
      written = []
    },
    forget: () => {
      for (const key of written) recent.forget(key)
      written = []
    },
    list: (query) => {
      const rows = selectionsOf(query)
        .flatMap(({ sql, values }) => connection.all<Listed>(sql, ...values))
        .toSorted(byTenantAndId)
      return pageOf(rows, query.limit, { item: toState, cursor: locatedCursor })
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

interface Stored {
  readonly seq: number
  readonly lifecycle: string
  readonly status: string
  readonly done: number
  readonly labels: string
  readonly revision: number
}

interface Loaded extends Stored, Body {}

const MOST_RECENT = 16_384

// No part of a ref holds a NUL.
const serviceKey = ({ provider, tenant, id }: ServiceRef): string => `${provider}\0${tenant}\0${id}`

const COLUMNS = 'seq, lifecycle, status, done, labels, revision'
const LOAD = `select ${COLUMNS}, body from state where provider = ? and tenant = ? and id = ?`
const FIND = `select ${COLUMNS} from state where provider = ? and tenant = ? and id = ?`
const INSERT = `insert into state (provider, tenant, id, lifecycle, status, done, labels, revision, body)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?)`
const UPDATE = 'update state set revision = ?, body = ? where seq = ?'
const UPDATE_STATUS =
  'update state set revision = ?, body = ?, labels = ?, status = ? where seq = ?'
const UPDATE_INDEXED = `update state
  set revision = ?, body = ?, labels = ?, status = ?, done = ?, lifecycle = ? where seq = ?`
const LABEL = `insert into label (provider, name, value, done, tenant, id) values (?, ?, ?, ?, ?, ?)`
const RELABEL = `update label set value = ?, done = ?
  where provider = ? and name = ? and value = ? and done = ? and tenant = ? and id = ?`
const UNLABEL = `delete from label
  where provider = ? and name = ? and value = ? and done = ? and tenant = ? and id = ?`

const toState = ({ body }: Body): State => JSON.parse(body)

const storedOf = ({ seq, lifecycle, status, done, labels, revision }: Stored): Stored => ({
  seq,
  lifecycle,
  status,
  done,
  labels,
  revision,
})

// SQLite rewrites the index of every column that a statement sets, changed or not: most writes set few of them.
const store = ({ run, insert }: Connection, stored: Stored | undefined, state: State): Stored => {
  const { ref, lifecycle, status, revision } = state
  const labels = JSON.stringify(state.labels)
  const done = state.done ? 1 : 0
  const body = JSON.stringify(state)
  if (stored === undefined) {
    const of = [ref.provider, ref.tenant, ref.id] as const
    const seq = insert(INSERT, ...of, lifecycle, status, done, labels, revision, body)
    return { seq, lifecycle, status, done, labels, revision }
  }
  const { seq } = stored
  if (stored.done !== done || stored.lifecycle !== lifecycle)
    run(UPDATE_INDEXED, revision, body, labels, status, done, lifecycle, seq)
  else if (stored.status !== status || stored.labels !== labels)
    run(UPDATE_STATUS, revision, body, labels, status, seq)
  else run(UPDATE, revision, body, seq)
  return { seq, lifecycle, status, done, labels, revision }
}

const relabel = (
  { run }: Connection,
  { provider, tenant, id }: ServiceRef,
  before: Stored | undefined,
  after: Stored,
): void => {
  const { done } = after
  const was = before?.done ?? done
  if (before?.labels === after.labels && was === done) return
  const old = labelsOf(before)
  const now = labelsOf(after)
  for (const [name, value] of now) {
    const known = old.get(name)
    if (known === undefined) run(LABEL, provider, name, value, done, tenant, id)
    else if (known !== value || was !== done)
      run(RELABEL, value, done, provider, name, known, was, tenant, id)
  }
  for (const [name, value] of old)
    if (!now.has(name)) run(UNLABEL, provider, name, value, was, tenant, id)
}

const labelsOf = (row: Stored | undefined): ReadonlyMap<string, string> =>
  new Map(row === undefined ? [] : Object.entries<string>(JSON.parse(row.labels)))

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
