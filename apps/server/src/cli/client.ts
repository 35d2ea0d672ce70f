import * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import { issuesOf } from '../issue.ts'
import { trouble } from './failure.ts'
import type { Trouble } from './failure.ts'
import { plain } from './plain-text.ts'
import { ProblemView } from './views.ts'

/** The control plane of a host, wherever it is. Paths are below its mount. */
export interface Client {
  /** Names it for people, without what is secret. */
  readonly name: string
  /** Asks, and decodes what is answered; a problem is told as trouble. */
  readonly ask: <A>(
    codec: t.Type<A, unknown, unknown>,
    path: string,
    question?: Question,
  ) => Promise<E.Either<Trouble, Answer<A>>>
  /** Asks for what is no JSON. */
  readonly text: (path: string) => Promise<E.Either<Trouble, string>>
  /** Asks for a stream; it fails only when it cannot begin. */
  readonly open: (
    path: string,
    options: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
  ) => Promise<E.Either<Trouble, ReadableStream<Uint8Array>>>
  /** Lets go of what it holds. */
  readonly close: () => Promise<void>
}

interface Question {
  readonly query?: Query
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
}

/** What is undefined is left out; a list is said once for each. */
export type Query = Readonly<Record<string, string | ReadonlyArray<string> | undefined>>

/** An answer, as it was decoded and as it came. */
interface Answer<A> {
  readonly value: A
  readonly raw: unknown
  readonly status: number
  readonly etag: string | undefined
}

/** Spells a path with its query. */
export const pathWith = (path: string, query: Query): string => {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    for (const one of typeof value === 'string' ? [value] : (value ?? [])) search.append(name, one)
  return search.size === 0 ? path : `${path}?${search.toString()}`
}

/** Makes a client of something that answers requests; it throws when nobody does. */
export const createClient = ({
  name,
  base,
  headers: own,
  send,
  close = async () => {},
}: {
  readonly name: string
  readonly base: string
  readonly headers: Readonly<Record<string, string>>
  readonly send: (request: Request) => Promise<Response>
  readonly close?: () => Promise<void>
}): Client => {
  const reply = async <A>(
    path: string,
    { query = {}, method = 'GET', headers = {}, body }: Question,
    signal: AbortSignal,
    read: (response: Response) => Promise<A>,
  ): Promise<E.Either<Trouble, A>> => {
    const said = Object.entries(headers).filter(([, value]) => value !== undefined)
    try {
      const request = new Request(`${base}${MOUNT}${pathWith(path, query)}`, {
        method,
        signal,
        redirect: 'manual',
        headers: {
          ...own,
          ...(Object.fromEntries(said) as Record<string, string>),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const response = await send(request)
      return response.ok
        ? E.right(await read(response))
        : E.left(problemOf(response.status, await response.text(), name))
    } catch (thrown) {
      return E.left(trouble('unreachable', `${name}: ${whyNot(thrown)}`))
    }
  }
  const whole = async (response: Response): Promise<Whole> => ({
    status: response.status,
    headers: response.headers,
    text: await response.text(),
  })
  const soon = (): AbortSignal => AbortSignal.timeout(PATIENCE_MS)
  return {
    name,
    ask: async (codec, path, question = {}) => {
      const replied = await reply(path, question, soon(), whole)
      if (E.isLeft(replied)) return replied
      const { status, headers, text } = replied.right
      const raw = jsonOf(text)
      const decoded = codec.decode(raw)
      if (E.isRight(decoded))
        return E.right({
          value: decoded.right,
          raw,
          status,
          etag: headers.get('etag') ?? undefined,
        })
      const [issue] = issuesOf(decoded.left)
      const place = issue?.path === undefined || issue.path === '' ? 'its answer' : issue.path
      return E.left(
        trouble(
          'failed',
          `${name} does not answer as a control plane does: ${place}: ${issue?.problem ?? ''}`,
        ),
      )
    },
    text: async (path) => E.map(({ text }: Whole) => text)(await reply(path, {}, soon(), whole)),
    open: async (path, { headers, signal }) =>
      E.flatMap((body: Response['body']) =>
        body === null ? E.left(trouble('failed', `${name}: an empty stream`)) : E.right(body),
      )(await reply(path, { headers }, signal, async ({ body }) => body)),
    close,
  }
}

// -- internals

const MOUNT = '/_signalbox/v1'

// Longer than the longest wait that is asked for.
const PATIENCE_MS = 90_000

interface Whole {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

const jsonOf = (text: string): unknown => {
  try {
    return text === '' ? null : (JSON.parse(text) as unknown)
  } catch {
    return undefined
  }
}

const problemOf = (status: number, text: string, name: string): Trouble => {
  const decoded = ProblemView.decode(jsonOf(text))
  if (E.isLeft(decoded)) {
    const unavailable = status === 502 || status === 503 || status === 504
    return trouble(
      unavailable ? 'unreachable' : 'failed',
      `${name} answers ${status}: is it a host of Signalbox, and its address without a path?`,
    )
  }
  const { detail, native = [] } = decoded.right
  const routes = native.map(({ method, path }) => `${method} ${path}`).join(', ')
  const said = plain(routes === '' ? detail : `${detail} Use ${routes}`)
  switch (status) {
    case 400:
    case 422:
      return trouble('usage', said)
    case 401:
      return trouble('forbidden', `${said} Give one with --token or SIGNALBOX_TOKEN`)
    case 403:
      return trouble('forbidden', said)
    case 404:
      return trouble('absent', said)
    case 412:
      return trouble('changed', said)
    case 503:
      return trouble('unreachable', said)
    default:
      return trouble('failed', said)
  }
}

const whyNot = (thrown: unknown): string => {
  if (thrown instanceof Error && thrown.name === 'TimeoutError') return 'no answer in time'
  const cause = thrown instanceof Error ? thrown.cause : undefined
  const code =
    cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  if (code === 'ECONNREFUSED') return 'nobody listens there: start it, or give --url'
  const message = cause instanceof Error ? cause.message : String(thrown)
  return `it cannot be reached: ${plain(code === '' ? message : code)}`
}
