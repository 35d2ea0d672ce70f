import type { Json } from '@signalbox/core'
import { Hono } from 'hono'
import type { Clock } from './clock.ts'
import { explainProblem, listProblems, PROBLEM_BASE } from './control/problems.ts'
import type { Fallback } from './fallback.ts'
import type { Gate } from './gate.ts'
import { thrownDetail } from './log.ts'
import type { Log } from './log.ts'
import { METRICS } from './metrics-path.ts'
import type { Metrics } from './metrics.ts'
import type { createMetricsReply } from './metrics-reply.ts'
import type { DescribedApi, Page } from './page.ts'
import type { Answered, Arrival, Pipeline } from './pipeline.ts'
import { problem } from './problem.ts'
import type { Reply } from './reply.ts'
import { toResponse } from './response.ts'
import type { Tracing } from './tracing.ts'

/** What the server knows of a connection and the request does not say. */
export interface Connection {
  /** The peer's address. */
  readonly remote?: string
  /** True when the connection is encrypted. */
  readonly secure?: boolean
}

/** The Hono application of a host. */
export type App = Hono<{ Bindings: Connection }>

/** What a plugin is mounted as; without a pipeline its mounts answer 503. */
export interface Target {
  readonly plugin: string
  readonly mounts: ReadonlyArray<string>
  readonly pipeline: () => Pipeline | undefined
  readonly fallback: () => Fallback | undefined
}

interface AppOptions {
  readonly targets: ReadonlyArray<Target>
  readonly ready: () => Promise<Reply>
  /** Describes the routes of a plugin; undefined when there is nothing to describe. */
  readonly describe: (plugin: string) => Reply | undefined
  readonly pages: ReadonlyArray<Page>
  /** What is described, for the pages. */
  readonly documents: () => ReadonlyArray<DescribedApi>
  /** Answers who asks for the metrics; undefined when they are not to be had here. */
  readonly metrics: ReturnType<typeof createMetricsReply> | undefined
  readonly measured: Metrics['answered']
  readonly tracing: Pick<Tracing, 'request' | 'answered'>
  readonly gate: Gate
  readonly clock: Clock
  readonly newId: () => string
  readonly log: Log
}

/** Makes the application: every mount with all that is below it, the probes, and for every other path a plugin's fallback or a problem. */
export const createApp = ({
  targets,
  ready,
  describe,
  pages,
  documents,
  metrics,
  measured,
  tracing,
  gate,
  clock,
  newId,
  log,
}: AppOptions): App => {
  const answer = (
    target: Target | undefined,
    request: Request,
    { remote = '', secure = false }: Connection,
    { id, at }: { readonly id: string; readonly at: number },
  ): Promise<Answered> => {
    const pipeline = target?.pipeline()
    if (target !== undefined && pipeline === undefined) return answeredBy(FAILED_PLUGIN)
    const url = URL.parse(request.url)
    if (url === null) return answeredBy(problem(400, 'Bad Request'))
    const arrival = { id, at, request, url, remote, secure }
    return pipeline === undefined ? fallBack(arrival) : pipeline(arrival)
  }

  const fallBack = async (arrival: Arrival): Promise<Answered> => {
    for (const { fallback } of targets) {
      const answered = await fallback()?.(arrival)
      if (answered !== undefined) return answered
    }
    return { reply: problem(404, 'Not Found'), own: true }
  }

  const serve = (
    target: Target | undefined,
    request: Request,
    connection: Connection,
  ): Promise<Response> => {
    const at = clock.now()
    const id = requestId(request.headers) ?? newId()
    return tracing.request(id, () => follow(target, request, connection, { id, at }))
  }

  const follow = async (
    target: Target | undefined,
    request: Request,
    connection: Connection,
    { id, at }: { readonly id: string; readonly at: number },
  ): Promise<Response> => {
    const entered = gate.enter()
    try {
      const { method } = request
      const answered = entered
        ? await answer(target, request, connection, { id, at })
        : { reply: DRAINING, own: true }
      const sent = send(answered, method, id)
      const { status } = sent.response
      const ms = clock.now() - at
      const plugin = answered.plugin ?? target?.plugin
      measured({ plugin: plugin ?? '', route: answered.route ?? '', status, ms })
      tracing.answered({ id, method, plugin, route: answered.route, path: answered.path })
      const { bytes } = sent
      const line: Record<string, Json> = {
        request: id,
        method,
        path: rawPath(request),
        status,
        ms,
        bytes,
      }
      if (plugin !== undefined) line['plugin'] = plugin
      if (answered.route !== undefined) line['route'] = answered.route
      if (answered.principal !== undefined) line['principal'] = answered.principal
      log('info', 'request', line)
      return sent.response
    } finally {
      if (entered) gate.leave()
    }
  }

  const send = (
    { reply, own }: Answered,
    method: string,
    id: string,
  ): ReturnType<typeof toResponse> => {
    try {
      return toResponse(own === true ? named(reply, id) : reply, method)
    } catch (thrown) {
      // A status or a header that cannot be sent.
      log('error', 'reply.unsendable', { request: id, ...thrownDetail(thrown) })
      return toResponse(named(problem(500, 'Internal Server Error'), id), method)
    }
  }

  const app: App = new Hono({ getPath: rawPath })
  app.get('/livez', () => toResponse(ALIVE, 'GET').response)
  app.get('/_signalbox/openapi/:plugin{[^/]+\\.json}', (c) => {
    const described = describe(c.req.param('plugin').slice(0, -'.json'.length))
    return toResponse(described ?? problem(404, 'Not Found'), 'GET').response
  })
  app.get(PROBLEM_BASE, () => toResponse(listProblems(), 'GET').response)
  app.get(`${PROBLEM_BASE}:name`, (c) => {
    const explained = explainProblem(c.req.param('name'))
    return toResponse(explained ?? problem(404, 'Not Found'), 'GET').response
  })
  for (const { path, reply } of pages)
    app.get(path, async (c) => {
      const { headers, method } = c.req.raw
      try {
        return toResponse(await reply({ headers, documents: documents() }), method).response
      } catch (thrown) {
        log('error', 'page.fault', { path, ...thrownDetail(thrown) })
        return toResponse(problem(500, 'Internal Server Error'), method).response
      }
    })
  if (metrics !== undefined)
    app.get(METRICS, async (c) => {
      const { raw: request } = c.req
      const reply = await metrics(request, newId(), clock.now())
      return toResponse(reply, request.method).response
    })
  app.get('/readyz', async () => toResponse(await ready(), 'GET').response)
  for (const target of targets)
    for (const mount of target.mounts)
      app.all(mount === '/' ? '*' : `${mount}/*`, (c) => serve(target, c.req.raw, c.env))
  app.notFound((c) => serve(undefined, c.req.raw, c.env))
  return app
}

// -- internals

const ALIVE: Reply = { status: 200, headers: { 'content-type': 'text/plain' }, body: 'alive\n' }

const FAILED_PLUGIN = problem(503, 'Service Unavailable', {
  detail: 'What serves this path could not be started.',
  headers: { 'retry-after': '5' },
})

const DRAINING = problem(503, 'Service Unavailable', {
  detail: 'This host is stopping.',
  headers: { connection: 'close', 'retry-after': '1' },
})

const answeredBy = (reply: Reply): Promise<Answered> => Promise.resolve({ reply, own: true })

const named = (reply: Reply, id: string): Reply => ({
  ...reply,
  headers: { ...reply.headers, 'x-request-id': id },
})

const requestId = (headers: Headers): string | undefined => {
  const given = headers.get('x-request-id')
  return given !== null && /^[\w.:~-]{1,128}$/.test(given) ? given : undefined
}

// Hono would decode the path before it looks for the mount; the plugins' tables hold raw paths.
const rawPath = ({ url }: Request): string => {
  const start = url.indexOf('/', url.indexOf(':') + 4)
  if (start === -1) return '/'
  const end = url.slice(start).search(/[?#]/)
  return end === -1 ? url.slice(start) : url.slice(start, start + end)
}
