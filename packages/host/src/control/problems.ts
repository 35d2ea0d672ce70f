import type { Issue, Misfit, Reason } from '@signalbox/core'
import { misfitsOf, refKey } from '@signalbox/core'
import type * as t from 'io-ts'
import { matchFailure } from '../failure.ts'
import type { Failure } from '../failure.ts'
import type { Malformed } from '../incoming.ts'
import type { Reply } from '../reply.ts'

/** The kinds of problem that the control plane answers with: the status, the title, and what it means to the caller. */
const PROBLEMS = {
  'invalid-request': {
    status: 400,
    title: 'The request is not what the route takes',
    words:
      'A member of the path, the query, a header or the body breaks a rule; `errors` names each.',
  },
  unauthenticated: {
    status: 401,
    title: 'No valid token was given',
    words: 'Send `Authorization: Bearer <token>` with the secret of a principal of `signalbox`.',
  },
  unsigned: {
    status: 401,
    title: 'No signature holds',
    words:
      'Sign the body by the Standard Webhooks scheme with a secret of the driver, within five minutes. An effect that does not exist is answered in the same way.',
  },
  forbidden: {
    status: 403,
    title: 'The role does not suffice',
    words: 'The principal is known, and what it asks for needs a higher role; `role` names it.',
  },
  'not-found': {
    status: 404,
    title: 'There is nothing here for this caller',
    words:
      'The path, the provider, the tenant or the id is unknown, or belongs to what this caller may not see.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'The path does not take this method',
    words: '`Allow` names those that it takes.',
  },
  'precondition-failed': {
    status: 412,
    title: 'The service is at another revision',
    words:
      '`If-Match` or `If-None-Match` is not met; `revision` is the present one. Nothing was changed.',
  },
  'native-only': {
    status: 422,
    title: 'Only the provider itself takes this command',
    words:
      'The command needs what this API cannot carry, such as an archive; `native` names the routes that take it.',
  },
  unrehearsable: {
    status: 501,
    title: 'There is no rehearsal of this',
    words:
      'What it does cannot be tried out, such as handing out a secret. It was not carried out either: send it without `Prefer`.',
  },
  'idempotency-mismatch': {
    status: 422,
    title: 'The key belongs to another request',
    words: 'An `Idempotency-Key` is used for one request only: choose a new one.',
  },
  'idempotency-running': {
    status: 409,
    title: 'The first request with this key still runs',
    words: 'Repeat it after `Retry-After` seconds: its reply will be given again.',
  },
  'no-path': {
    status: 409,
    title: 'Nothing leads there',
    words:
      'No sequence of what this caller may do, of reports and of deadlines ends in the wanted status.',
  },
  'already-exists': {
    status: 409,
    title: 'There is one already',
    words: 'A service with this id exists, so it cannot be created.',
  },
  'not-allowed': {
    status: 409,
    title: 'The present state does not take this command',
    words:
      '`reasons` says why; the actions of the service say which commands it takes and what leads to the others.',
  },
  taken: {
    status: 409,
    title: 'Another service holds what this one needs',
    words: 'A name that only one service may have is taken.',
  },
  'quota-exceeded': {
    status: 409,
    title: 'A limit is reached',
    words: 'One more would exceed what is granted.',
  },
  'effect-settled': {
    status: 409,
    title: 'The work has ended',
    words:
      'An effect that is done, failed, unknown or superseded is neither repeated nor abandoned.',
  },
  conflict: {
    status: 409,
    title: 'Another change came between',
    words:
      'A record that the change depends on was changed at the same time; the request may be repeated.',
  },
  'already-reported': {
    status: 409,
    title: 'The work has ended in another way',
    words: 'The first report of an effect stands, and so does its abandonment.',
  },
  'too-large': {
    status: 413,
    title: 'The body is too large',
    words: '`limit` is the most that is taken, in bytes.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body is of a type that is not taken',
    words: 'Send `application/json`.',
  },
  'invalid-report': {
    status: 422,
    title: 'The report is not what the service takes',
    words: 'A member of the report, or of its result, breaks a rule; `errors` names each.',
  },
  internal: {
    status: 500,
    title: 'A defect of the server',
    words:
      'Nothing that was acknowledged is lost; the log tells more under the id in `X-Request-Id`.',
  },
  'unreadable-state': {
    status: 500,
    title: 'What is stored cannot be used',
    words: 'The service was written by a newer release, or its record is damaged.',
  },
  busy: {
    status: 503,
    title: 'Too many changes at once',
    words: 'Nothing was changed; repeat the request after `Retry-After` seconds.',
  },
  unavailable: {
    status: 503,
    title: 'The store does not answer',
    words:
      'Whether a change took place is told by reading; repeat the request after `Retry-After` seconds.',
  },
  'provider-unavailable': {
    status: 503,
    title: 'The provider could not be started',
    words: 'The boot report and `/readyz` say why; the other providers serve.',
  },
} as const

/** The name of a kind of problem. */
type ProblemName = keyof typeof PROBLEMS

/** What is wrong with one member of a request: where it is, and the rule that it breaks. */
export type MemberError =
  | { readonly pointer: string; readonly rule: string }
  | { readonly parameter: string; readonly rule: string }
  | { readonly header: string; readonly rule: string }

type OfEveryProblem = {
  readonly [member in 'type' | 'title' | 'status' | 'detail']?: never
}

/** Where the kinds of problem are described. */
export const PROBLEM_BASE = '/_signalbox/problems/'

/** Answers a problem of RFC 9457; `members` stand beside its own. @see https://www.rfc-editor.org/rfc/rfc9457 */
export const trouble = (
  name: ProblemName,
  detail: string,
  {
    headers = {},
    members = {},
  }: {
    readonly headers?: Readonly<Record<string, string>>
    /** None of those that every problem has. */
    readonly members?: Readonly<Record<string, unknown>> & OfEveryProblem
  } = {},
): Reply => {
  const { status, title } = PROBLEMS[name]
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: JSON.stringify({ type: `${PROBLEM_BASE}${name}`, title, status, detail, ...members }),
  }
}

/** Lists the kinds of problem, one a line. */
export const listProblems = (): Reply =>
  plain(Object.keys(PROBLEMS).map((name) => headline(name as ProblemName)))

/** Describes a kind of problem in words; undefined when there is none of that name. */
export const explainProblem = (name: string): Reply | undefined => {
  if (!Object.hasOwn(PROBLEMS, name)) return undefined
  const known = name as ProblemName
  return plain([headline(known), '', PROBLEMS[known].words])
}

/** The one answer for whatever does not exist or may not be seen. */
export const nothingHere = (): Reply =>
  trouble('not-found', 'Nothing here, or nothing that this caller may see.')

/** Says of each member of a request what is wrong with it. */
export const invalid = (errors: ReadonlyArray<MemberError>): Reply => {
  const [first] = errors
  const place = first === undefined ? 'The request' : placeOf(first)
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  const detail = `${place}: ${first?.rule ?? 'it is not what the route takes'}${more}`
  return trouble('invalid-request', detail, { members: { errors } })
}

/** Names the members of a body, below a pointer, that a codec refuses. */
export const bodyErrors = (errors: t.Errors, under = ''): ReadonlyArray<MemberError> =>
  misfitsOf(errors).map(({ pointer, expected }) => ({
    pointer: `${under}${pointer}`,
    rule: ruleOf(expected),
  }))

/** What a request is answered that its route could not decode. */
export const malformedReply = (malformed: Malformed): Reply => {
  switch (malformed._tag) {
    case 'MalformedPath':
      return trouble('invalid-request', 'The path does not percent-decode to UTF-8.')
    case 'InvalidParams':
      // What no service can be called is the name of none.
      return nothingHere()
    case 'InvalidQuery':
      return invalid(misfitsOf(malformed.errors).map(parameterError))
    case 'UnsupportedMediaType': {
      const given = malformed.mediaType ?? 'none'
      return trouble('unsupported-media-type', `The body must be application/json, not ${given}.`)
    }
    case 'TooLarge': {
      const { limit } = malformed
      return trouble('too-large', `The body may have ${limit} bytes.`, { members: { limit } })
    }
    case 'InvalidEncoding':
      return trouble('invalid-request', 'The body is not UTF-8, or broke off.')
    case 'InvalidJson':
      return trouble('invalid-request', `The body is not JSON: ${malformed.message}`)
    case 'InvalidBody':
      return invalid(bodyErrors(malformed.errors))
  }
}

/** Says why the present state does not take a command; it is from no status when there is no service. */
export const notAllowed = (
  from: string | null,
  command: string,
  reasons: ReadonlyArray<Reason>,
): Reply =>
  trouble('not-allowed', reasons.map(({ words }) => words).join(' '), {
    members: { from, command, reasons },
  })

/** What a failure is answered. */
export const failureReply: (failure: Failure) => Reply = matchFailure({
  NotFound: () => nothingHere(),
  AlreadyExists: ({ ref }) =>
    trouble('already-exists', `There is a service ${refKey(ref)} already.`),
  UnknownCommand: ({ type }) =>
    invalid([{ pointer: '/type', rule: `"${type}" is no command of it` }]),
  UnknownReport: () => internal(),
  InvalidPayload: ({ issues }) => invalid(issues.map(issueError)),
  IllegalMove: ({ status, command, reasons }) => notAllowed(status, command, reasons),
  MachineFault: () => internal(),
  WrongLifecycle: () => unreadable(),
  NewerVersion: () => unreadable(),
  UnknownVersion: () => unreadable(),
  UnknownStatus: () => unreadable(),
  CorruptedState: () => unreadable(),
  RevisionConflict: () => trouble('conflict', 'The service was changed at the same time.'),
  ClaimTaken: ({ key }) =>
    trouble('taken', `"${key}" is held by another service.`, { members: { key } }),
  QuotaExceeded: ({ key, limit }) =>
    trouble('quota-exceeded', `No more than ${limit} may count as "${key}".`, {
      members: { key, limit },
    }),
  EffectSettled: ({ effect }) =>
    trouble('effect-settled', `The effect ${effect} has ended.`, { members: { effect } }),
  DocumentConflict: () =>
    trouble('conflict', 'A record of the provider was changed at the same time.'),
  ReceiptExists: () =>
    trouble('conflict', 'The reply to this Idempotency-Key was stored meanwhile.'),
  Unavailable: () =>
    trouble('unavailable', 'The store does not answer.', { headers: { 'retry-after': '1' } }),
  Busy: ({ retryAfterMs }) =>
    trouble('busy', 'Too many changes of this service wait already.', {
      headers: { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) },
    }),
  Unrehearsable: ({ because }) =>
    because === 'route'
      ? trouble('unrehearsable', 'This request cannot be rehearsed, and was not carried out.')
      : invalid([{ header: 'prefer', rule: 'handling=dry-run or none expected' }]),
  Fault: () => internal(),
})

// -- internals

const headline = (name: ProblemName): string =>
  `${name} (${PROBLEMS[name].status}): ${PROBLEMS[name].title}.`

const plain = (lines: ReadonlyArray<string>): Reply => ({
  status: 200,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: `${lines.join('\n')}\n`,
})

const internal = (): Reply => trouble('internal', 'Something that should not happen did.')

const unreadable = (): Reply =>
  trouble('unreadable-state', 'The record of this service cannot be read by this release.')

const placeOf = (error: MemberError): string => {
  if ('parameter' in error) return `query parameter ${error.parameter}`
  if ('header' in error) return `header ${error.header}`
  return error.pointer === '' ? 'the body' : error.pointer
}

const ruleOf = (expected: string): string =>
  expected.startsWith('unknown member') ? expected : `${expected} expected`

const parameterError = ({ pointer, expected }: Misfit): MemberError => ({
  parameter: pointer.slice(1).split('/')[0] ?? '',
  rule: ruleOf(expected),
})

const issueError = ({ path, expected }: Issue): MemberError => ({
  pointer: path === '' ? '' : `/${path.replaceAll('.', '/')}`,
  rule: ruleOf(expected),
})
