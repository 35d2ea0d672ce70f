import type { Decision, JournalEntry, Lifecycle } from '@signalbox/core'
import type { DocumentWrite } from '@signalbox/core/store'
import type * as E from 'fp-ts/lib/Either.js'
import type { Failure } from './failure.ts'

/**
 * What a plugin keeps of a tenant's services taken together. Services of a lifecycle with a ledger change one after another
 * within their tenant, and whatever is overdue for any of them is settled before, in one change and in order of instant.
 */
export interface Ledger {
  readonly lifecycle: Lifecycle
  /**
   * Says what is stored with a change, in the same commit; it runs anew each time the change is decided. A write over
   * a revision that is no longer there makes the host decide anew; a failure of its own ends the change.
   */
  readonly enter: (
    change: LedgerChange,
  ) => Promise<E.Either<Failure, ReadonlyArray<Omit<DocumentWrite, 'provider'>>>>
}

/** A change of some services of one tenant that is about to be stored. */
export interface LedgerChange {
  readonly tenant: string
  /** One for each service, as they will stand. */
  readonly decisions: ReadonlyArray<Decision>
  /** Their journal entries, in order of instant; at one instant, by id. */
  readonly journal: ReadonlyArray<JournalEntry>
  /** What a plugin's own change stores beside: a ledger that writes the same record builds on it. */
  readonly documents: ReadonlyArray<DocumentWrite>
}

/** Merges the journals of several decisions: in order of instant, at one instant by the services' ids. */
export const journalOf = (decisions: ReadonlyArray<Decision>): ReadonlyArray<JournalEntry> =>
  decisions
    .flatMap(({ journal }) => journal)
    .toSorted((a, b) => a.at - b.at || byId(a.ref.id, b.ref.id))

// -- internals

// Ids that are numbers ascend as numbers: of two, the shorter one is less.
const byId = (a: string, b: string): number => {
  if (a === b) return 0
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : 1
}
