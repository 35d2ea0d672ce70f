import { createPoppyLifecycle } from '@signalbox/core/poppy'
import { CONTRACT, definePlugin } from '@signalbox/host'
import { admit } from './admission.ts'
import { answers } from './answers.ts'
import { driversOf } from './drivers.ts'
import { flavorRoutes } from './flavors.ts'
import { locate, MOUNT } from './locate.ts'
import { plantSeeds } from './seeds.ts'
import { serviceRoutes } from './services.ts'
import { complete, PoppySettings } from './settings.ts'
import { statusRoute } from './status.ts'

export { PoppySettings } from './settings.ts'
export type { Seed } from './settings.ts'

/**
 * The Poppy CDN API.
 *
 * @see https://github.com/openstack-archive/poppy
 */
export const poppy = definePlugin<PoppySettings>({
  name: 'poppy',
  contract: CONTRACT,
  settings: PoppySettings,
  setup: (tools) => {
    const settings = complete(tools.settings)
    const lifecycle = createPoppyLifecycle({ effectTimeoutMs: settings.effectTimeout * 1000 })
    return {
      lifecycles: [lifecycle],
      mounts: [MOUNT],
      routes: [
        ...serviceRoutes(lifecycle, tools, settings),
        ...flavorRoutes(tools.services, settings.publicUrl),
        statusRoute(lifecycle, tools.services),
      ],
      locate,
      order: 'admit-first',
      admit: admit(tools.credentials),
      head: false,
      answers,
      drivers: driversOf(settings, tools),
      start: () => plantSeeds(lifecycle, tools, settings),
    }
  },
})
