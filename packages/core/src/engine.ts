import type { AnyStateMachine } from 'xstate'
import { actionOf } from './action.ts'
import type { Action } from './action.ts'
import type { ChartEdge } from './chart.ts'
import type { Branch, Configuration, Configurations } from './configuration.ts'
import type { Event } from './input.ts'
import { takeInitial, takeTransitions } from './microstep.ts'
import type { Microstep } from './microstep.ts'
import type { Emission, Engine, Step } from './step.ts'

/**
 * Runs a chart from tables. What a transition leaves, runs and enters depends only on where it starts, so that is worked out
 * the first time and looked up from then on; only guards, assigns, params and delays are run each time. The chart uses nothing
 * that `unsupportedOf` knows.
 */
export const compiledEngine = (chart: AnyStateMachine, configurations: Configurations): Engine => {
  const moveOf = (step: Microstep, handled: boolean): Move => ({
    actions: step.actions.map((action) => actionOf(chart, action)),
    to: configurations.of(step.active),
    done: step.done,
    completed: step.completed,
    handled,
  })

  const initial = moveOf(takeInitial(chart.root), true)
  const tables = new Map<Configuration, Map<string, Move>>()
  const movesFrom = (from: Configuration): Map<string, Move> => {
    const known = tables.get(from)
    if (known !== undefined) return known
    const none = new Map<string, Move>()
    tables.set(from, none)
    return none
  }
  const moveFrom = (from: Configuration, edges: ReadonlyArray<ChartEdge>): Move => {
    const moves = movesFrom(from)
    const key = keyOf(edges)
    const known = moves.get(key)
    if (known !== undefined) return known
    const transitions = edges.map(({ transition }) => transition)
    const step = takeTransitions(from.active, transitions, from.done)
    const targeted = transitions.some(({ target }) => target !== undefined)
    const move = moveOf(step, targeted || step.actions.length > 0)
    moves.set(key, move)
    return move
  }

  // Runs a move, and then whatever follows from states within which a final one was entered.
  const run = (first: Move, before: object, cause: Event): Step => {
    const emissions: Array<Emission> = []
    let context = before
    for (const action of first.actions) context = action(context, cause, emissions)
    let move = first
    const events = first.completed.map(completion)
    for (let next = 0; !move.done && next < events.length; next += 1) {
      if (next === MOST_COMPLETIONS) throw new Error('The machine completes states for ever')
      const event = events[next]
      if (event === undefined) continue
      const edges = select(move.to.branchFor(event.type), context, event)
      if (edges.length === 0) continue
      move = moveFrom(move.to, edges)
      for (const action of move.actions) context = action(context, event, emissions)
      events.push(...move.completed.map(completion))
    }
    const { to, done } = move
    return { value: to.value, context, done, handled: first.handled, emissions }
  }

  return {
    begin: (input) => run(initial, initialContext(chart, input), { type: 'xstate.init', input }),
    step: (value, context, event) => {
      const from = configurations.at(value)
      const edges = select(from.branchFor(event.type), context, event)
      if (edges.length > 0) return run(moveFrom(from, edges), context, event)
      return { value: from.value, context, done: from.done, handled: false, emissions: [] }
    },
  }
}

// -- internals

/** What edges do when they are taken at once from one configuration. */
interface Move {
  readonly actions: ReadonlyArray<Action>
  readonly to: Configuration
  readonly done: boolean
  readonly completed: ReadonlyArray<string>
  /** False for an edge that does nothing, which forbids an event. */
  readonly handled: boolean
}

// States that complete each other for ever are a mistake; this many in one step is far beyond any use.
const MOST_COMPLETIONS = 1000

const NONE: ReadonlyArray<ChartEdge> = []

const select = (
  { within, edges }: Branch,
  context: object,
  event: Event,
): ReadonlyArray<ChartEdge> => {
  if (within.length > 0) {
    const inner = within.flatMap((branch) => select(branch, context, event))
    if (inner.length > 0) return inner
  }
  for (const edge of edges) if (isEnabled(edge, context, event)) return [edge]
  return NONE
}

const isEnabled = (
  { check, guard, transition }: ChartEdge,
  context: object,
  event: Event,
): boolean => {
  try {
    return check(context, event)
  } catch (thrown) {
    // Worded as the library words it, so that a fault reads the same.
    throw new Error(
      `Unable to evaluate guard ${guard === undefined ? '' : `'${guard}' `}in transition for event '${event.type}' in state node '${transition.source.id}':\n${(thrown as Error).message}`,
    )
  }
}

const keyOf = (edges: ReadonlyArray<ChartEdge>): string =>
  edges.length === 1 && edges[0] !== undefined
    ? edges[0].edge.id
    : edges.map(({ edge }) => edge.id).join('\n')

const completion = (type: string): Event => ({ type, output: undefined })

const initialContext = (chart: AnyStateMachine, input: unknown): object => {
  const context: unknown = chart.config.context
  return typeof context === 'function'
    ? { ...(context as (args: { readonly input: unknown }) => object)({ input }) }
    : ((context as object | undefined) ?? {})
}
