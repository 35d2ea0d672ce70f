import {
  claimTaken,
  documentConflict,
  quotaExceeded,
  receiptExists,
  revisionConflict,
} from '@signalbox/core/store'
import type {
  Claim,
  Commit,
  CommitFailure,
  Committed,
  DocumentWrite,
  QuotaChange,
  Receipt,
  StateWrite,
} from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { countedCursor } from '../cursor.ts'
import { instantOf } from '../instant.ts'
import { firstRefused } from '../refused.ts'
import { addEffect, leaseOwn, parkEffect, retryEffect, settleEffect, supersede } from './effects.ts'
import { deadlineKey, documentKey, frozen, placeOf, serviceKey } from './tables.ts'
import type { Tables } from './tables.ts'
import { insert, put, revert } from './undo.ts'
import type { Undo } from './undo.ts'

/** Applies each commit of a batch or, when it is refused, none of it. */
export const commitAll = (
  tables: Tables,
  batch: ReadonlyArray<Commit>,
): ReadonlyArray<E.Either<CommitFailure, Committed>> => {
  const whole: Undo = { steps: [] }
  try {
    return batch.map((commit) => {
      const undo: Undo = { steps: [] }
      whole.steps.push(() => revert(undo))
      const result = apply({ tables, undo }, commit)
      if (E.isLeft(result)) revert(undo)
      return result
    })
  } catch (thrown) {
    // What cannot be stored (a cycle, a BigInt) fails the batch, as it does in a database.
    revert(whole)
    throw thrown
  }
}

// -- internals

interface Change {
  readonly tables: Tables
  readonly undo: Undo
}

const apply = (change: Change, commit: Commit): E.Either<CommitFailure, Committed> => {
  const { tables, undo } = change
  const refused =
    (commit.receipt && storeReceipt(change, commit.receipt, instantOf(commit))) ??
    firstRefused(commit.states, (write) => writeState(change, write))
  if (refused !== undefined) return E.left(refused)
  const added = commit.effects.filter((effect) => addEffect(tables, undo, effect))
  const settled =
    firstRefused(commit.settles, (settlement) => settleEffect(tables, undo, settlement)) ??
    firstRefused(commit.parks, (parking) => parkEffect(tables, undo, parking)) ??
    firstRefused(commit.retries, (retry) => retryEffect(tables, undo, retry))
  if (settled !== undefined) return E.left(settled)
  const leased = commit.lease ? leaseOwn(tables, undo, added, commit.lease) : []
  for (const release of commit.releases) releaseClaim(change, release)
  const excluded =
    firstRefused(commit.takes, (claim) => takeClaim(change, claim)) ??
    firstRefused(commit.quotas, (quota) => changeQuota(change, quota)) ??
    firstRefused(commit.documents, (write) => writeDocument(change, write))
  if (excluded !== undefined) return E.left(excluded)
  for (const { ref, name } of commit.cancelled)
    put(undo, tables.deadlines, deadlineKey(ref, name), undefined)
  for (const { ref, deadline } of commit.armed) {
    const { name, dueAt, generation } = deadline
    const due = frozen({ ref, name, dueAt, generation })
    put(undo, tables.deadlines, deadlineKey(ref, name), { due, wakeAt: dueAt })
  }
  for (const entry of commit.journal) insert(undo, tables.journal, frozen(entry))
  const cursor = commit.journal.length > 0 ? countedCursor(tables.journal.length) : undefined
  return E.right({ cursor, leased })
}

const storeReceipt = (
  { tables, undo }: Change,
  receipt: Receipt,
  at: number,
): CommitFailure | undefined => {
  const stored = tables.receipts.get(receipt.key)
  if (stored !== undefined && stored.expiresAt > at) return receiptExists(stored)
  put(undo, tables.receipts, receipt.key, frozen(receipt))
  return undefined
}

const writeState = (
  { tables, undo }: Change,
  { state, expected }: StateWrite,
): CommitFailure | undefined => {
  const { ref } = state
  const key = serviceKey(ref)
  const stored = tables.states.get(key)
  const actual = stored?.revision ?? 0
  if (actual !== expected) return revisionConflict(ref, expected, actual)
  if (stored === undefined) {
    const refs = tables.refs.get(ref.provider) ?? []
    if (refs.length === 0) put(undo, tables.refs, ref.provider, refs)
    insert(undo, refs, frozen(ref), placeOf(refs, ref, { beyond: false }))
  }
  put(undo, tables.states, key, frozen(state))
  supersede(tables, undo, ref, state.generation)
  return undefined
}

const releaseClaim = ({ tables, undo }: Change, { key, holder }: Claim): void => {
  if (tables.claims.get(key) === holder) put(undo, tables.claims, key, undefined)
}

const takeClaim = ({ tables, undo }: Change, { key, holder }: Claim): CommitFailure | undefined => {
  const held = tables.claims.get(key)
  if (held !== undefined && held !== holder) return claimTaken(key, held)
  put(undo, tables.claims, key, holder)
  return undefined
}

const changeQuota = (
  { tables, undo }: Change,
  { key, by, limit }: QuotaChange,
): CommitFailure | undefined => {
  const count = Math.max(0, (tables.quotas.get(key) ?? 0) + by)
  if (limit !== undefined && count > limit) return quotaExceeded(key, limit)
  put(undo, tables.quotas, key, count)
  return undefined
}

const writeDocument = (
  { tables, undo }: Change,
  { provider, kind, id, tenant, body, expected }: DocumentWrite,
): CommitFailure | undefined => {
  const key = { provider, kind, id }
  const stored = tables.documents.get(documentKey(key))
  const actual = stored?.revision ?? 0
  if (expected !== undefined && actual !== expected) return documentConflict(key, expected, actual)
  const next =
    body === null ? undefined : frozen({ provider, kind, id, tenant, body, revision: actual + 1 })
  put(undo, tables.documents, documentKey(key), next)
  return undefined
}
