import type { State } from '@signalbox/core'
import type { Document, DocumentKey, PendingEffect, Receipt } from '@signalbox/core/store'

/** What was written over a store; undefined stands for what is there no more. */
export interface Layer {
  /** By `refKey`. */
  readonly states: Map<string, State>
  /** New ones in the order in which they were added, and those of the store that were touched. */
  readonly effects: Map<string, PendingEffect>
  /** Ids of the new ones. */
  readonly added: Set<string>
  readonly claims: Map<string, string | undefined>
  readonly quotas: Map<string, number>
  readonly receipts: Map<string, Receipt>
  readonly documents: Map<string, Document | undefined>
  readonly sequences: Map<string, number>
}

/** A layer with nothing written. */
export const emptyLayer = (): Layer => ({
  states: new Map(),
  effects: new Map(),
  added: new Set(),
  claims: new Map(),
  quotas: new Map(),
  receipts: new Map(),
  documents: new Map(),
  sequences: new Map(),
})

/** A layer that can be written to and thrown away. */
export const copyOf = (layer: Layer): Layer => ({
  states: new Map(layer.states),
  effects: new Map(layer.effects),
  added: new Set(layer.added),
  claims: new Map(layer.claims),
  quotas: new Map(layer.quotas),
  receipts: new Map(layer.receipts),
  documents: new Map(layer.documents),
  sequences: new Map(layer.sequences),
})

/** One text for each record; no part of a key holds a NUL. */
export const documentKey = ({ provider, kind, id }: DocumentKey): string =>
  `${provider}\0${kind}\0${id}`

/** A layer with the store that it lies over. */
export interface Layered<Base> {
  readonly base: Base
  readonly layer: Layer
}
