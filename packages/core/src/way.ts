import * as E from 'fp-ts/lib/Either.js'
import type { Decision } from './decide.ts'
import type { Actor, Event } from './input.ts'
import type { EffectSpec, Lifecycle } from './lifecycle.ts'
import { make, movesFrom, spell } from './moves.ts'
import type { Move } from './moves.ts'
import type { State } from './state.ts'

/** One step of a way: what happens, who or what makes it happen, and the status it leads to. */
export interface WayStep {
  readonly move: Move
  /** The command's, report's or deadline's own words. */
  readonly words: string
  readonly at: number
  readonly status: string
}

/** A sequence of steps; empty when there is nothing to do. */
export type Way = ReadonlyArray<WayStep>

/** Tells whether a state that is reached at an instant is wanted. */
export type Goal = (state: State, at: number) => boolean

/** Where and for whom to plan. */
export interface PlanOptions {
  /** Ms since the epoch. */
  readonly at: number
  /** Who sends the commands; every sample actor of the lifecycle unless said. */
  readonly actors?: ReadonlyArray<Actor>
  /** What may be sent in a state; each example of each command unless said. */
  readonly commands?: (state: State) => ReadonlyArray<Event>
  /** How many states a search may look at; 10,000 unless said. */
  readonly most?: number
  /** The types of effects that are under way: their reports are to be expected. */
  readonly open?: ReadonlyArray<string>
}

/**
 * Looks for the best way to each of several goals; undefined where nothing leads there. It counts first how far its
 * reports are from what may be counted on, and then the steps. Reports are taken from the lifecycle's examples; deadlines happen when they are due. It pauses after every few states, so that its caller need not be held up.
 */
export const seekWays = function* (
  lifecycle: Lifecycle,
  state: State,
  goals: ReadonlyArray<Goal>,
  { at, actors = lifecycle.actors, commands, most = 10_000, open = [] }: PlanOptions,
): Generator<undefined, ReadonlyArray<Way | undefined>> {
  const found: Array<Way | undefined> = goals.map(() => undefined)
  const start = { state, at, open, step: undefined, from: undefined }
  const queues: Array<Array<Visit>> = [[{ ...start, key: keyOf(lifecycle, start) }]]
  // By how much luck a state can be reached, as far as is known.
  const known = new Map([[keyOf(lifecycle, start), 0]])
  let visited = 0
  for (let luck = 0; luck < queues.length; luck += 1)
    for (const visit of queues[luck] ?? []) {
      if ((known.get(visit.key) ?? luck) < luck) continue
      goals.forEach((goal, index) => {
        if (found[index] === undefined && goal(visit.state, visit.at)) found[index] = stepsTo(visit)
      })
      visited += 1
      if (visited >= most || !found.includes(undefined)) return found
      if (visited % SLICE === 0) yield undefined
      for (const move of movesFrom(lifecycle, visit.state, actors, commands?.(visit.state))) {
        const next = after(lifecycle, visit, move)
        if (next === undefined) continue
        const needed = luck + luckOf(lifecycle, visit, move)
        if ((known.get(next.key) ?? Infinity) <= needed) continue
        known.set(next.key, needed)
        const queue = (queues[needed] ??= [])
        queue.push(next)
      }
    }
  return found
}

/** A state with the wanted status. */
export const toStatus =
  (status: string): Goal =>
  (state) =>
    state.status === status

/** A state in which a command is allowed for its caller. */
export const toCommand =
  (lifecycle: Lifecycle, event: Event, actor: Actor): Goal =>
  (state, at) =>
    E.isRight(make(lifecycle, state, { kind: 'command', event, actor }, at))

// -- internals

// So many states are looked at in a few ms.
const SLICE = 5

interface Visit {
  readonly state: State
  readonly at: number
  readonly open: ReadonlyArray<string>
  readonly step: WayStep | undefined
  readonly from: Visit | undefined
  /** The same for all that has the same moves before it. */
  readonly key: string
}

const keyOf = (lifecycle: Lifecycle, { state, at, open }: Omit<Visit, 'key'>): string =>
  `${spell(lifecycle, state, at)} ${open.toSorted().join(' ')}`

const after = (lifecycle: Lifecycle, visit: Visit, move: Move): Visit | undefined => {
  const decided = make(lifecycle, visit.state, move, visit.at)
  if (E.isLeft(decided) || !decided.right.changed) return undefined
  const state = decided.right.after
  const at = move.kind === 'deadline' ? Math.max(visit.at, move.at) : visit.at
  const step = { move, words: wordsOf(lifecycle, move), at, status: state.status }
  const open = openAfter(lifecycle, visit, move, decided.right)
  const reached = { state, at, step, from: visit, open }
  return { ...reached, key: keyOf(lifecycle, reached) }
}

// What is superseded is not waited for, and of each kind of work one is enough to expect its report.
const openAfter = (
  lifecycle: Lifecycle,
  visit: Visit,
  move: Move,
  { after: state, effects }: Decision,
): ReadonlyArray<string> => {
  const ended = move.kind === 'report' ? openBy(lifecycle, visit, move) : -1
  const left =
    state.generation > visit.state.generation
      ? []
      : visit.open.toSpliced(ended, ended === -1 ? 0 : 1)
  return [...new Set([...left, ...effects.map(({ type }) => type)])]
}

// Where among the work that is under way is what the report tells of; -1 when nowhere.
const openBy = (lifecycle: Lifecycle, { open }: Visit, { event }: Told): number => {
  const hoped = open.findIndex((type) => isHoped(lifecycle.effects[type], event))
  return hoped === -1
    ? open.findIndex((type) =>
        Object.values(lifecycle.effects[type]?.reports ?? {}).includes(event.type),
      )
    : hoped
}

type Told = Extract<Move, { readonly kind: 'report' }>

const isHoped = (effect: EffectSpec | undefined, event: Event): boolean =>
  effect?.reports.done === event.type &&
  Object.entries(effect.aim ?? {}).every(([name, value]) => event[name] === value)

// How far a move is from what may be counted on: work that succeeds, work that does not, and news that nobody asked for.
const luckOf = (lifecycle: Lifecycle, visit: Visit, move: Move): number => {
  if (move.kind !== 'report') return 0
  const by = visit.open[openBy(lifecycle, visit, move)]
  if (by === undefined) return 2
  return isHoped(lifecycle.effects[by], move.event) ? 0 : 1
}

const stepsTo = (visit: Visit): Way => {
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
