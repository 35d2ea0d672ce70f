import type { ServiceRef } from '@signalbox/core'
import type { DueDeadline, Lease, OverdueQuery } from '@signalbox/core/store'
import { condition, given, selection } from '../selection.ts'
import type { Connection } from './database.ts'

/** Leases deadlines that are due by now to an owner; what another has in hand is skipped. */
export const leaseDeadlines = async (
  { all }: Connection,
  { owner, now, until, limit }: Lease,
): Promise<ReadonlyArray<DueDeadline>> =>
  (await all<Row>(LEASE, owner, now, until, limit)).map(toDue)

/** The services that hold a deadline which is due, leased or not. */
export const overdue = async (
  { all }: Connection,
  { provider, tenant, at, limit }: OverdueQuery,
): Promise<ReadonlyArray<ServiceRef>> => {
  const { sql, values } = selection({
    columns: 'provider, tenant, id',
    from: 'signalbox.deadline',
    where: [
      condition('provider = ? and due_at <= ?', provider, at),
      ...given('tenant = ?', tenant),
      condition(EARLIEST),
    ],
    order: 'due_at, tenant, id',
    limit,
  })
  return all<ServiceRef>(sql, ...values)
}

// -- internals

interface Row extends ServiceRef {
  readonly name: string
  readonly due_at: string
  readonly generation: string
}

const LEASE = `
  select provider, tenant, id, name, due_at, generation
  from signalbox.lease_deadlines_1(?, ?, ?, ?)`

// Of a service with several deadlines the earliest speaks for it, so that reading stops once the limit is reached.
const EARLIEST = `not exists (
  select from signalbox.deadline as other
  where other.provider = deadline.provider and other.tenant = deadline.tenant
    and other.id = deadline.id and (other.due_at, other.name) < (deadline.due_at, deadline.name)
)`

const toDue = ({ provider, tenant, id, name, due_at, generation }: Row): DueDeadline => ({
  ref: { provider, tenant, id },
  name,
  dueAt: Number(due_at),
  generation: Number(generation),
})
