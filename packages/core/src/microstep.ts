import type { AnyStateMachine } from 'xstate'

/** A state of a chart, as the statechart library holds it. */
export type ChartNode = AnyStateMachine['root']

/** A transition of a chart, as far as it says what is left and entered. */
export interface ChartTransition {
  readonly source: ChartNode
  readonly target: ReadonlyArray<ChartNode> | undefined
  readonly reenter: boolean
  readonly actions: ReadonlyArray<unknown>
}

/** What transitions taken at once do, wherever the context stands: it depends on nothing but the active states. */
export interface Microstep {
  /** The active states after it. */
  readonly active: ReadonlyArray<ChartNode>
  /** Everything that is run, in order: what is left, then the transitions' own, then what is entered. */
  readonly actions: ReadonlyArray<unknown>
  /** The types of the events that tell of states within which a final state was entered. */
  readonly completed: ReadonlyArray<string>
  /** True once the machine has ended. */
  readonly done: boolean
}

/** Takes transitions that were selected in a machine's active states; of two that would leave one state, one gives way. */
export const takeTransitions = (
  before: ReadonlyArray<ChartNode>,
  selected: ReadonlyArray<ChartTransition>,
  ended: boolean,
): Microstep => {
  const taken = withoutConflicts(selected, before)
  const left = exitSet(taken, before).toSorted(backwards)
  const remaining = before.filter((node) => !left.includes(node))
  const entered = enter(remaining, taken, ended)
  return {
    ...entered,
    active: isSame(before, entered.active) ? before : entered.active,
    actions: [
      ...left.flatMap(({ exit }) => exit),
      ...taken.flatMap(({ actions }) => actions),
      ...entered.actions,
    ],
  }
}

/** Enters a machine's initial states. */
export const takeInitial = (root: ChartNode): Microstep => {
  const initial = { source: root, target: initialOf(root), reenter: true, actions: [] }
  return enter([root], [initial], false)
}

/** Tells whether a state has ended: one of its states is final and active, or all of its regions have ended. */
export const isFinal = (active: Iterable<ChartNode>, node: ChartNode): boolean => {
  const nodes = new Set(active)
  const ended = (at: ChartNode): boolean => {
    if (at.type === 'compound')
      return childrenOf(at).some((child) => child.type === 'final' && nodes.has(child))
    return at.type === 'parallel' ? childrenOf(at).every(ended) : at.type === 'final'
  }
  return ended(node)
}

/** The states directly within a state, in the order in which they are written. */
export const childrenOf = (node: ChartNode): ReadonlyArray<ChartNode> =>
  Object.values(node.states as Readonly<Record<string, ChartNode>>)

// -- internals: the algorithm of SCXML as the statechart library has it, for charts without history

const forwards = (a: ChartNode, b: ChartNode): number => a.order - b.order
const backwards = (a: ChartNode, b: ChartNode): number => b.order - a.order

const enter = (
  remaining: ReadonlyArray<ChartNode>,
  taken: ReadonlyArray<ChartTransition>,
  ended: boolean,
): Microstep => {
  const { nodes, byDefault } = entrySet(taken)
  const active = new Set(remaining)
  const actions: Array<unknown> = []
  const completed: Array<string> = []
  const complete = new Set<ChartNode>()
  let done = ended
  for (const node of [...nodes].toSorted(forwards)) {
    active.add(node)
    actions.push(...node.entry, ...(byDefault.has(node) ? node.initial.actions : []))
    if (node.type !== 'final') continue
    const parent = parentOf(node)
    let above = parent?.type === 'parallel' ? parent : parentOf(parent)
    if (parent?.type === 'compound') completed.push(doneEvent(parent))
    while (above?.type === 'parallel' && !complete.has(above) && isFinal(active, above)) {
      complete.add(above)
      completed.push(doneEvent(above))
      above = parentOf(above)
    }
    done ||= above === undefined
  }
  // What the machine's end leaves, it leaves as any transition would.
  if (done) actions.push(...[...active].toSorted(backwards).flatMap(({ exit }) => exit))
  return { active: done ? [...active].toSorted(backwards) : [...active], actions, completed, done }
}

const withoutConflicts = (
  selected: ReadonlyArray<ChartTransition>,
  active: ReadonlyArray<ChartNode>,
): ReadonlyArray<ChartTransition> => {
  let taken: ReadonlyArray<ChartTransition> = []
  for (const transition of selected) {
    const exits = exitSet([transition], active)
    const rivals = taken.filter((other) =>
      exitSet([other], active).some((node) => exits.includes(node)),
    )
    // The inner one wins; between two regions it is the earlier.
    if (rivals.every((other) => isWithin(transition.source, other.source)))
      taken = [...taken.filter((other) => !rivals.includes(other)), transition]
  }
  return taken
}

const exitSet = (
  transitions: ReadonlyArray<ChartTransition>,
  active: ReadonlyArray<ChartNode>,
): ReadonlyArray<ChartNode> => {
  const left = transitions.filter(({ target = [] }) => target.length > 0).map(domainOf)
  return active.filter((node) => left.some((domain) => isWithin(node, domain)))
}

// The innermost state that a transition stays within; undefined when it leaves the root itself.
const domainOf = ({ source, target = [], reenter }: ChartTransition): ChartNode | undefined => {
  if (!reenter && target.every((node) => node === source || isWithin(node, source))) return source
  const [head, ...others] = [...target, source]
  const common = ancestorsOf(head).find((above) => others.every((node) => isWithin(node, above)))
  return common ?? (reenter ? undefined : rootOf(source))
}

interface EntrySet {
  readonly nodes: Set<ChartNode>
  /** Those whose initial transition's actions run, too. */
  readonly byDefault: Set<ChartNode>
}

const entrySet = (taken: ReadonlyArray<ChartTransition>): EntrySet => {
  const set: EntrySet = { nodes: new Set(), byDefault: new Set() }
  for (const transition of taken) {
    const { source, target = [], reenter } = transition
    const domain = domainOf(transition)
    for (const node of target) {
      if (source !== node || source !== domain || reenter) addByDefault(set, node)
      addDescendants(set, node)
    }
    for (const node of new Set(target)) {
      const ancestors = ancestorsOf(node, domain)
      addAncestors(set, domain?.type === 'parallel' ? [...ancestors, domain] : ancestors, domain)
    }
  }
  return set
}

const addByDefault = ({ nodes, byDefault }: EntrySet, node: ChartNode): void => {
  nodes.add(node)
  byDefault.add(node)
}

const addDescendants = (set: EntrySet, node: ChartNode): void => {
  if (node.type === 'compound')
    for (const child of node.initial.target) {
      addByDefault(set, child)
      addDescendants(set, child)
    }
  if (node.type === 'parallel')
    for (const child of childrenOf(node))
      if (!isEntered(set, child)) {
        addByDefault(set, child)
        addDescendants(set, child)
      }
}

const addAncestors = (
  set: EntrySet,
  ancestors: ReadonlyArray<ChartNode>,
  domain: ChartNode | undefined,
): void => {
  for (const above of ancestors) {
    if (domain === undefined || isWithin(above, domain)) set.nodes.add(above)
    if (above.type !== 'parallel') continue
    for (const child of childrenOf(above))
      if (!isEntered(set, child)) {
        set.nodes.add(child)
        addDescendants(set, child)
      }
  }
}

const isEntered = ({ nodes }: EntrySet, region: ChartNode): boolean =>
  [...nodes].some((node) => isWithin(node, region))

const initialOf = (node: ChartNode): ReadonlyArray<ChartNode> => {
  if (node.type === 'compound') return [node, ...node.initial.target.flatMap(initialOf)]
  return node.type === 'parallel' ? [node, ...childrenOf(node).flatMap(initialOf)] : [node]
}

const isSame = (before: ReadonlyArray<ChartNode>, after: ReadonlyArray<ChartNode>): boolean =>
  before.length === after.length && before.every((node) => after.includes(node))

// Everything is within undefined, which stands above the root.
const isWithin = (node: ChartNode, above: ChartNode | undefined): boolean =>
  above === undefined || ancestorsOf(node).includes(above)

const ancestorsOf = (node: ChartNode | undefined, below?: ChartNode): ReadonlyArray<ChartNode> => {
  const above = node === below ? undefined : parentOf(node)
  return above === undefined || above === below ? [] : [above, ...ancestorsOf(above, below)]
}

const rootOf = (node: ChartNode): ChartNode => ancestorsOf(node).at(-1) ?? node

const parentOf = (node: ChartNode | undefined): ChartNode | undefined =>
  node?.parent as ChartNode | undefined

const doneEvent = ({ id }: ChartNode): string => `xstate.done.state.${id}`
