import type { Backlog, Diagnosis } from '@signalbox/core/store'
import { BOUND } from '../diagnosis.ts'
import { dueWork } from './effects.ts'
import type { Tables } from './tables.ts'

/** What waits in a store at an instant. */
export const diagnose = (tables: Tables, at: number): Diagnosis => {
  const counts = { pending: 0, leased: 0, parked: 0, failed: 0, unknown: 0 }
  for (const { work } of tables.effects.values())
    if (work !== 'done' && work !== 'superseded') counts[work] = Math.min(counts[work] + 1, BOUND)
  const overdue = [...tables.deadlines.values()]
    .map(({ due }) => due.dueAt)
    .filter((dueAt) => dueAt <= at)
  return {
    bound: BOUND,
    effects: counts,
    due: backlogOf(dueWork(tables, at)),
    overdue: backlogOf(overdue),
  }
}

// -- internals

const backlogOf = (instants: ReadonlyArray<number>): Backlog => ({
  count: Math.min(instants.length, BOUND),
  since: instants.length === 0 ? undefined : instants.reduce((a, b) => Math.min(a, b)),
})
