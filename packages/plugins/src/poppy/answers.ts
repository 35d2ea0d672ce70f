import { escapeHtml, textOf } from '@signalbox/core/poppy'
import type { PoppyError } from '@signalbox/core/poppy'
import { empty, json, matchFailure } from '@signalbox/host'
import type { Answers, Failure, Malformed, Reply } from '@signalbox/host'

/** Answers a text, input in it escaped, in the vendor's envelope. */
export const message = (
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Reply => enveloped(status, escapeHtml(text), headers)

/** Answers what validation found: a text, or every violation of the schema. */
export const invalid = (error: PoppyError): Reply => {
  const text = textOf(error)
  return enveloped(
    error._tag === 'LimitReached' ? 403 : 400,
    typeof text === 'string' ? text : { errors: text.map((one) => ({ message: one })) },
  )
}

/** Answers a resource. */
export const resource = (value: unknown): Reply => json(200, value, JSON_TYPE)

/** Answers that a command was taken: no body, and where the service is if that is asked for. */
export const accepted = (status: 201 | 202, location?: string): Reply =>
  empty(status, { 'content-length': '0', ...(location === undefined ? {} : { location }) })

/** The vendor's text for what cannot be accepted or read. */
export const UNREADABLE =
  'The server could not comply with the request since it is either malformed or otherwise incorrect.'

/** The vendor's words for everything that is not a route's own reply. */
export const answers: Answers = {
  notFound: () => message(404, 'The resource could not be found.'),
  methodNotAllowed: ({ method }, allow) =>
    message(405, `The method ${method} is not allowed for this resource.`, {
      allow: allow.join(', '),
    }),
  malformed: (_, malformed) => describe(malformed),
  refuse: (_, failure) => refuse(failure),
}

// -- internals

const JSON_TYPE = { 'content-type': 'application/json; charset=UTF-8' }

const enveloped = (
  status: number,
  text: unknown,
  headers: Readonly<Record<string, string>> = {},
): Reply => json(status, { message: text }, { ...JSON_TYPE, ...headers })

const describe = (malformed: Malformed): Reply => {
  switch (malformed._tag) {
    case 'MalformedPath':
    case 'InvalidParams':
    case 'InvalidQuery':
    case 'InvalidEncoding':
    case 'UnsupportedMediaType':
      return message(400, UNREADABLE)
    case 'TooLarge':
      return message(413, `The body must not be larger than ${malformed.limit} bytes.`)
    case 'InvalidJson':
    case 'InvalidBody':
      return message(400, 'Invalid JSON string')
  }
}

const broken = (): Reply =>
  message(
    500,
    'The server encountered an unexpected condition which prevented it from fulfilling the request.',
  )

const later = (seconds: number): Reply =>
  message(503, 'The server cannot process the request at the moment. Please try again later.', {
    'retry-after': String(seconds),
  })

const absent = (): Reply => message(404, 'The resource could not be found.')

// What a route does not put in its own words. This API knows no 409: a state that does not allow it is a 400.
const refuse: (failure: Failure) => Reply = matchFailure({
  WrongLifecycle: broken,
  NewerVersion: broken,
  UnknownVersion: broken,
  UnknownStatus: broken,
  CorruptedState: broken,
  NotFound: absent,
  AlreadyExists: broken,
  UnknownCommand: broken,
  UnknownReport: broken,
  InvalidPayload: broken,
  IllegalMove: ({ reasons }) => message(400, reasons.map(({ words }) => words).join(' ')),
  MachineFault: broken,
  RevisionConflict: () => later(1),
  ClaimTaken: ({ key }) =>
    invalid({ _tag: 'DomainTaken', domain: key.slice(key.lastIndexOf('/') + 1) }),
  QuotaExceeded: ({ limit }) => invalid({ _tag: 'LimitReached', limit }),
  EffectSettled: broken,
  DocumentConflict: () => later(1),
  ReceiptExists: broken,
  Unavailable: () => later(1),
  Busy: ({ retryAfterMs }) => later(Math.max(1, Math.ceil(retryAfterMs / 1000))),
  Fault: broken,
})
