import type { ServiceRef, State } from '@signalbox/core'
import { byCodePoint } from '@signalbox/core/store'
import type { Page, StateQuery } from '@signalbox/core/store'
import { locatedCursor, pageOf, readLocated } from '../cursor.ts'
import { among, condition, given, selection } from '../selection.ts'
import type { Condition } from '../selection.ts'
import type { Connection } from './database.ts'

/** The state of a service, or undefined. */
export const loadState = async (
  { all }: Connection,
  { provider, tenant, id }: ServiceRef,
): Promise<State | undefined> => {
  const [row] = await all<Body>(LOAD, provider, tenant, id)
  return row && toState(row)
}

/** A page of states. Each of its selections is read from one index in the order of the list, and they are merged. */
export const listStates = async ({ all }: Connection, query: StateQuery): Promise<Page<State>> => {
  const selections = selectionsOf(query)
  if (selections.length === 0) return { items: [], next: undefined }
  const rows = await all<Listed>(
    `select tenant, id, body from (${selections.map(({ sql }) => `(${sql})`).join(' union all ')}) as found
    order by tenant, id limit ?`,
    ...selections.flatMap(({ values }) => values),
    query.limit + 1,
  )
  return pageOf(rows, query.limit, { item: toState, cursor: locatedCursor })
}

/** Spells a label as one text that any database takes, whatever is in it. */
export const labelOf = ([name, value]: readonly [string, string]): string =>
  JSON.stringify([name, value])

// -- internals

interface Body {
  readonly body: string
}

interface Listed extends Body {
  readonly tenant: string
  readonly id: string
}

const LOAD = `
  select body from signalbox.state
  where provider = ? and tenant = ? and id = ? and revision > 0`

const toState = ({ body }: Body): State => JSON.parse(body)

const selectionsOf = (query: StateQuery): ReadonlyArray<Condition> => {
  const { provider, lifecycle, tenant, statuses, label, done = 'exclude', limit } = query
  const common = [
    condition('provider = ?', provider),
    ...given('tenant = ?', tenant),
    ...placeOf(query),
    ...given('lifecycle = ?', lifecycle),
  ]
  const select = (from: string, ...where: ReadonlyArray<Condition>): Condition =>
    selection({
      columns: 'tenant, id, body',
      from,
      where: [...common, ...where, ...(from === STATES ? [condition('revision > 0')] : [])],
      order: 'tenant, id',
      limit: limit + 1,
    })
  const flags = FLAGS[done]
  if (label !== undefined) {
    const labelled = condition('entry = ?', labelOf([label.name, label.value]))
    const status = statuses === undefined ? [] : [among('status', statuses)]
    return statuses?.length === 0
      ? []
      : flags.map((flag) => select(LABELLED, labelled, condition(`done = ${flag}`), ...status))
  }
  if (statuses === undefined)
    return done === 'include'
      ? [select(STATES)]
      : flags.map((flag) => select(STATES, condition(`done = ${flag}`)))
  return [...new Set(statuses)].flatMap((status) =>
    flags.map((flag) => select(STATES, condition(`status = ? and done = ${flag}`, status))),
  )
}

const STATES = 'signalbox.state'

const FLAGS = { exclude: [false], only: [true], include: [false, true] } as const

// An offset keeps the label's index on the outside, so that rows come in the order of the list.
const LABELLED = `
  signalbox.label cross join lateral (
    select body, status, lifecycle from signalbox.state
    where state.provider = label.provider and state.tenant = label.tenant
      and state.id = label.id and revision > 0
    offset 0
  ) as state`

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
