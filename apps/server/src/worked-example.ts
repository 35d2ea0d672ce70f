/** A curl of a document, and the reply that the document shows for it. For tests. */
export interface WorkedExample {
  readonly curl: string
  readonly status: number
  /** Those that are shown; the others are not looked at. */
  readonly headers: Readonly<Record<string, string>>
  /** Parsed; undefined when the reply has none. */
  readonly body: unknown
  /** Whether all of the body is shown: an ellipsis stands for members that are left out. */
  readonly whole: boolean
}

/**
 * Finds the worked examples of a page: a block of `sh` that begins with curl, and the block after it: `http` with a status
 * line, or `json` for a body that comes with 200. Throws when a curl has no reply, since nothing would hold it to anything.
 */
export const examplesIn = (page: string): ReadonlyArray<WorkedExample> => {
  const blocks = [...page.matchAll(/^```(\w+)\n(.*?)\n?^```$/gms)]
  return blocks.flatMap(([, language, text = ''], at) => {
    if (language !== 'sh' || !text.startsWith('curl ')) return []
    const [, kind, reply = ''] = blocks[at + 1] ?? []
    if (kind === 'json') return [{ curl: text, status: 200, headers: {}, ...bodyOf(reply) }]
    if (kind !== 'http') throw new Error(`no reply is shown for: ${text}`)
    const [head = '', body = ''] = reply.split(/\n\n(.*)/s)
    const [line = '', ...headers] = head.split('\n')
    return [
      {
        curl: text,
        status: Number(line.split(' ')[1]),
        headers: Object.fromEntries(headers.map(pairOf)),
        ...bodyOf(body),
      },
    ]
  })
}

/** What a page shows in place of values that differ with every run, and what they are in this one. */
export interface Binding {
  /** Takes from a reply what stands where the page shows something of the same kind, unless it is known already. */
  readonly learn: (shown: unknown, real: unknown) => void
  /** Puts what is known in the place of what the page shows. */
  readonly apply: (shown: string) => string
}

/** Makes a binding that knows where the server listens, and nothing else. */
export const createBinding = (url: string): Binding => {
  const known = new Map([
    ['http://127.0.0.1:8080', url],
    ['127.0.0.1:8080', new URL(url).host],
  ])
  const learn = (shown: unknown, real: unknown): void => {
    if (typeof shown === 'string' && typeof real === 'string') {
      for (const kind of VOLATILE) {
        const found = real.match(kind) ?? []
        for (const [at, value] of (shown.match(kind) ?? []).entries())
          if (!known.has(value)) known.set(value, found[at] ?? value)
      }
    } else if (isRecord(shown) && isRecord(real))
      for (const [name, value] of Object.entries(shown)) learn(value, real[name])
  }
  return {
    learn,
    apply: (shown) =>
      [...known].reduce((text, [value, actual]) => text.replaceAll(value, actual), shown),
  }
}

// -- internals

// Ids and tokens that are made anew, and instants.
const VOLATILE: ReadonlyArray<RegExp> = [
  /\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/g,
  /\b\d{15}\.[\w-]{43}/g,
  /\b\d+_[0-9a-f]{64}\b/g,
  /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.:]\d{3,6}(?:Z| GMT)/g,
]

const pairOf = (line: string): readonly [string, string] => {
  const colon = line.indexOf(': ')
  return [line.slice(0, colon), line.slice(colon + 2)]
}

const bodyOf = (text: string): Pick<WorkedExample, 'body' | 'whole'> => {
  if (text.trim() === '') return { body: undefined, whole: true }
  const shown = text.replaceAll(/,?\s*…(?=\s*\})/g, '')
  return { body: JSON.parse(shown) as unknown, whole: shown === text }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
