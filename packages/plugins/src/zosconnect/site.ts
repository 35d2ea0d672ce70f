import type { Json, State } from '@signalbox/core'
import { installedLog, unavailableLog } from '@signalbox/core/zosconnect'
import type { ArtefactContext, Change, Kind, Standing } from '@signalbox/core/zosconnect'
import { matchFailure } from '@signalbox/host'
import type { Failure, Incoming, Principal, Reply, Services } from '@signalbox/host'
import { errorReply } from './answers.ts'
import type { Archives } from './archives.ts'
import type { BasePaths } from './base-paths.ts'
import { collectionAt } from './collections.ts'
import type { Collection } from './collections.ts'
import type { ReadArchive } from './deployment.ts'
import type { DropInFiles } from './drop-in-files.ts'
import type { Instances } from './instances.ts'
import { originOf } from './origin.ts'
import type { Settings } from './settings.ts'

/** What the routes work with. */
export interface Site {
  readonly settings: Settings
  readonly services: Services
  readonly instances: Instances
  readonly archives: Pick<Archives, 'remove' | 'file'>
  readonly readArchive: ReadArchive
  readonly basePaths: BasePaths
  /** Files that archives were dropped in as; undefined where none are picked up. */
  readonly dropIns: DropInFiles | undefined
  readonly newId: () => string
  readonly log: (event: string, detail: Readonly<Record<string, Json>>) => void
  /** Tells whether the settings declare a service. */
  readonly declares: (name: string) => boolean
  /** Tells whether the machine behind an id has been told what its provider says since the host began. */
  readonly isResumed: (id: string) => boolean
}

/** A state as the rules look at it. */
export const standingOf = ({ value, context }: State): Standing => ({
  value,
  // The host has restored the state by this codec.
  context: context as unknown as ArtefactContext,
})

/** Scheme and authority of the URLs in a reply; the request has been admitted, so it has them. */
export const urlsOf = (request: Incoming, { settings }: Pick<Site, 'settings'>): string =>
  originOf(request, settings)?.url ?? request.url.origin

/** Answers that something is not installed; of a service, the log says it as the vendor does. */
export const absentReply = (
  request: Incoming,
  { kind, name }: { readonly kind: Kind; readonly name: string },
  site: Pick<Site, 'settings' | 'log'>,
): Reply => {
  if (kind !== 'service') return errorReply(UNKNOWN[kind], { name })
  const message = unavailableLog(name, `${urlsOf(request, site)}${request.url.pathname}`)
  site.log('service.unavailable', { message })
  return errorReply('unknown-service', { name })
}

/** Answers what the host refuses, in the vendor's words. */
export const refuseReply = (
  request: Incoming,
  failure: Failure,
  site: Pick<Site, 'settings' | 'log'>,
): Reply => {
  const { kind } = collectionAt(request.path)
  const broken = (): Reply => errorReply('internal-error', {})
  const name = nameIn(request)
  const busy = (): Reply => errorReply('busy', { kind, name })
  return matchFailure<Reply>({
    NotFound: () => absentReply(request, { kind, name }, site),
    AlreadyExists: () => errorReply('already-deployed', { kind, name }),
    IllegalMove: busy,
    RevisionConflict: busy,
    Busy: busy,
    WrongLifecycle: broken,
    NewerVersion: broken,
    UnknownVersion: broken,
    UnknownStatus: broken,
    CorruptedState: broken,
    UnknownCommand: broken,
    UnknownReport: broken,
    InvalidPayload: broken,
    MachineFault: broken,
    ClaimTaken: ({ key }) =>
      errorReply('base-path-taken', { basePath: key.replace(/^zosconnect\/basePath/, '') }),
    QuotaExceeded: broken,
    EffectSettled: broken,
    DocumentConflict: broken,
    ReceiptExists: broken,
    // To the vendor's clients a 503 on a POST says that the type of a service is not supported.
    Unavailable: () => (request.method === 'POST' ? broken() : errorReply('unavailable', {})),
    Unrehearsable: ({ because }) =>
      because === 'route' ? errorReply('unrehearsable', {}) : errorReply('bad-preference', {}),
    Fault: broken,
  })(failure)
}

/** Writes the line that every change leaves, and passes the reply on. */
export const told = (
  { log }: Pick<Site, 'log'>,
  {
    principal,
    change,
    kind,
    name,
    reply,
  }: {
    readonly principal: Pick<Principal, 'id'>
    readonly change: Change | 'service.deploy'
    readonly kind: Kind
    readonly name: string
    readonly reply: Reply
  },
): Reply => {
  const installed = kind === 'api' && change === 'service.deploy' && reply.status === 201
  log(LINES[change], {
    principal: principal.id,
    kind,
    name,
    result: reply.status,
    ...(installed && { message: installedLog(name) }),
  })
  return reply
}

/** The name that a request is about, as it stands in the path; empty for a collection. */
const nameIn = ({ path }: Pick<Incoming, 'path'>): string =>
  decodeURIComponent(path.split('/')[3] ?? '')

/** What an artefact of a collection is called, for rules and replies. */
export const namedIn = (
  { kind }: Collection,
  name: string,
): { readonly kind: Kind; readonly name: string } => ({ kind, name })

// -- internals

const UNKNOWN = { api: 'unknown-api', apiRequester: 'unknown-api-requester' } as const

const LINES = {
  'service.deploy': 'service.install',
  'service.update': 'service.update',
  'service.start': 'service.start',
  'service.stop': 'service.stop',
  'service.delete': 'service.delete',
} as const
