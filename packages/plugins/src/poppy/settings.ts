import { Flavor } from '@signalbox/core/poppy'
import * as t from 'io-ts'

const Seed = t.readonly(t.strict({ project: t.string, id: t.string, service: t.unknown }), 'Seed')

/** A service that is there from the start: `service` is the body that a client would create it with. */
export type Seed = t.TypeOf<typeof Seed>

const DriverSettings = t.union(
  [
    t.readonly(
      t.intersection([
        t.strict({ kind: t.literal('simulated') }),
        t.partial({
          failureRate: t.number,
          /** The first so many attempts of the provider fail, each with one of these messages. */
          failNext: t.readonlyArray(t.string),
        }),
      ]),
    ),
    t.readonly(t.strict({ kind: t.literal('manual') })),
  ],
  'DriverSettings',
)

/** What the configuration may say of Poppy; everything is optional. Read it through `complete`. */
export const PoppySettings = t.readonly(
  t.partial({
    maxServicesPerPage: t.number,
    maxServicesPerProject: t.number,
    /** In seconds. */
    defaultCacheTtl: t.number,
    providers: t.readonlyArray(t.string),
    seedFlavors: t.readonlyArray(Flavor),
    seedServices: t.readonlyArray(Seed),
    sharedShards: t.number,
    sharedSuffix: t.string,
    accessSuffix: t.string,
    /** How long the simulated provider takes, in ms. */
    effectDelay: t.number,
    /** How long work may take before it counts as failed, in s. */
    effectTimeout: t.number,
    /** What links begin with instead of the request's scheme and host. */
    publicUrl: t.string,
    /** Each gets an endpoint of its own in the service catalog, beside the one without. */
    regions: t.readonlyArray(t.string),
    /** How long a token is valid, in s. */
    tokenLifetime: t.number,
    driver: DriverSettings,
  }),
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
  readonly driver: t.TypeOf<typeof DriverSettings>
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
