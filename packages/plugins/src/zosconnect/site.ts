import type { Json, ServiceRef, State } from '@signalbox/core'
import { TENANT, unavailableLog, zosService } from '@signalbox/core/zosconnect'
import type { Change, ServiceContext, Standing } from '@signalbox/core/zosconnect'
import { matchFailure } from '@signalbox/host'
import type { Failure, Incoming, Principal, Reply, Services } from '@signalbox/host'
import { errorReply } from './answers.ts'
import type { Archives } from './archives.ts'
import type { Instances } from './instances.ts'
import { originOf } from './origin.ts'
import type { Settings } from './settings.ts'

/** What the routes work with. */
export interface Site {
  readonly settings: Settings
  readonly services: Services
  readonly instances: Instances
  readonly archives: Pick<Archives, 'remove'>
  readonly newId: () => string
  readonly log: (event: string, detail: Readonly<Record<string, Json>>) => void
  /** Tells whether the settings declare a service. */
  readonly declares: (name: string) => boolean
  /** Tells whether every provider has been asked for its status since the host began. */
  readonly isResumed: () => boolean
}

/** Names a service in the store. */
export const refOf = (name: string): ServiceRef => ({
  provider: zosService.provider,
  tenant: TENANT,
  id: name,
})

/** A state as the rules look at it. */
export const standingOf = ({ value, context }: State): Standing & { context: ServiceContext } => ({
  value,
  // The host has restored the state by this codec.
  context: context as unknown as ServiceContext,
})

/** Scheme and authority of the URLs in a reply; the request has been admitted, so it has them. */
export const urlsOf = (request: Incoming, { settings }: Site): string =>
  originOf(request, settings)?.url ?? request.url.origin

/** Answers that a service is not installed, and logs it as the vendor does. */
export const absentReply = (request: Incoming, name: string, site: Site): Reply => {
  const message = unavailableLog(name, `${urlsOf(request, site)}${request.url.pathname}`)
  site.log('service.unavailable', { message })
  return errorReply('unknown-service', { name })
}

/** Answers what the host refuses, in the vendor's words. */
export const refuseReply = (request: Incoming, failure: Failure, site: Site): Reply => {
  const broken = (): Reply => errorReply('internal-error', {})
  const busy = (name: string): Reply => errorReply('busy', { name })
  const asked = nameIn(request)
  return matchFailure<Reply>({
    NotFound: ({ ref }) => absentReply(request, ref.id, site),
    AlreadyExists: ({ ref }) => errorReply('already-deployed', { name: ref.id }),
    IllegalMove: () => busy(asked),
    RevisionConflict: ({ ref }) => busy(ref.id),
    Busy: () => busy(asked),
    WrongLifecycle: broken,
    NewerVersion: broken,
    UnknownVersion: broken,
    UnknownStatus: broken,
    CorruptedState: broken,
    UnknownCommand: broken,
    UnknownReport: broken,
    InvalidPayload: broken,
    MachineFault: broken,
    ClaimTaken: broken,
    QuotaExceeded: broken,
    EffectSettled: broken,
    DocumentConflict: broken,
    ReceiptExists: broken,
    Unavailable: broken,
    Fault: broken,
  })(failure)
}

/** Writes the line that every change of a service leaves, and passes the reply on. */
export const told = (
  { log }: Site,
  {
    principal,
    change,
    name,
    reply,
  }: {
    readonly principal: Principal
    readonly change: Change | 'service.deploy'
    readonly name: string
    readonly reply: Reply
  },
): Reply => {
  log(LINES[change], { principal: principal.id, kind: 'service', name, result: reply.status })
  return reply
}

// -- internals

const LINES = {
  'service.deploy': 'service.install',
  'service.update': 'service.update',
  'service.start': 'service.start',
  'service.stop': 'service.stop',
  'service.delete': 'service.delete',
} as const

const nameIn = ({ path }: Incoming): string => decodeURIComponent(path.split('/')[3] ?? '')
