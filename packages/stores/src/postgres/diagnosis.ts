import type { Backlog, Diagnosis } from '@signalbox/core/store'
import { BOUND, NOTHING_WAITS } from '../diagnosis.ts'
import { IS_STOPPED } from '../effect-query.ts'
import type { Connection } from './database.ts'
import { MIGRATIONS } from './schema.ts'

/** What waits in a database at an instant, what time it is there, and the version of its schema. */
export const diagnose = async ({ all }: Connection, at: number): Promise<Diagnosis> => {
  const [row] = await all<Row>(ASK, at, at, at, at)
  if (row === undefined) throw new Error('the database did not answer a diagnosis')
  const { version, clock, pending, leased, parked, failed, unknown } = row
  return {
    schema: { version: Number(version), known: MIGRATIONS.length },
    clock: Number(clock),
    bound: BOUND,
    effects: {
      pending: Number(pending),
      leased: Number(leased),
      parked: Number(parked),
      failed: Number(failed),
      unknown: Number(unknown),
    },
    due: backlogOf(row.due, row.due_since),
    overdue: backlogOf(row.overdue, row.overdue_since),
  }
}

/** The diagnosis of a database whose tables are not there, or are of a later release: all that is known of it is its clock. */
export const diagnoseUnread = async (
  { all }: Pick<Connection, 'all'>,
  version: number,
): Promise<Diagnosis> => {
  const [row] = await all<Pick<Row, 'clock'>>(`select ${CLOCK} as clock`)
  return {
    ...NOTHING_WAITS,
    schema: { version, known: MIGRATIONS.length },
    clock: Number(row?.clock),
  }
}

// -- internals

type Row = Readonly<
  Record<
    | 'version'
    | 'clock'
    | 'pending'
    | 'leased'
    | 'parked'
    | 'failed'
    | 'unknown'
    | 'due'
    | 'overdue',
    string
  > &
    Record<'due_since' | 'overdue_since', string | null>
>

const CLOCK = 'extract(epoch from clock_timestamp()) * 1000'

const counting = (from: string): string => `(
    select count(*) from (select from ${from} limit ${BOUND}) as counted
  )`
const open = (work: string): string => counting(`signalbox.effect where open and work = '${work}'`)
const stopped = (work: string): string =>
  counting(`signalbox.effect where work = '${work}' and ${IS_STOPPED}`)

// Leaps from one provider to the next in the index of due times, which begins with them.
const ASK = `
  with recursive known (provider) as (
    select min(provider) from signalbox.deadline
    union all
    select (select min(provider) from signalbox.deadline where provider > known.provider)
    from known where known.provider is not null
  )
  select version, ${CLOCK} as clock,
    ${open('pending')} as pending, ${open('leased')} as leased, ${stopped('parked')} as parked,
    ${stopped('failed')} as failed, ${stopped('unknown')} as unknown,
    ${counting('signalbox.effect where wake_at <= ?')} as due,
    (select min(wake_at) from signalbox.effect where wake_at <= ?) as due_since,
    ${counting(`known cross join lateral (
      select from signalbox.deadline
      where deadline.provider = known.provider and deadline.due_at <= ? limit ${BOUND}
    ) as found`)} as overdue,
    (
      select min((
        select min(due_at) from signalbox.deadline
        where deadline.provider = known.provider and deadline.due_at <= ?
      )) from known
    ) as overdue_since
  from signalbox.store`

const backlogOf = (count: string, since: string | null): Backlog => ({
  count: Number(count),
  since: since === null ? undefined : Number(since),
})
