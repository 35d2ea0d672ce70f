import type { Lifecycle } from '@signalbox/core'
import { createGcoreLifecycle } from '@signalbox/core/gcore'
import { CONTRACT, definePlugin } from '@signalbox/host'
import type { Mounted, Plugin, Services, Tools } from '@signalbox/host'
import { admitBy } from './admission.ts'
import { answersWith } from './answers.ts'
import { createAttempts } from './attempts.ts'
import type { Attempts } from './attempts.ts'
import { createBilling } from './billing.ts'
import type { Billing } from './billing.ts'
import { faultsOfPrincipals } from './caller.ts'
import { createDirectory } from './directory.ts'
import type { Directory } from './directory.ts'
import { descriptionOf } from './documentation.ts'
import { driversOf } from './drivers.ts'
import { genericOf, pathOf } from './generic.ts'
import { createKeys } from './keys.ts'
import { clientLedger } from './ledger.ts'
import { createNumbers } from './numbers.ts'
import type { Numbers } from './numbers.ts'
import { PROVIDER } from './provider.ts'
import { createRateLimit } from './rate.ts'
import type { RateLimit } from './rate.ts'
import { mountsOf, routesOf } from './routes.ts'
import { faultsOfSeeds, seedAccounts } from './seed.ts'
import { createSessions, sessionKey } from './sessions.ts'
import type { Sessions } from './sessions.ts'
import { clashesIn, faultsOfSecrets, PluginSettings } from './settings.ts'
import { createTrail } from './trail.ts'
import { VERSION } from '../version.ts'

export type { Billing } from './billing.ts'
export { PluginSettings } from './settings.ts'
export type { ClientSeed, ServiceSeed, UserSeed, UserSettings } from './settings.ts'

/**
 * Makes the plugin for an embedder that has a billing of its own: `connect` is given the door by which it tells what it
 * finds, since the vendor has no route for it.
 */
export const createGcore = ({
  connect,
}: {
  readonly connect?: (billing: Billing) => void
} = {}): Plugin<PluginSettings> =>
  definePlugin<PluginSettings>({
    name: PROVIDER,
    version: VERSION,
    contract: CONTRACT,
    settings: PluginSettings,
    setup: (tools) => setUp(tools, connect),
  })

/**
 * Gcore's IAM: the services of a reseller's clients, in the vendor's own HTTP.
 *
 * @see https://gcore.com/docs/api-reference/iam-resellers/services
 */
export const gcore: Plugin<PluginSettings> = createGcore()

// -- internals

const setUp = (
  tools: Tools<PluginSettings>,
  connect: ((billing: Billing) => void) | undefined,
): ReturnType<Plugin<PluginSettings>['setup']> => {
  const { settings, credentials, services, clock, newId } = tools
  const principals = credentials.all
  refuseIfAny([...faultsOfPrincipals(principals), ...faultsOfSecrets(settings)])
  const lifecycle = createGcoreLifecycle(settings)
  const directory = createDirectory({ services, settings, principals, lifecycle })
  refuseIfAny([...clashesIn(settings, directory.configured), ...faultsOfSeeds(settings)])
  const numbers = createNumbers(services, settings, principals)
  const { sessionSecret: secret } = settings
  const key = sessionKey(typeof secret === 'string' ? secret : undefined)
  const kept: Kept = {
    lifecycle,
    rateLimit: settings.rateLimit && createRateLimit(clock, settings.rateLimit.perSecond),
    attempts: createAttempts(clock),
    sessionsOver: (over) => createSessions({ services: over, clock, newId, key }),
  }
  const seed = seedAccounts(tools, lifecycle, { accounts: directory.configured, numbers })
  connect?.(createBilling({ lifecycle, services, directory }))
  return {
    ...mount(tools, { directory, numbers }, kept),
    rehearsed: (over) => {
      const anew = { ...tools, ...over }
      return mount(
        anew,
        {
          directory: createDirectory({ ...anew, principals, lifecycle }),
          numbers: numbers.over(over.services),
        },
        kept,
      )
    },
    start: async () => {
      await seed()
      await kept.sessionsOver(services).prune()
    },
  }
}

// What is kept beside the store, be it rehearsed or not.
interface Kept {
  readonly lifecycle: Lifecycle
  readonly rateLimit: RateLimit | undefined
  readonly attempts: Attempts
  readonly sessionsOver: (services: Services) => Sessions
}

const mount = (
  tools: Tools<PluginSettings>,
  { directory, numbers }: { readonly directory: Directory; readonly numbers: Numbers },
  { lifecycle, rateLimit, attempts, sessionsOver }: Kept,
): Mounted => {
  const { settings, credentials, services, clock } = tools
  const trail = createTrail({ services, numbers, directory })
  const keys = createKeys(services, clock)
  const sessions = sessionsOver(services)
  const routes = routesOf({
    lifecycle,
    settings,
    services,
    directory,
    numbers,
    trail,
    keys,
    sessions,
    clock,
    credentials,
    attempts,
  })
  return {
    lifecycles: [lifecycle],
    mounts: mountsOf(settings),
    routes,
    description: descriptionOf(routes),
    order: 'admit-first',
    admit: admitBy({
      credentials,
      keys,
      sessions,
      directory,
      trail,
      rateLimit,
      legacy: settings.legacy === true,
    }),
    head: true,
    answers: answersWith(rateLimit),
    drivers: driversOf({ ...tools, lifecycle }),
    ledgers: [clientLedger({ lifecycle, directory, numbers })],
    generics: [genericOf({ lifecycle, directory })],
    pathOf,
    audit: trail.audit,
  }
}

const refuseIfAny = (faults: ReadonlyArray<string>): void => {
  if (faults.length > 0) throw new Error(faults.join('; '))
}
