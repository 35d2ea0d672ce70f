import type { JsonObject } from './json.ts'

/**
 * The stored reply to a request that carried an Idempotency-Key. Its key is taken until it expires: a commit may replace
 * it when the latest instant that the commit itself names (in its journal, states, effects or settlements) has reached
 * `expiresAt`, and is refused with `ReceiptExists` otherwise.
 */
export interface Receipt {
  readonly key: string
  /** Tells another payload under the same key. */
  readonly fingerprint: string
  readonly reply: JsonObject
  readonly expiresAt: number
}
