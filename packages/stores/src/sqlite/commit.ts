import type { Effect } from '@signalbox/core'
import type { Commit, CommitFailure, Committed, Settlement } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { instantOf } from '../instant.ts'
import { firstRefused } from '../refused.ts'
import type { Connection } from './database.ts'
import type { EffectTable } from './effects.ts'
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
  const { transaction, undoable } = connection
  if (batch.length === 0) return []
  tables.states.begin()
  try {
    const answers = transaction(() => applyWhile(tables, batch), { unless: hasRefusal })
    return hasRefusal(answers)
      ? transaction(() => batch.map((commit) => undoable(() => attempt(tables, commit), E.isLeft)))
      : answers
  } catch (thrown) {
    tables.states.forget()
    throw thrown
  }
}

// -- internals

type Answers = ReadonlyArray<E.Either<CommitFailure, Committed>>

const hasRefusal = (answers: Answers): boolean => answers.some(E.isLeft)

// Stops at the first refusal: what has been written by then is taken back.
const applyWhile = (tables: Tables, batch: ReadonlyArray<Commit>): Answers => {
  const answers: Array<E.Either<CommitFailure, Committed>> = []
  for (const commit of batch) {
    const answer = attempt(tables, commit)
    answers.push(answer)
    if (E.isLeft(answer)) break
  }
  return answers
}

const attempt = (tables: Tables, commit: Commit): E.Either<CommitFailure, Committed> => {
  const answer = apply(tables, commit)
  if (E.isLeft(answer)) tables.states.forget()
  return answer
}

const apply = (
  { states, effects, keys, documents, deadlines, journal }: Tables,
  commit: Commit,
): E.Either<CommitFailure, Committed> => {
  const refused =
    (commit.receipt && keys.storeReceipt(commit.receipt, instantOf(commit))) ??
    firstRefused(commit.states, ({ state, expected }) => {
      const conflict = states.write({ state, expected })
      if (conflict === undefined) effects.supersede(state.ref, state.generation)
      return conflict
    })
  if (refused !== undefined) return E.left(refused)
  const { added, settles } = enter(effects, commit)
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
  let cursor: string | undefined
  for (const entry of commit.journal) cursor = journal.write(entry)
  return E.right({ cursor, leased })
}

// Work that is settled by the commit that asks for it is stored as it will stay.
const enter = (
  effects: EffectTable,
  commit: Commit,
): { readonly added: ReadonlyArray<Effect>; readonly settles: ReadonlyArray<Settlement> } => {
  const left = new Set(commit.settles)
  const added = commit.effects.filter((effect) => {
    const settlement = commit.settles.find((one) => one.effect === effect.id)
    const isNew = effects.add(effect, settlement)
    if (isNew && settlement !== undefined) left.delete(settlement)
    return isNew && settlement === undefined
  })
  return { added, settles: [...left] }
}
