import type { Edge, Node } from './chart.ts'
import type { Lifecycle } from './lifecycle.ts'

/** A lifecycle as whoever draws it needs it. */
export interface Graph {
  readonly name: string
  readonly version: number
  /** The vendor's, which need not be the names of states. */
  readonly statuses: ReadonlyArray<string>
  /** What leads to the initial states. */
  readonly creation: Arrow
  /** The machine itself: its states are within it, and its arrows leave every state alike. */
  readonly root: GraphNode
}

/** A state with the states within it and the arrows that leave it, in the order of the machine. */
export interface GraphNode {
  readonly path: ReadonlyArray<string>
  readonly kind: Node['kind']
  /** Path of the state within it that is entered first; undefined unless it is compound. */
  readonly initial: ReadonlyArray<string> | undefined
  /** The effects of entering it. */
  readonly entry: ReadonlyArray<string>
  readonly nodes: ReadonlyArray<GraphNode>
  readonly arrows: ReadonlyArray<Arrow>
}

/** What leads from one state to another. */
export interface Arrow {
  readonly kind: 'command' | 'report' | 'deadline'
  /** Its event, its guards in brackets, its effects after a slash, as far as it has them; deadlines read `after name`. */
  readonly label: ReadonlyArray<string>
  /** What happens, for people. */
  readonly words: string
  /** Paths of the states that it leads to, one for each region that it moves; none when the state stays. */
  readonly targets: ReadonlyArray<ReadonlyArray<string>>
}

/** Describes what there is to draw of a lifecycle. */
export const graphOf = (lifecycle: Lifecycle): Graph => {
  const { name, machine, version, statuses, commands, creation } = lifecycle
  const { nodes, edges } = machine
  const nodeOf = ({ path, kind, initial, entry }: Node): GraphNode => ({
    path,
    kind,
    initial: initial === undefined ? undefined : [...path, initial],
    entry: effectsIn(lifecycle, entry),
    nodes: nodes
      .filter((node) => node.path.length === path.length + 1 && startsWith(node.path, path))
      .map(nodeOf),
    arrows: edges
      .filter(({ source }) => source.length === path.length && startsWith(source, path))
      .map((edge) => arrowOf(lifecycle, edge)),
  })
  return {
    name,
    version,
    statuses,
    creation: {
      kind: 'command',
      label: [creation],
      words: commands[creation]?.words ?? creation,
      targets: [],
    },
    root: nodeOf(nodes.find(({ path }) => path.length === 0) ?? NOWHERE),
  }
}

/** Whether a state is another one, or within it. */
export const startsWith = (path: ReadonlyArray<string>, prefix: ReadonlyArray<string>): boolean =>
  prefix.every((part, index) => path[index] === part)

// -- internals

const NOWHERE: Node = { path: [], kind: 'atomic', initial: undefined, entry: [] }

const arrowOf = (lifecycle: Lifecycle, edge: Edge): Arrow => {
  const { commands, reports, deadlines } = lifecycle
  const { trigger, event, targets } = edge
  const label = labelOf(lifecycle, edge)
  if (trigger === 'deadline')
    return { kind: 'deadline', label, words: deadlines[event] ?? event, targets }
  const command = commands[event]
  return command === undefined
    ? { kind: 'report', label, words: reports[event]?.words ?? event, targets }
    : { kind: 'command', label, words: command.words, targets }
}

const labelOf = (
  lifecycle: Lifecycle,
  { trigger, event, guards, actions }: Edge,
): ReadonlyArray<string> => {
  const demands = guards.map(({ name, negated }) => (negated ? `not ${name}` : name)).join(', ')
  const effects = effectsIn(lifecycle, actions).join(', ')
  return [
    trigger === 'deadline' ? `after ${event}` : event,
    ...(demands === '' ? [] : [`[${demands}]`]),
    ...(effects === '' ? [] : [`/ ${effects}`]),
  ]
}

const effectsIn = ({ effects }: Lifecycle, actions: ReadonlyArray<string>): ReadonlyArray<string> =>
  actions.filter((name) => Object.hasOwn(effects, name))
