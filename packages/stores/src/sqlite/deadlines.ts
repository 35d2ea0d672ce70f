import type { Deadline, ServiceRef } from '@signalbox/core'
import type { DueDeadline, Lease, OverdueQuery } from '@signalbox/core/store'
import type { Connection } from './database.ts'
import { condition, given, selection } from '../selection.ts'

/** Open deadlines. `wake_at` is the instant at which one can be leased: its due time, or the end of its lease. */
export interface DeadlineTable {
  readonly arm: (ref: ServiceRef, deadline: Deadline) => void
  readonly cancel: (ref: ServiceRef, name: string) => void
  readonly lease: (lease: Lease) => ReadonlyArray<DueDeadline>
  readonly overdue: (query: OverdueQuery) => ReadonlyArray<ServiceRef>
  readonly nextWake: () => number | undefined
}

/** Opens the table of deadlines. */
export const deadlineTable = ({ one, all, run }: Connection): DeadlineTable => ({
  arm: ({ provider, tenant, id }, { name, dueAt, generation }) => {
    run(ARM, provider, tenant, id, name, dueAt, generation, dueAt)
  },
  cancel: ({ provider, tenant, id }, name) => {
    run(CANCEL, provider, tenant, id, name)
  },
  lease: ({ owner, now, until, limit }) => {
    const due = all<Row>(LEASABLE, now, limit).map(toDue)
    for (const { ref, name } of due)
      run(LEASE, owner, until, ref.provider, ref.tenant, ref.id, name)
    return due
  },
  overdue: ({ provider, tenant, at, limit }) => {
    const { sql, values } = selection({
      columns: 'tenant, id',
      from: 'deadline',
      where: [
        condition('provider = ? and due_at <= ?', provider, at),
        // The plus keeps the tenant from being taken as constant, by which SQLite would lose the order of the index.
        ...given('+tenant = ?', tenant),
        condition(EARLIEST),
      ],
      order: 'due_at, tenant, id',
      limit,
    })
    return all<{ readonly tenant: string; readonly id: string }>(sql, ...values).map((row) => ({
      provider,
      tenant: row.tenant,
      id: row.id,
    }))
  },
  nextWake: () => one<{ readonly at: number | null }>(NEXT)?.at ?? undefined,
})

// -- internals

interface Row {
  readonly provider: string
  readonly tenant: string
  readonly id: string
  readonly name: string
  readonly due_at: number
  readonly generation: number
}

// No owner is compared: the lease of a deadline is ended by the commit that closes it, or by time.
const ARM = `
  insert into deadline (provider, tenant, id, name, due_at, generation, wake_at)
  values (?, ?, ?, ?, ?, ?, ?)
  on conflict (provider, tenant, id, name) do update
  set due_at = excluded.due_at, generation = excluded.generation, wake_at = excluded.wake_at, owner = null`
const CANCEL = 'delete from deadline where provider = ? and tenant = ? and id = ? and name = ?'
const LEASABLE = `
  select provider, tenant, id, name, due_at, generation from deadline
  where wake_at <= ? order by wake_at, provider, tenant, id, name limit ?`
const LEASE = `
  update deadline set owner = ?, wake_at = ?
  where provider = ? and tenant = ? and id = ? and name = ?`
const NEXT = 'select min(wake_at) as at from deadline'

// Of a service with several deadlines the earliest speaks for it, so that reading stops once the limit is reached.
const EARLIEST = `not exists (
  select 1 from deadline as other
  where other.provider = deadline.provider and other.tenant = deadline.tenant
    and other.id = deadline.id and (other.due_at, other.name) < (deadline.due_at, deadline.name)
)`

const toDue = ({ provider, tenant, id, name, due_at, generation }: Row): DueDeadline => ({
  ref: { provider, tenant, id },
  name,
  dueAt: due_at,
  generation,
})
