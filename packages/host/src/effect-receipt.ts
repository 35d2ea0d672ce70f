import type { Effect, Outcome, State } from '@signalbox/core'
import type { Receipt } from '@signalbox/core/store'

/** The key under which it is kept how an effect was reported. */
export const receiptKey = (effect: string): string => `effect/${effect}`

/** Keeps how an effect was reported, so that the same report is known when it comes again. */
export const receiptOf = (
  effect: Effect,
  stored: State | undefined,
  outcome: Outcome,
  at: number,
): Receipt => ({
  key: receiptKey(effect.id),
  fingerprint: fingerprintOf(outcome),
  reply: { stale: isStale(effect, stored) },
  expiresAt: at + KEPT_MS,
})

/** The same for two outcomes that say the same, whatever the order of their members. */
export const fingerprintOf = (outcome: Outcome): string => {
  const { kind, result = {} } = outcome
  return JSON.stringify(sorted([kind, result, outcome.kind === 'done' ? null : outcome.message]))
}

/** Tells whether the state has left behind what asked for an effect, so that its report moves nothing. */
export const isStale = ({ generation }: Effect, stored: State | undefined): boolean =>
  stored === undefined || stored.generation > generation

// -- internals

const KEPT_MS = 2_592_000_000

const sorted = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return members.map(([name, member]) => [name, sorted(member)])
}
