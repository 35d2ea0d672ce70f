import type { Effect, Outcome } from '@signalbox/core'

/**
 * What a driver answers beside an outcome: `accepted` says that the work was handed over and that its report comes by
 * another way, such as an operator's status call.
 */
export type Performance = Outcome | { readonly kind: 'accepted' }

/** What a driver gets with an effect. */
export interface Attempt {
  /** 1 for the first. */
  readonly attempt: number
  /** Aborts when the bound passes, when the host stops, or when the work has been superseded. */
  readonly signal: AbortSignal
}

/**
 * Performs an effect, at least once and perhaps again: `effect.id` is its idempotency key. What it throws counts as
 * `unknown`, like an attempt that outlasts its bound.
 */
export interface Driver {
  readonly perform: (effect: Effect, attempt: Attempt) => Promise<Performance>
  /** The bound of one attempt; 30,000 ms unless said. */
  readonly timeoutMs?: number
  /** How often an attempt that may be repeated is made before its failure stands; 5 unless said. */
  readonly attempts?: number
}
