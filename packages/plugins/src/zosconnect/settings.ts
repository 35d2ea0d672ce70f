import { Json, JsonObject, struct, wholeNumber } from '@signalbox/core'
import { DesiredStatus, Name, RestartPolicy } from '@signalbox/core/zosconnect'
import { driverSettings, parseCidr, WebhookSettings } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { UpstreamSettings } from './upstream.ts'

/** A service that the settings declare, so that it needs no archive. */
export const ConfiguredService = struct(
  { name: Name, provider: t.string },
  {
    description: t.string,
    version: t.string,
    /** Wanted once it is deployed; started unless said. */
    status: DesiredStatus,
    properties: t.record(t.string, t.string),
    requestSchema: JsonObject,
    responseSchema: JsonObject,
  },
  'ConfiguredService',
)
export type ConfiguredService = t.TypeOf<typeof ConfiguredService>

const groups = t.readonlyArray(t.string, 'a list of groups')
const levels = { admin: groups, operations: groups, reader: groups, invoke: groups }

/** Groups by level; no level implies another. */
export const Levels = struct({}, levels, 'Levels')
export type Levels = t.TypeOf<typeof Levels>

const entries = t.readonly(t.record(t.string, Levels))

/** Who may do what: groups by level, and for single services, APIs and API requesters other ones in their place. */
export const Authorization = struct(
  {},
  { ...levels, services: entries, apis: entries, apiRequesters: entries },
  'Authorization',
)
export type Authorization = t.TypeOf<typeof Authorization>

/** Where the provider `signalbox.rest` may send requests, and the credentials of its connections. */
export interface RestSettings {
  /** Origins with a path prefix, such as `https://api.example/v1/`. */
  readonly allow: ReadonlyArray<string>
  /** Lets it reach private, loopback and link-local addresses. */
  readonly allowPrivate: boolean
  readonly connections: Readonly<
    Record<string, { readonly user: string; readonly password: string }>
  >
}

/** The provider's part of the configuration, with every default in its place. Members nobody knows are refused. */
export interface Settings {
  /** Refuses plain HTTP. */
  readonly requireSecure: boolean
  readonly requireAuth: boolean
  /** Principals that are known and yet have no access at all. */
  readonly noAccess: ReadonlyArray<string>
  /** Absent: whoever may enter may do all. */
  readonly authorization?: Authorization
  /** Ranges of peers whose `X-Forwarded-` headers count. */
  readonly trustedProxies: ReadonlyArray<string>
  /** Scheme and authority of every URL, whatever the request says. */
  readonly publicOrigin?: string
  readonly statusTimeoutMs: number
  readonly invokeTimeoutMs: number
  /** The bound of every other call of a provider. */
  readonly spiTimeoutMs: number
  readonly drainTimeoutMs: number
  readonly maxArchiveBytes: number
  readonly maxInvokeBytes: number
  readonly restart: RestartPolicy
  readonly unknownStatus: string
  /** Declares `dateTimeService`. */
  readonly referenceService: boolean
  /** Offers the provider `signalbox.simulated`. */
  readonly simulated: boolean
  /** Providers that a stand-in takes the place of. */
  readonly standIns: ReadonlyArray<string>
  /** Without it the collection of API requesters is not there. */
  readonly apiRequesters: { readonly enabled: boolean }
  /** Where archives are picked up as they are dropped; nowhere without a directory. */
  readonly dropIns: { readonly directory?: string; readonly pollMs: number }
  readonly rest: RestSettings
  /** What starts and stops everything; the providers of this process unless said. */
  readonly driver: DriverSettings
  readonly services: ReadonlyArray<ConfiguredService>
  /** What factories are given, by the value of the manifest. */
  readonly providerSettings: Readonly<Record<string, Json>>
}

/** What starts and stops what is installed. */
const DriverSettings = driverSettings({
  simulated: struct({ kind: t.literal('simulated') }, {}, 'a driver'),
  webhook: WebhookSettings,
  upstream: UpstreamSettings,
})
type DriverSettings = t.TypeOf<typeof DriverSettings>

/** Decodes the settings and fills in the defaults. */
export const Settings = new t.Type<Settings, unknown, unknown>(
  'Settings',
  (u): u is Settings => E.isRight(Members.decode(u)),
  (u, context) =>
    E.chain((given: Given) => {
      const problem = problemOf(given)
      return problem === undefined
        ? t.success<Settings>({
            ...DEFAULTS,
            ...given,
            apiRequesters: { ...DEFAULTS.apiRequesters, ...given.apiRequesters },
            dropIns: { ...DEFAULTS.dropIns, ...given.dropIns },
            rest: { ...DEFAULTS.rest, ...given.rest },
          })
        : t.failure<Settings>(u, context, problem)
    })(Members.validate(u ?? {}, context)),
  t.identity,
)

// -- internals

const refined = (name: string, accepts: (text: string) => boolean): t.Type<string> => {
  const is = (u: unknown): u is string => typeof u === 'string' && accepts(u)
  return new t.Type(name, is, (u, c) => (is(u) ? t.success(u) : t.failure(u, c)), t.identity)
}

const Ms = wholeNumber({ least: 1, what: 'a number of milliseconds' })

const filled = refined('a text that is not empty', (text) => text !== '')

const isAllowable = (text: string): boolean => {
  const url = URL.parse(text)
  return (
    url !== null &&
    ['http:', 'https:'].includes(url.protocol) &&
    url.username + url.password + url.search + url.hash === ''
  )
}

const Members = struct(
  {},
  {
    requireSecure: t.boolean,
    requireAuth: t.boolean,
    noAccess: t.readonlyArray(t.string),
    authorization: Authorization,
    trustedProxies: t.readonlyArray(
      refined('a range of addresses such as 10.0.0.0/8', (text) => parseCidr(text) !== undefined),
    ),
    publicOrigin: refined('an origin such as https://name:9443', (text) =>
      /^https?:\/\/[A-Za-z0-9._:[\]-]+$/.test(text),
    ),
    statusTimeoutMs: Ms,
    spiTimeoutMs: Ms,
    invokeTimeoutMs: Ms,
    drainTimeoutMs: Ms,
    maxArchiveBytes: wholeNumber({ least: 1024, what: 'a number of bytes' }),
    maxInvokeBytes: wholeNumber({ least: 1, what: 'a number of bytes' }),
    restart: RestartPolicy,
    unknownStatus: t.string,
    referenceService: t.boolean,
    simulated: t.boolean,
    standIns: t.readonlyArray(t.string),
    apiRequesters: struct({}, { enabled: t.boolean }),
    dropIns: struct({}, { directory: filled, pollMs: Ms }),
    rest: struct(
      {},
      {
        allow: t.readonlyArray(
          refined('an address such as https://name/path', (text) => isAllowable(text)),
        ),
        allowPrivate: t.boolean,
        connections: t.record(t.string, struct({ user: t.string, password: t.string }, {})),
      },
    ),
    driver: DriverSettings,
    services: t.readonlyArray(ConfiguredService),
    providerSettings: t.record(t.string, Json),
  },
  'Settings',
)
type Given = t.TypeOf<typeof Members>

const DEFAULTS: Settings = {
  requireSecure: true,
  requireAuth: true,
  noAccess: [],
  trustedProxies: [],
  statusTimeoutMs: 2000,
  invokeTimeoutMs: 30_000,
  spiTimeoutMs: 30_000,
  drainTimeoutMs: 30_000,
  maxArchiveBytes: 5 * 1024 * 1024,
  maxInvokeBytes: 1024 * 1024,
  restart: 'provider',
  unknownStatus: 'Unknown',
  referenceService: false,
  simulated: false,
  standIns: [
    'CICS-1.0',
    'WOLA-1.0',
    'imsmobile-2.0',
    'IMS-1.0',
    'MQ-1.0',
    'RESTCLIENT-1.0',
    'DB2-1.0',
  ],
  apiRequesters: { enabled: true },
  dropIns: { pollMs: 5000 },
  rest: { allow: [], allowPrivate: false, connections: {} },
  driver: { kind: 'simulated' },
  services: [],
  providerSettings: {},
}

const problemOf = (given: Given): string | undefined => {
  if (given.requireAuth === false && given.authorization !== undefined)
    return 'no authorization while requireAuth is false'
  const names = (given.services ?? []).map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  return twice === undefined ? undefined : `service ${twice} declared once`
}
