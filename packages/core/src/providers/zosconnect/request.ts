import * as E from 'fp-ts/lib/Either.js'
import type { JsonObject } from '../../json.ts'
import { DesiredStatus } from './codecs.ts'
import type { ErrorCode, Kind } from './codecs.ts'

/** A request as far as it decides what is asked: the query's members in their order, decoded. */
export interface Request {
  readonly method: string
  readonly query: ReadonlyArray<readonly [name: string, value: string]>
  readonly contentType?: string | undefined
  /** Bytes read, whatever the headers say. */
  readonly bodyLength: number
}

/** What a request to one service, API or API requester asks for. */
export type Verb =
  | {
      readonly verb:
        | 'details'
        | 'status'
        | 'requestSchema'
        | 'responseSchema'
        | 'statistics'
        | 'start'
        | 'stop'
        | 'invoke'
        | 'delete'
    }
  | { readonly verb: 'update'; readonly desired: DesiredStatus }
  /** Update what is installed, deploy what is not. */
  | { readonly verb: 'deployOrUpdate'; readonly desired: DesiredStatus }

/** What a request to a collection asks for. */
export type CollectionVerb =
  | { readonly verb: 'list' }
  | { readonly verb: 'deploy'; readonly desired: DesiredStatus }

/** Why a request asks for nothing that there is. */
export type BadRequest =
  | {
      readonly code: Extract<
        ErrorCode,
        | 'bad-query'
        | 'unknown-action'
        | 'unknown-status'
        | 'unsupported-media-type'
        | 'archive-missing'
      >
    }
  | { readonly code: 'method-not-allowed'; readonly allow: ReadonlyArray<string> }

/** The methods of a collection, of a service, of an API or API requester, and of everything else, for `Allow`. */
export const METHODS = {
  collection: ['GET', 'HEAD', 'POST', 'OPTIONS'],
  service: ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'OPTIONS'],
  item: ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'],
  other: ['GET', 'HEAD', 'OPTIONS'],
} as const

/**
 * Splits a raw pathname at `/` and decodes each segment once, alone; one slash at the end does not count. Fails with
 * `bad-path` when an escape is malformed, and with `no-resource` when an inner segment is empty.
 */
export const splitPath = (
  pathname: string,
): E.Either<'bad-path' | 'no-resource', ReadonlyArray<string>> => {
  const [root, ...rest] = pathname.split('/')
  const segments = rest.at(-1) === '' ? rest.slice(0, -1) : rest
  const decoded = segments.map(decodeSegment)
  if (decoded.includes(undefined)) return E.left('bad-path')
  if (root !== '' || segments.includes('')) return E.left('no-resource')
  return E.right(decoded as ReadonlyArray<string>)
}

/** One way to read the segments behind `/services`. */
export interface PathReading {
  readonly name: string
  readonly schema: 'request' | 'response' | null
  /** False when the name was joined of several segments: then it may be looked up and not deployed. */
  readonly whole: boolean
}

/**
 * The ways to read the segments behind `/services`, best first: the first whose service is installed counts, and if
 * none is, the last one is what is missing. Empty for the collection itself.
 */
export const readServicePath = (segments: ReadonlyArray<string>): ReadonlyArray<PathReading> => {
  if (segments.length === 0) return []
  const reading = (names: ReadonlyArray<string>, schema: PathReading['schema']): PathReading => ({
    name: names.join('/'),
    schema,
    whole: names.length === 1,
  })
  const [kind, tail] = [segments.at(-2), segments.at(-1)]
  return segments.length > 2 && kind === 'schema' && (tail === 'request' || tail === 'response')
    ? [reading(segments.slice(0, -2), tail), reading(segments, null)]
    : [reading(segments, null)]
}

/** Says what a request to one service asks for, or, with another `kind`, to one API or API requester. */
export const dispatch = ({
  kind = 'service',
  ...request
}: Request & { readonly kind?: Kind }): E.Either<BadRequest, Verb> => {
  const methods = kind === 'service' ? METHODS.service : METHODS.item
  const allowed: ReadonlyArray<string> = methods
  if (!allowed.includes(request.method)) return notAllowed(methods)
  switch (request.method) {
    case 'PUT':
    case 'POST':
      return kind === 'service' ? dispatchWrite(request) : dispatchItemWrite(request)
    case 'GET':
    case 'HEAD':
      return kind === 'service'
        ? dispatchRead(request)
        : withoutAction(request, { verb: 'details' })
    case 'DELETE':
      return kind === 'service'
        ? E.right({ verb: 'delete' })
        : withoutAction(request, { verb: 'delete' })
    default:
      return notAllowed(methods)
  }
}

/** Says what a request to a collection asks for. */
export const dispatchCollection = (request: Request): E.Either<BadRequest, CollectionVerb> => {
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return withoutAction(request, { verb: 'list' })
    case 'POST': {
      const statuses = valuesOf(request, 'status')
      if (valuesOf(request, 'action').length > 0) return bad('unknown-action')
      const desired = statuses.length === 0 ? 'started' : desiredOf(statuses)
      if (desired === undefined) return bad('unknown-status')
      if (request.bodyLength === 0) return bad('archive-missing')
      return isType(request, ZIP)
        ? E.right({ verb: 'deploy', desired })
        : bad('unsupported-media-type')
    }
    default:
      return notAllowed(METHODS.collection)
  }
}

/** Reads the payload of an invoke; a left says what it is instead of a JSON object, as `payload-invalid` wants it. */
export const parsePayload = (text: string): E.Either<string, JsonObject> => {
  const parsed = E.tryCatch(
    () => JSON.parse(text) as unknown,
    () => 'is not valid JSON',
  )
  return E.flatMap(parsed, (value) => {
    if (value === null) return E.left('is null')
    if (Array.isArray(value)) return E.left('is an array')
    // What `JSON.parse` makes is JSON.
    return typeof value === 'object' ? E.right(value as JsonObject) : E.left(`is a ${typeof value}`)
  })
}

// -- internals

const ZIP = 'application/zip'
const JSON_TYPE = 'application/json'

const READS: Readonly<Record<string, Verb>> = {
  status: { verb: 'status' },
  getRequestSchema: { verb: 'requestSchema' },
  getResponseSchema: { verb: 'responseSchema' },
  getStatistics: { verb: 'statistics' },
}

const WRITES: Readonly<Record<string, Verb>> = {
  start: { verb: 'start' },
  stop: { verb: 'stop' },
  invoke: { verb: 'invoke' },
}

const dispatchRead = (request: Request): E.Either<BadRequest, Verb> => {
  const actions = valuesOf(request, 'action')
  if (actions.length === 0) return E.right({ verb: 'details' })
  const verb = lookup(READS, actions)
  if (verb !== undefined) return E.right(verb)
  return lookup(WRITES, actions) === undefined ? bad('unknown-action') : notAllowed(['PUT', 'POST'])
}

// The rows of the table for PUT and POST, in their order.
const dispatchWrite = (request: Request): E.Either<BadRequest, Verb> => {
  const [actions, statuses] = [valuesOf(request, 'action'), valuesOf(request, 'status')]
  const hasBody = request.bodyLength > 0
  if (actions.length > 0 && statuses.length > 0) return bad('bad-query')
  if (actions.length > 0) return dispatchAction(request, actions)
  const desired = desiredOf(statuses)
  if (statuses.length > 0 && desired === undefined) return bad('unknown-status')
  if (hasBody && isType(request, ZIP)) {
    if (request.method === 'PUT') return E.right({ verb: 'update', desired: desired ?? 'started' })
    return desired === undefined
      ? bad('unknown-status')
      : E.right({ verb: 'deployOrUpdate', desired })
  }
  if (!hasBody && desired !== undefined) return E.right(towards(desired))
  if (hasBody && isType(request, JSON_TYPE) && desired === undefined)
    return E.right({ verb: 'invoke' })
  return bad(hasBody ? 'unsupported-media-type' : 'bad-query')
}

const dispatchAction = (
  request: Request,
  actions: ReadonlyArray<string>,
): E.Either<BadRequest, Verb> => {
  const verb = lookup(WRITES, actions)
  if (verb === undefined)
    return lookup(READS, actions) === undefined
      ? bad('unknown-action')
      : notAllowed(['GET', 'HEAD'])
  const typed = mediaType(request) !== '' && !isType(request, JSON_TYPE)
  return verb.verb === 'invoke' && request.bodyLength > 0 && typed
    ? bad('unsupported-media-type')
    : E.right(verb)
}

// The same table for an API or API requester, which has neither actions nor invoke.
const dispatchItemWrite = (request: Request): E.Either<BadRequest, Verb> => {
  if (valuesOf(request, 'status').length === 0 && valuesOf(request, 'action').length > 0)
    return bad('unknown-action')
  return E.flatMap(dispatchWrite(request), (verb) =>
    verb.verb === 'invoke' ? bad('unsupported-media-type') : E.right(verb),
  )
}

const withoutAction = <A>(request: Request, verb: A): E.Either<BadRequest, A> =>
  valuesOf(request, 'action').length > 0 ? bad('unknown-action') : E.right(verb)

const towards = (desired: DesiredStatus): Verb => ({
  verb: desired === 'started' ? 'start' : 'stop',
})

// A member given twice names nothing.
const lookup = (
  table: Readonly<Record<string, Verb>>,
  [name, ...more]: ReadonlyArray<string>,
): Verb | undefined =>
  name !== undefined && more.length === 0 && Object.hasOwn(table, name) ? table[name] : undefined

const desiredOf = ([status, ...more]: ReadonlyArray<string>): DesiredStatus | undefined =>
  more.length === 0 && DesiredStatus.is(status) ? status : undefined

const valuesOf = ({ query }: Request, member: string): ReadonlyArray<string> =>
  query.filter(([name]) => name === member).map(([, value]) => value)

const mediaType = ({ contentType = '' }: Request): string =>
  (contentType.split(';')[0] ?? '').trim().toLowerCase()

const isType = (request: Request, type: string): boolean => mediaType(request) === type

const decodeSegment = (segment: string): string | undefined =>
  E.getOrElseW(() => undefined)(
    E.tryCatch(
      () => decodeURIComponent(segment),
      () => undefined,
    ),
  )

const bad = (
  code: Exclude<BadRequest['code'], 'method-not-allowed'>,
): E.Either<BadRequest, never> => E.left({ code })

const notAllowed = (allow: ReadonlyArray<string>): E.Either<BadRequest, never> =>
  E.left({ code: 'method-not-allowed', allow })
