import type { Effect, ServiceRef } from '@signalbox/core'
import { effectSettled } from '@signalbox/core/store'
import type {
  Commit,
  CommitFailure,
  Deferral,
  EffectQuery,
  Lease,
  Page,
  Parking,
  PendingEffect,
  Renewal,
  Retry,
  Settlement,
} from '@signalbox/core/store'
import { countedCursor, pageOf, readCounted } from '../cursor.ts'
import { frozen, serviceKey } from './tables.ts'
import type { Tables, Work } from './tables.ts'
import { insert, put } from './undo.ts'
import type { Undo } from './undo.ts'

/** Stores an effect behind the others of its lane, and tells whether it is new; one that is stored already stays as it is. */
export const addEffect = (tables: Tables, undo: Undo, given: Effect): boolean => {
  if (tables.effects.has(given.id)) return false
  const effect = frozen(given)
  insert(undo, tables.effectIds, effect.id)
  put(undo, tables.effects, effect.id, {
    seq: tables.effectIds.length,
    effect,
    work: 'pending',
    attempts: 0,
    notBefore: effect.at,
    wakeAt: effect.at,
    owner: undefined,
    error: undefined,
  })
  const key = serviceKey(effect.ref)
  put(undo, tables.open, key, [...(tables.open.get(key) ?? []), effect.id])
  return true
}

/** Records the outcome of an effect, once. */
export const settleEffect = (
  tables: Tables,
  undo: Undo,
  { effect: id, outcome, message }: Settlement,
): CommitFailure | undefined => {
  const work = tables.effects.get(id)
  if (work === undefined || !(isOpen(work) || work.work === 'superseded')) return effectSettled(id)
  end(tables, undo, { ...work, work: outcome, error: message })
  return undefined
}

/** Parks an open effect. Its lane stays closed. */
export const parkEffect = (
  tables: Tables,
  undo: Undo,
  { effect: id, at, error }: Parking,
): CommitFailure | undefined => {
  const work = tables.effects.get(id)
  if (work === undefined || !isOpen(work)) return effectSettled(id)
  put(undo, tables.effects, id, {
    ...work,
    work: 'parked',
    attempts: work.attempts + 1,
    notBefore: at,
    wakeAt: Infinity,
    owner: undefined,
    error,
  })
  return undefined
}

/** Makes an open effect pending, as if it had never been tried. */
export const retryEffect = (
  tables: Tables,
  undo: Undo,
  { effect: id, at }: Retry,
): CommitFailure | undefined => {
  const work = tables.effects.get(id)
  if (work === undefined || !isOpen(work)) return effectSettled(id)
  put(undo, tables.effects, id, {
    ...work,
    work: 'pending',
    attempts: 0,
    notBefore: at,
    wakeAt: at,
    owner: undefined,
  })
  return undefined
}

/** Ends the open effects of a service that an older generation asked for. */
export const supersede = (
  tables: Tables,
  undo: Undo,
  ref: ServiceRef,
  generation: number,
): void => {
  for (const work of openOf(tables, serviceKey(ref)))
    if (work.effect.generation < generation) end(tables, undo, { ...work, work: 'superseded' })
}

/** Leases those of a commit's own effects that are the oldest of their lane; answers their ids. */
export const leaseOwn = (
  tables: Tables,
  undo: Undo,
  effects: ReadonlyArray<Effect>,
  { owner, until }: NonNullable<Commit['lease']>,
): ReadonlyArray<string> =>
  effects.flatMap(({ id, ref }) => {
    const head = headsOf(openOf(tables, serviceKey(ref))).find(({ effect }) => effect.id === id)
    if (head?.work !== 'pending') return []
    put(undo, tables.effects, id, { ...head, work: 'leased', owner, wakeAt: until })
    return [id]
  })

/** Leases what can be leased by now to an owner. */
export const leaseEffects = (
  tables: Tables,
  { owner, now, until, limit }: Lease,
): ReadonlyArray<PendingEffect> =>
  heads(tables)
    .filter(({ wakeAt }) => wakeAt <= now)
    .toSorted((a, b) => a.wakeAt - b.wakeAt || a.seq - b.seq)
    .slice(0, limit)
    .map((head) => {
      const leased: Work = { ...head, work: 'leased', owner, wakeAt: until }
      tables.effects.set(head.effect.id, leased)
      return toPending(leased)
    })

/** Prolongs the leases an owner still holds. */
export const renewEffects = (
  tables: Tables,
  { owner, ids, until }: Renewal,
): ReadonlyArray<string> =>
  ids.filter((id) => {
    const work = tables.effects.get(id)
    if (work?.work !== 'leased' || work.owner !== owner) return false
    tables.effects.set(id, { ...work, wakeAt: Math.max(work.wakeAt, until) })
    return true
  })

/** Gives a leased effect back. */
export const deferEffect = (
  tables: Tables,
  { effect: id, owner, notBefore, error }: Deferral,
): void => {
  const work = tables.effects.get(id)
  if (work?.work !== 'leased' || work.owner !== owner) return
  tables.effects.set(id, {
    ...work,
    work: 'pending',
    attempts: work.attempts + 1,
    notBefore,
    wakeAt: notBefore,
    owner: undefined,
    error,
  })
}

/** An effect with the state of its work. */
export const loadEffect = (tables: Tables, id: string): PendingEffect | undefined => {
  const work = tables.effects.get(id)
  return work && toPending(work)
}

/** A page of effects. */
export const listEffects = (
  tables: Tables,
  { ref, open, work: wanted, provider, tenant, after, limit }: EffectQuery,
): Page<PendingEffect> => {
  const seq = readCounted(after)
  const key = ref && serviceKey(ref)
  const rows = rowsOf(tables, tables.effectIds.slice(seq)).filter(
    (work) =>
      (key === undefined || serviceKey(work.effect.ref) === key) &&
      (open !== true || isOpen(work)) &&
      (wanted === undefined || work.work === wanted) &&
      (provider === undefined || work.effect.ref.provider === provider) &&
      (tenant === undefined || work.effect.ref.tenant === tenant),
  )
  return pageOf(rows.slice(0, limit + 1), limit, {
    item: toPending,
    cursor: (work) => countedCursor(work.seq),
  })
}

/** The instants from which on effects can be leased, of those that can be by now. */
export const dueWork = (tables: Tables, now: number): ReadonlyArray<number> =>
  heads(tables)
    .map(({ wakeAt }) => wakeAt)
    .filter((wakeAt) => wakeAt <= now)

/** The earliest instant at which an effect can be leased; `Infinity` when none ever can. */
export const nextWork = (tables: Tables): number =>
  heads(tables).reduce((earliest, { wakeAt }) => Math.min(earliest, wakeAt), Infinity)

// -- internals

const isOpen = ({ work }: Work): boolean =>
  work === 'pending' || work === 'leased' || work === 'parked'

const end = (tables: Tables, undo: Undo, work: Work): void => {
  const { id, ref } = work.effect
  const key = serviceKey(ref)
  const left = (tables.open.get(key) ?? []).filter((other) => other !== id)
  put(undo, tables.effects, id, { ...work, owner: undefined })
  put(undo, tables.open, key, left.length > 0 ? left : undefined)
}

const rowsOf = (tables: Tables, ids: ReadonlyArray<string>): ReadonlyArray<Work> =>
  ids.flatMap((id) => tables.effects.get(id) ?? [])

const openOf = (tables: Tables, key: string): ReadonlyArray<Work> =>
  rowsOf(tables, tables.open.get(key) ?? [])

const headsOf = (open: ReadonlyArray<Work>): ReadonlyArray<Work> => {
  const lanes = new Set<string>()
  return open.filter(({ effect: { lane } }) => !lanes.has(lane) && lanes.add(lane))
}

const heads = (tables: Tables): ReadonlyArray<Work> =>
  [...tables.open.keys()].flatMap((key) => headsOf(openOf(tables, key)))

const toPending = ({ effect, work, attempts, notBefore, error }: Work): PendingEffect => ({
  effect,
  work,
  attempts,
  notBefore,
  error,
})
