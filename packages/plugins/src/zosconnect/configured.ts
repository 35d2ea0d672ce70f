import type { Event, Json, State } from '@signalbox/core'
import { zosService } from '@signalbox/core/zosconnect'
import type { DesiredStatus, ServiceDefinition } from '@signalbox/core/zosconnect'
import type { Principal, Services } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { CONFIGURED } from './archives.ts'
import { refOf } from './collections.ts'
import { sameArchive } from './instances.ts'
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
 * declaration has changed: then it is stopped, updated, and brought to the status it was wanted in. A name that an archive
 * has taken stays the archive's.
 */
export const installDeclared = async (
  declared: ReadonlyArray<Declared>,
  {
    services,
    settleMs,
    log,
  }: {
    readonly services: Pick<Services, 'load' | 'submit'>
    /** How long a step is waited for: a deployment, and what an update consists of. */
    readonly settleMs: { readonly deploy: number; readonly update: number }
    readonly log: (event: string, detail: Readonly<Record<string, Json>>) => void
  },
): Promise<void> => {
  const send = (
    name: string,
    step: keyof typeof settleMs,
    rule: (state: State | undefined) => Event | undefined,
  ) =>
    services.submit(
      zosService,
      refOf('service', name),
      CONFIGURATION,
      (state) => {
        const event = rule(state)
        return event === undefined ? E.left(undefined) : E.right({ events: [event] })
      },
      { settleMs: settleMs[step] },
    )()
  for (const { definition, desired } of declared) {
    const { name, archive } = definition
    const found = await services.load(zosService, refOf('service', name))()
    if (E.isLeft(found)) throw new Error(`the services cannot be read: ${found.left._tag}`)
    const there = found.right && standingOf(found.right).context
    if (there === undefined) {
      const sent = await send(name, 'deploy', (state) =>
        state === undefined ? { type: 'service.deploy', definition, desired } : undefined,
      )
      log('service.install', outcome(name, sent))
    } else if (there.definition.archive.id !== CONFIGURED)
      log('service.install', { ...outcome(name, undefined), result: 'taken' })
    else if (!sameArchive(there.definition.archive, archive)) {
      await send(name, 'update', (state) => state && { type: 'service.stop' })
      const sent = await send(
        name,
        'update',
        (state) => state && { type: 'service.update', definition, desired: there.desired },
      )
      log('service.update', outcome(name, sent))
    }
  }
}

// -- internals

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
  sent: E.Either<{ readonly _tag: string }, { readonly state: State }> | undefined,
): Readonly<Record<string, Json>> => ({
  principal: CONFIGURATION.id,
  kind: 'service',
  name,
  result: sent === undefined ? '' : E.isLeft(sent) ? sent.left._tag : sent.right.state.status,
})
