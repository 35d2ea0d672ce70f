import type { Effect, JournalEntry, ServiceRef, State } from '@signalbox/core'
import type {
  Document,
  DocumentKey,
  DueDeadline,
  PendingEffect,
  Receipt,
} from '@signalbox/core/store'
import { byTenantAndId } from '@signalbox/core/store'

/** Everything a memory store holds. Rows are never changed, only replaced. */
export interface Tables {
  readonly states: Map<string, State>
  /** The refs of each provider in the order of lists. Refs stay: a service that ended leaves its record. */
  readonly refs: Map<string, Array<ServiceRef>>
  readonly journal: Array<JournalEntry>
  readonly effects: Map<string, Work>
  /** The ids of all effects, oldest first. */
  readonly effectIds: Array<string>
  /** The ids of each service's effects that are neither settled nor superseded, oldest first. */
  readonly open: Map<string, ReadonlyArray<string>>
  readonly deadlines: Map<string, OpenDeadline>
  readonly claims: Map<string, string>
  readonly quotas: Map<string, number>
  readonly receipts: Map<string, Receipt>
  readonly documents: Map<string, Document>
  readonly sequences: Map<string, number>
}

/** An effect's row. `wakeAt` is the instant at which it may be leased, once it is the oldest of its lane. */
export interface Work {
  readonly seq: number
  readonly effect: Effect
  readonly work: PendingEffect['work']
  readonly attempts: number
  readonly notBefore: number
  readonly wakeAt: number
  readonly owner: string | undefined
  readonly error: string | undefined
}

/** A deadline's row. `wakeAt` is its due time or the end of its lease. */
export interface OpenDeadline {
  readonly due: DueDeadline
  readonly wakeAt: number
}

/** Makes a store's tables. */
export const emptyTables = (): Tables => ({
  states: new Map(),
  refs: new Map(),
  journal: [],
  effects: new Map(),
  effectIds: [],
  open: new Map(),
  deadlines: new Map(),
  claims: new Map(),
  quotas: new Map(),
  receipts: new Map(),
  documents: new Map(),
  sequences: new Map(),
})

/** Names a service's row. */
export const serviceKey = ({ provider, tenant, id }: ServiceRef): string =>
  JSON.stringify([provider, tenant, id])

/** Names a deadline's row. */
export const deadlineKey = ({ provider, tenant, id }: ServiceRef, name: string): string =>
  JSON.stringify([provider, tenant, id, name])

/** Names a document's row. */
export const documentKey = ({ provider, kind, id }: DocumentKey): string =>
  JSON.stringify([provider, kind, id])

/** The index of the first ref that follows a place, or is it unless `beyond` asks for what follows only. */
export const placeOf = (
  refs: ReadonlyArray<ServiceRef>,
  place: { readonly tenant: string; readonly id: string },
  { beyond }: { readonly beyond: boolean },
): number => {
  let low = 0
  let high = refs.length
  while (low < high) {
    const middle = (low + high) >> 1
    const ref = refs[middle]
    const order = ref === undefined ? 1 : byTenantAndId(ref, place)
    if (order < 0 || (beyond && order === 0)) low = middle + 1
    else high = middle
  }
  return low
}

/** Copies plain data as JSON would and freezes it, so that neither the writer nor a reader can change what is stored. */
export const frozen = <A>(value: A): A => freeze(JSON.parse(JSON.stringify(value)) as A)

// -- internals

const freeze = <A>(value: A): A => {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) freeze(member)
  return Object.freeze(value)
}
