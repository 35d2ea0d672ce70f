import type { Json, JsonObject } from '@signalbox/core'
import type { Description, Details, Route } from '@signalbox/host'
import type * as t from 'io-ts'
import { EXAMPLES } from './examples.ts'
import { ClientQuery, KeyQuery, PagingQuery, ResellerQuery } from './queries.ts'
import { ErrorBody } from './wire.ts'

/** What the description of the API says beside its routes, which read their queries by themselves. */
export const descriptionOf = (routes: ReadonlyArray<Route>): Description => ({
  title: 'Gcore IAM',
  version: '1',
  error: ErrorBody,
  security: {
    apiKey: { type: 'apiKey', in: 'header', name: 'Authorization' },
    session: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  },
  open: OPEN,
  details: () => Object.fromEntries(routes.map((route) => [route.name, detailsOf(route)])),
})

// -- internals

const OPEN: ReadonlyArray<string> = ['session.open', 'session.refresh', 'legacy.session.open']

const QUERIES: Readonly<Record<string, t.Any>> = {
  'client.list': ClientQuery,
  'user.list': PagingQuery,
  'user.create': ResellerQuery,
  'log.account_status_changes': PagingQuery,
  'log.requests': PagingQuery,
  'key.list': KeyQuery,
  'defaults.get': ResellerQuery,
  'defaults.patch': ResellerQuery,
  'availability.resetAll': ResellerQuery,
}

const detailsOf = ({ name, path, body, responses }: Route): Details => {
  // What is mounted once more the old way is the same; it has ways of its own only to open a session.
  const own = EXAMPLES[name] ?? EXAMPLES[name.replace(/^legacy\./, '')] ?? {}
  const query = QUERIES[name.replace(/^legacy\./, '')]
  const wrong = {
    ...(body !== undefined || query !== undefined ? { 400: INVALID } : {}),
    ...(OPEN.includes(name) ? {} : { 401: UNAUTHENTICATED, 403: FORBIDDEN }),
    ...(path.includes(':') ? { 404: ABSENT } : {}),
    ...(body === undefined ? {} : { 413: TOO_LARGE, 415: UNSUPPORTED }),
    429: THROTTLED,
  }
  return {
    responses: { ...responses, ...errorsOf(Object.keys(wrong), () => ErrorBody) },
    examples: { ...own, responses: { ...wrong, ...own.responses } },
    documented: {
      ...(query === undefined ? {} : { query }),
      meanings: errorsOf(Object.keys(wrong), (status) => MEANINGS[status] ?? ''),
    },
  }
}

const errorsOf = <A>(
  statuses: ReadonlyArray<string>,
  make: (status: number) => A,
): Readonly<Record<number, A>> =>
  Object.fromEntries(statuses.map((status) => [status, make(Number(status))]))

const MEANINGS: Readonly<Record<number, string>> = {
  400: 'A member is missing, is not what it must be, or asks for what cannot be.',
  401: 'No credentials, or credentials that are unknown or expired.',
  403: 'In sight, but not the caller’s to do.',
  404: 'Absent, or out of sight.',
  413: 'The body is too large.',
  415: 'The body is no JSON.',
  429: 'Too many requests; `Retry-After` says when there is room again.',
}

const said = (exceptionClass: string, message: string): JsonObject => ({
  message,
  exception_class: exceptionClass,
  request_id: '01a2008f-3a0e-7000-a117-69bad159ea76',
})

const INVALID: Json = {
  errors: { status: ['"bogus" is not a valid choice.'] },
  exception_class: 'validation_error',
  request_id: '01a2008f-3a0e-7000-a117-69bad159ea76',
}
const UNAUTHENTICATED = said('not_authenticated', 'Authentication credentials were not provided.')
const FORBIDDEN = said('permission_denied', 'You do not have permission to perform this action.')
const ABSENT = said('not_found', 'Not found.')
const TOO_LARGE = said('payload_too_large', 'Request body is too large.')
const UNSUPPORTED = said(
  'unsupported_media_type',
  'Unsupported media type "text/plain" in request.',
)
const THROTTLED = said('throttled', 'Request was throttled. Expected available in 1 second.')
