import { createGcoreLifecycle } from '@signalbox/core/gcore'
import { CONTRACT, definePlugin } from '@signalbox/host'
import type { Plugin, Tools } from '@signalbox/host'
import { admitBy } from './admission.ts'
import { answersWith } from './answers.ts'
import { createAttempts } from './attempts.ts'
import { createBilling } from './billing.ts'
import type { Billing } from './billing.ts'
import { faultsOfPrincipals } from './caller.ts'
import { createDirectory } from './directory.ts'
import { driversOf } from './drivers.ts'
import { genericOf, pathOf } from './generic.ts'
import { createKeys } from './keys.ts'
import { clientLedger } from './ledger.ts'
import { createNumbers } from './numbers.ts'
import { PROVIDER } from './provider.ts'
import { createRateLimit } from './rate.ts'
import { mountsOf, routesOf } from './routes.ts'
import { faultsOfSeeds, seedAccounts } from './seed.ts'
import { createSessions } from './sessions.ts'
import { clashesIn, faultsOfSecrets, PluginSettings } from './settings.ts'
import { createTrail } from './trail.ts'
import { ErrorBody } from './wire.ts'

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
  const trail = createTrail({ services, numbers, directory })
  const keys = createKeys(services, clock)
  const { sessionSecret: secret } = settings
  const sessions = createSessions({
    services,
    clock,
    newId,
    secret: typeof secret === 'string' ? secret : undefined,
  })
  const rateLimit = settings.rateLimit && createRateLimit(clock, settings.rateLimit.perSecond)
  const seed = seedAccounts(tools, lifecycle, { accounts: directory.configured, numbers })
  connect?.(createBilling({ lifecycle, services, directory }))
  return {
    lifecycles: [lifecycle],
    mounts: mountsOf(settings),
    routes: routesOf({
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
      attempts: createAttempts(clock),
    }),
    description: {
      title: 'Gcore IAM',
      version: '1',
      error: ErrorBody,
      security: {
        apiKey: { type: 'apiKey', in: 'header', name: 'Authorization' },
        session: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      },
      open: ['session.open', 'session.refresh', 'legacy.session.open'],
    },
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
    start: async () => {
      await seed()
      await sessions.prune()
    },
  }
}

const refuseIfAny = (faults: ReadonlyArray<string>): void => {
  if (faults.length > 0) throw new Error(faults.join('; '))
}
