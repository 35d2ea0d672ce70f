import { refKey } from '@signalbox/core'
import {
  claimTaken,
  documentConflict,
  effectSettled,
  quotaExceeded,
  receiptExists,
  revisionConflict,
} from '@signalbox/core/store'
import type {
  Commit,
  CommitFailure,
  Committed,
  DocumentWrite,
  PendingEffect,
  QuotaChange,
  Receipt,
  StateWrite,
  Store,
  StoreFailure,
} from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { documentKey } from './layer.ts'
import type { Layered } from './layer.ts'
import { isOpen, loadEffect } from './overlaid-effects.ts'

/**
 * Applies a commit to a layer as the store below would apply it, part by part and with the same refusals; after a refusal
 * the layer is of no use. Nothing is leased, and the journal is not kept. A left is the store's.
 */
export const applyCommit = async (
  over: Over,
  commit: Commit,
): Promise<E.Either<StoreFailure, E.Either<CommitFailure, Committed>>> => {
  const { layer } = over
  const steps: ReadonlyArray<() => Step> = [
    ...(commit.receipt === undefined
      ? []
      : [storeReceipt(over, commit.receipt, instantOf(commit))]),
    ...commit.states.map((write) => writeState(over, write)),
    ...commit.effects.map((effect) => async (): Step => {
      const stored = await loadEffect(over, effect.id)
      if (E.isLeft(stored) || stored.right !== undefined) return E.map(() => undefined)(stored)
      layer.added.add(effect.id)
      layer.effects.set(effect.id, {
        effect,
        work: 'pending',
        attempts: 0,
        notBefore: effect.at,
        error: undefined,
      })
      return STANDS
    }),
    ...commit.settles.map(({ effect, outcome, message: error }) =>
      changeEffect(over, effect, (held) =>
        isOpen(held) || held.work === 'superseded' ? { ...held, work: outcome, error } : undefined,
      ),
    ),
    ...commit.parks.map(({ effect, at: notBefore, error }) =>
      changeEffect(over, effect, (held) =>
        isOpen(held)
          ? { ...held, work: 'parked', attempts: held.attempts + 1, notBefore, error }
          : undefined,
      ),
    ),
    ...commit.retries.map(({ effect, at: notBefore }) =>
      changeEffect(over, effect, (held) =>
        isOpen(held) ? { ...held, work: 'pending', attempts: 0, notBefore } : undefined,
      ),
    ),
    ...commit.releases.map(({ key, holder }) => async (): Step => {
      const held = await holderOf(over, key)
      if (E.isLeft(held)) return held
      if (held.right === holder) layer.claims.set(key, undefined)
      return STANDS
    }),
    ...commit.takes.map(({ key, holder }) => async (): Step => {
      const held = await holderOf(over, key)
      if (E.isLeft(held)) return held
      if (held.right !== undefined && held.right !== holder)
        return E.right(claimTaken(key, held.right))
      layer.claims.set(key, holder)
      return STANDS
    }),
    ...commit.quotas.map((quota) => changeQuota(over, quota)),
    ...commit.documents.map((write) => writeDocument(over, write)),
  ]
  for (const step of steps) {
    const refused = await step()
    if (E.isLeft(refused)) return refused
    if (refused.right !== undefined) return E.right(E.left(refused.right))
  }
  return E.right(E.right({ cursor: undefined, leased: [] }))
}

// -- internals

type Over = Layered<Store>

type Step = Promise<E.Either<StoreFailure, CommitFailure | undefined>>

const STANDS = E.right(undefined)

const storeReceipt =
  ({ base, layer }: Over, receipt: Receipt, at: number) =>
  async (): Step => {
    const own = layer.receipts.get(receipt.key)
    const stored = own === undefined ? await base.receipt(receipt.key)() : E.right(own)
    if (E.isLeft(stored)) return stored
    if (stored.right !== undefined && stored.right.expiresAt > at)
      return E.right(receiptExists(stored.right))
    layer.receipts.set(receipt.key, receipt)
    return STANDS
  }

const writeState =
  ({ base, layer }: Over, { state, expected }: StateWrite) =>
  async (): Step => {
    const { ref } = state
    const own = layer.states.get(refKey(ref))
    const stored = own === undefined ? await base.load(ref)() : E.right(own)
    if (E.isLeft(stored)) return stored
    const actual = stored.right?.revision ?? 0
    if (actual !== expected) return E.right(revisionConflict(ref, expected, actual))
    layer.states.set(refKey(ref), state)
    return STANDS
  }

const changeEffect =
  (over: Over, id: string, change: (held: PendingEffect) => PendingEffect | undefined) =>
  async (): Step => {
    const held = await loadEffect(over, id)
    if (E.isLeft(held)) return held
    const changed = held.right && change(held.right)
    if (changed === undefined) return E.right(effectSettled(id))
    over.layer.effects.set(id, changed)
    return STANDS
  }

const holderOf = async (
  { base, layer }: Over,
  key: string,
): Promise<E.Either<StoreFailure, string | undefined>> =>
  layer.claims.has(key) ? E.right(layer.claims.get(key)) : base.claim(key)()

const changeQuota =
  ({ base, layer }: Over, { key, by, limit }: QuotaChange) =>
  async (): Step => {
    const own = layer.quotas.get(key)
    const stored = own === undefined ? await base.quota(key)() : E.right(own)
    if (E.isLeft(stored)) return stored
    const count = Math.max(0, stored.right + by)
    if (limit !== undefined && count > limit) return E.right(quotaExceeded(key, limit))
    layer.quotas.set(key, count)
    return STANDS
  }

const writeDocument =
  ({ base, layer }: Over, { provider, kind, id, tenant, body, expected }: DocumentWrite) =>
  async (): Step => {
    const key = { provider, kind, id }
    const place = documentKey(key)
    const stored = layer.documents.has(place)
      ? E.right(layer.documents.get(place))
      : await base.document(key)()
    if (E.isLeft(stored)) return stored
    const actual = stored.right?.revision ?? 0
    if (expected !== undefined && actual !== expected)
      return E.right(documentConflict(key, expected, actual))
    const next = body === null ? undefined : { ...key, tenant, body, revision: actual + 1 }
    layer.documents.set(place, next)
    return STANDS
  }

// The latest instant that a commit itself names, by which a stored receipt expires.
const instantOf = ({ journal, states, effects }: Commit): number =>
  Math.max(
    -Infinity,
    ...journal.map(({ at }) => at),
    ...effects.map(({ at }) => at),
    ...states.map(({ state }) => state.changedAt),
  )
