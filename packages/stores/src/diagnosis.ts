import type { Diagnosis } from '@signalbox/core/store'

/** Where the counts of a diagnosis stop: enough to tell much from little, and read in no time. */
export const BOUND = 10_000

/** The diagnosis of a store in which nothing waits. */
export const NOTHING_WAITS: Diagnosis = {
  bound: BOUND,
  effects: { pending: 0, leased: 0, parked: 0, failed: 0, unknown: 0 },
  due: { count: 0, since: undefined },
  overdue: { count: 0, since: undefined },
}
