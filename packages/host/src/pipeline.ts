import * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import { beginningOf, noBody, readBody } from './body.ts'
import type { Body } from './body.ts'
import { erased } from './erased.ts'
import type { AnyDecoded, ErasedRoute } from './erased.ts'
import { fault } from './failure.ts'
import type { Failure } from './failure.ts'
import type { Incoming, Malformed } from './incoming.ts'
import { thrownDetail } from './log.ts'
import type { Mounted } from './plugin.ts'
import type { Principal } from './principal.ts'
import { problem } from './problem.ts'
import type { Reply } from './reply.ts'
import type { BodySpec } from './route.ts'
import { createRouter } from './router.ts'
import type { Matched, MatchedRoute } from './router.ts'
import { runRoute } from './run.ts'
import type { ServicesOptions } from './services.ts'

/** A request as it arrives at a plugin. */
export interface Arrival {
  readonly id: string
  readonly at: number
  readonly request: Request
  readonly url: URL
  readonly remote: string
  readonly secure: boolean
}

/** The reply to a request and, for the access log, who asked and which route answered. */
export interface Answered extends Trail {
  readonly reply: Reply
  /** True when it is the host's own answer and not a plugin's. */
  readonly own?: boolean
  /** The plugin whose fallback has answered. */
  readonly plugin?: string
}

/** Answers the requests of one plugin; never rejects. */
export type Pipeline = (arrival: Arrival) => Promise<Answered>

export interface PipelineOptions extends ServicesOptions {
  /** In bytes. */
  readonly bodyLimit: number
  /** True where nothing is carried out: what cannot be rehearsed is refused. */
  readonly rehearsing?: boolean
  /** What every request is refused with, before anything of it is looked at. */
  readonly refuses?: Failure
}

/**
 * Makes the pipeline of a plugin, one stage after another, each of which may end it with a reply: locate, admit and find
 * in the plugin's order, params, sight, query, body, prepare, run, finish. What a plugin throws becomes a `Fault`.
 */
export const createPipeline = (
  plugin: string,
  mounted: Mounted,
  options: PipelineOptions,
): Pipeline => {
  const { answers } = mounted
  const find = createRouter(mounted.routes, {
    head: mounted.head,
    options: mounted.options !== undefined,
  })
  const site: Site = { mounted, options, find }

  const finish = (incoming: Incoming, reply: Reply): Reply =>
    answers.finish?.(incoming, reply) ?? reply

  const apologise = (
    incoming: Incoming | undefined,
    thrown: unknown,
    route?: string,
  ): Reply | undefined => {
    const detail = thrownDetail(thrown)
    options.log('error', 'request.fault', {
      plugin,
      ...(incoming && { request: incoming.id }),
      ...(route !== undefined && { route }),
      ...detail,
    })
    return incoming && answers.refuse(incoming, fault(detail.message))
  }

  const audit = async (
    incoming: Incoming,
    request: Request,
    { admitted, route, bytes }: Following,
    reply: Reply,
  ): Promise<void> => {
    if (mounted.audit === undefined || admitted === undefined) return
    try {
      const begin = (limit: number): Promise<Uint8Array> => beginningOf(request, bytes, limit)
      await mounted.audit({ ...incoming, principal: admitted, route, begin }, reply)
    } catch (thrown) {
      options.log('error', 'request.unaudited', {
        plugin,
        request: incoming.id,
        ...thrownDetail(thrown),
      })
    }
  }

  return async (arrival) => {
    const trail: Following = {}
    let incoming: Incoming | undefined
    try {
      const located = locate(site, arrival)
      incoming = located.incoming
      const reply = await respond(site, located, arrival.request, trail)
      if (mounted.audit !== undefined) await audit(incoming, arrival.request, trail, reply)
      return { reply: finish(incoming, reply), ...seen(trail) }
    } catch (thrown) {
      try {
        const reply = apologise(incoming, thrown, trail.route)
        if (reply === undefined || incoming === undefined) return { reply: SERVER_ERROR, own: true }
        await audit(incoming, arrival.request, trail, reply)
        return { reply: finish(incoming, reply), ...seen(trail) }
      } catch (again) {
        options.log('error', 'request.fault', {
          plugin,
          request: arrival.id,
          ...thrownDetail(again),
        })
        return { reply: SERVER_ERROR, own: true, ...seen(trail) }
      }
    }
  }
}

// -- internals

interface Trail {
  readonly principal?: string
  readonly route?: string
  /** The route's path as a pattern. */
  readonly path?: string
  /** True when the route has refused to be rehearsed. */
  readonly unrehearsable?: boolean
}

// What is known of a request on its way.
interface Following {
  admitted?: Principal
  route?: string
  path?: string
  bytes?: Uint8Array
  unrehearsable?: boolean
}

const seen = ({ admitted, route, path, unrehearsable }: Following): Trail => ({
  ...(admitted && { principal: admitted.id }),
  ...(route !== undefined && { route }),
  ...(path !== undefined && { path }),
  ...(unrehearsable === true && { unrehearsable }),
})

interface Site {
  readonly mounted: Mounted
  readonly options: PipelineOptions
  readonly find: (path: string) => Matched | undefined
}

interface Place {
  readonly incoming: Incoming
  readonly matched: Matched | undefined
}

const SERVER_ERROR = problem(500, 'Internal Server Error')

const locate = ({ mounted, find }: Site, arrival: Arrival): Place => {
  const { request, id, at, url, remote, secure } = arrival
  const { headers, method } = request
  const located =
    mounted.locate === undefined ? { path: url.pathname } : mounted.locate(url.pathname, headers)
  return {
    incoming: {
      id,
      at,
      method,
      url,
      path: located?.path ?? url.pathname,
      located: located?.values ?? {},
      headers,
      remote,
      secure,
    },
    matched: located && find(located.path),
  }
}

const respond = async (
  site: Site,
  { incoming, matched }: Place,
  request: Request,
  trail: Following,
): Promise<Reply> => {
  const { mounted } = site
  const { refuses } = site.options
  if (refuses !== undefined) return mounted.answers.refuse(incoming, refuses)
  const early = mounted.order === 'route-first' ? findRoute(site, incoming, matched) : undefined
  if (early !== undefined && E.isLeft(early)) return early.left
  const admitted = await mounted.admit(incoming)
  if (E.isLeft(admitted)) return admitted.left
  const principal = admitted.right
  trail.admitted = principal
  const found = early ?? findRoute(site, incoming, matched)
  if (E.isLeft(found)) return found.left
  const route = erased(found.right.route)
  trail.route = route.name
  trail.path = route.path
  if (site.options.rehearsing === true && !isRehearsable(route, incoming)) {
    trail.unrehearsable = true
    return mounted.answers.refuse(incoming, { _tag: 'Unrehearsable', because: 'route' })
  }
  const decoded = await decode(site, {
    incoming,
    principal,
    route,
    raw: found.right.params,
    request,
    trail,
  })
  return E.isLeft(decoded)
    ? decoded.left
    : await runRoute(route, decoded.right, site.options, (failure) =>
        mounted.answers.refuse(incoming, failure),
      )
}

const isRehearsable = ({ rehearsable = true }: ErasedRoute, incoming: Incoming): boolean =>
  typeof rehearsable === 'boolean' ? rehearsable : rehearsable(incoming)

const findRoute = (
  { mounted }: Site,
  incoming: Incoming,
  matched: Matched | undefined,
): E.Either<Reply, MatchedRoute> => {
  const { answers, options } = mounted
  if (matched === undefined) return E.left(answers.notFound(incoming))
  const found = matched.of(incoming.method)
  if (found !== undefined) return E.right(found)
  return E.left(
    incoming.method === 'OPTIONS' && options !== undefined
      ? options(incoming, matched.allow())
      : answers.methodNotAllowed(incoming, matched.allow()),
  )
}

interface Asked {
  readonly incoming: Incoming
  readonly principal: Principal
  readonly route: ErasedRoute
  readonly raw: Readonly<Record<string, string>>
  readonly request: Request
  readonly trail: Following
}

const decode = async (
  { mounted, options }: Site,
  { incoming, principal, route, raw, request, trail }: Asked,
): Promise<E.Either<Reply, AnyDecoded>> => {
  const malformed = (what: Malformed): E.Either<Reply, never> =>
    E.left(mounted.answers.malformed(incoming, what))
  const params = decodeParams(route, raw)
  if (E.isLeft(params)) return malformed(params.left)
  const seen = route.sight?.({ ...incoming, principal, params: params.right })
  const sight = seen instanceof Promise ? await seen : seen
  if (sight !== undefined && E.isLeft(sight)) return sight
  const query = decodeQuery(route, incoming.url)
  if (E.isLeft(query)) return malformed(query.left)
  const spec = route.body
  const read =
    spec === undefined ? E.right(noBody) : await readBody(request, spec, options.bodyLimit)
  const body = E.isLeft(read) || spec === undefined ? read : decodeBody(spec, read.right)
  if (E.isLeft(body)) {
    if (body.left._tag === 'InvalidJson') trail.bytes = encoder.encode(body.left.text)
    return malformed(body.left)
  }
  if (route.body !== undefined) trail.bytes = body.right.bytes
  const decoded: AnyDecoded = {
    ...incoming,
    principal,
    params: params.right,
    query: query.right,
    body: body.right.value,
    bytes: body.right.bytes,
    sight: sight?.right,
    prepared: undefined,
  }
  if (route.prepare === undefined) return E.right(decoded)
  const prepared = await route.prepare(decoded)
  return E.isLeft(prepared) ? prepared : E.right({ ...decoded, prepared: prepared.right })
}

const encoder = new TextEncoder()

const decodeParams = (
  { params: codec }: ErasedRoute,
  raw: Readonly<Record<string, string>>,
): E.Either<Malformed, unknown> => {
  const params: Record<string, string> = {}
  try {
    for (const name of Object.keys(raw)) {
      const value = raw[name]
      if (value !== undefined) params[name] = decodeURIComponent(value)
    }
  } catch {
    return E.left({ _tag: 'MalformedPath' })
  }
  if (codec === undefined) return E.right(undefined)
  return E.mapLeft((errors: t.Errors): Malformed => ({ _tag: 'InvalidParams', params, errors }))(
    codec.decode(params),
  )
}

const decodeQuery = (
  { query: codec }: ErasedRoute,
  { searchParams }: URL,
): E.Either<Malformed, unknown> => {
  if (codec === undefined) return E.right(undefined)
  const members = new Map<string, string | Array<string>>()
  for (const [name, value] of searchParams) {
    const before = members.get(name)
    if (before === undefined) members.set(name, value)
    else members.set(name, typeof before === 'string' ? [before, value] : [...before, value])
  }
  members.delete('__proto__')
  return E.mapLeft((errors: t.Errors): Malformed => ({
    _tag: 'InvalidQuery',
    query: searchParams,
    errors,
  }))(codec.decode(Object.fromEntries(members)))
}

const decodeBody = (spec: BodySpec<unknown>, { bytes, value }: Body): E.Either<Malformed, Body> => {
  const decoded = spec.codec.decode(value)
  return E.isLeft(decoded)
    ? E.left({ _tag: 'InvalidBody', value, errors: decoded.left })
    : E.right({ bytes, value: decoded.right })
}
