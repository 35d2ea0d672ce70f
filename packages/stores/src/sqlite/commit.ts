import type { Commit, CommitFailure, Committed } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { instantOf } from '../instant.ts'
import type { Connection } from './database.ts'
import type { Tables } from './tables.ts'

/**
 * Commits a batch as one transaction, so that one sync of the file serves all of it. Each commit runs in a savepoint of its
 * own, to which a refused one goes back.
 */
export const commitAll = (
  { transaction, undoable }: Connection,
  tables: Tables,
  batch: ReadonlyArray<Commit>,
): ReadonlyArray<E.Either<CommitFailure, Committed>> =>
  batch.length === 0
    ? []
    : transaction(() => batch.map((commit) => undoable(() => apply(tables, commit), E.isLeft)))

// -- internals

const apply = (
  { states, effects, keys, documents, deadlines, journal }: Tables,
  commit: Commit,
): E.Either<CommitFailure, Committed> => {
  const refused =
    (commit.receipt && keys.storeReceipt(commit.receipt, instantOf(commit))) ??
    first(commit.states, ({ state, expected }) => {
      const conflict = states.write({ state, expected })
      if (conflict === undefined) effects.supersede(state.ref, state.generation)
      return conflict
    })
  if (refused !== undefined) return E.left(refused)
  const added = commit.effects.filter(effects.add)
  const settled = first(commit.settles, effects.settle)
  if (settled !== undefined) return E.left(settled)
  const leased = commit.lease ? effects.leaseOwn(added, commit.lease) : []
  for (const release of commit.releases) keys.release(release)
  const excluded =
    first(commit.takes, keys.take) ??
    first(commit.quotas, keys.change) ??
    first(commit.documents, documents.write)
  if (excluded !== undefined) return E.left(excluded)
  for (const { ref, name } of commit.cancelled) deadlines.cancel(ref, name)
  for (const { ref, deadline } of commit.armed) deadlines.arm(ref, deadline)
  for (const entry of commit.journal) journal.write(entry)
  return E.right({ cursor: commit.journal.length > 0 ? journal.end() : undefined, leased })
}

const first = <A>(
  parts: ReadonlyArray<A>,
  change: (part: A) => CommitFailure | undefined,
): CommitFailure | undefined => {
  for (const part of parts) {
    const refused = change(part)
    if (refused !== undefined) return refused
  }
  return undefined
}
