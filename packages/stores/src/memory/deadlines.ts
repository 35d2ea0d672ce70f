import type { ServiceRef } from '@signalbox/core'
import { byCodePoint, byTenantAndId } from '@signalbox/core/store'
import type { DueDeadline, Lease, OverdueQuery } from '@signalbox/core/store'
import { deadlineKey, serviceKey } from './tables.ts'
import type { OpenDeadline, Tables } from './tables.ts'

/** Leases deadlines that are due by now to an owner. */
export const leaseDeadlines = (
  { deadlines }: Tables,
  { now, until, limit }: Lease,
): ReadonlyArray<DueDeadline> =>
  [...deadlines.values()]
    .filter(({ wakeAt }) => wakeAt <= now)
    .toSorted(byWake)
    .slice(0, limit)
    .map(({ due }) => {
      deadlines.set(deadlineKey(due.ref, due.name), { due, wakeAt: until })
      return due
    })

/** The services that hold a deadline which is due, leased or not. */
export const overdue = (
  { deadlines }: Tables,
  { provider, tenant, at, limit }: OverdueQuery,
): ReadonlyArray<ServiceRef> => {
  const due = [...deadlines.values()]
    .map((open) => open.due)
    .filter(
      ({ ref, dueAt }) =>
        dueAt <= at && ref.provider === provider && (tenant === undefined || ref.tenant === tenant),
    )
    .toSorted((a, b) => a.dueAt - b.dueAt || byTenantAndId(a.ref, b.ref))
  const refs = new Map<string, ServiceRef>()
  for (const { ref } of due) if (!refs.has(serviceKey(ref))) refs.set(serviceKey(ref), ref)
  return [...refs.values()].slice(0, limit)
}

/** The earliest instant at which a deadline can be leased; `Infinity` when none is open. */
export const nextDue = ({ deadlines }: Tables): number =>
  [...deadlines.values()].reduce((earliest, { wakeAt }) => Math.min(earliest, wakeAt), Infinity)

// -- internals

const byWake = (a: OpenDeadline, b: OpenDeadline): number =>
  a.wakeAt - b.wakeAt ||
  byCodePoint(a.due.ref.provider, b.due.ref.provider) ||
  byTenantAndId(a.due.ref, b.due.ref) ||
  byCodePoint(a.due.name, b.due.name)
