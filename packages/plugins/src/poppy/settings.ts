import { struct, wholeNumber } from '@signalbox/core'
import { Flavor } from '@signalbox/core/poppy'
import { driverSettings, WebhookSettings } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { UpstreamSettings } from './upstream-client.ts'

const Seed = struct({ project: t.string, id: t.string, service: t.unknown }, {}, 'Seed')

/** A service that is there from the start: `service` is the body that a client would create it with. */
export type Seed = t.TypeOf<typeof Seed>

const FlavorMembers = struct(
  {
    id: t.unknown,
    providers: t.readonlyArray(
      struct(
        {
          provider: t.unknown,
          links: t.readonlyArray(struct({ href: t.unknown, rel: t.unknown }, {})),
        },
        {},
      ),
    ),
  },
  {},
  'a flavor',
)

// A client may send members that are dropped; the configuration may not have any.
const SeedFlavor = new t.Type<Flavor, unknown, unknown>(
  'a flavor',
  (u): u is Flavor => FlavorMembers.is(u) && Flavor.is(u),
  (u, context) => E.chain(() => Flavor.validate(u, context))(FlavorMembers.validate(u, context)),
  t.identity,
)

const isShare = (u: unknown): u is number => typeof u === 'number' && u >= 0 && u <= 1

const Share = new t.Type<number, number, unknown>(
  'a number from 0 to 1',
  isShare,
  (u, context) => (isShare(u) ? t.success(u) : t.failure(u, context)),
  t.identity,
)

const Simulated = struct(
  { kind: t.literal('simulated') },
  {
    failureRate: Share,
    /** The first so many attempts of the provider fail, each with one of these messages. */
    failNext: t.readonlyArray(t.string),
  },
  'a driver',
)

const DriverSettings = driverSettings({
  simulated: Simulated,
  manual: struct({ kind: t.literal('manual') }, {}, 'a driver'),
  webhook: WebhookSettings,
  upstream: UpstreamSettings,
})
type DriverSettings = t.TypeOf<typeof DriverSettings>

const Seconds = wholeNumber({ least: 1, most: 3_155_760_000, what: 'a number of seconds' })

/** What the configuration may say of Poppy; everything is optional, and what nobody knows is refused. Read it through `complete`. */
export const PoppySettings = struct(
  {},
  {
    maxServicesPerPage: wholeNumber({ least: 1 }),
    maxServicesPerProject: wholeNumber({ least: 0 }),
    /** In seconds. */
    defaultCacheTtl: wholeNumber({ least: 0, most: 31_536_000, what: 'a number of seconds' }),
    providers: t.readonlyArray(t.string),
    seedFlavors: t.readonlyArray(SeedFlavor),
    seedServices: t.readonlyArray(Seed),
    sharedShards: wholeNumber({ least: 1 }),
    sharedSuffix: t.string,
    accessSuffix: t.string,
    /** How long the simulated provider takes, in ms. */
    effectDelay: wholeNumber({ least: 0, most: 86_400_000, what: 'a number of milliseconds' }),
    /** How long work may take before it counts as failed, in s. */
    effectTimeout: Seconds,
    /** What links begin with instead of the request's scheme and host. */
    publicUrl: t.string,
    /** Each gets an endpoint of its own in the service catalog, beside the one without. */
    regions: t.readonlyArray(t.string),
    /** How long a token is valid, in s. */
    tokenLifetime: Seconds,
    driver: DriverSettings,
  },
  'PoppySettings',
)
export type PoppySettings = t.TypeOf<typeof PoppySettings>

/** The settings with every default filled in. */
export interface CompleteSettings {
  readonly maxServicesPerPage: number
  readonly maxServicesPerProject: number
  readonly defaultCacheTtl: number
  readonly providers: ReadonlyArray<string>
  readonly seedFlavors: ReadonlyArray<Flavor>
  readonly seedServices: ReadonlyArray<Seed>
  readonly sharedShards: number
  readonly sharedSuffix: string
  readonly accessSuffix: string
  readonly effectDelay: number
  readonly effectTimeout: number
  readonly publicUrl: string | undefined
  readonly regions: ReadonlyArray<string>
  readonly tokenLifetime: number
  readonly driver: DriverSettings
}

/** Fills in the defaults. */
export const complete = (settings: PoppySettings): CompleteSettings => ({
  maxServicesPerPage: 20,
  maxServicesPerProject: 20,
  defaultCacheTtl: 86_400,
  providers: ['mock'],
  seedFlavors: [],
  seedServices: [],
  sharedShards: 5,
  sharedSuffix: 'secure.example.net',
  accessSuffix: 'example.net',
  effectDelay: 100,
  effectTimeout: 600,
  publicUrl: undefined,
  regions: [],
  tokenLifetime: 86_400,
  driver: { kind: 'simulated' },
  ...settings,
})
