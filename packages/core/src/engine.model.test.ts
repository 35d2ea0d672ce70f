import fc from 'fast-check'
import { expect, it } from 'vitest'
import { and, assign, not, or, setup, transition } from 'xstate'
import type { AnyStateMachine } from 'xstate'
import type { Event } from './input.ts'
import { createMachineFacade } from './machine.ts'
import type { StateValue } from './state.ts'

it('agrees with the library on charts of any shape', () => {
  const seen = { charts: 0, moves: 0, silent: 0, parallel: 0, done: 0, faults: 0, deadlines: 0 }
  fc.assert(
    fc.property(chartShape, (shape) => {
      const { chart, asked } = build(shape)
      const own = createMachineFacade(chart)
      const reference = createMachineFacade(chart, 'public')
      expect(own.unsupported).toEqual([])
      seen.charts += 1
      const input = { n: shape.start }
      const begun = outcome(() => own.begin(input))
      const askedFirst = asked.splice(0)
      expect(begun).toEqual(outcome(() => reference.begin(input)))
      const askedThen = asked.splice(0)
      if (begun['fault'] !== 'endless') expect(askedFirst).toEqual(askedThen)
      const queue: Array<{ value: StateValue; context: Context }> = []
      const known = new Set<string>()
      const visit = (step: Outcome): void => {
        if ('fault' in step) return
        const { value, context } = step as { value: StateValue; context: Context }
        const key = JSON.stringify([value, context.n % 4])
        if (known.has(key)) return
        known.add(key)
        // Regions need not be stored in the order in which they are written.
        for (const stored of [value, turned(value)])
          queue.push({ value: stored, context: { n: context.n % 4, trail: '' } })
      }
      visit(begun)
      for (const { value, context } of queue.slice(0, MOST_STATES)) {
        for (const event of eventsAt(own, value)) {
          const ours = outcome(() => own.step(value, context, event))
          const askedByUs = asked.splice(0)
          outcome(() => transition(chart, chart.resolveState({ value, context }), event))
          const askedByThem = asked.splice(0)
          if (ours['fault'] !== 'endless') expect(askedByUs).toEqual(askedByThem)
          const theirs = outcome(() => reference.step(value, context, event))
          asked.splice(0)
          expect(ours).toEqual(theirs)
          // The order of regions is the order in which they are tried next.
          expect(JSON.stringify(ours)).toBe(JSON.stringify(theirs))
          expect(own.has(value)).toBe(true)
          visit(ours)
          if ('fault' in ours) seen.faults += 1
          else {
            seen.moves += ours['handled'] === true ? 1 : 0
            seen.silent += ours['handled'] === true ? 0 : 1
            seen.done += ours['done'] === true ? 1 : 0
            seen.parallel += Object.keys(value).length > 1 && typeof value !== 'string' ? 1 : 0
            seen.deadlines += event.type.startsWith('xstate.') ? 1 : 0
          }
        }
        if (queue.length > MOST_STATES) break
      }
    }),
    { numRuns: 200, seed: 7 },
  )
  // That the charts are not all too simple to tell the engines apart.
  for (const [what, count] of Object.entries(seen)) expect([what, count > 50]).toEqual([what, true])
})

// -- internals

const MOST_STATES = 24

interface Context {
  readonly n: number
  /** What was run, with what was seen. */
  readonly trail: string
}

type Outcome = Readonly<Record<string, unknown>>

const outcome = (run: () => unknown): Outcome => {
  try {
    return run() as Outcome
  } catch (thrown) {
    const message = String(thrown)
    return { fault: /Infinite loop|for ever/.test(message) ? 'endless' : message }
  }
}

const turned = (value: StateValue): StateValue =>
  typeof value === 'string'
    ? value
    : Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, within]) => [key, turned(within)]),
      )

const eventsAt = (
  machine: ReturnType<typeof createMachineFacade>,
  value: StateValue,
): ReadonlyArray<Event> => [
  ...EVENTS.flatMap((type) => [
    { type, yes: true },
    { type, yes: false },
  ]),
  ...DELAYS.flatMap((name) => machine.deadlineEvent(value, name, 0) ?? []),
]

const EVENTS = ['go', 'go.on', 'go.on.now', 'stop']
const DESCRIPTORS = ['go', 'go.on', 'go.*', 'stop', '*']
const DELAYS = ['soon', 'later']
const ACTIONS = ['ring', 'count', 'double', 'note', 'supersede']
const SELF = -1
const GUARDS = ['even', 'yes', 'picky', 'both']

interface Node {
  readonly kind: 'atomic' | 'compound' | 'parallel' | 'final'
  readonly children: ReadonlyArray<Node>
  readonly initial: number
  readonly initialActions: ReadonlyArray<string>
  readonly entry: ReadonlyArray<string>
  readonly exit: ReadonlyArray<string>
  readonly edges: ReadonlyArray<EdgeShape>
}

interface EdgeShape {
  readonly on: { readonly kind: 'event' | 'after' | 'done'; readonly name: string }
  readonly guard: GuardShape | undefined
  /** Picks of all states, or the source itself; none for a transition without a target. */
  readonly targets: ReadonlyArray<number>
  readonly reenter: boolean
  readonly actions: ReadonlyArray<string>
}

type GuardShape =
  | string
  | { readonly join: 'and' | 'or' | 'not'; readonly parts: ReadonlyArray<string> }

const actions = fc.array(fc.constantFrom(...ACTIONS), { maxLength: 2 })

const guardShape: fc.Arbitrary<GuardShape> = fc.oneof(
  fc.constantFrom(...GUARDS),
  fc.record({
    join: fc.constantFrom('and', 'or', 'not'),
    parts: fc.array(fc.constantFrom(...GUARDS), { minLength: 1, maxLength: 3 }),
  }),
)

const edgeShape: fc.Arbitrary<EdgeShape> = fc.record({
  on: fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('event' as const),
        name: fc.constantFrom(...DESCRIPTORS),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('after' as const),
        name: fc.constantFrom(...DELAYS),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('done' as const), name: fc.constant('') }),
    },
  ),
  guard: fc.option(guardShape, { nil: undefined, freq: 2 }),
  targets: fc.oneof(fc.array(fc.nat(30), { maxLength: 2 }), fc.constant([SELF])),
  reenter: fc.boolean(),
  actions,
})

const nodeShape = (depth: number): fc.Arbitrary<Node> =>
  fc.record({
    kind:
      depth === 0
        ? fc.constantFrom('atomic' as const, 'final' as const)
        : fc.constantFrom(
            'atomic' as const,
            'compound' as const,
            'compound' as const,
            'parallel' as const,
            'final' as const,
          ),
    children:
      depth === 0
        ? fc.constant([])
        : fc.array(nodeShape(depth - 1), { minLength: 1, maxLength: 3 }),
    initial: fc.nat(5),
    initialActions: actions,
    entry: actions,
    exit: actions,
    edges: fc.array(edgeShape, { maxLength: 3 }),
  })

interface Shape {
  readonly start: number
  readonly root: Node
}

const chartShape: fc.Arbitrary<Shape> = fc.record({
  start: fc.nat(3),
  root: fc
    .tuple(
      nodeShape(3),
      fc.constantFrom('compound' as const, 'compound' as const, 'parallel' as const),
    )
    .map(([root, kind]) => ({ ...root, kind })),
})

const build = ({ root }: Shape): { chart: AnyStateMachine; asked: Array<string> } => {
  const asked: Array<string> = []
  const ask = (name: string, context: Context, yes: boolean): boolean => {
    asked.push(`${name} ${context.n}`)
    return yes
  }
  const saw =
    (by: string) =>
    ({ context, event }: { context: Context; event: { type: string } }) => ({
      by,
      n: context.n,
      event: event.type,
    })
  const paths = pathsOf(root, [])
  const idAt = (path: ReadonlyArray<number>): string => ['s', ...path].join('_')
  const targetsOf = (
    { targets }: EdgeShape,
    source: ReadonlyArray<number>,
  ): ReadonlyArray<string> | undefined => {
    const picked = targets.map((pick) =>
      pick === SELF ? source : (paths[pick % paths.length] ?? []),
    )
    const [first, second] = picked
    if (first === undefined) return undefined
    // Two targets must be in two regions of one state, or no machine could be in both.
    return second !== undefined && areApart(root, first, second)
      ? [`#${idAt(first)}`, `#${idAt(second)}`]
      : [`#${idAt(first)}`]
  }
  const guardOf = (shape: GuardShape | undefined) => {
    if (shape === undefined || typeof shape === 'string') return shape
    const parts = shape.parts as never
    if (shape.join === 'not') return not(shape.parts[0] as never)
    return shape.join === 'and' ? and(parts) : or(parts)
  }
  const configOf = (node: Node, path: ReadonlyArray<number>): object => {
    const id = idAt(path)
    const parametric = (names: ReadonlyArray<string>) =>
      names.map((name) => ({ type: name, params: saw(`${id} ${name}`) }))
    const of = (wanted: EdgeShape['on']['kind']) => {
      const table: Record<string, Array<object>> = {}
      for (const edge of node.edges.filter(({ on }) => on.kind === wanted))
        (table[edge.on.name] ??= []).push({
          guard: guardOf(edge.guard),
          target: targetsOf(edge, path),
          reenter: edge.reenter,
          actions: parametric(edge.actions),
        })
      return table
    }
    const inner = node.kind === 'compound' || node.kind === 'parallel'
    return {
      id,
      entry: parametric(node.entry),
      exit: parametric(node.exit),
      on: of('event'),
      after: of('after'),
      ...(node.kind === 'final' || node.kind === 'parallel' ? { type: node.kind } : {}),
      ...(inner
        ? {
            onDone: of('done')[''],
            states: Object.fromEntries(
              node.children.map((child, index) => [`c${index}`, configOf(child, [...path, index])]),
            ),
          }
        : {}),
      ...(node.kind === 'compound'
        ? {
            initial: {
              target: `c${node.initial % node.children.length}`,
              actions: parametric(node.initialActions),
            },
          }
        : {}),
    }
  }
  const chart = setup({
    types: {
      context: {} as Context,
      events: {} as { type: string; yes: boolean },
      input: {} as { n: number },
    },
    actions: {
      ring: () => {},
      supersede: () => {},
      count: assign({
        n: ({ context }) => context.n + 1,
        trail: ({ context }) => `${context.trail}+`,
      }),
      double: assign(({ context, event }) => {
        if (context.n > 40) throw new Error(`too much of ${event.type}`)
        return { n: context.n * 2 }
      }),
      note: assign({ trail: ({ context }, params) => `${context.trail}${JSON.stringify(params)}` }),
    },
    guards: {
      even: ({ context }) => ask('even', context, context.n % 2 === 0),
      yes: ({ context, event }) => ask('yes', context, event.yes),
      picky: ({ context }) => {
        if (context.n === 3) throw new Error('three is too much')
        return ask('picky', context, context.n < 2)
      },
      both: and(['even', 'yes']),
    },
    delays: { soon: ({ context }) => context.n * 10, later: 1000 },
  }).createMachine({
    ...configOf(root, []),
    context: ({ input }: { input: { n: number } }) => ({ n: input.n, trail: '' }),
    options: { maxIterations: 30 },
  } as never)
  // The chart is made of what the library's types cannot tell.
  return { chart: chart as unknown as AnyStateMachine, asked }
}

const pathsOf = (node: Node, path: ReadonlyArray<number>): ReadonlyArray<ReadonlyArray<number>> =>
  node.kind === 'compound' || node.kind === 'parallel'
    ? [path, ...node.children.flatMap((child, index) => pathsOf(child, [...path, index]))]
    : [path]

const areApart = (node: Node, a: ReadonlyArray<number>, b: ReadonlyArray<number>): boolean => {
  const [first, ...restOfA] = a
  const [other, ...restOfB] = b
  if (first === undefined || other === undefined) return false
  if (first !== other) return node.kind === 'parallel'
  const child = node.children[first]
  return child !== undefined && areApart(child, restOfA, restOfB)
}
