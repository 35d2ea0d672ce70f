import type { AnyStateMachine } from 'xstate'
import { actionName, assigns, deadlineName, isDeadline, unsupportedAction } from './action.ts'
import { checkOf, judgeOf, leavesOf, unsupportedGuards } from './guard.ts'
import type { Check, GuardLeaf, Verdict } from './guard.ts'
import type { Event } from './input.ts'
import { childrenOf } from './microstep.ts'
import type { ChartNode, ChartTransition } from './microstep.ts'

/** One edge of a statechart: its id is stable while the machine's source is. */
export interface Edge {
  readonly id: string
  /** Path of the state that owns it; empty for the root. */
  readonly source: ReadonlyArray<string>
  /** The type of the event, or the name of the deadline. */
  readonly event: string
  readonly trigger: 'event' | 'deadline'
  readonly targets: ReadonlyArray<ReadonlyArray<string>>
  readonly guards: ReadonlyArray<GuardLeaf>
  readonly actions: ReadonlyArray<string>
}

/** A place in the statechart, for walks and drawings. */
export interface Node {
  readonly path: ReadonlyArray<string>
  readonly kind: 'atomic' | 'compound' | 'parallel' | 'final'
  readonly initial: string | undefined
  /** Names of the effects and assigns run on entry. */
  readonly entry: ReadonlyArray<string>
}

/** An edge with what it takes to run it. */
export interface ChartEdge {
  readonly edge: Edge
  /** The type of the events that it takes, as the library has it; may end in a wildcard. */
  readonly descriptor: string
  readonly transition: ChartTransition
  /** The guard as an error names it: without a name when it is joined of several. */
  readonly guard: string | undefined
  readonly check: Check
  readonly judge: (context: object, event: Event) => ReadonlyArray<Verdict>
}

/** Every state of a chart, parents before their children. */
export const chartNodesOf = (chart: AnyStateMachine): ReadonlyArray<ChartNode> => walk(chart.root)

/** Describes every state of a chart. */
export const nodesOf = (chart: AnyStateMachine): ReadonlyArray<Node> =>
  walk(chart.root).map((node) => ({
    path: node.path,
    kind: node.type === 'history' ? 'atomic' : node.type,
    initial: node.type === 'compound' ? node.initial?.target[0]?.key : undefined,
    entry: node.entry.filter((action) => !isDeadline(action)).map(actionName),
  }))

/** The edges that start in a state. */
export const edgesOf = (chart: AnyStateMachine, node: ChartNode): ReadonlyArray<ChartEdge> =>
  [...node.transitions.entries()].flatMap(([descriptor, definitions]) =>
    definitions.map((definition, index) => {
      const deadline = deadlineName(descriptor)
      const event = deadline ?? descriptor
      const { guard, target, actions } = definition
      return {
        edge: {
          id: `${node.path.join('.')}|${event}|${index}`,
          source: node.path,
          event,
          trigger: deadline === undefined ? 'event' : 'deadline',
          targets: (target ?? []).map(({ path }) => path),
          guards: leavesOf(guard),
          actions: actions.map(actionName),
        },
        descriptor,
        transition: definition,
        guard: typeof guard === 'function' ? undefined : leavesOf(guard)[0]?.name,
        check: checkOf(chart, guard),
        judge: judgeOf(chart, guard),
      }
    }),
  )

/** Of the edges of one state, those that take events of a type, in the order in which they are tried. */
export const edgesFor = (
  edges: ReadonlyArray<ChartEdge>,
  eventType: string,
): ReadonlyArray<ChartEdge> => [
  ...edges.filter(({ descriptor }) => descriptor === eventType),
  ...edges
    .filter(({ descriptor }) => descriptor !== eventType && isWildcardFor(descriptor, eventType))
    .toSorted((a, b) => b.descriptor.length - a.descriptor.length),
]

/** The names of the actions in use, and whether each changes the context. */
export const actionsOf = (
  chart: AnyStateMachine,
): ReadonlyArray<{ readonly name: string; readonly assigns: boolean }> => {
  const used = walk(chart.root)
    .flatMap(actionsIn)
    .filter((action) => !isDeadline(action))
    .map(actionName)
  return [...new Set(used)].map((name) => ({ name, assigns: assigns(chart, name) }))
}

/** What a chart uses that a lifecycle must not. */
export const unsupportedOf = (chart: AnyStateMachine): ReadonlyArray<string> =>
  walk(chart.root).flatMap((node) =>
    [
      ...(node.always === undefined ? [] : ['an eventless transition']),
      ...(node.invoke.length === 0 ? [] : ['an actor invoked']),
      ...(node.type === 'history' ? ['a history state'] : []),
      ...(node.output === undefined ? [] : ['an output']),
      ...(node.config.route === undefined ? [] : ['a route']),
      ...actionsIn(node).flatMap((action) => unsupportedAction(chart, action)),
      ...transitionsIn(node).flatMap(({ guard }) => unsupportedGuards(chart, guard)),
    ].map((what) => `${what} in "${node.id}"`),
  )

// -- internals

const walk = (node: ChartNode): ReadonlyArray<ChartNode> => [
  node,
  ...childrenOf(node).flatMap(walk),
]

const transitionsIn = (node: ChartNode) => [...node.transitions.values()].flat()

const actionsIn = (node: ChartNode): ReadonlyArray<unknown> => [
  ...node.entry,
  ...node.exit,
  ...(node.type === 'compound' ? node.initial.actions : []),
  ...transitionsIn(node).flatMap(({ actions }) => actions),
]

const isWildcardFor = (descriptor: string, eventType: string): boolean => {
  if (descriptor === '*') return true
  if (!descriptor.endsWith('.*')) return false
  const tokens = eventType.split('.')
  return descriptor
    .split('.')
    .every((token, index, all) =>
      token === '*' ? index === all.length - 1 : token === tokens[index],
    )
}
