import type { AnyStateMachine } from 'xstate'
import { actionsOf, chartNodesOf, edgesOf, nodesOf, unsupportedOf } from './chart.ts'
import type { Edge, Node } from './chart.ts'
import { configurationsOf } from './configuration.ts'
import { compiledEngine } from './engine.ts'
import type { Verdict } from './guard.ts'
import type { Event } from './input.ts'
import { referenceEngine } from './reference.ts'
import type { StateValue } from './state.ts'
import type { Engine } from './step.ts'

/** An edge that starts in the present state, and what its guards say about one event. */
export interface Candidate {
  readonly edge: Edge
  readonly passed: boolean
  readonly verdicts: ReadonlyArray<Verdict>
}

/**
 * The one facade over the statechart library. Every function is pure; a guard or an assign that throws escapes as the
 * exception it threw, and `decide` turns it into a `MachineFault`.
 */
export interface Machine extends Engine {
  readonly id: string
  readonly nodes: ReadonlyArray<Node>
  readonly edges: ReadonlyArray<Edge>
  readonly guards: ReadonlyArray<string>
  readonly delays: ReadonlyArray<string>
  readonly actions: ReadonlyArray<{ readonly name: string; readonly assigns: boolean }>
  /** What the chart uses that a lifecycle must not: eventless transitions, invoked actors, history and the like. */
  readonly unsupported: ReadonlyArray<string>
  readonly has: (value: StateValue) => boolean
  /** The event that stands for a deadline in the present state, or undefined when no state there waits for it. */
  readonly deadlineEvent: (value: StateValue, name: string, at: number) => Event | undefined
  /** Every edge that the event could take from here, in the order in which the machine tries them. */
  readonly candidates: (
    value: StateValue,
    context: object,
    event: Event,
  ) => ReadonlyArray<Candidate>
}

/**
 * Wraps a statechart. `compiled` runs it from tables of its own; `public` runs it through the library's pure functions, and so
 * is any chart run that uses what the tables do not know. A test holds both to the same answers.
 */
export const createMachineFacade = (
  chart: AnyStateMachine,
  engine: 'compiled' | 'public' = 'compiled',
): Machine => {
  const edges = chartNodesOf(chart)
    .flatMap((node) => edgesOf(chart, node))
    .map(({ edge }) => edge)
  const unsupported = unsupportedOf(chart)
  const configurations = configurationsOf(chart)
  const compiled = engine === 'compiled' && unsupported.length === 0
  return {
    ...(compiled ? compiledEngine(chart, configurations) : referenceEngine(chart)),
    id: chart.id,
    nodes: nodesOf(chart),
    edges,
    guards: unique(edges.flatMap(({ guards }) => guards.map(({ name }) => name))),
    delays: unique(edges.flatMap(({ trigger, event }) => (trigger === 'deadline' ? [event] : []))),
    actions: actionsOf(chart),
    unsupported,
    has: configurations.has,
    deadlineEvent: (value, name, at) => {
      const type = configurations.at(value).deadlines.get(name)
      return type === undefined ? undefined : { type, at }
    },
    candidates: (value, context, event) =>
      configurations
        .at(value)
        .edgesFor(event.type)
        .map(({ edge, check, judge }) => ({
          edge,
          passed: check(context, event),
          verdicts: judge(context, event),
        })),
  }
}

// -- internals

const unique = <A>(items: ReadonlyArray<A>): ReadonlyArray<A> => [...new Set(items)]
