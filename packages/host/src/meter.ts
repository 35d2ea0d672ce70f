/** What is measured under one name, as it stands. */
export type Family = Reading | Spread

/** Numbers, each with the values of its labels. */
export interface Reading {
  readonly type: 'counter' | 'gauge'
  readonly name: string
  /** One sentence for people. */
  readonly help: string
  readonly samples: ReadonlyArray<Sample & { readonly value: number }>
}

/** Observations in buckets. */
interface Spread {
  readonly type: 'histogram'
  readonly name: string
  readonly help: string
  /** The upper bounds of the buckets, ascending; one without a bound follows. */
  readonly bounds: ReadonlyArray<number>
  readonly samples: ReadonlyArray<Sample & Distribution>
}

/** How many observations each bucket alone has taken, and the sum of them all. */
export interface Distribution {
  readonly counts: ReadonlyArray<number>
  readonly sum: number
}

/** Counts by the values of its labels. */
type Counter = (...values: ReadonlyArray<string>) => void

/** Puts an observation into its bucket, by the values of its labels. */
type Histogram = (value: number, ...values: ReadonlyArray<string>) => void

/**
 * Keeps numbers and nothing else: to count is to look one up by its labels and to add to it. Values of labels must come
 * from a set that is small and does not grow with what callers send.
 */
export interface Meter {
  readonly counter: (name: string, help: string, labels: ReadonlyArray<string>) => Counter
  readonly histogram: (
    name: string,
    help: string,
    labels: ReadonlyArray<string>,
    bounds: ReadonlyArray<number>,
  ) => Histogram
  /** Everything, in the order in which it was declared. */
  readonly families: () => ReadonlyArray<Family>
}

/** Makes a meter of its own: there is no registry that a process shares. */
export const createMeter = (): Meter => {
  const declared: Array<() => Family> = []
  return {
    counter: (name, help, labels) => {
      const series = createSeries(labels, () => ({ value: 0 }))
      declared.push(() => ({ type: 'counter', name, help, samples: series.samples() }))
      return (...values) => {
        series.at(values).value += 1
      }
    },
    histogram: (name, help, labels, bounds) => {
      const series = createSeries(labels, () => ({
        counts: Array.from({ length: bounds.length + 1 }, () => 0),
        sum: 0,
      }))
      declared.push(() => ({ type: 'histogram', name, help, bounds, samples: series.samples() }))
      return (value, ...values) => {
        const one = series.at(values)
        let bucket = 0
        while (bucket < bounds.length && value > (bounds[bucket] ?? Infinity)) bucket += 1
        one.counts[bucket] = (one.counts[bucket] ?? 0) + 1
        one.sum += value
      }
    },
    families: () => declared.map((family) => family()),
  }
}

// -- internals

interface Sample {
  readonly labels: Readonly<Record<string, string>>
}

interface Series<A> {
  readonly at: (values: ReadonlyArray<string>) => A
  readonly samples: () => ReadonlyArray<A & Sample>
}

const createSeries = <A extends object>(
  names: ReadonlyArray<string>,
  begin: () => A,
): Series<A> => {
  const series = new Map<string, A & Sample>()
  return {
    at: (values) => {
      const key = values.length === 1 ? (values[0] ?? '') : values.join('\0')
      const known = series.get(key)
      if (known !== undefined) return known
      const labels = Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']))
      const made = { ...begin(), labels }
      series.set(key, made)
      return made
    },
    samples: () => [...series.values()],
  }
}
