import { struct, wholeNumber } from '@signalbox/core'
import { GcoreSettings, ServiceStatus } from '@signalbox/core/gcore'
import { driverSettings, WebhookSettings } from '@signalbox/host'
import * as t from 'io-ts'
import { UpstreamSettings } from './upstream.ts'

const Id = wholeNumber({ least: 1 })

const Secret = t.union([
  t.string,
  struct({ env: t.string }, {}, '{ "env" }'),
  struct({ scrypt: t.string }, {}, '{ "scrypt" }'),
])

/** What is known of a configured principal as a user; its key is its principal's secret. */
export const UserSettings = struct(
  {},
  {
    email: t.string,
    password: Secret,
    /** The name of its account's company. */
    company: t.string,
    /** The reseller that a seller works for. */
    reseller: Id,
  },
  'UserSettings',
)
export type UserSettings = t.TypeOf<typeof UserSettings>

/** How a service of a configured client is to be when it is first made. */
export const ServiceSeed = struct(
  {},
  { id: Id, status: ServiceStatus, enabled: t.boolean },
  'ServiceSeed',
)
export type ServiceSeed = t.TypeOf<typeof ServiceSeed>

/** A user of a configured client. */
export const UserSeed = struct(
  { email: t.string },
  { id: Id, name: t.string, phone: t.string },
  'UserSeed',
)
export type UserSeed = t.TypeOf<typeof UserSeed>

/** A client that the configuration asks for: made when the host first starts with it, and left alone afterwards. */
export const ClientSeed = struct(
  { id: Id, name: t.string, email: t.string, companyName: t.string, reseller: Id },
  {
    seller: Id,
    users: t.readonlyArray(UserSeed),
    services: struct(
      {},
      {
        CDN: ServiceSeed,
        STORAGE: ServiceSeed,
        STREAMING: ServiceSeed,
        DNS: ServiceSeed,
        DDOS: ServiceSeed,
        CLOUD: ServiceSeed,
      },
    ),
  },
  'ClientSeed',
)
export type ClientSeed = t.TypeOf<typeof ClientSeed>

const DriverSettings = driverSettings({
  simulated: struct({ kind: t.literal('simulated') }, {}, 'a driver'),
  manual: struct({ kind: t.literal('manual') }, {}, 'a driver'),
  webhook: WebhookSettings,
  upstream: UpstreamSettings,
})

/** The provider's part of the configuration; every member may be left out, and what nobody knows is refused. */
export const PluginSettings = struct(
  {},
  {
    ...GcoreSettings.props,
    users: t.readonly(t.record(t.string, UserSettings)),
    clients: t.readonlyArray(ClientSeed),
    /** How long the simulated driver takes for a piece of work, in ms; 0 unless said. */
    latencyMs: wholeNumber({ least: 0, most: 86_400_000 }),
    /** Who does the work behind a status; the simulated driver unless said. */
    driver: DriverSettings,
    sessionSecret: Secret,
    rateLimit: struct({ perSecond: wholeNumber({ least: 1 }) }, {}),
    legacy: t.boolean,
  },
  'PluginSettings',
)
export type PluginSettings = t.TypeOf<typeof PluginSettings>

/** Secrets that cannot be used as they are, in words that name the place. */
export const faultsOfSecrets = ({
  sessionSecret,
  users = {},
}: PluginSettings): ReadonlyArray<string> => [
  ...(sessionSecret === undefined ||
  (typeof sessionSecret === 'string' && new TextEncoder().encode(sessionSecret).length >= 32)
    ? []
    : ['sessionSecret: at least 32 bytes are needed']),
  ...Object.entries(users).flatMap(([id, { password }]) =>
    typeof password === 'object' && 'env' in password
      ? [`users.${id}.password: the variable "${password.env}" was not resolved`]
      : [],
  ),
]

/** Ids that the configuration gives to two things, in words that name the place; `accounts` are the principals' own. */
export const clashesIn = (
  { clients = [] }: PluginSettings,
  accounts: ReadonlyArray<number>,
): ReadonlyArray<string> => {
  const services = clients.flatMap((client) =>
    Object.values(client.services ?? {}).flatMap((seed) =>
      seed?.id === undefined ? [] : [seed.id],
    ),
  )
  const users = clients.flatMap(({ users: own = [] }) =>
    own.flatMap(({ id }) => (id === undefined ? [] : [id])),
  )
  return [
    ...repeated([...accounts, ...clients.map(({ id }) => id)]).map(
      (id) => `clients: id ${id} is given twice`,
    ),
    ...repeated(services).map((id) => `clients.services: id ${id} is given twice`),
    ...repeated(users).map((id) => `clients.users: id ${id} is given twice`),
  ]
}

// -- internals

const repeated = (ids: ReadonlyArray<number>): ReadonlyArray<number> =>
  ids.filter((id, index) => ids.indexOf(id) < index)
