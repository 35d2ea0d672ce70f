import { createCertificateLifecycle, createPoppyLifecycle } from '@signalbox/core/poppy'
import { CONTRACT, definePlugin } from '@signalbox/host'
import type { Mounted, Plugin } from '@signalbox/host'
import { actionRoutes } from './actions.ts'
import { admit } from './admission.ts'
import { answers } from './answers.ts'
import { certificateRoutes } from './certificates.ts'
import { descriptionOf } from './documentation.ts'
import { domainRoutes } from './domains.ts'
import { driversOf } from './drivers.ts'
import { flavorRoutes } from './flavors.ts'
import { genericOf, pathOf } from './generic.ts'
import { healthRoutes } from './health.ts'
import { homeRoutes } from './home.ts'
import { identityRoute } from './identity.ts'
import { limitRoutes } from './limits.ts'
import { IDENTITY, locate, MOUNT } from './locate.ts'
import { createMockProvider } from './mock-provider.ts'
import type { MockProvider } from './mock-provider.ts'
import { purgeRoute } from './purge.ts'
import { plantSeeds } from './seeds.ts'
import { serviceRoutes } from './services.ts'
import { complete, PoppySettings } from './settings.ts'
import type { Site } from './site.ts'
import { statusRoute } from './status.ts'
import { authenticate } from './tokens.ts'
import { updateRoute } from './update.ts'
import { VERSION } from '../version.ts'

/**
 * The Poppy CDN API, and as much of an identity service as its clients need. Whoever keeps the provider's switches can
 * make it fail and hang.
 *
 * @see https://github.com/openstack-archive/poppy
 */
export const createPoppy = ({
  provider: given,
}: { readonly provider?: MockProvider } = {}): Plugin<PoppySettings> =>
  definePlugin<PoppySettings>({
    name: 'poppy',
    version: VERSION,
    contract: CONTRACT,
    settings: PoppySettings,
    setup: (tools) => {
      const settings = complete(tools.settings)
      const provider = given ?? createMockProvider()
      const times = { effectTimeoutMs: settings.effectTimeout * 1000 }
      const site: Site = {
        ...tools,
        settings,
        lifecycle: createPoppyLifecycle(times),
        certificates: createCertificateLifecycle(times),
        provider,
      }
      if (settings.driver.kind === 'simulated')
        provider.failNext(...(settings.driver.failNext ?? []))
      return {
        ...mount(site),
        rehearsed: (over) => mount({ ...site, ...over }),
        start: () => plantSeeds(site),
      }
    },
  })

/** The Poppy CDN API with a provider that works. */
export const poppy: Plugin<PoppySettings> = createPoppy()

// -- internals

const mount = (site: Site): Mounted => ({
  lifecycles: [site.lifecycle, site.certificates],
  mounts: [MOUNT, IDENTITY],
  routes: [
    ...serviceRoutes(site),
    updateRoute(site),
    purgeRoute(site),
    ...flavorRoutes(site),
    statusRoute(site),
    ...limitRoutes(site),
    ...actionRoutes(site),
    ...domainRoutes(site),
    ...certificateRoutes(site),
    ...homeRoutes(site),
    ...healthRoutes(site),
    identityRoute(site),
  ],
  description: descriptionOf(site.settings),
  locate,
  order: 'admit-first',
  admit: admit(authenticate(site)),
  head: false,
  answers,
  drivers: driversOf(site),
  generics: [genericOf(site)],
  pathOf,
})
