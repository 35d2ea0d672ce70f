import * as E from 'fp-ts/lib/Either.js'
import type { Actor, Event } from './input.ts'
import type { Reason } from './journal.ts'
import type { Lifecycle } from './lifecycle.ts'
import { make } from './moves.ts'
import type { Refusal } from './refusal.ts'
import type { State } from './state.ts'

/** A command of a lifecycle, judged for one caller in the present state. */
export interface Offer {
  readonly command: string
  readonly words: string
  readonly allowed: boolean
  /** An example that is allowed, or else the first one. */
  readonly event: Event
  /** Why not, in words; empty when allowed. */
  readonly reasons: ReadonlyArray<Reason>
}

/**
 * Judges every command of a lifecycle for a caller in a state: the same decision that the command itself would meet,
 * without its change.
 */
export const plan = (
  lifecycle: Lifecycle,
  state: State,
  { at, actor }: { readonly at: number; readonly actor: Actor },
): ReadonlyArray<Offer> =>
  Object.entries(lifecycle.commands)
    .filter(([type]) => type !== lifecycle.creation)
    .map(([command, { words, examples }]) => {
      const tries = examples.map((event) => ({
        event,
        outcome: make(lifecycle, state, { kind: 'command', event, actor }, at),
      }))
      const legal = tries.find(({ outcome }) => E.isRight(outcome))
      const event = (legal ?? tries[0])?.event ?? { type: command }
      if (legal !== undefined) return { command, words, allowed: true, event, reasons: [] }
      const refusals = tries.flatMap(({ outcome }) => (E.isLeft(outcome) ? [outcome.left] : []))
      return { command, words, allowed: false, event, reasons: uniqueReasons(refusals) }
    })

// -- internals

const uniqueReasons = (refusals: ReadonlyArray<Refusal>): ReadonlyArray<Reason> => {
  const reasons = refusals.flatMap((refused) =>
    refused._tag === 'IllegalMove' ? refused.reasons : [{ words: refused._tag }],
  )
  return [...new Map(reasons.map((reason) => [reason.words, reason])).values()]
}
