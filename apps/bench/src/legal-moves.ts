import type { Event, Input, Lifecycle, State } from '@signalbox/core'
import type { Attempt } from '@signalbox/core/testing'
import * as E from 'fp-ts/lib/Either.js'

/** A move of a walk that changes its service by one transition: as an input, and as the event that the chart is given. */
export interface LegalMove {
  readonly state: State
  readonly input: Input
  readonly event: Event
}

/** At most so many of a walk's legal moves, evenly spread over it. */
export const legalMovesOf = (
  lifecycle: Lifecycle,
  attempts: ReadonlyArray<Attempt>,
  most = Number.POSITIVE_INFINITY,
): ReadonlyArray<LegalMove> => {
  const legal = attempts.filter(
    ({ outcome }) =>
      E.isRight(outcome) && outcome.right.changed && outcome.right.journal.length === 1,
  )
  const stride = Math.max(1, Math.floor(legal.length / most))
  return legal
    .filter((_, index) => index % stride === 0)
    .flatMap((attempt) => {
      const event = eventOf(lifecycle, attempt)
      return event === undefined ? [] : [{ state: attempt.from, input: inputOf(attempt), event }]
    })
}

/** The input that an attempt made. */
export const inputOf = ({ from, move, at }: Attempt): Input => {
  const base = { ref: from.ref, id: 'input', at }
  switch (move.kind) {
    case 'command':
      return { _tag: 'Command', ...base, actor: move.actor, event: move.event }
    case 'report':
      return { _tag: 'Report', ...base, event: move.event }
    case 'deadline':
      return {
        _tag: 'Deadline',
        ...base,
        name: move.name,
        dueAt: move.at,
        generation: from.generation,
      }
  }
}

// -- internals

// Undefined when no state there waits for the deadline.
const eventOf = ({ machine }: Lifecycle, { from, move, at }: Attempt): Event | undefined => {
  switch (move.kind) {
    case 'command':
      return { ...move.event, at, actor: move.actor }
    case 'report':
      return { ...move.event, at }
    case 'deadline':
      return machine.deadlineEvent(from.value, move.name, move.at)
  }
}
