import type { Effect, Outcome } from '@signalbox/core'

/**
 * What a driver answers: an outcome, or one of
 * - `accepted`: the work was handed over, and its report comes by another way, such as an operator's status call. With
 *   `withinMs` the effect stays open, and is performed again after so long unless a report has settled it before;
 * - `failed` with `afterMs`: as a failure that may be tried again, but not before so long;
 * - `exhausted`: no further attempt can help until somebody has seen to it.
 */
export type Performance =
  | Outcome
  | { readonly kind: 'accepted'; readonly withinMs?: number }
  | {
      readonly kind: 'failed'
      readonly message: string
      readonly retry: true
      readonly afterMs: number
    }
  | { readonly kind: 'exhausted'; readonly message: string }

/** What a driver gets with an effect. */
export interface Attempt {
  /** 1 for the first. */
  readonly attempt: number
  /** Aborts when the bound passes, when the host stops, or when the work has been superseded or settled. */
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
  /** How often an attempt that may be repeated is made before it is exhausted; 5 unless said. */
  readonly attempts?: number
  /**
   * What becomes of an effect when its attempts are exhausted: `fail` reports its failure (or `unknown`, when it was
   * accepted and never reported), `park` keeps it open, blocking its lane, until somebody retries or abandons it. `fail`
   * unless said.
   */
  readonly onExhausted?: 'fail' | 'park'
  /** Tells whether a report that came over HTTP is from whom the work was handed to; without it none is accepted. */
  readonly verifies?: (message: SignedMessage) => boolean
  /**
   * Says how performing an effect would end, and does nothing. A rehearsal asks it where the reply waits for the work; unless
   * given, the work is taken to be done, with nothing to say beside what `completes` says.
   */
  readonly rehearse?: (effect: Effect) => Promise<Outcome>
  /** Fills in what an outcome leaves out, by whichever way it came; a receiver need not know all that a lifecycle asks. */
  readonly completes?: (effect: Effect, outcome: Outcome) => Outcome
}

/** A message as it came, with what the host knows of it. */
export interface SignedMessage {
  readonly headers: Headers
  readonly body: string
  /** When it arrived, in ms since the epoch. */
  readonly at: number
}
