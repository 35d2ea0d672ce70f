import type { Effect, ServiceRef } from '@signalbox/core'
import { effectSettled } from '@signalbox/core/store'
import type {
  Commit,
  CommitFailure,
  Deferral,
  EffectQuery,
  Lease,
  Page,
  Parking,
  PendingEffect,
  Renewal,
  Retry,
  Settlement,
} from '@signalbox/core/store'
import { countedCursor, pageOf, readCounted } from '../cursor.ts'
import { asksForOpen, asksForStopped, effectConditions } from '../effect-query.ts'
import { selection } from '../selection.ts'
import type { Connection } from './database.ts'
import { rowsOf } from './lines.ts'
import type { Numbers } from './numbers.ts'

/**
 * The outbox. `wake_at` is the instant at which an effect can be leased: its `notBefore`, or the end of its lease. It is
 * null for what is settled, superseded, parked, or not the oldest of its lane, so that an index of it holds what can be
 * leased and nothing else.
 */
export interface EffectTable {
  /** Stores an effect, with a settlement as one that is settled; answers its number if it is new. */
  readonly add: (effect: Effect, settlement?: Settlement) => number | undefined
  readonly settle: (settlement: Settlement) => CommitFailure | undefined
  readonly park: (parking: Parking) => CommitFailure | undefined
  readonly retry: (retry: Retry) => CommitFailure | undefined
  /** Tells whether the service has no open effects at all. */
  readonly supersede: (ref: ServiceRef, generation: number) => boolean
  /** Leases those of a commit's own effects that are the oldest of their lane; answers their ids. */
  readonly leaseOwn: (
    effects: ReadonlyArray<Effect>,
    lease: NonNullable<Commit['lease']>,
  ) => ReadonlyArray<string>
  readonly lease: (lease: Lease) => ReadonlyArray<PendingEffect>
  readonly renew: (renewal: Renewal) => ReadonlyArray<string>
  readonly defer: (deferral: Deferral) => void
  readonly load: (id: string) => PendingEffect | undefined
  readonly list: (query: EffectQuery) => Page<PendingEffect>
  readonly nextWake: () => number | undefined
}

/** Opens the outbox. */
export const effectTable = (
  { one, all, run, insertNew }: Connection,
  numbers: Numbers,
): EffectTable => ({
  add: (effect, settlement) => {
    const { id, ref, lane, generation, at } = effect
    const { provider, tenant, id: service } = ref
    const body = JSON.stringify(effect)
    if (settlement !== undefined) {
      const { outcome, at: settledAt, message = null } = settlement
      const of = [provider, tenant, service, lane, generation, outcome] as const
      return insertNew(INSERT_SETTLED, id, ...of, at, settledAt, message, body)
    }
    const of = [provider, tenant, service, lane] as const
    return insertNew(INSERT, id, ...of, generation, at, ...of, at, body)
  },
  settle: ({ effect: id, outcome, at, message = null }) => {
    const row = one<Settleable>(FIND, id)
    if (row === undefined || !(row.open === 1 || row.work === 'superseded'))
      return effectSettled(id)
    run(SETTLE, outcome, at, message, row.seq)
    if (row.open === 1) run(PROMOTE, row.provider, row.tenant, row.service, row.lane)
    return undefined
  },
  park: ({ effect: id, at, error }) =>
    run(PARK, at, error, id) > 0 ? undefined : effectSettled(id),
  retry: ({ effect: id, at }) => (run(RETRY, at, at, id) > 0 ? undefined : effectSettled(id)),
  supersede: ({ provider, tenant, id }, generation) => {
    if (one(ANY_OPEN, provider, tenant, id) === undefined) return true
    const ended = run(SUPERSEDE, provider, tenant, id, generation)
    if (ended > 0) run(PROMOTE_ALL, provider, tenant, id)
    return false
  },
  leaseOwn: (effects, { owner, until }) =>
    effects.map(({ id }) => id).filter((id) => run(LEASE_OWN, owner, until, id) > 0),
  lease: ({ owner, now, until, limit }) => {
    const rows = all<Row>(LEASABLE, now, limit)
    for (const { seq } of rows) run(LEASE, owner, until, seq)
    return rows.map((row) => toPending({ ...row, work: 'leased' }))
  },
  renew: ({ owner, ids, until }) => ids.filter((id) => run(RENEW, until, id, owner) > 0),
  defer: ({ effect: id, owner, notBefore, error }) => {
    run(DEFER, notBefore, notBefore, error, id, owner)
  },
  load: (id) => {
    const row = one<Row>(LOAD, id)
    return row && toPending(row)
  },
  list: (query) => {
    const { limit } = query
    const rows = isCountedOut(query)
      ? rowsOf(numbers('effects', query, readCounted(query.after)), limit + 1, (of) =>
          all<Row>(WORK_OF, of, query.work ?? null),
        )
      : readInOrder(all, query)
    return pageOf(rows, limit, { item: toPending, cursor: ({ seq }) => countedCursor(seq) })
  },
  nextWake: () => one<{ readonly at: number | null }>(NEXT)?.at ?? undefined,
})

// -- internals

interface Row {
  readonly seq: number
  readonly work: PendingEffect['work']
  readonly attempts: number
  readonly not_before: number
  readonly error: string | null
  readonly body: string
}

interface Settleable {
  readonly seq: number
  readonly work: PendingEffect['work']
  readonly open: number
  readonly provider: string
  readonly tenant: string
  readonly service: string
  readonly lane: string
}

const COLUMNS = 'seq, work, attempts, not_before, error, body'

const IN_LANE = 'provider = ? and tenant = ? and service = ? and lane = ? and open = 1'

const INSERT = `
  insert into effect (
    id, provider, tenant, service, lane, generation, work, open, attempts, not_before, wake_at, body
  ) values (
    ?, ?, ?, ?, ?, ?, 'pending', 1, 0, ?,
    case when exists (select 1 from effect where ${IN_LANE}) then null else ? end, ?
  ) on conflict (id) do nothing`
const INSERT_SETTLED = `
  insert into effect (
    id, provider, tenant, service, lane, generation, work, open, attempts, not_before, settled_at,
    error, body
  ) values (?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?, ?) on conflict (id) do nothing`
const FIND = 'select seq, work, open, provider, tenant, service, lane from effect where id = ?'
const SETTLE = `
  update effect set work = ?, open = 0, wake_at = null, owner = null, settled_at = ?, error = ?
  where seq = ?`
const PARK = `
  update effect
  set work = 'parked', attempts = attempts + 1, not_before = ?, wake_at = null, owner = null, error = ?
  where id = ? and open = 1`
const OLDEST_OF_LANE = `not exists (
    select 1 from effect as older
    where older.provider = effect.provider and older.tenant = effect.tenant
      and older.service = effect.service and older.lane = effect.lane
      and older.open = 1 and older.seq < effect.seq
  )`
const RETRY = `
  update effect
  set work = 'pending', attempts = 0, not_before = ?, owner = null,
    wake_at = case when ${OLDEST_OF_LANE} then ? end
  where id = ? and open = 1`
const PROMOTE = `
  update effect set wake_at = not_before
  where seq = (select min(seq) from effect where ${IN_LANE}) and wake_at is null
    and work <> 'parked'`
const ANY_OPEN = `
  select 1 from effect where provider = ? and tenant = ? and service = ? and open = 1 limit 1`
const SUPERSEDE = `
  update effect set work = 'superseded', open = 0, wake_at = null, owner = null
  where provider = ? and tenant = ? and service = ? and open = 1 and generation < ?`
const PROMOTE_ALL = `
  update effect set wake_at = not_before
  where provider = ? and tenant = ? and service = ? and open = 1 and wake_at is null
    and work <> 'parked' and ${OLDEST_OF_LANE}`
const LOAD = `select ${COLUMNS} from effect where id = ?`
const WORK_OF = `
  select ${COLUMNS} from effect where seq in (select value from json_each(?)) and work = ifnull(?, work)
  order by seq`
const LEASE_OWN = `
  update effect set work = 'leased', owner = ?, wake_at = ?
  where id = ? and work = 'pending' and wake_at is not null`
const LEASABLE = `select ${COLUMNS} from effect where wake_at <= ? order by wake_at, seq limit ?`
const LEASE = `update effect set work = 'leased', owner = ?, wake_at = ? where seq = ?`
const RENEW = `
  update effect set wake_at = max(wake_at, ?) where id = ? and work = 'leased' and owner = ?`
const DEFER = `
  update effect
  set work = 'pending', owner = null, attempts = attempts + 1, not_before = ?, wake_at = ?, error = ?
  where id = ? and work = 'leased' and owner = ?`
const NEXT = 'select min(wake_at) as at from effect where wake_at is not null'

// Open effects are few beside all that ever were, and so are stopped ones of all services together.
const isCountedOut = (query: EffectQuery): boolean =>
  !asksForOpen(query) &&
  (query.ref !== undefined ||
    ((query.provider ?? query.tenant) !== undefined && !asksForStopped(query)))

// SQLite would sooner read all effects in order than sort the open ones.
const readInOrder = (all: Connection['all'], query: EffectQuery): ReadonlyArray<Row> => {
  const { sql, values } = selection({
    columns: COLUMNS,
    from: asksForOpen(query) ? 'effect indexed by effect_open' : 'effect',
    where: effectConditions(query, 'open = 1'),
    order: 'seq',
    limit: query.limit + 1,
  })
  return all<Row>(sql, ...values)
}

const toPending = ({ body, work, attempts, not_before, error }: Row): PendingEffect => ({
  effect: JSON.parse(body),
  work,
  attempts,
  notBefore: not_before,
  error: error ?? undefined,
})
