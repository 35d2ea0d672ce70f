import type { AnyStateMachine } from 'xstate'
import { deadlineName } from './action.ts'
import { chartNodesOf, edgesFor, edgesOf } from './chart.ts'
import type { ChartEdge } from './chart.ts'
import { childrenOf, isFinal } from './microstep.ts'
import type { ChartNode } from './microstep.ts'
import type { StateValue } from './state.ts'

/** One place where a machine can be: the states that are active together, with tables of what may happen there. */
export interface Configuration {
  readonly value: StateValue
  readonly active: ReadonlyArray<ChartNode>
  readonly done: boolean
  /** The edges to try for an event, as a tree: those of a state are tried when none within it is taken. */
  readonly branchFor: (eventType: string) => Branch
  /** Every edge that takes an event here: inner states' before outer ones', each state's in the order in which they are tried. */
  readonly edgesFor: (eventType: string) => ReadonlyArray<ChartEdge>
  /** The types of the events that stand for the deadlines that are waited for here, by the deadlines' names. */
  readonly deadlines: ReadonlyMap<string, string>
}

/** Edges of which the first that is enabled is taken, unless some were taken of the branches within. */
export interface Branch {
  readonly within: ReadonlyArray<Branch>
  readonly edges: ReadonlyArray<ChartEdge>
}

/** The configurations of a chart. Each is made when it is first asked for, and kept. */
export interface Configurations {
  /** Tells whether a value names states down to the innermost, all of which the chart has. */
  readonly has: (value: StateValue) => boolean
  /** A value that leaves out inner states means their initial ones. Throws when the chart has not got the states. */
  readonly at: (value: StateValue) => Configuration
  /** The configuration of states that are active together. */
  readonly of: (active: ReadonlyArray<ChartNode>) => Configuration
}

/** Makes the table of a chart's configurations. */
export const configurationsOf = (chart: AnyStateMachine): Configurations => {
  const edges = new Map(chartNodesOf(chart).map((node) => [node, edgesOf(chart, node)]))
  // A value that is a mere name is its own key; one that is not is spelled.
  const flat = new Map<string, Configuration>()
  const nested = new Map<string, Configuration>()
  const known = (value: StateValue): Configuration | undefined =>
    typeof value === 'string' ? flat.get(value) : nested.get(JSON.stringify(value))
  const keep = (value: StateValue): Configuration => {
    const configuration = configurationOf(chart, edges, value)
    if (typeof value === 'string') flat.set(value, configuration)
    else nested.set(JSON.stringify(value), configuration)
    return configuration
  }
  const at = (value: StateValue): Configuration => {
    const found = known(value)
    if (found !== undefined) return found
    const whole = wholeOf(chart, value)
    return known(whole) ?? keep(whole)
  }
  return {
    has: (value) => known(value) !== undefined || fits(chart.root, value),
    at,
    of: (active) => at(valueOf(chart.root, active)),
  }
}

// -- internals

const NOWHERE: Branch = { within: [], edges: [] }

const configurationOf = (
  chart: AnyStateMachine,
  edges: ReadonlyMap<ChartNode, ReadonlyArray<ChartEdge>>,
  value: StateValue,
): Configuration => {
  const active = activeIn(chart.root, value)
  const own = (node: ChartNode): ReadonlyArray<ChartEdge> => edges.get(node) ?? []
  const branchFor = (eventType: string): Branch => {
    const branchOf = (node: ChartNode): Branch =>
      joined(
        active.filter(({ parent }) => parent === node).map(branchOf),
        edgesFor(own(node), eventType),
      )
    return branchOf(chart.root)
  }
  const written = active.toSorted((a, b) => a.order - b.order)
  const inward = written.toSorted((a, b) => b.path.length - a.path.length)
  const listFor = (eventType: string): ReadonlyArray<ChartEdge> =>
    inward.flatMap((node) => edgesFor(own(node), eventType))
  const descriptors = new Set([...edges.values()].flat().map(({ descriptor }) => descriptor))
  return {
    value: frozen(value),
    active,
    done: isFinal(active, chart.root),
    branchFor: remembered(descriptors, branchFor),
    edgesFor: remembered(descriptors, listFor),
    // Of two states that wait for one name, the first that is written counts.
    deadlines: new Map(
      written.toReversed().flatMap((node) =>
        own(node).flatMap(({ descriptor }) => {
          const name = deadlineName(descriptor)
          return name === undefined ? [] : [[name, descriptor] as const]
        }),
      ),
    ),
  }
}

// Most configurations meet few of the chart's events, and what the chart does not name is not kept at all.
const remembered = <A>(
  names: ReadonlySet<string>,
  make: (name: string) => A,
): ((name: string) => A) => {
  const made = new Map<string, A>()
  return (name) => {
    const known = made.get(name)
    if (known !== undefined) return known
    const answer = make(name)
    if (names.has(name)) made.set(name, answer)
    return answer
  }
}

// A branch that has nothing to add to the only one within is that one; two in a row are one.
const joined = (branches: ReadonlyArray<Branch>, edges: ReadonlyArray<ChartEdge>): Branch => {
  const within = branches.filter((branch) => branch !== NOWHERE)
  const [only, ...others] = within
  if (only === undefined) return edges.length === 0 ? NOWHERE : { within, edges }
  if (others.length > 0 || only.within.length > 0)
    return edges.length === 0 && others.length === 0 ? only : { within, edges }
  return { within: [], edges: [...only.edges, ...edges] }
}

// The one spelling of a value; the library adds what is left out, or says what the chart has not got.
const wholeOf = (chart: AnyStateMachine, value: StateValue): StateValue =>
  fits(chart.root, value)
    ? valueOf(chart.root, activeIn(chart.root, value))
    : (chart.resolveState({ value, context: {} }).value as StateValue)

const activeIn = (node: ChartNode, value: StateValue): ReadonlyArray<ChartNode> => {
  const states = node.states as Readonly<Record<string, ChartNode>>
  const inner: ReadonlyArray<readonly [string, StateValue]> =
    typeof value === 'string' ? [[value, {}]] : Object.entries(value)
  return [
    node,
    ...inner.flatMap(([key, within]) => {
      const child = states[key]
      return child === undefined ? [] : activeIn(child, within)
    }),
  ]
}

const valueOf = (node: ChartNode, active: ReadonlyArray<ChartNode>): StateValue => {
  const children = active.filter(({ parent }) => parent === node)
  const [only] = children
  if (node.type === 'compound' && only !== undefined && isLeaf(only)) return only.key
  return Object.fromEntries(children.map((child) => [child.key, valueOf(child, active)]))
}

const fits = (node: ChartNode, value: StateValue): boolean => {
  const states = node.states as Readonly<Record<string, ChartNode>>
  const stateAt = (key: string): ChartNode | undefined =>
    Object.hasOwn(states, key) ? states[key] : undefined
  if (typeof value === 'string') {
    const child = stateAt(value)
    return node.type === 'compound' && child !== undefined && isLeaf(child)
  }
  const entries = Object.entries(value)
  return (
    entries.length === (node.type === 'parallel' ? childrenOf(node).length : 1) &&
    entries.every(([key, within]) => {
      const child = stateAt(key)
      if (child === undefined) return false
      const named = typeof within === 'string' || Object.keys(within).length > 0
      return named ? fits(child, within) : isLeaf(child)
    })
  )
}

const isLeaf = ({ type }: ChartNode): boolean => type === 'atomic' || type === 'final'

// Every state in this configuration has the one value.
const frozen = (value: StateValue): StateValue => {
  if (typeof value === 'string') return value
  return Object.freeze(
    Object.fromEntries(Object.entries(value).map(([key, within]) => [key, frozen(within)])),
  )
}
