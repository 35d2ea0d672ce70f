/** What a page shows in place of values that differ with every run, and what they are in this one. */
export interface Binding {
  /** A copy, which may learn what turns out to be wrong. */
  readonly fork: () => Binding
  /** Takes from a reply what stands where the page shows something of the same kind, unless it is known already. */
  readonly learn: (shown: unknown, real: unknown) => void
  /** Puts what is known in the place of what the page shows as text. */
  readonly apply: (shown: string) => string
  /** Puts it in the place of what the page shows as a value. */
  readonly bound: (shown: unknown) => unknown
}

/** Makes a binding that knows where the server listens, and what else it is told. */
export const createBinding = (
  url: string,
  others: ReadonlyArray<readonly [string, string]> = [],
): Binding =>
  bindingOf(
    new Map([['http://127.0.0.1:8080', url], ['127.0.0.1:8080', new URL(url).host], ...others]),
    new Map(),
  )

/** Tells whether two values differ at most in what differs with every run. */
export const isAlike = (shown: unknown, real: unknown): boolean =>
  JSON.stringify(steady(shown)) === JSON.stringify(steady(real))

// -- internals

// Ids, tokens and secrets that are made anew, and instants.
const VOLATILE: ReadonlyArray<RegExp> = [
  /\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/g,
  /\b\d{15}\.[\w-]{43}/g,
  /(?<=\bsbt_[\w-]{36}\.)[\w-]{43}/g,
  /\bwhsec_[\w+/]{32,}=*/g,
  /\b\d+_[0-9a-f]{64}\b/g,
  /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.:]\d{3,6}(?:Z| GMT)/g,
]

// Members that hold a place in a list; such may be as short as a number, so they are bound by their names.
const PLACES: ReadonlySet<string> = new Set(['next', 'sequence', 'after', 'place'])

const PLACE_ASKED = /(?<=\bafter=|\blast-event-id: )[\w-]+/gi

type Known = Map<string, string>

const bindingOf = (known: Known, places: Known): Binding => {
  const learn = (shown: unknown, real: unknown, member?: string): void => {
    if (typeof shown === 'string' && typeof real === 'string') {
      if (member !== undefined && PLACES.has(member)) {
        if (!places.has(shown)) places.set(shown, real)
        return
      }
      for (const kind of VOLATILE) {
        const found = real.match(kind) ?? []
        for (const [at, value] of (shown.match(kind) ?? []).entries())
          if (!known.has(value)) known.set(value, found[at] ?? value)
      }
    } else if (isRecord(shown) && isRecord(real))
      for (const [name, value] of Object.entries(shown)) learn(value, real[name], name)
  }
  const applyKnown = (text: string): string =>
    [...known].reduce((before, [value, actual]) => before.replaceAll(value, actual), text)
  const boundAs = (shown: unknown, member: string): unknown => {
    if (typeof shown === 'string')
      return PLACES.has(member) ? (places.get(shown) ?? shown) : applyKnown(shown)
    if (Array.isArray(shown)) return shown.map((item) => boundAs(item, ''))
    if (!isRecord(shown)) return shown
    return Object.fromEntries(
      Object.entries(shown).map(([name, value]) => [name, boundAs(value, name)]),
    )
  }
  return {
    fork: () => bindingOf(new Map(known), new Map(places)),
    learn,
    apply: (shown) =>
      applyKnown(shown).replaceAll(PLACE_ASKED, (place) => places.get(place) ?? place),
    bound: (shown) => boundAs(shown, ''),
  }
}

// The same for all that differ only in what is volatile.
const steady = (value: unknown, member = ''): unknown => {
  if (typeof value === 'string')
    return PLACES.has(member)
      ? 'place'
      : VOLATILE.reduce((text, kind, at) => text.replaceAll(kind, `volatile-${at}`), value)
  if (Array.isArray(value)) return value.map((item) => steady(item))
  if (!isRecord(value)) return value
  const names = Object.keys(value).toSorted()
  return names.map((name) => [name, steady(value[name], name)])
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
