import { zosService } from '@signalbox/core/zosconnect'
import { CONTRACT, definePlugin, empty } from '@signalbox/host'
import type { Incoming, Malformed, Mounted, Plugin, Reply, Tools } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { admit } from './admission.ts'
import { errorReply, methodReply } from './answers.ts'
import { createArchives } from './archives.ts'
import { askedOfCollection, askedOfService } from './asked.ts'
import { changeRoutes, settleMsOf } from './changes.ts'
import { declaredServices, installDeclared, readDeclared } from './configured.ts'
import { createDrivers } from './drivers.ts'
import { createFactories } from './factories.ts'
import { createInstances } from './instances.ts'
import { COLLECTION, locate, MOUNT } from './locate.ts'
import { readRoutes } from './reads.ts'
import { referenceFactory } from './reference.ts'
import { resumeServices } from './resume.ts'
import { Settings } from './settings.ts'
import { simulatedFactory } from './simulated.ts'
import { refOf, refuseReply } from './site.ts'
import type { Site } from './site.ts'
import type { ProviderFactory } from './spi.ts'
import { standInFactory } from './stand-in.ts'

/** Makes the plugin with factories of one's own beside the shipped ones; a stand-in's value is left out of `standIns` first. */
export const createZosconnect = ({
  factories = [],
}: { readonly factories?: ReadonlyArray<ProviderFactory> } = {}): Plugin<Settings> =>
  definePlugin({
    name: zosService.provider,
    contract: CONTRACT,
    settings: Settings,
    setup: (tools) => mount(tools, factories),
  })

/** The administration of z/OS Connect's services, with the shipped providers. */
export const zosconnect: Plugin<Settings> = createZosconnect()

// -- internals

const mount = (
  { settings, services, credentials, clock, newId, log }: Tools<Settings>,
  own: ReadonlyArray<ProviderFactory>,
): Mounted => {
  const factories = createFactories([
    referenceFactory(),
    ...(settings.simulated ? [simulatedFactory(clock)] : []),
    standInFactory(settings.standIns),
    ...own,
  ])
  const declared = declaredServices(settings)
  for (const { name, provider } of declared)
    if (!factories.has(provider)) throw new Error(`service ${name}: no provider ${provider}`)
  const archives = createArchives(services)
  const instances = createInstances({
    clock,
    factories,
    archives,
    settings,
    log,
    report: (name, { status, trouble }) => {
      const event =
        trouble === undefined
          ? { type: 'provider.reported', status }
          : { type: 'provider.failed', operation: null, ...trouble, status }
      void services
        .report(zosService, refOf(name), event)()
        .then((reported) => {
          if (E.isLeft(reported)) log('service.unreported', { name, failure: reported.left._tag })
        })
    },
  })
  let resumed = false
  const site: Site = {
    settings,
    services,
    instances,
    archives,
    newId,
    log,
    declares: (name) => declared.some((service) => service.name === name),
    isResumed: () => resumed,
  }
  return {
    lifecycles: [zosService],
    mounts: [MOUNT],
    routes: [...readRoutes(site), ...changeRoutes(site)],
    locate,
    order: 'route-first',
    admit: admit(settings, credentials),
    head: true,
    options: (_, allow) => empty(204, { allow: allow.join(', ') }),
    answers: {
      notFound: () => errorReply('no-resource', {}),
      methodNotAllowed: (request, allow) =>
        request.located['malformed'] === 'yes' ? errorReply('bad-path', {}) : methodReply(allow),
      malformed: malformedReply,
      refuse: (request, failure) => refuseReply(request, failure, site),
      finish: (_, reply) => ({
        ...reply,
        headers: { ...reply.headers, 'cache-control': 'no-store' },
      }),
    },
    drivers: createDrivers({ instances, archives, services, settings }),
    start: async () => {
      await resumeServices({ services, instances, archives, policy: settings.restart, log })
      resumed = true
      await installDeclared(await Promise.all(declared.map(readDeclared)), {
        services,
        settleMs: settleMsOf(settings),
        log,
      })
    },
  }
}

const malformedReply = (request: Incoming, malformed: Malformed): Reply => {
  switch (malformed._tag) {
    case 'MalformedPath':
      return errorReply('bad-path', {})
    case 'InvalidParams':
      return errorReply('no-resource', {})
    case 'UnsupportedMediaType':
      return errorReply('unsupported-media-type', {})
    case 'TooLarge': {
      // Query and type are looked at before the size.
      const asked =
        request.path === COLLECTION ? askedOfCollection(request, 1) : askedOfService(request, 1)
      return E.isLeft(asked) ? asked.left : errorReply('too-large', {})
    }
    case 'InvalidQuery':
    case 'InvalidEncoding':
    case 'InvalidJson':
    case 'InvalidBody':
      return errorReply('bad-query', {})
  }
}
