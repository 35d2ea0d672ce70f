import { matchFailure } from '@signalbox/host'
import type { Answers, Failure, Incoming, Malformed, Reply } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { IDENTITY, MOUNT } from './locate.ts'
import { projectOf } from './project.ts'
import { identityError, invalid, message, notFound, UNREADABLE } from './replies.ts'

/** The vendor's words for everything that is not a route's own reply. */
export const answers: Answers = {
  notFound: (request) => withoutId(request) ?? notFound(),
  methodNotAllowed: (request, allow) =>
    withoutId(request) ??
    message(405, `The method ${request.method} is not allowed for this resource.`, {
      allow: allow.join(', '),
    }),
  malformed: ({ path }, malformed) =>
    path.startsWith(IDENTITY) ? describeIdentity(malformed) : describe(malformed, path),
  refuse: (_, failure) => refuse(failure),
}

// -- internals

const describe = (malformed: Malformed, path: string): Reply => {
  switch (malformed._tag) {
    case 'MalformedPath':
      // What does not decode is no id of a service in any spelling.
      return NAMES_SERVICE.test(path)
        ? invalid({ _tag: 'InvalidServiceId' })
        : message(400, UNREADABLE)
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

const NAMES_SERVICE = /^\/v1\.0\/(services|admin\/services\/provider_details)\//

const describeIdentity = (malformed: Malformed): Reply =>
  malformed._tag === 'TooLarge'
    ? identityError(413, 'Request Entity Too Large', 'The request is too large.')
    : identityError(400, 'Bad Request', 'The request is malformed.')

// Methods that make sense only below a path: the vendor finds the id missing, and `Allow` does not name them.
const WITHOUT_ID: ReadonlyArray<string> = [
  `DELETE ${MOUNT}/services`,
  `PUT ${MOUNT}/admin/limits`,
  `DELETE ${MOUNT}/ssl_certificate`,
]

const withoutId = (request: Incoming): Reply | undefined => {
  if (!WITHOUT_ID.includes(`${request.method} ${request.path}`)) return undefined
  const project = projectOf(request)
  return E.isLeft(project) ? project.left : message(400, 'None value not permitted')
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

// What a route does not put in its own words. This API knows no 409: a state that does not allow it is a 400.
const refuse: (failure: Failure) => Reply = matchFailure({
  WrongLifecycle: broken,
  NewerVersion: broken,
  UnknownVersion: broken,
  UnknownStatus: broken,
  CorruptedState: broken,
  NotFound: notFound,
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
  Unrehearsable: ({ because }) =>
    because === 'route'
      ? message(501, 'This request cannot be rehearsed. Nothing was changed.')
      : message(400, 'The only handling that can be preferred is dry-run. Nothing was changed.'),
  Fault: broken,
})
