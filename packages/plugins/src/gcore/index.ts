import { createGcoreLifecycle } from '@signalbox/core/gcore'
import { CONTRACT, definePlugin } from '@signalbox/host'
import { admitBy } from './admission.ts'
import { answers } from './answers.ts'
import { faultsOfPrincipals } from './caller.ts'
import { createDirectory } from './directory.ts'
import { simulatedDrivers } from './drivers.ts'
import { PROVIDER } from './provider.ts'
import { routesOf } from './routes.ts'
import { faultsOfSeeds, seedAccounts } from './seed.ts'
import { clashesIn, notServed, PluginSettings } from './settings.ts'

export { PluginSettings } from './settings.ts'
export type { ClientSeed, ServiceSeed, UserSeed, UserSettings } from './settings.ts'

/**
 * Gcore's IAM: the services of a reseller's clients, in the vendor's own HTTP.
 *
 * @see https://gcore.com/docs/api-reference/iam-resellers/services
 */
export const gcore = definePlugin<PluginSettings>({
  name: PROVIDER,
  contract: CONTRACT,
  settings: PluginSettings,
  setup: (tools) => {
    const { settings, credentials, services, log } = tools
    const principals = credentials.all
    refuseIfAny(faultsOfPrincipals(principals))
    const lifecycle = createGcoreLifecycle(settings)
    const directory = createDirectory({ services, settings, principals, lifecycle })
    refuseIfAny([...clashesIn(settings, directory.configured), ...faultsOfSeeds(settings)])
    for (const setting of notServed(settings)) log('not-served', { setting })
    return {
      lifecycles: [lifecycle],
      mounts: ['/iam'],
      routes: routesOf({ lifecycle, settings, services, directory }),
      order: 'admit-first',
      admit: admitBy(credentials),
      head: true,
      answers,
      drivers: simulatedDrivers(tools),
      start: seedAccounts(tools, lifecycle, directory.configured),
    }
  },
})

// -- internals

const refuseIfAny = (faults: ReadonlyArray<string>): void => {
  if (faults.length > 0) throw new Error(faults.join('; '))
}
