import * as E from 'fp-ts/lib/Either.js'
import type { Actor, Event } from './input.ts'
import type { Reason } from './journal.ts'
import type { Lifecycle } from './lifecycle.ts'
import { make, movesFrom, spell } from './moves.ts'
import type { Move } from './moves.ts'
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

/** One step of a way: what happens, who or what makes it happen, and the status it leads to. */
export interface WayStep {
  readonly move: Move
  /** The command's, report's or deadline's own words. */
  readonly words: string
  readonly at: number
  readonly status: string
}

/** Where and for whom to plan. */
export interface PlanOptions {
  /** Ms since the epoch. */
  readonly at: number
  /** Who sends the commands; every sample actor of the lifecycle unless said. */
  readonly actors?: ReadonlyArray<Actor>
  /** How many states a search may look at; 10,000 unless said. */
  readonly most?: number
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

/**
 * Finds the shortest sequence of commands, reports and deadlines that leads from a state to one with the wanted status;
 * empty when it has it already, undefined when nothing leads there. Commands and reports are taken from the lifecycle's
 * examples; deadlines happen when they are due.
 */
export const wayTo = (
  lifecycle: Lifecycle,
  state: State,
  status: string,
  options: PlanOptions,
): ReadonlyArray<WayStep> | undefined =>
  search(lifecycle, state, options, (reached) => reached.status === status)

/** Finds the shortest sequence after which a command is allowed for its caller; as `wayTo` otherwise. */
export const wayToCommand = (
  lifecycle: Lifecycle,
  state: State,
  event: Event,
  actor: Actor,
  options: PlanOptions,
): ReadonlyArray<WayStep> | undefined =>
  search(lifecycle, state, options, (reached, at) =>
    E.isRight(make(lifecycle, reached, { kind: 'command', event, actor }, at)),
  )

// -- internals

interface Visit {
  readonly state: State
  readonly at: number
  readonly step: WayStep | undefined
  readonly from: Visit | undefined
}

const search = (
  lifecycle: Lifecycle,
  state: State,
  { at, actors = lifecycle.actors, most = 10_000 }: PlanOptions,
  found: (state: State, at: number) => boolean,
): ReadonlyArray<WayStep> | undefined => {
  const seen = new Set([spell(lifecycle, state, at)])
  const queue: Array<Visit> = [{ state, at, step: undefined, from: undefined }]
  for (let next = 0; next < queue.length && next < most; next += 1) {
    const visit = queue[next]
    if (visit === undefined) return undefined
    if (found(visit.state, visit.at)) return stepsTo(visit)
    for (const move of movesFrom(lifecycle, visit.state, actors)) {
      const decided = make(lifecycle, visit.state, move, visit.at)
      if (E.isLeft(decided) || !decided.right.changed) continue
      const reached = decided.right.after
      const then = move.kind === 'deadline' ? Math.max(visit.at, move.at) : visit.at
      const key = spell(lifecycle, reached, then)
      if (seen.has(key)) continue
      seen.add(key)
      const step = { move, words: wordsOf(lifecycle, move), at: then, status: reached.status }
      queue.push({ state: reached, at: then, step, from: visit })
    }
  }
  return undefined
}

const stepsTo = (visit: Visit): ReadonlyArray<WayStep> => {
  const steps: Array<WayStep> = []
  for (let at: Visit | undefined = visit; at?.step !== undefined; at = at.from)
    steps.unshift(at.step)
  return steps
}

const wordsOf = (lifecycle: Lifecycle, move: Move): string => {
  switch (move.kind) {
    case 'command':
      return lifecycle.commands[move.event.type]?.words ?? move.event.type
    case 'report':
      return lifecycle.reports[move.event.type]?.words ?? move.event.type
    case 'deadline':
      return lifecycle.deadlines[move.name] ?? move.name
  }
}

const uniqueReasons = (refusals: ReadonlyArray<Refusal>): ReadonlyArray<Reason> => {
  const reasons = refusals.flatMap((refused) =>
    refused._tag === 'IllegalMove' ? refused.reasons : [{ words: refused._tag }],
  )
  return [...new Map(reasons.map((reason) => [reason.words, reason])).values()]
}
