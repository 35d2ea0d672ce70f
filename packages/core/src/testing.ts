import * as E from 'fp-ts/lib/Either.js'
import type { Edge } from './chart.ts'
import { decide } from './decide.ts'
import type { Decision } from './decide.ts'
import type { Actor, Event, Input } from './input.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Candidate } from './machine.ts'
import { make, movesFrom, spell } from './moves.ts'
import type { Move } from './moves.ts'
import type { ServiceRef } from './ref.ts'
import type { Refusal } from './refusal.ts'
import type { State } from './state.ts'

export { sampleOf } from './samples.ts'

/** A service in a test: what it is, what its last input came to, and what can be done with it. Immutable. */
export interface Scenario {
  readonly state: State
  readonly decision: Decision
  /** Ms since the epoch. */
  readonly at: number
  /** Applies a command or a report, told apart by its type. Throws the refusal in words if there is one. */
  readonly when: (event: Event, options?: WhenOptions) => Scenario
  /** Applies a command or a report that must be refused, and answers the refusal. Throws if it is not. */
  readonly refusal: (event: Event, options?: WhenOptions) => Refusal
  /** Lets time pass; deadlines that fall due fire, each at its own instant. */
  readonly after: (ms: number) => Scenario
}

/** Who asks, and which effect a report answers. */
export interface WhenOptions {
  readonly actor?: Actor
  /** The generation of the effect that a report answers; without it the report is news. */
  readonly generation?: number
}

/** Where a scenario starts. */
export interface GivenOptions {
  readonly ref?: ServiceRef
  readonly actor?: Actor
  /** Ms since the epoch; 1,000,000,000,000 unless said. */
  readonly at?: number
}

/**
 * Brings a service into being for a test.
 *
 * @example given(lamp, { type: 'lamp.make' }).when({ type: 'lamp.press' }).state.status
 */
export const given = (
  lifecycle: Lifecycle,
  creation: Event,
  {
    ref = { provider: lifecycle.provider, tenant: 'tenant', id: 'service' },
    actor = lifecycle.actors[0] ?? { id: 'nobody', roles: [] },
    at = START,
  }: GivenOptions = {},
): Scenario => {
  const input: Input = { _tag: 'Command', ref, id: 'given', at, actor, event: creation }
  return scenario(
    lifecycle,
    { actor, at, count: 0 },
    expectRight(decide(lifecycle, undefined, input)),
  )
}

/** One tried move of a walk. */
export interface Attempt {
  readonly from: State
  /** The shortest way from the creation to `from`. */
  readonly way: ReadonlyArray<Move>
  readonly creation: Event
  readonly move: Move
  readonly at: number
  readonly outcome: E.Either<Refusal, Decision>
  /** The edges it took. */
  readonly edges: ReadonlyArray<Edge>
  /** Every edge it could have taken, judged. */
  readonly candidates: ReadonlyArray<Candidate>
}

/** Everything that can happen to a service of a lifecycle, as far as guards can tell. */
export interface Walk {
  readonly states: ReadonlyArray<State>
  readonly attempts: ReadonlyArray<Attempt>
  readonly edges: { readonly taken: ReadonlyArray<Edge>; readonly missed: ReadonlyArray<Edge> }
  /** Guards by name, with the outcomes seen. */
  readonly guards: Readonly<Record<string, { readonly passed: boolean; readonly failed: boolean }>>
}

/**
 * Walks a lifecycle breadth first from each creation example: in every state that guards can tell apart it tries every
 * command of every actor, every report and every open deadline; a service that has ended refuses them all. Throws when it finds more than `most` states (10,000
 * unless said), since then the lifecycle's facet is not finite.
 */
export const walk = (
  lifecycle: Lifecycle,
  { at = START, most = 10_000 }: { readonly at?: number; readonly most?: number } = {},
): Walk => {
  const seen = new Set<string>()
  const queue: Array<{ state: State; at: number; way: ReadonlyArray<Move>; creation: Event }> = []
  const attempts: Array<Attempt> = []
  const visit = (state: State, then: number, way: ReadonlyArray<Move>, creation: Event): void => {
    const key = spell(lifecycle, state, then)
    if (seen.has(key)) return
    seen.add(key)
    queue.push({ state, at: then, way, creation })
  }
  for (const creation of lifecycle.commands[lifecycle.creation]?.examples ?? [])
    for (const actor of lifecycle.actors)
      visit(given(lifecycle, creation, { actor, at }).state, at, [], creation)
  for (let next = 0; next < queue.length; next += 1) {
    if (next >= most) throw new Error(`${lifecycle.name}: more than ${most} states`)
    const here = queue[next]
    if (here === undefined) continue
    for (const move of movesFrom(lifecycle, here.state)) {
      const outcome = make(lifecycle, here.state, move, here.at)
      const then = move.kind === 'deadline' ? Math.max(here.at, move.at) : here.at
      const candidates = candidatesOf(lifecycle, here.state, move, then)
      const edges = takenOf(candidates)
      attempts.push({
        from: here.state,
        way: here.way,
        creation: here.creation,
        move,
        at: then,
        outcome,
        edges,
        candidates,
      })
      if (E.isRight(outcome)) visit(outcome.right.after, then, [...here.way, move], here.creation)
    }
  }
  const taken = new Set(attempts.flatMap(({ edges }) => edges.map(({ id }) => id)))
  return {
    states: queue.map(({ state }) => state),
    attempts,
    edges: {
      taken: lifecycle.machine.edges.filter(({ id }) => taken.has(id)),
      missed: lifecycle.machine.edges.filter(({ id }) => !taken.has(id)),
    },
    guards: guardsOf(lifecycle, attempts),
  }
}

// -- internals

const START = 1_000_000_000_000

interface Now {
  readonly actor: Actor
  readonly at: number
  readonly count: number
}

const scenario = (lifecycle: Lifecycle, now: Now, decision: Decision): Scenario => {
  const state = decision.after
  const next = { ...now, count: now.count + 1 }
  const base = { ref: state.ref, id: `input-${next.count}`, at: now.at }
  const inputOf = (event: Event, { actor = now.actor, generation }: WhenOptions): Input =>
    Object.hasOwn(lifecycle.reports, event.type)
      ? {
          _tag: 'Report',
          ...base,
          event,
          ...(generation === undefined ? {} : { effect: { id: 'effect', generation } }),
        }
      : { _tag: 'Command', ...base, event, actor }
  return {
    state,
    decision,
    at: now.at,
    when: (event, options = {}) =>
      scenario(lifecycle, next, expectRight(decide(lifecycle, state, inputOf(event, options)))),
    refusal: (event, options = {}) => {
      const decided = decide(lifecycle, state, inputOf(event, options))
      if (E.isRight(decided)) throw new Error(`${event.type} was not refused in ${state.status}`)
      return decided.left
    },
    after: (ms) => {
      const at = now.at + ms
      const passed: Input = {
        _tag: 'Deadline',
        ...base,
        at,
        name: '',
        dueAt: at,
        generation: state.generation,
      }
      const decided = state.done ? E.right(decision) : decide(lifecycle, state, passed)
      return scenario(lifecycle, { ...next, at }, expectRight(decided))
    },
  }
}

const expectRight = (decided: E.Either<Refusal, Decision>): Decision => {
  if (E.isLeft(decided)) throw new Error(JSON.stringify(decided.left))
  return decided.right
}

const candidatesOf = (
  lifecycle: Lifecycle,
  state: State,
  move: Move,
  at: number,
): ReadonlyArray<Candidate> => {
  const { machine } = lifecycle
  const event =
    move.kind === 'deadline'
      ? machine.deadlineEvent(state.value, move.name, at)
      : { ...move.event, at, ...(move.kind === 'command' ? { actor: move.actor } : {}) }
  // A guard that throws makes the attempt a fault, which its outcome says; it has no edges then.
  return event === undefined
    ? []
    : E.getOrElse((): ReadonlyArray<Candidate> => [])(
        E.tryCatch(() => machine.candidates(state.value, state.context, event), String),
      )
}

// Of the edges whose guards pass, the machine takes the innermost and first of each branch.
const takenOf = (candidates: ReadonlyArray<Candidate>): ReadonlyArray<Edge> =>
  candidates
    .filter(({ passed }) => passed)
    .reduce<ReadonlyArray<Edge>>(
      (taken, { edge }) =>
        taken.some(({ source }) => edge.source.every((part, index) => source[index] === part))
          ? taken
          : [...taken, edge],
      [],
    )

const guardsOf = (lifecycle: Lifecycle, attempts: ReadonlyArray<Attempt>): Walk['guards'] => {
  const verdicts = attempts.flatMap(({ candidates }) =>
    candidates.flatMap((candidate) => candidate.verdicts),
  )
  return Object.fromEntries(
    lifecycle.machine.guards.map((name) => {
      const own = verdicts.filter((verdict) => verdict.name === name)
      return [
        name,
        {
          passed: own.some(({ passed, negated }) => passed !== negated),
          failed: own.some(({ passed, negated }) => passed === negated),
        },
      ]
    }),
  )
}
