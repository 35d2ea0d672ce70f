import type { Effect, ServiceRef } from '@signalbox/core'
import type { Commit, CommitFailure, Committed, Settlement } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { countedCursor } from '../cursor.ts'
import { instantOf } from '../instant.ts'
import { firstRefused } from '../refused.ts'
import type { Connection } from './database.ts'
import type { Kind } from './lines.ts'
import type { ScopeTable } from './scopes.ts'
import type { StateTable } from './states.ts'
import type { Tables } from './tables.ts'

/**
 * Commits a batch as one transaction, so that one sync of the file serves all of it. Savepoints cost more than refusals are
 * frequent: a batch runs without them, and again with one for each commit only when one of them is refused.
 */
export const commitAll = (
  connection: Connection,
  tables: Tables,
  batch: ReadonlyArray<Commit>,
): Answers => {
  const { transaction } = connection
  if (batch.length === 0) return []
  try {
    const answers = transaction(() => applyWhile(tables, batch), { unless: hasRefusal })
    return hasRefusal(answers) ? transaction(() => applyEach(connection, tables, batch)) : answers
  } catch (thrown) {
    for (const table of buffered(tables)) table.forget()
    throw thrown
  }
}

// -- internals

type Answers = ReadonlyArray<E.Either<CommitFailure, Committed>>

const hasRefusal = (answers: Answers): boolean => answers.some(E.isLeft)

const buffered = ({ states, scopes }: Tables): readonly [StateTable, ScopeTable] => [states, scopes]

// Stops at the first refusal: what has been written by then is taken back. What the tables hold back until the end is
// written once for all commits of the batch.
const applyWhile = (tables: Tables, batch: ReadonlyArray<Commit>): Answers => {
  const answers: Array<E.Either<CommitFailure, Committed>> = []
  for (const table of buffered(tables)) table.begin()
  for (const commit of batch) {
    const answer = apply(tables, commit)
    answers.push(answer)
    if (E.isLeft(answer)) return answers
  }
  for (const table of buffered(tables)) table.flush()
  return answers
}

const applyEach = (
  { undoable }: Connection,
  tables: Tables,
  batch: ReadonlyArray<Commit>,
): Answers => {
  for (const table of buffered(tables)) table.begin()
  return batch.map((commit) =>
    undoable(() => {
      const answer = apply(tables, commit)
      for (const table of buffered(tables))
        if (E.isLeft(answer)) table.drop()
        else table.flush()
      return answer
    }, E.isLeft),
  )
}

const apply = (tables: Tables, commit: Commit): E.Either<CommitFailure, Committed> => {
  const { states, effects, keys, documents, deadlines, journal } = tables
  const refused =
    (commit.receipt && keys.storeReceipt(commit.receipt, instantOf(commit))) ??
    firstRefused(commit.states, ({ state, expected }) => {
      const { ref, generation } = state
      const conflict = states.put({ state, expected })
      if (conflict === undefined && !states.isIdle(ref))
        states.setIdle(ref, effects.supersede(ref, generation))
      return conflict
    })
  if (refused !== undefined) return E.left(refused)
  const { added, settles } = enter(tables, commit)
  const settled =
    firstRefused(settles, effects.settle) ??
    firstRefused(commit.parks, effects.park) ??
    firstRefused(commit.retries, effects.retry)
  if (settled !== undefined) return E.left(settled)
  const leased = commit.lease ? effects.leaseOwn(added, commit.lease) : []
  for (const release of commit.releases) keys.release(release)
  const excluded =
    firstRefused(commit.takes, keys.take) ??
    firstRefused(commit.quotas, keys.change) ??
    firstRefused(commit.documents, documents.write)
  if (excluded !== undefined) return E.left(excluded)
  for (const { ref, name } of commit.cancelled) deadlines.cancel(ref, name)
  for (const { ref, deadline } of commit.armed) deadlines.arm(ref, deadline)
  let last: number | undefined
  for (const entry of commit.journal) {
    last = journal.write(entry)
    note(tables, entry.ref, 'entries', last)
  }
  return E.right({ cursor: last === undefined ? undefined : countedCursor(last), leased })
}

const note = ({ states, scopes }: Tables, ref: ServiceRef, kind: Kind, number: number): void => {
  states.note(ref, kind, number)
  scopes.note(ref, kind, number)
}

// Work that is settled by the commit that asks for it is stored as it will stay.
const enter = (
  tables: Tables,
  commit: Commit,
): { readonly added: ReadonlyArray<Effect>; readonly settles: ReadonlyArray<Settlement> } => {
  const left = new Set(commit.settles)
  const added = commit.effects.filter((effect) => {
    const settlement = commit.settles.find((one) => one.effect === effect.id)
    const number = tables.effects.add(effect, settlement)
    if (number === undefined) return false
    note(tables, effect.ref, 'effects', number)
    if (settlement === undefined) tables.states.setIdle(effect.ref, false)
    else left.delete(settlement)
    return settlement === undefined
  })
  return { added, settles: [...left] }
}
