import { and, createActor, initialTransition, not, or, transition } from 'xstate'
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate'
import type { Event } from './input.ts'
import type { StateValue } from './state.ts'

/** The action name by which a transition starts a new generation: work asked for before it no longer counts. */
export const SUPERSEDE = 'supersede'

/** The action name of a command that is accepted and changes nothing. */
export const ACKNOWLEDGE = 'acknowledge'

/** What a transition asks for, as data. */
export type Emission =
  | { readonly kind: 'effect'; readonly type: string; readonly params: unknown }
  | { readonly kind: 'arm'; readonly name: string; readonly delay: number }
  | { readonly kind: 'cancel'; readonly name: string }
  | { readonly kind: 'supersede' }
  | { readonly kind: 'acknowledge' }

/** The machine after one event. */
export interface Step {
  readonly value: StateValue
  readonly context: object
  readonly done: boolean
  /** False when the present state does not handle the event; then everything else is as before. */
  readonly handled: boolean
  readonly emissions: ReadonlyArray<Emission>
}

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

/** A named guard inside an edge's guard; `negated` when it stands under `not`. */
export interface GuardLeaf {
  readonly name: string
  readonly negated: boolean
}

/** A guard of an edge, judged. */
export interface Verdict extends GuardLeaf {
  readonly passed: boolean
}

/** An edge that starts in the present state, and what its guards say about one event. */
export interface Candidate {
  readonly edge: Edge
  readonly passed: boolean
  readonly verdicts: ReadonlyArray<Verdict>
}

/** A place in the statechart, for walks and drawings. */
export interface Node {
  readonly path: ReadonlyArray<string>
  readonly kind: 'atomic' | 'compound' | 'parallel' | 'final'
  readonly initial: string | undefined
  /** Names of the effects and assigns run on entry. */
  readonly entry: ReadonlyArray<string>
}

/**
 * The one facade over the statechart library. Every function is pure; a guard or an assign that throws escapes as the
 * exception it threw, and `decide` turns it into a `MachineFault`.
 */
export interface Machine {
  readonly id: string
  readonly nodes: ReadonlyArray<Node>
  readonly edges: ReadonlyArray<Edge>
  readonly guards: ReadonlyArray<string>
  readonly delays: ReadonlyArray<string>
  readonly actions: ReadonlyArray<{ readonly name: string; readonly assigns: boolean }>
  /** What the chart uses that a lifecycle must not: eventless transitions, invoked actors, history. */
  readonly unsupported: ReadonlyArray<string>
  readonly has: (value: StateValue) => boolean
  readonly begin: (input: unknown) => Step
  readonly step: (value: StateValue, context: object, event: Event) => Step
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
 * Wraps a statechart. `public` runs it through the library's pure functions, which build an actor for each call;
 * `cached` shares one inert scope between calls and is several times faster. A test holds both to the same answers.
 */
export const createMachineFacade = (
  chart: AnyStateMachine,
  engine: 'cached' | 'public' = 'cached',
): Machine => {
  const edges = edgesOf(chart)
  const run = engine === 'cached' ? cachedEngine(chart) : publicEngine(chart)
  const resolve = (value: StateValue, context: object): AnyMachineSnapshot =>
    chart.resolveState({ value, context })
  return {
    id: chart.id,
    nodes: nodesOf(chart),
    edges: edges.map(({ edge }) => edge),
    guards: unique(edges.flatMap(({ edge }) => edge.guards.map(({ name }) => name))),
    delays: unique(edges.flatMap(({ edge }) => (edge.trigger === 'deadline' ? [edge.event] : []))),
    actions: actionsOf(chart),
    unsupported: unsupportedOf(chart),
    has: (value) => hasValue(chart, value),
    begin: (input) => toStep(run.begin(input), true),
    step: (value, context, event) => {
      const before = resolve(value, context)
      const [after, emitted] = run.step(before, event)
      return toStep([after, emitted], after !== before || emitted.length > 0 || before.can(event))
    },
    deadlineEvent: (value, name, at) => {
      const found = edges.find(
        ({ edge }) =>
          edge.trigger === 'deadline' && edge.event === name && isWithin(value, edge.source),
      )
      return found === undefined ? undefined : { type: found.eventType, at }
    },
    candidates: (value, context, event) => {
      const snapshot = resolve(value, context)
      return edges
        .filter(
          ({ eventType, edge }) =>
            (eventType === event.type || eventType === '*') && isWithin(value, edge.source),
        )
        .toSorted((a, b) => b.edge.source.length - a.edge.source.length)
        .map(({ edge, guard }) => {
          const verdicts = judge(guard, snapshot, event)
          return { edge, passed: passes(guard, snapshot, event), verdicts }
        })
    },
  }
}

// -- internals

type Run = readonly [
  AnyMachineSnapshot,
  ReadonlyArray<{ readonly type: string; readonly params: unknown }>,
]

interface Engine {
  readonly begin: (input: unknown) => Run
  readonly step: (snapshot: AnyMachineSnapshot, event: Event) => Run
}

type Guard = unknown

interface ChartEdge {
  readonly edge: Edge
  readonly eventType: string
  readonly guard: Guard
}

type ChartNode = AnyStateMachine['root']

const AFTER = 'xstate.after.'

const publicEngine = (chart: AnyStateMachine): Engine => ({
  begin: (input) => {
    const [snapshot, actions] = initialTransition(chart, input)
    return [snapshot as AnyMachineSnapshot, actions]
  },
  step: (before, event) => {
    const [snapshot, actions] = transition(chart, before, event)
    return [snapshot as AnyMachineSnapshot, actions]
  },
})

const cachedEngine = (chart: AnyStateMachine): Engine => {
  const self = createActor(chart)
  const collect = (work: (scope: never) => AnyMachineSnapshot): Run => {
    const emitted: Array<{ type: string; params: unknown }> = []
    const scope = {
      self,
      system: self.system,
      id: '',
      sessionId: '',
      logger: () => {},
      defer: () => {},
      stopChild: () => {},
      emit: () => {},
      actionExecutor: (action: { type: string; params: unknown }) => {
        emitted.push(action)
      },
    }
    // The scope has the members that the library's own inert scope has; its type also asks for a live actor's.
    return [work(scope as never), emitted]
  }
  return {
    begin: (input) => collect((scope) => chart.getInitialSnapshot(scope, input)),
    step: (before, event) => collect((scope) => chart.transition(before, event, scope)),
  }
}

const toStep = ([snapshot, emitted]: Run, handled: boolean): Step => {
  if (snapshot.status === 'error') throw snapshot.error
  return {
    value: snapshot.value as StateValue,
    context: snapshot.context as object,
    done: snapshot.status === 'done',
    handled,
    emissions: emitted.map(toEmission),
  }
}

const toEmission = ({ type, params }: Run[1][number]): Emission => {
  if (type === SUPERSEDE) return { kind: 'supersede' }
  if (type === ACKNOWLEDGE) return { kind: 'acknowledge' }
  if (type === 'xstate.raise') {
    const { event, delay } = params as { event: { type: string }; delay: number }
    return { kind: 'arm', name: deadlineName(event.type), delay }
  }
  if (type === 'xstate.cancel') {
    const { sendId } = cancelParams(params)
    return { kind: 'cancel', name: deadlineName(sendId) }
  }
  return { kind: 'effect', type, params }
}

// The library hands a cancelled id either bare or in an object, depending on how it was cancelled.
const cancelParams = (params: unknown): { readonly sendId: string } =>
  typeof params === 'string' ? { sendId: params } : (params as { sendId: string })

const deadlineName = (eventType: string): string => {
  const rest = eventType.slice(AFTER.length)
  return rest.slice(0, rest.indexOf('.'))
}

const walk = (node: ChartNode): ReadonlyArray<ChartNode> => [
  node,
  ...Object.values(node.states as Record<string, ChartNode>).flatMap(walk),
]

const nodesOf = (chart: AnyStateMachine): ReadonlyArray<Node> =>
  walk(chart.root).map((node) => ({
    path: node.path,
    kind: node.type === 'history' ? 'atomic' : node.type,
    initial: node.type === 'compound' ? node.initial?.target[0]?.key : undefined,
    entry: node.entry.map(actionName).filter((name) => !name.startsWith('xstate.')),
  }))

const edgesOf = (chart: AnyStateMachine): ReadonlyArray<ChartEdge> =>
  walk(chart.root).flatMap((node) =>
    [...node.transitions.entries()].flatMap(([eventType, definitions]) =>
      definitions.map((definition, index) => {
        const deadline = eventType.startsWith(AFTER)
        const event = deadline ? deadlineName(eventType) : eventType
        return {
          eventType,
          guard: definition.guard,
          edge: {
            id: `${node.path.join('.')}|${event}|${index}`,
            source: node.path,
            event,
            trigger: deadline ? 'deadline' : 'event',
            targets: (definition.target ?? []).map((target) => target.path),
            guards: leavesOf(definition.guard),
            actions: definition.actions.map(actionName),
          },
        }
      }),
    ),
  )

const unsupportedOf = (chart: AnyStateMachine): ReadonlyArray<string> =>
  walk(chart.root).flatMap((node) => [
    ...(node.always === undefined ? [] : [`an eventless transition in "${node.id}"`]),
    ...(node.invoke.length === 0 ? [] : [`an actor invoked in "${node.id}"`]),
    ...(node.type === 'history' ? [`a history state "${node.id}"`] : []),
  ])

const actionName = (action: unknown): string =>
  typeof action === 'string'
    ? action
    : typeof action === 'function'
      ? ((action as { type?: string }).type ?? action.name)
      : (action as { type: string }).type

const actionsOf = (chart: AnyStateMachine): Machine['actions'] => {
  const used = unique(
    walk(chart.root).flatMap((node) => [
      ...[...node.entry, ...node.exit].map(actionName),
      ...[...node.transitions.values()].flat().flatMap(({ actions }) => actions.map(actionName)),
    ]),
  ).filter((name) => name !== 'xstate.raise' && name !== 'xstate.cancel')
  return used.map((name) => {
    const implementation: unknown = chart.implementations.actions[name]
    return { name, assigns: typeof implementation === 'function' && 'resolve' in implementation }
  })
}

const hasValue = (chart: AnyStateMachine, value: StateValue): boolean => {
  const fits = (node: ChartNode, within: StateValue): boolean => {
    const states = node.states as Record<string, ChartNode>
    if (typeof within === 'string') {
      const child = Object.hasOwn(states, within) ? states[within] : undefined
      return (
        node.type === 'compound' &&
        child !== undefined &&
        (child.type === 'atomic' || child.type === 'final')
      )
    }
    const keys = Object.keys(within)
    const complete =
      node.type === 'parallel' ? keys.length === Object.keys(states).length : keys.length === 1
    return (
      complete &&
      keys.every((key) => {
        const child = Object.hasOwn(states, key) ? states[key] : undefined
        const inner = within[key]
        if (child === undefined || inner === undefined) return false
        const leaf = typeof inner === 'object' && Object.keys(inner).length === 0
        return leaf ? child.type === 'atomic' || child.type === 'final' : fits(child, inner)
      })
    )
  }
  return fits(chart.root, value)
}

const isWithin = (value: StateValue, path: ReadonlyArray<string>): boolean => {
  const [head, ...rest] = path
  if (head === undefined) return true
  if (typeof value === 'string') return value === head && rest.length === 0
  const inner = Object.hasOwn(value, head) ? value[head] : undefined
  return inner !== undefined && isWithin(inner, rest)
}

// The library's composite guards are functions that carry their parts; what tells them apart is their `check`.
const CHECKS = {
  and: (and([]) as unknown as { check: unknown }).check,
  or: (or([]) as unknown as { check: unknown }).check,
  not: (not('never') as unknown as { check: unknown }).check,
}

interface Composite {
  readonly check: (snapshot: AnyMachineSnapshot, args: unknown, self: unknown) => boolean
  readonly guards: ReadonlyArray<Guard>
}

const isComposite = (guard: Guard): guard is Composite =>
  typeof guard === 'function' && 'check' in guard && 'guards' in guard

const guardName = (guard: Guard): string =>
  typeof guard === 'string' ? guard : (guard as { type: string }).type

const leavesOf = (guard: Guard, negated = false): ReadonlyArray<GuardLeaf> => {
  if (guard === undefined) return []
  if (isComposite(guard))
    return guard.guards.flatMap((part) =>
      leavesOf(part, guard.check === CHECKS.not ? !negated : negated),
    )
  return [{ name: guardName(guard), negated }]
}

const passes = (guard: Guard, snapshot: AnyMachineSnapshot, event: Event): boolean => {
  if (guard === undefined) return true
  if (isComposite(guard)) {
    if (guard.check === CHECKS.and)
      return guard.guards.every((part) => passes(part, snapshot, event))
    if (guard.check === CHECKS.or) return guard.guards.some((part) => passes(part, snapshot, event))
    return guard.guards.every((part) => !passes(part, snapshot, event))
  }
  const implementation: unknown = snapshot.machine.implementations.guards[guardName(guard)]
  if (isComposite(implementation)) return passes(implementation, snapshot, event)
  if (typeof implementation !== 'function') return false
  const args = { context: snapshot.context as unknown, event }
  const params: unknown =
    typeof guard === 'object' && guard !== null && 'params' in guard
      ? typeof guard.params === 'function'
        ? (guard.params as (args: unknown) => unknown)(args)
        : guard.params
      : undefined
  return Boolean((implementation as (args: unknown, params: unknown) => unknown)(args, params))
}

const judge = (
  guard: Guard,
  snapshot: AnyMachineSnapshot,
  event: Event,
  negated = false,
): ReadonlyArray<Verdict> => {
  if (guard === undefined) return []
  if (isComposite(guard))
    return guard.guards.flatMap((part) =>
      judge(part, snapshot, event, guard.check === CHECKS.not ? !negated : negated),
    )
  return [{ name: guardName(guard), negated, passed: passes(guard, snapshot, event) !== negated }]
}

const unique = <A>(items: ReadonlyArray<A>): ReadonlyArray<A> => [...new Set(items)]
