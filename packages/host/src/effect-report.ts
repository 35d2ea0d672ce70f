import { JsonObject, struct } from '@signalbox/core'
import type { Outcome } from '@signalbox/core'
import * as t from 'io-ts'

/** How work ended, in the words of whom it was handed to. */
export const EffectReport = struct(
  { outcome: t.keyof({ done: null, failed: null }, '"done" or "failed"') },
  {
    /** The id of the effect: a report that is sent by itself must name it, for its signature does not cover its address. */
    effect: t.string,
    /** What the lifecycle's report takes beside the outcome. */
    result: JsonObject,
    /** Why it failed, for people. */
    message: t.string,
  },
  'EffectReport',
)
export type EffectReport = t.TypeOf<typeof EffectReport>

/** A report as the outcome of its effect. */
export const outcomeOf = ({ outcome, result, message }: EffectReport): Outcome => {
  const told = result === undefined ? {} : { result }
  return outcome === 'done'
    ? { kind: 'done', ...told }
    : { kind: 'failed', message: message ?? 'it was reported as failed', ...told }
}
