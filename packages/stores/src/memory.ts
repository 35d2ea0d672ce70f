import type { Store } from '@signalbox/core/store'
import { commitAll } from './memory/commit.ts'
import { leaseDeadlines, nextDue, overdue } from './memory/deadlines.ts'
import { diagnose } from './memory/diagnosis.ts'
import {
  deferEffect,
  leaseEffects,
  listEffects,
  loadEffect,
  nextWork,
  renewEffects,
} from './memory/effects.ts'
import { listDocuments, listJournal, listStates } from './memory/lists.ts'
import { documentKey, emptyTables, serviceKey } from './memory/tables.ts'
import { openSession } from './session.ts'

/**
 * A store that lives as long as the process: the reference for all others, for tests and for browsers. What it answers is
 * frozen, so that nobody changes what is stored.
 */
export const memoryStore = (): Store => {
  const tables = emptyTables()
  const { answer, close } = openSession()
  return {
    load: (ref) => answer(() => tables.states.get(serviceKey(ref))),
    commit: (batch) => answer(() => commitAll(tables, batch)),
    list: (query) => answer(() => listStates(tables, query)),
    overdue: (query) => answer(() => overdue(tables, query)),
    journal: (query) => answer(() => listJournal(tables, query)),
    claim: (key) => answer(() => tables.claims.get(key)),
    quota: (key) => answer(() => tables.quotas.get(key) ?? 0),
    receipt: (key) => answer(() => tables.receipts.get(key)),
    leaseEffects: (lease) => answer(() => leaseEffects(tables, lease)),
    renewEffects: (renewal) => answer(() => renewEffects(tables, renewal)),
    deferEffect: (deferral) => answer(() => deferEffect(tables, deferral)),
    effect: (id) => answer(() => loadEffect(tables, id)),
    effects: (query) => answer(() => listEffects(tables, query)),
    leaseDeadlines: (lease) => answer(() => leaseDeadlines(tables, lease)),
    nextWake: () => answer(() => earliest(nextWork(tables), nextDue(tables))),
    document: (key) => answer(() => tables.documents.get(documentKey(key))),
    documents: (query) => answer(() => listDocuments(tables, query)),
    allocate: ({ sequence, count, floor }) =>
      answer(() => {
        const first = Math.max(tables.sequences.get(sequence) ?? floor, floor)
        tables.sequences.set(sequence, first + count)
        return first
      }),
    upcoming: (sequence) => answer(() => tables.sequences.get(sequence)),
    diagnose: (at) => answer(() => diagnose(tables, at)),
    ping: () => answer(() => undefined),
    close: () => close(() => undefined),
  }
}

// -- internals

const earliest = (...instants: ReadonlyArray<number>): number | undefined => {
  const instant = Math.min(...instants)
  return instant === Infinity ? undefined : instant
}
