import type { Effect, JournalEntry, Lifecycle, Outcome, Report, State } from '@signalbox/core'
import type { Settlement } from '@signalbox/core/store'

/** An outcome as the store keeps it. */
export const settlementOf = (effect: Effect, outcome: Outcome, at: number): Settlement => ({
  effect: effect.id,
  outcome: outcome.kind,
  at,
  ...(outcome.kind === 'done' ? {} : { message: outcome.message }),
})

/** The report by which a lifecycle hears of an outcome; undefined when it does not care. */
export const reportOf = (
  lifecycle: Lifecycle,
  effect: Effect,
  outcome: Outcome,
  { id, at }: { readonly id: string; readonly at: number },
): Report | undefined => {
  const type = lifecycle.effects[effect.type]?.reports[outcome.kind]
  if (type === undefined) return undefined
  return {
    _tag: 'Report',
    ref: effect.ref,
    id,
    at,
    effect: { id: effect.id, generation: effect.generation },
    event: {
      ...outcome.result,
      ...(outcome.kind === 'done' ? {} : { message: outcome.message }),
      type,
    },
  }
}

/** A line of the journal about an effect, which moves nothing. */
export const lineOf = (
  { id, ref, generation }: Effect,
  stored: State | undefined,
  line: Pick<JournalEntry, 'id' | 'at' | 'kind' | 'type' | 'outcome'> &
    Partial<Pick<JournalEntry, 'actor' | 'request' | 'detail'>>,
): JournalEntry => {
  const status = stored?.status ?? null
  return {
    ...line,
    ref,
    from: status,
    to: status,
    revision: stored?.revision ?? 0,
    generation: stored?.generation ?? generation,
    effect: id,
  }
}

/** The line of an outcome of which no report is made. */
export const untoldLine = (
  effect: Effect,
  stored: State | undefined,
  outcome: Outcome,
  {
    id,
    at,
    type = `${effect.type}.${outcome.kind}`,
  }: { readonly id: string; readonly at: number; readonly type?: string | undefined },
): JournalEntry =>
  lineOf(effect, stored, {
    id,
    at,
    kind: 'report',
    type,
    outcome: 'ignored',
    ...(outcome.kind === 'done' ? {} : { detail: { message: outcome.message } }),
  })
