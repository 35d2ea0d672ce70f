import type { Event, Json, State } from '@signalbox/core'
import type { DocumentWrite } from '@signalbox/core/store'
import { zosService } from '@signalbox/core/zosconnect'
import type { DesiredStatus, ServiceDefinition } from '@signalbox/core/zosconnect'
import type { Failure, Principal, Services } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { CONFIGURED } from './archives.ts'
import { isPassing } from './attempts.ts'
import type { Attempts } from './attempts.ts'
import { refOf } from './collections.ts'
import { sameArchive } from './instances.ts'
import { createIntents, intentRecord } from './intents.ts'
import type { ConfiguredService, Settings } from './settings.ts'
import { sha256 } from './sha256.ts'
import { standingOf } from './site.ts'

/** A service of the settings with the definition that takes an archive's place. */
export interface Declared {
  readonly definition: ServiceDefinition
  readonly desired: DesiredStatus
}

/** The services that the settings declare, the vendor's reference service among them where it is wanted. */
export const declaredServices = ({
  services,
  referenceService,
}: Pick<Settings, 'services' | 'referenceService'>): ReadonlyArray<ConfiguredService> =>
  referenceService && !services.some(({ name }) => name === REFERENCE_SERVICE.name)
    ? [REFERENCE_SERVICE, ...services]
    : services

/** Makes the definition of a declared service; its hash tells whether the declaration has changed. */
export const readDeclared = async (service: ConfiguredService): Promise<Declared> => {
  const { name, provider, description = '', version, properties = {}, status = 'started' } = service
  const { requestSchema = null, responseSchema = null } = service
  const content = {
    kind: 'service' as const,
    name,
    description,
    version: version ?? null,
    provider,
    properties: Object.entries(properties).map(([propertyName, value]) => ({
      propertyName,
      value,
      type: 'STRING' as const,
    })),
    objects: [],
    requestSchema,
    responseSchema,
  }
  const hash = await sha256(new TextEncoder().encode(JSON.stringify(content)))
  return {
    definition: { ...content, archive: { id: CONFIGURED, sha256: hash } },
    desired: status,
  }
}

/**
 * Brings the declared services into being, one after another. One that is there already stays as it is, unless its own
 * declaration has changed: then it is stopped, updated, and brought to the status it was wanted in, also by a host that goes on
 * with what another has begun. A name that an archive has taken stays the archive's. What cannot be done for the moment is
 * done again later.
 */
export const installDeclared = async (
  declared: ReadonlyArray<Declared>,
  { again, ...options }: InstallOptions & { readonly again: Attempts['again'] },
): Promise<void> => {
  let left = await installEach(declared, options)
  if (left.length > 0)
    again(async () => {
      left = await installEach(left, options)
      return left.length === 0
    })
}

// -- internals

interface InstallOptions {
  readonly services: Pick<Services, 'load' | 'submit' | 'document' | 'write'>
  /** How long a step is waited for: a deployment, and what an update consists of. */
  readonly settleMs: { readonly deploy: number; readonly update: number }
  readonly log: (event: string, detail: Readonly<Record<string, Json>>) => void
}

// Answers those that are still to be done.
const installEach = async (
  declared: ReadonlyArray<Declared>,
  options: InstallOptions,
): Promise<ReadonlyArray<Declared>> => {
  const left: Array<Declared> = []
  for (const each of declared) {
    const missed = await install(each, options)
    if (missed !== undefined) left.push(missed)
  }
  return left
}

const install = async (
  declared: Declared,
  { services, settleMs, log }: InstallOptions,
): Promise<Declared | undefined> => {
  const { definition, desired } = declared
  const { name, archive } = definition
  const ref = refOf('service', name)
  const intents = createIntents(services)
  const send = (
    step: keyof typeof settleMs,
    rule: (state: State | undefined) => Event | undefined,
    documents: ReadonlyArray<DocumentWrite> = [],
  ): Promise<Sent> =>
    services.submit(
      zosService,
      ref,
      CONFIGURATION,
      (state) => {
        const event = rule(state)
        return event === undefined ? E.left(undefined) : E.right({ events: [event], documents })
      },
      { settleMs: settleMs[step] },
    )()
  const ended = async (restarts: boolean): Promise<Declared | undefined> => {
    const restarted = restarts
      ? await send('update', (state) => state && { type: 'service.start' })
      : undefined
    if (restarted !== undefined && isPassing(restarted)) return declared
    return E.isLeft(await intents.forget(ref.id)) ? declared : undefined
  }

  const found = await services.load(zosService, ref)()
  const intended = await intents.read(ref.id)
  if (E.isLeft(found) || E.isLeft(intended)) {
    log('service.install', outcome(name, E.isLeft(found) ? found : undefined))
    return declared
  }
  const intent = intended.right
  const there = found.right && standingOf(found.right).context
  if (there === undefined) {
    // What was wanted of another one of its name.
    if (intent !== undefined && E.isLeft(await intents.forget(ref.id))) return declared
    const sent = await send('deploy', (state) =>
      state === undefined ? { type: 'service.deploy', definition, desired } : undefined,
    )
    log('service.install', outcome(name, sent))
    return isPassing(sent) ? declared : undefined
  }
  if (there.definition.archive.id !== CONFIGURED) {
    log('service.install', { ...outcome(name, undefined), result: 'taken' })
    return undefined
  }
  if (sameArchive(there.definition.archive, archive)) {
    if (intent === undefined) return undefined
    // An update that the settings do not want any more had got as far as to stop it.
    return ended(intent.sha256 !== archive.sha256 && intent.desired === 'started')
  }
  const earlier = intent?.desired ?? there.desired
  const halted = await send('update', (state) => state && { type: 'service.stop' }, [
    intentRecord(ref.id, { desired: earlier, sha256: archive.sha256 }),
  ])
  const sent = isUnderWay(halted)
    ? halted
    : await send(
        'update',
        (state) => state && { type: 'service.update', definition, desired: earlier },
      )
  log('service.update', outcome(name, sent))
  if (isUnderWay(sent)) return declared
  const updated =
    E.isRight(sent) && sameArchive(standingOf(sent.right.state).context.definition.archive, archive)
  return ended(!updated && earlier === 'started')
}

// Also what has been asked for and has not ended is to be looked at again.
const isUnderWay = (sent: Sent): boolean =>
  isPassing(sent) || (E.isRight(sent) && UNDER_WAY.includes(standingOf(sent.right.state).value))

const UNDER_WAY: ReadonlyArray<unknown> = ['stopping', 'updating']

type Sent = E.Either<{ readonly _tag: string }, { readonly state: State }>

const CONFIGURATION: Principal = {
  id: 'configuration',
  provider: zosService.provider,
  tenants: '*',
  roles: [],
}

const REFERENCE_SERVICE: ConfiguredService = {
  name: 'dateTimeService',
  provider: 'zOSConnectReference',
  description: 'Get the date and time from the server',
  requestSchema: {},
  responseSchema: {
    title: 'Reference Schema',
    properties: { time: { type: 'string' }, date: { type: 'string' } },
    required: ['date', 'time'],
    type: 'object',
  },
}

const outcome = (
  name: string,
  sent: Sent | E.Left<Failure> | undefined,
): Readonly<Record<string, Json>> => ({
  principal: CONFIGURATION.id,
  kind: 'service',
  name,
  result: sent === undefined ? '' : E.isLeft(sent) ? sent.left._tag : sent.right.state.status,
})
