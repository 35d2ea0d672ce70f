import type { Diagnosis } from '@signalbox/core/store'
import { BOUND, NOTHING_WAITS } from '../diagnosis.ts'
import { IS_STOPPED } from '../effect-query.ts'
import type { Connection } from './database.ts'
import { MIGRATIONS, versionOf } from './schema.ts'

/** What waits in a file at an instant; of a file whose schema this release does not know, or that has none, nothing is counted. */
export const diagnose = ({ one }: Connection, at: number): Diagnosis => {
  const version = versionOf(one)
  const known = MIGRATIONS.length
  const count = (sql: string, ...values: ReadonlyArray<number | string>): number =>
    one<{ readonly count: number }>(sql, ...values)?.count ?? 0
  const since = (sql: string, ...values: ReadonlyArray<number>): number | undefined =>
    one<{ readonly at: number | null }>(sql, ...values)?.at ?? undefined
  const schema = { version, known }
  if (version === 0 || version > known) return { ...NOTHING_WAITS, schema }
  return {
    schema,
    bound: BOUND,
    effects: {
      pending: count(COUNT_OPEN, 'pending', BOUND),
      leased: count(COUNT_OPEN, 'leased', BOUND),
      parked: count(COUNT_OPEN, 'parked', BOUND),
      failed: count(COUNT_STOPPED, 'failed', BOUND),
      unknown: count(COUNT_STOPPED, 'unknown', BOUND),
    },
    due: { count: count(COUNT_DUE, at, BOUND), since: since(FIRST_DUE, at) },
    overdue: { count: count(COUNT_OVERDUE, at, BOUND), since: since(FIRST_OVERDUE, at) },
  }
}

// -- internals

const COUNT_OPEN = `
  select count(*) as count from (
    select 1 from effect indexed by effect_open where open = 1 and work = ? limit ?
  )`
const COUNT_STOPPED = `
  select count(*) as count from (select 1 from effect where work = ? and ${IS_STOPPED} limit ?)`
const COUNT_DUE = `
  select count(*) as count from (select 1 from effect where wake_at <= ? limit ?)`
const FIRST_DUE = 'select min(wake_at) as at from effect where wake_at <= ?'

// Leaps from one provider to the next in the index of due times, which begins with them.
const KNOWN = `
  with recursive known (provider) as (
    select min(provider) from deadline
    union all
    select (select min(provider) from deadline where provider > known.provider)
    from known where known.provider is not null
  )`
const COUNT_OVERDUE = `${KNOWN}
  select count(*) as count from (
    select 1 from known
    cross join deadline on deadline.provider = known.provider and deadline.due_at <= ? limit ?
  )`
const FIRST_OVERDUE = `${KNOWN}
  select min((
    select min(due_at) from deadline
    where deadline.provider = known.provider and deadline.due_at <= ?
  )) as at from known`
