import { zosService } from '@signalbox/core/zosconnect'
import { CONTRACT, definePlugin, empty } from '@signalbox/host'
import type { Incoming, Malformed, Mounted, Plugin, Reply, Tools } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { admit } from './admission.ts'
import { errorReply, methodReply } from './answers.ts'
import { apiDocsRoutes } from './api-docs.ts'
import type { ArchiveParsers } from './archive-parsers.ts'
import { createArchives } from './archives.ts'
import { askedOfCollection, askedOfItem } from './asked.ts'
import { createBasePaths } from './base-paths.ts'
import { createBeginning } from './beginning.ts'
import { answerBelowApis } from './below-apis.ts'
import { changeRoutes } from './changes.ts'
import { collectionAt, collectionOf, COLLECTIONS, MOUNT, refOf } from './collections.ts'
import { declaredServices } from './configured.ts'
import { createReadArchive } from './deployment.ts'
import { descriptionOf } from './documentation.ts'
import { createDrivers } from './drivers.ts'
import { createDropInFiles, unchanging } from './drop-in-files.ts'
import type { FileAccess } from './drop-in-files.ts'
import { createDropIns } from './drop-ins.ts'
import { createFactories } from './factories.ts'
import type { Factories } from './factories.ts'
import { genericOf, pathOf } from './generic.ts'
import { createInstances } from './instances.ts'
import { locate, servedCollections } from './locate.ts'
import { readRoutes } from './reads.ts'
import { referenceFactory } from './reference.ts'
import { rehearsedFactories, rehearsedInstances } from './rehearsed-instances.ts'
import { restFactory } from './rest.ts'
import type { Remote } from './remote.ts'
import { Settings } from './settings.ts'
import { simulatedFactory } from './simulated.ts'
import { refuseReply } from './site.ts'
import type { Site } from './site.ts'
import type { ProviderFactory } from './spi.ts'
import { driverIn, standInFactory } from './stand-in.ts'
import { createUpstreamRemote } from './upstream.ts'
import { createWebhookRemote } from './webhook.ts'
import { statisticsRoutes } from './statistics.ts'
import { VERSION } from '../version.ts'

/** What an embedder may give the plugin. */
export interface ZosconnectOptions {
  /** Factories beside the shipped ones; a stand-in's value is left out of `standIns` first. */
  readonly factories?: ReadonlyArray<ProviderFactory>
  /** Access to the directory of the drop-ins; settings that name one are refused without it. */
  readonly files?: FileAccess
  /** Gives what reads archives, asked for with each. */
  readonly parsers: () => Promise<ArchiveParsers>
}

/** Makes the plugin with what an app gives it. */
export const createZosconnect = (options: ZosconnectOptions): Plugin<Settings> =>
  definePlugin({
    name: zosService.provider,
    version: VERSION,
    contract: CONTRACT,
    settings: Settings,
    setup: (tools) => mount(tools, options),
  })

// -- internals

const mount = (
  { settings, services, credentials, clock, newId, random, log, dial, mounts }: Tools<Settings>,
  options: ZosconnectOptions,
): Mounted => {
  const factories = factoriesOf(settings, { ...options, clock, dial })
  const declared = declaredServices(settings)
  for (const { name, provider } of declared)
    if (!factories.has(provider)) throw new Error(`service ${name}: no provider ${provider}`)
  const archives = createArchives(services)
  const remote = remoteOf(settings, { dial, clock, services })
  const instances = createInstances({
    clock,
    factories,
    archives,
    settings,
    log,
    remote,
    report: (definition, { status, trouble }) => {
      const event =
        trouble === undefined
          ? { type: 'provider.reported', status }
          : { type: 'provider.failed', operation: null, ...trouble, status }
      const { kind, name } = definition
      void services
        .report(collectionOf(kind).lifecycle, refOf(kind, name), event)()
        .then((reported) => {
          if (E.isLeft(reported)) log('service.unreported', { name, failure: reported.left._tag })
        })
    },
  })
  const beginning = createBeginning({
    clock,
    random,
    settings,
    log,
    services,
    instances,
    archives,
    declared,
    elsewhere: remote !== undefined,
  })
  const { directory, pollMs } = settings.dropIns
  const dropped = createDropped(directory, options.files, log)
  const site: Site = {
    settings,
    services,
    instances,
    archives,
    readArchive: createReadArchive(options.parsers),
    basePaths: createBasePaths(mounts),
    dropIns: dropped?.dropIns,
    newId,
    log,
    declares: (name) => declared.some((service) => service.name === name),
    isResumed: beginning.isResumed,
  }
  const admitted = admit(settings, credentials)
  const collections = servedCollections(settings)

  const watch =
    dropped &&
    createDropIns({
      site: { ...site, dropIns: dropped.dropIns },
      files: dropped.files,
      directory: dropped.directory,
      pollMs,
      clock,
      collections,
    })

  const mounted = (
    on: Site,
    tools: Pick<
      Parameters<typeof createDrivers>[0],
      'instances' | 'archives' | 'remote' | 'rehearsing'
    >,
  ): Mounted => ({
    lifecycles: COLLECTIONS.map(({ lifecycle }) => lifecycle),
    mounts: [MOUNT],
    routes: [
      ...collections.flatMap((collection) => [
        ...readRoutes(on, collection),
        ...changeRoutes(on, collection),
      ]),
      ...statisticsRoutes(on),
      ...apiDocsRoutes(on),
    ],
    description: descriptionOf(settings, collections),
    locate: locate(collections),
    order: 'route-first',
    admit: admitted,
    head: true,
    options: (_, allow) => empty(204, { allow: allow.join(', ') }),
    answers: {
      notFound: () => errorReply('no-resource', {}),
      methodNotAllowed: (request, allow) =>
        request.located['malformed'] === 'yes' ? errorReply('bad-path', {}) : methodReply(allow),
      malformed: malformedReply,
      refuse: (request, failure) => refuseReply(request, failure, on),
      finish: (_, reply) => ({
        ...reply,
        headers: { ...reply.headers, 'cache-control': 'no-store' },
      }),
    },
    drivers: createDrivers({ ...tools, services: on.services, clock, settings }),
    generics: collections.map((collection) => genericOf(on, collection)),
    pathOf,
    fallback: answerBelowApis(on, admitted),
  })

  const rehearsed = (over: Pick<Tools<unknown>, 'services' | 'log'>): Mounted => {
    const copies = createArchives(over.services)
    const elsewhere = remoteOf(settings, { dial, clock, services: over.services })
    const own = createInstances({
      clock,
      factories: rehearsedFactories(factories),
      archives: copies,
      settings,
      log: over.log,
      remote: elsewhere,
      report: () => {},
    })
    const anew = {
      instances: rehearsedInstances(instances, own),
      archives: copies,
      remote: elsewhere,
    }
    const { dropIns, basePaths } = site
    return mounted(
      {
        ...site,
        ...over,
        ...anew,
        basePaths: basePaths.copy(),
        dropIns: dropIns && unchanging(dropIns),
      },
      { ...anew, rehearsing: true },
    )
  }

  return {
    ...mounted(site, { instances, archives, remote }),
    rehearsed,
    start: () => beginning.start(() => watch?.start()),
    stop: async () => {
      beginning.stop()
      watch?.stop()
    },
  }
}

const remoteOf = (
  { driver }: Settings,
  tools: Pick<Tools<Settings>, 'dial' | 'clock' | 'services'>,
): Remote | undefined => {
  switch (driver.kind) {
    case 'simulated':
      return undefined
    case 'webhook':
      return createWebhookRemote(driver, tools)
    case 'upstream':
      return createUpstreamRemote(driver, tools)
  }
}

const createDropped = (
  directory: string | undefined,
  files: FileAccess | undefined,
  log: Site['log'],
) => {
  if (directory === undefined) return undefined
  if (files === undefined) throw new Error('dropIns.directory: there is no access to files here')
  return { directory, files, dropIns: createDropInFiles({ directory, files, log }) }
}

const factoriesOf = (
  settings: Settings,
  {
    factories = [],
    dial,
    clock,
  }: Pick<ZosconnectOptions, 'factories'> & Pick<Tools<Settings>, 'clock' | 'dial'>,
): Factories => {
  const { providerSettings } = settings
  const settingsOf = (provider: string) =>
    Object.hasOwn(providerSettings, provider) ? (providerSettings[provider] ?? null) : null
  const found: Factories = createFactories([
    referenceFactory(clock),
    restFactory({ settings: settings.rest, dial, clock }),
    ...(settings.simulated ? [simulatedFactory(clock)] : []),
    standInFactory(settings.standIns, {
      factoryOf: (provider) => found.get(provider),
      settingsOf,
    }),
    ...factories,
  ])
  for (const standIn of settings.standIns) {
    const driver = driverIn(settingsOf(standIn))
    if (driver === undefined) continue
    if (settings.standIns.includes(driver.provider) || !found.has(driver.provider))
      throw new Error(`the driver of ${standIn}: no provider ${driver.provider}`)
  }
  return found
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
      const collection = collectionAt(request.path)
      const asked =
        request.path === collection.path
          ? askedOfCollection(request, 1)
          : askedOfItem(collection.kind, request, 1)
      return E.isLeft(asked) ? asked.left : errorReply('too-large', {})
    }
    case 'InvalidQuery':
    case 'InvalidEncoding':
    case 'InvalidJson':
    case 'InvalidBody':
      return errorReply('bad-query', {})
  }
}
