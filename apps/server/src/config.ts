import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { struct, wholeNumber } from '@signalbox/core'
import { CONTROL_ROLES, ReachSettings, SIGNALBOX } from '@signalbox/host'
import type { AnyPlugin, Principal } from '@signalbox/host'
import { resolveVariables, variable } from './environment.ts'
import type { Environment } from './environment.ts'
import { misconfigured } from './failure.ts'
import type { Failure } from './failure.ts'
import { below, issuesOf } from './issue.ts'
import type { Issue } from './issue.ts'
import { parseJson } from './json.ts'
import { HintsLocation, Location } from './location.ts'
import { plainVerifier, scryptVerifier, Secret } from './secret.ts'
import type { Verify } from './secret.ts'
import type { TracingSettings } from './tracing.ts'

/** A principal with the way to check its secret. */
export interface Caller extends Principal {
  readonly verify: Verify
}

/** Everything the server needs to know before it opens anything. */
export interface Configuration {
  readonly listen: {
    readonly host: string
    /** 0 is any free one. */
    readonly port: number
    /** Paths of PEM files. */
    readonly tls?: { readonly key: string; readonly cert: string }
  }
  readonly store: Location
  /** Where it is heard of what other servers of a database change: at an address, or `off`; at the store's unless said. */
  readonly storeHints?: string
  /** How long a database may take to let a connection in, and to answer. */
  readonly storeTimeoutMs?: number
  /** How long work stays with a host that has died before another takes it over. */
  readonly leaseMs?: number
  readonly principals: ReadonlyArray<Caller>
  /** By the name of each provider that is served. */
  readonly settings: Readonly<Record<string, unknown>>
  /** How long requests under way may take once the server is asked to stop. */
  readonly drainMs: number
  /** In bytes. */
  readonly bodyLimit?: number
  readonly metrics?: MetricsSettings
  /** Where subscriptions may have events sent, beside public addresses over https. */
  readonly eventReach?: ReachSettings
  /** Without it nothing is traced. */
  readonly tracing?: TracingSettings
}

/** Where the metrics are to be had. */
interface MetricsSettings {
  /** False: nowhere; true unless said. */
  readonly enabled?: boolean
  /** An address of their own, where they are open to whoever can reach it. */
  readonly listen?: { readonly host?: string; readonly port: number }
  /** True: at the server's own address they need no token. */
  readonly public?: boolean
}

/** What is set beside the file; each wins over what stands before it: the file, a variable, an option. */
export interface Overrides {
  readonly environment: Environment
  readonly options: { readonly host?: string; readonly port?: string; readonly store?: string }
}

/** The name of the file that is read when none is named. */
export const DEFAULT_FILE = 'signalbox.config.json'

/** Decodes the text of a configuration file; `source` is its name, for what is wrong in it. */
export const readConfiguration = (
  source: string,
  text: string,
  overrides: Overrides,
  plugins: ReadonlyArray<AnyPlugin>,
): E.Either<Failure, Configuration> => {
  const parsed = parseJson(text.replace(/^\uFEFF/, ''))
  if (E.isLeft(parsed)) {
    const { line, column } = parsed.left
    return E.left(misconfigured(source, '', `not JSON at line ${line}, column ${column}`))
  }
  const decoded = ConfigurationFile.decode(parsed.right)
  if (E.isLeft(decoded)) return E.left(firstOf(source, issuesOf(decoded.left)))
  const file = decoded.right

  const settings = readSettings(file.providers, overrides.environment, plugins)
  if (E.isLeft(settings)) return E.left(firstOf(source, settings.left))
  const principals = readPrincipals(file.principals, settings.right, overrides.environment)
  if (E.isLeft(principals)) return E.left(firstOf(source, [principals.left]))
  const tracing = readTracing(file.tracing, overrides.environment)
  if (E.isLeft(tracing)) return E.left(firstOf(source, tracing.left))

  return override(
    {
      listen: { host: '127.0.0.1', port: 8080, ...file.listen },
      store: file.store ?? { kind: 'sqlite', path: 'data/signalbox.db' },
      principals: principals.right,
      settings: settings.right,
      drainMs: file.drainMs ?? 10_000,
      ...(file.storeHints === undefined ? {} : { storeHints: file.storeHints }),
      ...(file.storeTimeoutMs === undefined ? {} : { storeTimeoutMs: file.storeTimeoutMs }),
      ...(file.leaseMs === undefined ? {} : { leaseMs: file.leaseMs }),
      ...(file.bodyLimit === undefined ? {} : { bodyLimit: file.bodyLimit }),
      ...(file.metrics === undefined ? {} : { metrics: file.metrics }),
      ...(file.subscriptions?.reach === undefined ? {} : { eventReach: file.subscriptions.reach }),
      ...(tracing.right === undefined ? {} : { tracing: tracing.right }),
    },
    overrides,
  )
}

/** Applies what the environment and the command line say on top of a configuration. */
export const override = (
  configuration: Configuration,
  { environment, options }: Overrides,
): E.Either<Failure, Configuration> => {
  const host = overriding(Host, [
    ['HOST', environment['HOST']],
    ['--host', options.host],
  ])
  if (E.isLeft(host)) return host
  const port = overriding(PortText, [
    ['PORT', environment['PORT']],
    ['--port', options.port],
  ])
  if (E.isLeft(port)) return port
  const store = overriding(Location, [
    ['SIGNALBOX_STORE', environment['SIGNALBOX_STORE']],
    ['--store', options.store],
  ])
  if (E.isLeft(store)) return store
  const hints = overriding(HintsLocation, [
    ['SIGNALBOX_STORE_HINTS', environment['SIGNALBOX_STORE_HINTS']],
  ])
  if (E.isLeft(hints)) return hints
  const { listen } = configuration
  const { tracing = tracingOf(environment) } = configuration
  return E.right({
    ...configuration,
    ...(tracing === undefined ? {} : { tracing }),
    listen: { ...listen, host: host.right ?? listen.host, port: port.right ?? listen.port },
    store: store.right ?? configuration.store,
    ...(hints.right === undefined ? {} : { storeHints: hints.right }),
  })
}

// -- internals

const Text = new t.Type<string, string, unknown>(
  'a string that is not empty',
  (value): value is string => typeof value === 'string' && value !== '',
  (value, context) =>
    typeof value === 'string' && value !== '' ? t.success(value) : t.failure(value, context),
  t.identity,
)

const Flag = t.union([t.literal(true), t.literal(false)], 'true or false')

const Port = wholeNumber({ least: 0, most: 65_535, what: 'a port' })

const PortText = new t.Type<number, string, unknown>(
  Port.name,
  Port.is,
  (value, context) =>
    typeof value === 'string' && /^\d{1,5}$/.test(value)
      ? Port.validate(Number(value), context)
      : t.failure(value, context),
  String,
)

const Host = new t.Type<string, string, unknown>(
  'a host name or an address',
  (value): value is string => typeof value === 'string' && HOST.test(value),
  (value, context) => {
    const host = typeof value === 'string' ? value.replace(/^\[(.*)\]$/, '$1') : ''
    return HOST.test(host) ? t.success(host) : t.failure(value, context)
  },
  t.identity,
)

const HOST = /^[A-Za-z0-9._:%-]+$/

const Tenants = new t.Type<'*' | ReadonlyArray<string>, unknown, unknown>(
  '"*" or a list of strings',
  (value): value is '*' | ReadonlyArray<string> => value === '*' || t.array(Text).is(value),
  (value, context) => {
    if (value === '*') return t.success('*')
    return Array.isArray(value) ? Texts.validate(value, context) : t.failure(value, context)
  },
  t.identity,
)

const Texts = t.array(Text, 'a list of strings')

const PrincipalEntry = struct(
  { id: Text, provider: Text, secret: Secret },
  { tenants: Tenants, roles: Texts, providers: Texts },
)
type PrincipalEntry = t.TypeOf<typeof PrincipalEntry>

const ConfigurationFile = struct(
  { principals: t.array(PrincipalEntry, 'a list of principals') },
  {
    $schema: t.unknown,
    listen: struct({}, { host: Host, port: Port, tls: struct({ key: Text, cert: Text }, {}) }),
    store: Location,
    providers: t.record(t.string, t.unknown, 'an object with a member for each provider'),
    storeHints: HintsLocation,
    storeTimeoutMs: wholeNumber({ least: 100, most: 600_000, what: 'a number of milliseconds' }),
    leaseMs: wholeNumber({ least: 500, most: 600_000, what: 'a number of milliseconds' }),
    drainMs: wholeNumber({ least: 0, most: 3_600_000, what: 'a number of milliseconds' }),
    bodyLimit: wholeNumber({ least: 1024, most: 1024 ** 3, what: 'a number of bytes' }),
    metrics: struct(
      {},
      { enabled: Flag, public: Flag, listen: struct({ port: Port }, { host: Host }) },
    ),
    tracing: t.unknown,
    subscriptions: struct({}, { reach: ReachSettings }),
  },
)

const Receiver = new t.Type<string, string, unknown>(
  'an address such as http://127.0.0.1:4318, without credentials and query',
  (value): value is string => isReceiver(value),
  (value, context) => (isReceiver(value) ? t.success(value) : t.failure(value, context)),
  t.identity,
)

const isReceiver = (value: unknown): value is string => {
  const url = typeof value === 'string' ? URL.parse(value) : null
  return (
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.username + url.password + url.search + url.hash === ''
  )
}

const Share = new t.Type<number, number, unknown>(
  'a number from 0 to 1',
  (value): value is number => typeof value === 'number' && value >= 0 && value <= 1,
  (value, context) =>
    typeof value === 'number' && value >= 0 && value <= 1
      ? t.success(value)
      : t.failure(value, context),
  t.identity,
)

const Tracing = struct(
  {},
  {
    endpoint: Receiver,
    headers: t.record(t.string, Text, 'an object of headers'),
    service: Text,
    sample: Share,
  },
)

const readTracing = (
  given: unknown,
  environment: Environment,
): E.Either<ReadonlyArray<Issue>, TracingSettings | undefined> => {
  if (given === undefined) return E.right(undefined)
  const resolved = resolveVariables(given, environment, ['tracing'])
  if (E.isLeft(resolved)) return E.left([resolved.left])
  const decoded = Tracing.decode(resolved.right)
  return E.isLeft(decoded)
    ? E.left(
        issuesOf(decoded.left).map((issue) => ({ ...issue, path: below('tracing', issue.path) })),
      )
    : decoded
}

// The variables that OpenTelemetry's SDKs share; the one that is used here reads the rest of them by itself.
const tracingOf = (environment: Environment): TracingSettings | undefined =>
  environment['OTEL_SDK_DISABLED']?.toLowerCase() !== 'true' &&
  environment['OTEL_TRACES_EXPORTER'] !== 'none' &&
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'].some(
    (name) => (environment[name] ?? '') !== '',
  )
    ? {}
    : undefined

const readSettings = (
  providers: Readonly<Record<string, unknown>> | undefined,
  environment: Environment,
  plugins: ReadonlyArray<AnyPlugin>,
): E.Either<ReadonlyArray<Issue>, Readonly<Record<string, unknown>>> => {
  const names = plugins.map(({ name }) => name)
  const given = providers ?? Object.fromEntries(names.map((name) => [name, {}]))
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue
    return E.left([{ path: below('providers', name), problem: unknownProvider(names) }])
  }
  const settings: Record<string, unknown> = {}
  for (const plugin of plugins.filter(({ name }) => Object.hasOwn(given, name))) {
    const resolved = resolveVariables(given[plugin.name], environment, ['providers', plugin.name])
    if (E.isLeft(resolved)) return E.left([resolved.left])
    const decoded = plugin.settings.decode(resolved.right)
    if (E.isLeft(decoded)) {
      const prefix = below('providers', plugin.name)
      const issues = issuesOf(decoded.left)
      return E.left(issues.map((issue) => ({ ...issue, path: below(prefix, issue.path) })))
    }
    // The host decodes them itself: what it is given is what the file says.
    settings[plugin.name] = resolved.right
  }
  return E.right(settings)
}

const readPrincipals = (
  entries: ReadonlyArray<PrincipalEntry>,
  settings: Readonly<Record<string, unknown>>,
  environment: Environment,
): E.Either<Issue, ReadonlyArray<Caller>> => {
  const callers: Caller[] = []
  for (const [index, entry] of entries.entries()) {
    const { id, provider, secret, tenants, roles, providers } = entry
    const path = `principals[${index}]`
    if (provider !== SIGNALBOX && !Object.hasOwn(settings, provider)) {
      const problem = unknownProvider([...Object.keys(settings), SIGNALBOX])
      return E.left({ path: `${path}.provider`, problem })
    }
    const flaw = flawOf(entry, settings)
    if (flaw !== undefined) return E.left({ ...flaw, path: `${path}.${flaw.path}` })
    if (callers.some((other) => other.provider === provider && other.id === id)) {
      return E.left({ path, problem: `a second principal ${id} of ${provider}` })
    }
    const verify = verifierOf(secret, environment)
    if (E.isLeft(verify)) return E.left({ path: `${path}.secret.env`, problem: verify.left })
    callers.push({
      id,
      provider,
      tenants: tenants ?? [],
      roles: roles ?? [],
      ...(providers === undefined ? {} : { providers }),
      verify: verify.right,
    })
  }
  return E.right(callers)
}

// The roles of a provider are its plugin's to judge; those of the control plane are known here.
const flawOf = (
  { provider, roles = [], providers }: PrincipalEntry,
  settings: Readonly<Record<string, unknown>>,
): Issue | undefined => {
  if (provider !== SIGNALBOX)
    return providers === undefined
      ? undefined
      : { path: 'providers', problem: `only a principal of ${SIGNALBOX} has providers` }
  const known: ReadonlyArray<string> = CONTROL_ROLES
  const wrong = roles.findIndex((role) => !known.includes(role))
  if (wrong >= 0 || roles.length === 0) {
    const place = wrong >= 0 ? `roles[${wrong}]` : 'roles'
    return { path: place, problem: `expected one of ${known.join(', ')}` }
  }
  const stranger = providers?.findIndex((name) => !Object.hasOwn(settings, name)) ?? -1
  return stranger < 0
    ? undefined
    : { path: `providers[${stranger}]`, problem: unknownProvider(Object.keys(settings)) }
}

const verifierOf = (secret: Secret, environment: Environment): E.Either<string, Verify> => {
  switch (secret.kind) {
    case 'plain':
      return E.right(plainVerifier(secret.text))
    case 'scrypt':
      return E.right(scryptVerifier(secret.hash))
    case 'env': {
      const held = variable(environment, secret.name)
      return E.isLeft(held) ? held : E.right(plainVerifier(held.right))
    }
  }
}

const overriding = <A>(
  codec: t.Type<A, unknown, unknown>,
  given: ReadonlyArray<readonly [source: string, text: string | undefined]>,
): E.Either<Failure, A | undefined> => {
  const last = given.findLast(([, text]) => text !== undefined && text !== '')
  if (last === undefined) return E.right(undefined)
  const [source, text] = last
  const decoded = codec.decode(text)
  return E.isLeft(decoded) ? E.left(firstOf(source, issuesOf(decoded.left))) : decoded
}

const firstOf = (source: string, issues: ReadonlyArray<Issue>): Failure => {
  const [first, ...others] = issues
  const more = others.length > 0 ? ` (and ${others.length} more)` : ''
  return misconfigured(source, first?.path ?? '', `${first?.problem ?? 'not usable'}${more}`)
}

const unknownProvider = (names: ReadonlyArray<string>): string =>
  `unknown provider; known are ${names.join(', ')}`
