import { expect, vi } from 'vitest'
import { isAlike } from './binding.ts'
import type { Binding } from './binding.ts'
import { readBlocks } from './cli/server-sent-events.ts'
import { pruned, readShown, withoutElisions } from './elision.ts'

/** A curl of a document, and the reply that the document shows for it. For tests. */
export interface WorkedExample {
  readonly curl: string
  readonly status: number
  /** Those that are shown; the others are not looked at. */
  readonly headers: Readonly<Record<string, string>>
  /** As it is written; ellipses stand for what is left out. */
  readonly body: string
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
    if (kind === 'json') return [{ curl: text, status: 200, headers: {}, body: reply }]
    if (kind !== 'http') throw new Error(`no reply is shown for: ${text}`)
    const [head = '', body = ''] = reply.split(/\n\n(.*)/s)
    const [line = '', ...headers] = head.split('\n')
    return [
      {
        curl: text,
        status: Number(line.split(' ')[1]),
        headers: Object.fromEntries(headers.map(pairOf)),
        body: body.trim(),
      },
    ]
  })
}

/** Sends what the examples show, one after another, and expects what they show of the replies. */
export const holdAll = async (
  examples: ReadonlyArray<WorkedExample>,
  binding: Binding,
  send: (curl: string) => Promise<Response>,
): Promise<Binding> => {
  let known = binding
  for (const example of examples) {
    const held = (): Promise<Binding> => hold(example, known, send)
    // What is only read may take its time to become what is shown.
    known = WRITES.test(example.curl)
      ? await held()
      : await vi.waitFor(held, { timeout: 10_000, interval: 50 })
  }
  return known
}

// -- internals

const WRITES = / -(X|d|-data-binary) /

const pairOf = (line: string): readonly [string, string] => {
  const colon = line.indexOf(': ')
  return [line.slice(0, colon), line.slice(colon + 2)]
}

const hold = async (
  { curl, status, headers, body }: WorkedExample,
  binding: Binding,
  send: (curl: string) => Promise<Response>,
): Promise<Binding> => {
  const reply = await send(binding.apply(curl))
  const { read, receive } = formOf(reply)
  const shown = read(body)
  const received = await receive(reply, shown)
  expect(reply.status, `${curl}\n${JSON.stringify(received)}`).toBe(status)
  const head = Object.fromEntries(
    Object.keys(headers).map((name) => [name, reply.headers.get(name)]),
  )
  const left = pruned(shown, received, isAlike)
  const learnt = binding.fork()
  learnt.learn(headers, head)
  learnt.learn(withoutElisions(shown), left)
  expect(head, curl).toEqual(learnt.bound(headers))
  expect(left, curl).toEqual(learnt.bound(withoutElisions(shown)))
  return learnt
}

/** How a body of some type is written on a page, and received. */
interface Form {
  readonly read: (body: string) => unknown
  readonly receive: (reply: Response, shown: unknown) => Promise<unknown>
}

const formOf = ({ headers }: Response): Form => {
  const type = headers.get('content-type') ?? ''
  if (type === 'text/event-stream') return EVENTS
  if (type === 'application/x-ndjson') return JSON_LINES
  return /^(?:text|image)\//.test(type) ? LINES : ONE
}

const ONE: Form = {
  read: (body) => (body === '' ? undefined : readShown(body)),
  receive: async (reply) => {
    const text = await reply.text()
    return text === '' ? undefined : (JSON.parse(text) as unknown)
  },
}

const linesOf = (text: string): ReadonlyArray<string> => text.trimEnd().split('\n')

const LINES: Form = {
  read: (body) => linesOf(body).map((line) => (line.trim() === '…' ? '…' : line)),
  receive: async (reply, shown) => {
    const begun = (Array.isArray(shown) ? shown.map(String) : []).filter((line) => /.…$/.test(line))
    return linesOf(await reply.text()).map(
      (line) => begun.find((beginning) => line.startsWith(beginning.slice(0, -1))) ?? line,
    )
  },
}

const JSON_LINES: Form = {
  read: (body) => linesOf(body).map((line) => (line === '…' ? line : readShown(line))),
  receive: async (reply) => linesOf(await reply.text()).map((line) => JSON.parse(line) as unknown),
}

// The page shows how a stream begins.
const EVENTS: Form = {
  read: (body) =>
    body.split('\n\n').map((block) => {
      const { retry, id, data } = Object.fromEntries(block.split('\n').map(pairOf))
      return {
        ...(id !== undefined && { place: id }),
        ...(data !== undefined && { data: readShown(data) }),
        ...(retry !== undefined && { retry: Number(retry) }),
      }
    }),
  receive: async ({ body }, shown) => {
    const blocks: Array<unknown> = []
    if (body === null || !Array.isArray(shown)) return blocks
    for await (const { id, data, retry } of readBlocks(body)) {
      if (id === undefined && data === undefined) continue
      blocks.push({
        ...(id !== undefined && { place: id }),
        ...(data !== undefined && { data: JSON.parse(data) as unknown }),
        ...(retry !== undefined && { retry }),
      })
      if (blocks.length === shown.length) break
    }
    return blocks
  },
}
