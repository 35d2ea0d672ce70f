import { empty, json, matchFailure } from '@signalbox/host'
import type { Answers, Failure, Incoming, Malformed, Reply } from '@signalbox/host'
import type { InUse } from './availability.ts'
import type { BodyErrors } from './fields.ts'
import { jsonFault } from './json-fault.ts'
import type { RateLimit } from './rate.ts'

/** A successful answer. */
export const ok = (value: unknown, headers: Readonly<Record<string, string>> = {}): Reply =>
  json(200, value, headers)

/** A successful answer without a body. */
export const gone: Reply = empty(204)

/** Says what is wrong with fields of the request. */
export const fieldErrors = ({ id }: Incoming, errors: BodyErrors): Reply =>
  json(400, { errors, exception_class: 'validation_error', request_id: id })

/** The caller is not known; every such answer names the scheme that is. */
export const unauthorized = (
  request: Incoming,
  exceptionClass: 'not_authenticated' | 'authentication_failed' | 'token_not_valid',
  message: string,
): Reply =>
  problem(request, 401, exceptionClass, message, { 'www-authenticate': 'APIKey realm="iam"' })

/** Absent, or out of sight. */
export const notFound = (request: Incoming): Reply =>
  problem(request, 404, 'not_found', 'Not found.')

/** In sight, but not the caller's to do. */
export const forbidden = (request: Incoming): Reply =>
  problem(request, 403, 'permission_denied', 'You do not have permission to perform this action.')

/** A product cannot be taken away while services of it are in use. */
export const inUseStill = ({ id }: Incoming, services: InUse): Reply =>
  json(403, {
    message: 'Availability cannot be turned off while services are in use.',
    exception_class: 'permission_denied',
    request_id: id,
    trial: services.trial,
    activating: services.activating,
    active: services.active,
  })

/** Too much at once; `seconds` until there is room again. */
export const throttled = (request: Incoming, seconds: number): Reply =>
  problem(
    request,
    429,
    'throttled',
    `Request was throttled. Expected available in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`,
    {
      'retry-after': String(seconds),
      ...(seconds > 60 ? { 'x-should-retry': 'false' } : {}),
    },
  )

/** Turns what the host or the store could not do into the vendor's words. */
export const refuse = (request: Incoming, failure: Failure): Reply => {
  const defect = (): Reply => problem(request, 500, 'error', 'Internal server error.')
  const away = (): Reply => unavailable(request, 1)
  return matchFailure({
    NotFound: () => notFound(request),
    Unavailable: away,
    RevisionConflict: away,
    DocumentConflict: away,
    Busy: ({ retryAfterMs }) => unavailable(request, Math.max(1, Math.ceil(retryAfterMs / 1000))),
    IllegalMove: defect,
    AlreadyExists: defect,
    UnknownCommand: defect,
    UnknownReport: defect,
    InvalidPayload: defect,
    MachineFault: defect,
    WrongLifecycle: defect,
    NewerVersion: defect,
    UnknownVersion: defect,
    UnknownStatus: defect,
    CorruptedState: defect,
    ClaimTaken: defect,
    QuotaExceeded: defect,
    EffectSettled: defect,
    ReceiptExists: defect,
    Unrehearsable: ({ because }) =>
      because === 'route'
        ? problem(request, 501, 'not_implemented', 'This request cannot be rehearsed.')
        : problem(request, 400, 'bad_request', 'The only handling to be preferred is "dry-run".'),
    Fault: defect,
  })(failure)
}

/** Everything that no route of its own answers. */
export const answersWith = (rateLimit: RateLimit | undefined): Answers => ({
  notFound,
  methodNotAllowed: (request, allow) =>
    problem(request, 405, 'method_not_allowed', `Method "${request.method}" not allowed.`, {
      allow: allow.join(', '),
    }),
  malformed: (request, fault) => malformed(request, fault),
  refuse,
  finish: (request, reply) => ({
    ...reply,
    headers: {
      ...reply.headers,
      'cache-control': 'no-store',
      'x-request-id': request.id,
      ...(request.method === 'PATCH' ? deprecation(request.path) : {}),
      ...rateLimit?.headers(request),
    },
  }),
})

// -- internals

// Says anything but what is wrong with fields.
const problem = (
  { id }: Incoming,
  status: number,
  exceptionClass: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Reply => json(status, { message, exception_class: exceptionClass, request_id: id }, headers)

const unavailable = (request: Incoming, seconds: number): Reply =>
  problem(request, 503, 'service_unavailable', 'Service temporarily unavailable.', {
    'retry-after': String(seconds),
  })

const malformed = (request: Incoming, fault: Malformed): Reply => {
  switch (fault._tag) {
    case 'MalformedPath':
    case 'InvalidParams':
      return notFound(request)
    case 'UnsupportedMediaType':
      return problem(
        request,
        415,
        'unsupported_media_type',
        `Unsupported media type "${fault.mediaType ?? ''}" in request.`,
      )
    case 'TooLarge':
      return problem(request, 413, 'payload_too_large', 'Request body is too large.')
    case 'InvalidEncoding':
      return parseError(request, 'Invalid UTF-8: line 1 column 1 (char 0)')
    case 'InvalidJson':
      return parseError(request, jsonFault(fault.text))
    case 'InvalidQuery':
    case 'InvalidBody':
      return fieldErrors(request, { non_field_errors: ['Invalid data.'] })
  }
}

const parseError = (request: Incoming, reason: string): Reply =>
  problem(request, 400, 'parse_error', `JSON parse error - ${reason}`)

// The PATCH of a service is deprecated in favour of its PUT: every answer to one says so, whatever it is.
const deprecation = (path: string): Readonly<Record<string, string>> => {
  const service = /^(?:\/iam)?(\/clients\/\d{1,15}\/services\/\d{1,15})$/.exec(path)?.[1]
  if (service === undefined) return {}
  const link = `</iam${service}>; rel="successor-version"; method="PUT"`
  return { deprecation: '@1778630400', 'x-deprecation': 'true', link, 'x-link': link }
}
