import type { ServiceRef, State } from '@signalbox/core'
import { revisionConflict } from '@signalbox/core/store'
import type { CommitFailure, Page, StateQuery, StateWrite } from '@signalbox/core/store'
import { locatedCursor, pageOf, readLocated } from '../cursor.ts'
import { byCodePoint, byTenantAndId } from '../order.ts'
import type { Connection } from './database.ts'
import { among, condition, given, selection } from '../selection.ts'
import type { Condition, Selection } from '../selection.ts'

/** States with their indexed columns and their labels. */
export interface StateTable {
  readonly load: (ref: ServiceRef) => State | undefined
  readonly write: (write: StateWrite) => CommitFailure | undefined
  readonly list: (query: StateQuery) => Page<State>
}

/** Opens the table of states. */
export const stateTable = (connection: Connection): StateTable => ({
  load: ({ provider, tenant, id }) => {
    const row = connection.one<Body>(LOAD, provider, tenant, id)
    return row && toState(row)
  },
  write: ({ state, expected }) => {
    const { provider, tenant, id } = state.ref
    const stored = connection.one<Stored>(FIND, provider, tenant, id)
    const actual = stored?.revision ?? 0
    if (actual !== expected) return revisionConflict(state.ref, expected, actual)
    const row = toRow(state)
    store(connection, stored, row)
    relabel(connection, row, stored === undefined ? [] : entriesOf(stored.labels), stored?.done)
    return undefined
  },
  list: (query) => {
    const rows = selectionsOf(query)
      .flatMap(({ sql, values }) => connection.all<Listed>(sql, ...values))
      .toSorted(byTenantAndId)
    return pageOf(rows, query.limit, { item: toState, cursor: locatedCursor })
  },
})

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

type Row = Omit<Stored, 'seq'> & Listed & { readonly provider: string }

const LOAD = 'select body from state where provider = ? and tenant = ? and id = ?'
const FIND = `select seq, lifecycle, status, done, labels, revision from state
  where provider = ? and tenant = ? and id = ?`
const INSERT = `insert into state (provider, tenant, id, lifecycle, status, done, labels, revision, body)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?)`
const UPDATE = 'update state set revision = ?, body = ? where seq = ?'
const UPDATE_INDEXED = `update state
  set lifecycle = ?, status = ?, done = ?, labels = ?, revision = ?, body = ? where seq = ?`
const LABEL = `insert into label (provider, name, value, done, tenant, id) values (?, ?, ?, ?, ?, ?)`
const UNLABEL = `delete from label
  where provider = ? and name = ? and value = ? and done = ? and tenant = ? and id = ?`

const toState = ({ body }: Body): State => JSON.parse(body)

const toRow = (state: State): Row => ({
  ...state.ref,
  lifecycle: state.lifecycle,
  status: state.status,
  done: state.done ? 1 : 0,
  labels: JSON.stringify(state.labels),
  revision: state.revision,
  body: JSON.stringify(state),
})

// SQLite rewrites the index of every column that a statement sets, changed or not: most writes set none of them.
const store = ({ run }: Connection, stored: Stored | undefined, row: Row): void => {
  const { provider, tenant, id, lifecycle, status, done, labels, revision, body } = row
  if (stored === undefined)
    run(INSERT, provider, tenant, id, lifecycle, status, done, labels, revision, body)
  else if (
    stored.status === status &&
    stored.done === done &&
    stored.labels === labels &&
    stored.lifecycle === lifecycle
  )
    run(UPDATE, revision, body, stored.seq)
  else run(UPDATE_INDEXED, lifecycle, status, done, labels, revision, body, stored.seq)
}

const relabel = (
  { run }: Connection,
  { provider, tenant, id, labels, done }: Row,
  before: ReadonlyArray<readonly [string, string]>,
  doneBefore: number | undefined,
): void => {
  const after = entriesOf(labels)
  const kept = (
    [name, value]: readonly [string, string],
    others: ReadonlyArray<readonly [string, string]>,
  ): boolean =>
    doneBefore === done && others.some((other) => other[0] === name && other[1] === value)
  for (const [name, value] of before.filter((label) => !kept(label, after)))
    run(UNLABEL, provider, name, value, doneBefore ?? done, tenant, id)
  for (const [name, value] of after.filter((label) => !kept(label, before)))
    run(LABEL, provider, name, value, done, tenant, id)
}

const entriesOf = (labels: string): ReadonlyArray<readonly [string, string]> =>
  labels === '{}' ? [] : Object.entries<string>(JSON.parse(labels))

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
