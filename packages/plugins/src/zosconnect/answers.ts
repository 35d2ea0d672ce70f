import { errorBody, errorText } from '@signalbox/core/zosconnect'
import type { ErrorCode, ErrorFacts } from '@signalbox/core/zosconnect'
import { json } from '@signalbox/host'
import type { Reply } from '@signalbox/host'

/** Answers an error in the vendor's form; `details` and the text are escaped. */
export const errorReply = <Code extends ErrorCode>(
  code: Code,
  facts: ErrorFacts[Code],
  {
    details,
    headers = {},
  }: { readonly details?: string; readonly headers?: Reply['headers'] } = {},
): Reply =>
  json(STATUSES[code], errorBody(textOf(code, facts), details), { ...HEADERS[code], ...headers })

/** Answers a failure that a provider words itself. */
export const providerReply = (status: number, message: string): Reply =>
  json(status, errorBody(message))

/** Answers a wrong method, and a query that belongs to other ones. */
export const methodReply = (allow: ReadonlyArray<string>): Reply =>
  errorReply('method-not-allowed', {}, { headers: { allow: allow.join(', ') } })

// -- internals

const textOf = (code: ErrorCode, facts: object): string =>
  // A code and its facts belong together by the caller's type, which is lost on the way here.
  (errorText as (code: ErrorCode, facts: object) => string)(code, facts)

const STATUSES: Readonly<Record<ErrorCode, number>> = {
  'unknown-status': 400,
  'unknown-action': 400,
  'bad-query': 400,
  'bad-path': 400,
  'bad-host': 400,
  'bad-preference': 400,
  'payload-invalid': 400,
  'archive-missing': 400,
  'archive-invalid': 400,
  unauthenticated: 401,
  forbidden: 403,
  'secure-required': 403,
  'unknown-service': 404,
  'unknown-api': 404,
  'unknown-api-requester': 404,
  'no-resource': 404,
  'method-not-allowed': 405,
  'service-started': 409,
  'already-deployed': 409,
  'name-mismatch': 409,
  'configured-service': 409,
  'base-path-taken': 409,
  'too-large': 413,
  'unsupported-media-type': 415,
  'internal-error': 500,
  'api-not-executable': 501,
  unrehearsable: 501,
  'provider-unsupported': 503,
  'service-stopped': 503,
  'service-unknown': 503,
  'no-driver': 503,
  'timed-out': 503,
  busy: 503,
  unavailable: 503,
  'outstanding-requests': 503,
  'api-stopped': 503,
}

const HEADERS: { readonly [Code in ErrorCode]?: Readonly<Record<string, string>> } = {
  unauthenticated: { 'www-authenticate': 'Basic realm="zosConnect", charset="UTF-8"' },
  'timed-out': { 'retry-after': '1' },
  busy: { 'retry-after': '1' },
  unavailable: { 'retry-after': '1' },
}
