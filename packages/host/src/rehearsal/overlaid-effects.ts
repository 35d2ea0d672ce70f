import { refKey } from '@signalbox/core'
import type { EffectQuery, Page, PendingEffect, Store, StoreFailure } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import type { Layer, Layered } from './layer.ts'

type Over = Layered<Pick<Store, 'effect' | 'effects'>>

/** An effect as it stands over a store. */
export const loadEffect = async (
  { base, layer }: Over,
  id: string,
): Promise<E.Either<StoreFailure, PendingEffect | undefined>> => {
  const own = layer.effects.get(id)
  if (own !== undefined) return E.right(seen(layer, own))
  const found = await base.effect(id)()
  return E.map((pending: PendingEffect | undefined) => pending && seen(layer, pending))(found)
}

/** A page of effects: first the store's, as they stand, then those that were added. A page may be short of its limit. */
export const listEffects = async (
  { base, layer }: Over,
  query: EffectQuery,
): Promise<E.Either<StoreFailure, Page<PendingEffect>>> => {
  const { work: _, after, limit, ...where } = query
  const wanted = (pending: PendingEffect): boolean => isWanted(query, pending)
  const own = [...layer.added].flatMap((id) => layer.effects.get(id) ?? [])
  const added = own.map((pending) => seen(layer, pending)).filter(wanted)
  const ownPage = (start: number): Page<PendingEffect> => ({
    items: added.slice(start, start + limit),
    next: start + limit < added.length ? `${OWN}${start + limit}` : undefined,
  })
  if (after?.startsWith(OWN) === true) return E.right(ownPage(Number(after.slice(OWN.length))))
  const page = await base.effects({ ...where, limit, ...(after !== undefined && { after }) })()
  if (E.isLeft(page)) return page
  const items = page.right.items
    .map((pending) => seen(layer, layer.effects.get(pending.effect.id) ?? pending))
    .filter(wanted)
  const next = page.right.next ?? (added.length > 0 ? `${OWN}0` : undefined)
  return E.right({ items, next })
}

/** Tells whether the work of an effect is neither settled nor superseded. */
export const isOpen = ({ work }: PendingEffect): boolean =>
  work === 'pending' || work === 'leased' || work === 'parked'

// -- internals

const OWN = 'added:'

// What an older generation of a service has asked for is superseded once a newer one is written.
const seen = ({ states }: Layer, pending: PendingEffect): PendingEffect => {
  const { ref, generation } = pending.effect
  const state = states.get(refKey(ref))
  return state !== undefined && generation < state.generation && isOpen(pending)
    ? { ...pending, work: 'superseded' }
    : pending
}

const isWanted = (
  { ref, open, work, provider, tenant }: EffectQuery,
  pending: PendingEffect,
): boolean => {
  const { effect } = pending
  return (
    (ref === undefined || refKey(effect.ref) === refKey(ref)) &&
    (open !== true || isOpen(pending)) &&
    (work === undefined || pending.work === work) &&
    (provider === undefined || effect.ref.provider === provider) &&
    (tenant === undefined || effect.ref.tenant === tenant)
  )
}
