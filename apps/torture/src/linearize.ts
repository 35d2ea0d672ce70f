/** What an object promises: its states, and what each operation may do and answer in them. */
export interface Model<State, Op, Result> {
  readonly init: State
  /**
   * Every state to which an operation may lead that answers so; none when it cannot answer so here. Without a result
   * nobody knows what it answered.
   */
  readonly step: (state: State, op: Op, result: Result | undefined) => ReadonlyArray<State>
  /** States with one spelling behave alike. */
  readonly key: (state: State) => string
}

/**
 * One operation as its caller saw it. Instants are of one clock that never goes back. Without a result it may have taken
 * effect at any instant since its start, or never.
 */
export interface Operation<Op, Result> {
  readonly process: number
  readonly op: Op
  readonly start: number
  readonly end: number
  readonly result: Result | undefined
}

/** What the search found. `order` is a sequence that explains all; `stuck` could not be ordered behind the longest one. */
export type Verdict<Op, Result> =
  | { readonly kind: 'linearizable'; readonly order: ReadonlyArray<Operation<Op, Result>> }
  | {
      readonly kind: 'violated'
      readonly order: ReadonlyArray<Operation<Op, Result>>
      readonly stuck: ReadonlyArray<Operation<Op, Result>>
    }
  | { readonly kind: 'undecided'; readonly visited: number }

/**
 * Tells whether a history can be explained by each operation taking effect at one instant between its start and its end:
 * the search of Wing and Gong, that remembers each pair of a set of operations and the state they led to, as Lowe added. It
 * gives up after `most` pairs.
 *
 * @see https://www.cs.ox.ac.uk/people/gavin.lowe/LinearizabiltyTesting/paper.pdf
 */
export const linearize = <State, Op, Result>(
  model: Model<State, Op, Result>,
  history: ReadonlyArray<Operation<Op, Result>>,
  { most = 2_000_000 }: { readonly most?: number } = {},
): Verdict<Op, Result> => {
  const operations = history.toSorted((a, b) => a.start - b.start)
  const known = operations.map(({ result }) => result !== undefined)
  const all = known.reduce((mask, isKnown, index) => (isKnown ? mask | bit(index) : mask), 0n)
  const seen = new Set<string>()
  const stack: Array<Frame<State>> = [
    { state: model.init, done: 0n, options: optionsOf(model, operations, model.init, 0n) },
  ]
  let longest: ReadonlyArray<number> = []
  let stuckAt = 0n
  while (stack.length > 0) {
    const frame = stack.at(-1)
    if (frame === undefined) break
    const path = (): ReadonlyArray<number> => stack.slice(1).map(({ took = 0 }) => took)
    if ((frame.done & all) === all)
      return { kind: 'linearizable', order: path().flatMap((index) => operations[index] ?? []) }
    const option = frame.options.pop()
    if (option === undefined) {
      if (stack.length - 1 > longest.length) {
        longest = path()
        stuckAt = frame.done
      }
      stack.pop()
      continue
    }
    const done = frame.done | bit(option.took)
    const key = `${done.toString(36)}|${model.key(option.state)}`
    if (seen.has(key)) continue
    seen.add(key)
    if (seen.size > most) return { kind: 'undecided', visited: seen.size }
    const options = optionsOf(model, operations, option.state, done)
    stack.push({ state: option.state, done, took: option.took, options })
  }
  return {
    kind: 'violated',
    order: longest.flatMap((index) => operations[index] ?? []),
    stuck: possible(operations, stuckAt).flatMap((index) => operations[index] ?? []),
  }
}

// -- internals

interface Option<State> {
  readonly took: number
  readonly state: State
}

interface Frame<State> {
  readonly state: State
  /** The operations that have taken effect, a bit each. */
  readonly done: bigint
  readonly took?: number
  /** What has not been tried yet, the best last. */
  readonly options: Array<Option<State>>
}

const bit = (index: number): bigint => 1n << BigInt(index)

const optionsOf = <State, Op, Result>(
  { step }: Model<State, Op, Result>,
  operations: ReadonlyArray<Operation<Op, Result>>,
  state: State,
  done: bigint,
): Array<Option<State>> =>
  possible(operations, done)
    .flatMap((index) => {
      const operation = operations[index]
      if (operation === undefined) return []
      const { op, result, end } = operation
      return step(state, op, result).map((next) => ({
        took: index,
        state: next,
        // What nobody knows the outcome of is tried last, and what ended first is tried first.
        rank: result === undefined ? Infinity : end,
      }))
    })
    .toSorted((a, b) => b.rank - a.rank)

// What is open and began before everything open that has ended: nothing that ended before it may come after it.
const possible = <Op, Result>(
  operations: ReadonlyArray<Operation<Op, Result>>,
  done: bigint,
): ReadonlyArray<number> => {
  const found: Array<number> = []
  let bound = Infinity
  let rest = done
  for (const [index, { start, end, result }] of operations.entries()) {
    if (start > bound) break
    if ((rest & 1n) === 0n) {
      found.push(index)
      if (result !== undefined) bound = Math.min(bound, end)
    }
    rest >>= 1n
  }
  return found.filter((index) => (operations[index]?.start ?? 0) <= bound)
}
