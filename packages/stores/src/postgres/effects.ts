import type {
  Deferral,
  EffectQuery,
  Lease,
  Page,
  PendingEffect,
  Renewal,
} from '@signalbox/core/store'
import { countedCursor, pageOf } from '../cursor.ts'
import { effectConditions } from '../effect-query.ts'
import { selection } from '../selection.ts'
import type { Connection } from './database.ts'

/*
 * In the outbox, `wake_at` is the instant at which an effect can be leased: its `notBefore`, or the end of its lease. It
 * is null for what is settled, superseded, parked, or not the oldest of its lane, so that an index of it holds what can
 * be leased and nothing else.
 */

/** Leases what can be leased by now to an owner; what another has in hand is skipped. */
export const leaseEffects = async (
  { all }: Connection,
  { owner, now, until, limit }: Lease,
): Promise<ReadonlyArray<PendingEffect>> =>
  (await all<Row>(LEASE, owner, now, until, limit)).map(toPending)

/** Prolongs the leases an owner still holds. */
export const renewEffects = async (
  { all }: Connection,
  { owner, ids, until }: Renewal,
): Promise<ReadonlyArray<string>> => {
  const held = await all<{ readonly id: string }>(RENEW, owner, JSON.stringify(ids), until)
  return ids.filter((id) => held.some((row) => row.id === id))
}

/** Gives a leased effect back. */
export const deferEffect = async (
  { all }: Connection,
  { effect, owner, notBefore, error }: Deferral,
): Promise<void> => {
  await all(DEFER, notBefore, notBefore, JSON.stringify(error), effect, owner)
}

/** An effect with the state of its work, or undefined. */
export const loadEffect = async (
  { all }: Connection,
  id: string,
): Promise<PendingEffect | undefined> => {
  const [row] = await all<Row>(LOAD, id)
  return row && toPending(row)
}

/** A page of effects. */
export const listEffects = async (
  { all }: Connection,
  query: EffectQuery,
): Promise<Page<PendingEffect>> => {
  const { limit } = query
  const { sql, values } = selection({
    columns: `seq, ${COLUMNS}`,
    from: 'signalbox.effect',
    where: effectConditions(query, 'open'),
    order: 'seq',
    limit: limit + 1,
  })
  const rows = await all<Row & { readonly seq: string }>(sql, ...values)
  return pageOf(rows, limit, {
    item: toPending,
    cursor: ({ seq }) => countedCursor(Number(seq)),
  })
}

/** The earliest instant at which an effect or a deadline can be leased. */
export const nextWake = async ({ all }: Connection): Promise<number | undefined> => {
  const [row] = await all<{ readonly at: string | null }>(NEXT)
  return row?.at == null ? undefined : Number(row.at)
}

// -- internals

interface Row {
  readonly work: PendingEffect['work']
  readonly attempts: string
  readonly not_before: string
  readonly error: string | null
  readonly body: string
}

const COLUMNS = 'work, attempts, not_before, error, body'

const LOAD = `select ${COLUMNS} from signalbox.effect where id = ?`

// They come as they were found, in the order in which they could be leased.
const LEASE = `
  select 'leased' as work, attempts, not_before, error, body
  from signalbox.lease_effects_1(?, ?, ?, ?)`
const RENEW = 'select signalbox.renew_1(?, ?::jsonb, ?) as id'
const DEFER = `
  update signalbox.effect
  set work = 'pending', owner = null, attempts = attempts + 1, not_before = ?, wake_at = ?, error = ?
  where id = ? and work = 'leased' and owner = ?`
const NEXT = `
  select least(
    (select min(wake_at) from signalbox.effect where wake_at is not null),
    (select min(wake_at) from signalbox.deadline)
  ) as at`

// An error is kept as JSON says it: it may be any text, and the database takes no NUL.
const toPending = ({ body, work, attempts, not_before, error }: Row): PendingEffect => ({
  effect: JSON.parse(body),
  work,
  attempts: Number(attempts),
  notBefore: Number(not_before),
  error: error === null ? undefined : JSON.parse(error),
})
