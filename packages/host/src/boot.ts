import { issuesOf } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import type { Clock } from './clock.ts'
import { SIGNALBOX } from './control/role.ts'
import { thrownDetail } from './log.ts'
import { METRICS } from './metrics-path.ts'
import { CONTRACT } from './plugin.ts'
import type { Mounted, Tools } from './plugin.ts'
import { createRouter } from './router.ts'
import { within } from './within.ts'

/** A plugin whose type of settings is forgotten: what a host is given. */
export interface AnyPlugin {
  readonly name: string
  readonly version?: string
  readonly contract: number
  readonly settings: t.Mixed
  readonly setup: (tools: Tools<never>) => Mounted | Promise<Mounted>
}

/** What became of each plugin, in the order in which they were given. */
export type BootReport = ReadonlyArray<PluginReport>

export type PluginReport =
  | { readonly plugin: string; readonly ok: true }
  | { readonly plugin: string; readonly ok: false; readonly reason: string }

/** A plugin after its setup: with what it mounts or, when it failed, why and the mounts that would have been its own. */
export type Booted =
  | { readonly plugin: string; readonly mounted: Mounted }
  | { readonly plugin: string; readonly reason: string; readonly mounts: ReadonlyArray<string> }

interface BootOptions {
  /** By plugin name. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly toolsOf: (plugin: string, settings: unknown) => Tools<unknown>
  readonly clock: Clock
  /** The bound of one setup. */
  readonly setupMs: number
}

/** Sets every plugin up, side by side, and checks what they mount in order: the first comer keeps what two of them claim. */
export const bootPlugins = async (
  plugins: ReadonlyArray<AnyPlugin>,
  options: BootOptions,
): Promise<ReadonlyArray<Booted>> => {
  const attempts = await Promise.all(
    plugins.map((plugin, index) =>
      plugins.findIndex(({ name }) => name === plugin.name) === index
        ? setUp(plugin, options)
        : E.left(`another plugin is named "${plugin.name}"`),
    ),
  )
  const served: Array<Served> = []
  return plugins.map(({ name: plugin }, index) => {
    const attempt = attempts[index] ?? E.left('it was not set up')
    if (E.isLeft(attempt)) return { plugin, reason: attempt.left, mounts: [] }
    try {
      const mounted = { ...attempt.right, mounts: attempt.right.mounts.map(withoutSlash) }
      const reason = mistakeOf(plugin, mounted, served)
      if (reason === undefined) {
        served.push({ plugin, mounted })
        return { plugin, mounted }
      }
      const mounts = mounted.mounts.filter((mount) => mountMistake(mount, served) === undefined)
      return { plugin, reason, mounts }
    } catch (thrown) {
      return { plugin, reason: thrownDetail(thrown).message, mounts: [] }
    }
  })
}

/** Paths of the host's own, on which no plugin is mounted. */
export const RESERVED: ReadonlyArray<string> = ['/livez', '/readyz', METRICS, '/_signalbox']

// -- internals

interface Served {
  readonly plugin: string
  readonly mounted: Mounted
}

const setUp = async (
  plugin: AnyPlugin,
  { settings, toolsOf, clock, setupMs }: BootOptions,
): Promise<E.Either<string, Mounted>> => {
  if (plugin.contract !== CONTRACT)
    return E.left(`it speaks version ${plugin.contract} of the contract, this host ${CONTRACT}`)
  const { name } = plugin
  if (name === SIGNALBOX) return E.left(`the name "${SIGNALBOX}" is the host's own`)
  try {
    const given = Object.hasOwn(settings, name) ? settings[name] : undefined
    const decoded: E.Either<t.Errors, unknown> = plugin.settings.decode(given ?? {})
    if (E.isLeft(decoded))
      return E.left(
        issuesOf(decoded.left, ['providers', name])
          .map(({ path, expected }) => `${path}: ${expected} expected`)
          .join('; '),
      )
    // The plugin's own codec has just made these settings.
    const tools = toolsOf(name, decoded.right) as Tools<never>
    const late = `its setup took more than ${setupMs} ms`
    return E.right(await within(() => plugin.setup(tools), clock, { ms: setupMs, late }))
  } catch (thrown) {
    return E.left(thrownDetail(thrown).message)
  }
}

const mistakeOf = (
  plugin: string,
  mounted: Mounted,
  served: ReadonlyArray<Served>,
): string | undefined =>
  mounted.mounts.map((mount) => mountMistake(mount, served)).find((found) => found !== undefined) ??
  lifecycleMistake(plugin, mounted, served) ??
  routeMistake(mounted)

const mountMistake = (mount: string, served: ReadonlyArray<Served>): string | undefined => {
  if (!mount.startsWith('/') || /[:*?#{}]/.test(mount)) return `"${mount}" is no mount`
  if (RESERVED.some((own) => isBelow(mount, own))) return `the mount "${mount}" is the host's own`
  for (const { plugin, mounted } of served)
    for (const other of mounted.mounts)
      if (isBelow(mount, other) || isBelow(other, mount))
        return `the mount "${mount}" clashes with "${other}" of plugin "${plugin}"`
  return undefined
}

const lifecycleMistake = (
  plugin: string,
  { lifecycles, drivers }: Mounted,
  served: ReadonlyArray<Served>,
): string | undefined => {
  const taken = new Set(served.flatMap(({ mounted }) => mounted.lifecycles.map(({ name }) => name)))
  for (const { name, provider } of lifecycles) {
    if (taken.has(name)) return `the lifecycle "${name}" is there already`
    if (provider !== plugin) return `the lifecycle "${name}" belongs to provider "${provider}"`
    taken.add(name)
  }
  const unknown = Object.keys(drivers).find(
    (type) => !lifecycles.some(({ effects }) => Object.hasOwn(effects, type)),
  )
  return unknown === undefined ? undefined : `no lifecycle has the effect "${unknown}" of a driver`
}

const routeMistake = ({ routes, lifecycles, head, options }: Mounted): string | undefined => {
  const names = new Set<string>()
  const places = new Set<string>()
  for (const route of routes) {
    const { name, method, path } = route
    const place = `${method} ${path.replaceAll(/:[^/{?]+/g, ':')}`
    if (names.has(name)) return `two routes are named "${name}"`
    if (places.has(place)) return `two routes answer ${method} ${path}`
    names.add(name)
    places.add(place)
    if (route.kind !== 'handle' && !lifecycles.includes(route.lifecycle))
      return `route "${name}" is about the lifecycle "${route.lifecycle.name}", which is not listed`
    const unknown =
      route.kind === 'command' &&
      route.commands.find((type) => !Object.hasOwn(route.lifecycle.commands, type))
    if (typeof unknown === 'string')
      return `route "${name}" sends "${unknown}", which is no command`
  }
  // Reads every pattern, so that one the table cannot hold is found now.
  createRouter(routes, { head, options: options !== undefined })
  return undefined
}

const withoutSlash = (mount: string): string =>
  mount.length > 1 && mount.endsWith('/') ? mount.slice(0, -1) : mount

const isBelow = (path: string, mount: string): boolean =>
  path === mount || path.startsWith(mount === '/' ? '/' : `${mount}/`)
