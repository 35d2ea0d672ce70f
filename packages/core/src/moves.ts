import type * as E from 'fp-ts/lib/Either.js'
import { decide } from './decide.ts'
import type { Decision } from './decide.ts'
import type { Actor, Event, Input } from './input.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Refusal } from './refusal.ts'
import type { State } from './state.ts'

/** One thing that could happen to a service next. */
export type Move =
  | { readonly kind: 'command'; readonly event: Event; readonly actor: Actor }
  | { readonly kind: 'report'; readonly event: Event }
  | { readonly kind: 'deadline'; readonly name: string; readonly at: number }

/**
 * Lists what could happen in a state at an instant: each of the commands, or else each example of each, by each of the actors,
 * each example of each report, and each open deadline. Whether it is legal is for `make` to say.
 */
export const movesFrom = (
  lifecycle: Lifecycle,
  state: State,
  actors: ReadonlyArray<Actor> = lifecycle.actors,
  commands: ReadonlyArray<Event> = examplesOf(lifecycle),
): ReadonlyArray<Move> => [
  ...commands.flatMap((event) => actors.map((actor): Move => ({ kind: 'command', event, actor }))),
  ...Object.values(lifecycle.reports).flatMap(({ examples }) =>
    examples.map((event): Move => ({ kind: 'report', event })),
  ),
  ...state.deadlines.map(({ name, dueAt }): Move => ({ kind: 'deadline', name, at: dueAt })),
]

/** Decides a move. A command or a report happens at the given instant, a deadline when it is due. */
export const make = (
  lifecycle: Lifecycle,
  state: State,
  move: Move,
  at: number,
): E.Either<Refusal, Decision> => decide(lifecycle, state, inputOf(state, move, at))

/**
 * Spells what guards can tell of a state, so that a search can end: two states with one spelling offer the same moves. The
 * instant matters where guards look at the time.
 */
export const spell = (lifecycle: Lifecycle, state: State, at: number): string =>
  JSON.stringify([
    state.value,
    lifecycle.facet(state.context, at),
    state.deadlines.map(({ name }) => name).toSorted(),
  ])

// -- internals

const examplesOf = ({ commands, creation }: Lifecycle): ReadonlyArray<Event> =>
  Object.entries(commands).flatMap(([type, { examples }]) => (type === creation ? [] : examples))

const inputOf = ({ ref, deadlines }: State, move: Move, at: number): Input => {
  const base = { ref, id: 'move' }
  switch (move.kind) {
    case 'command':
      return { _tag: 'Command', ...base, at, actor: move.actor, event: move.event }
    case 'report':
      return { _tag: 'Report', ...base, at, event: move.event }
    case 'deadline':
      return {
        _tag: 'Deadline',
        ...base,
        at: move.at,
        name: move.name,
        dueAt: move.at,
        generation: deadlines.find(({ name }) => name === move.name)?.generation ?? 0,
      }
  }
}
