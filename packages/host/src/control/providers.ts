import { Canonical, canonicalOf, diagram, JsonObject, jsonSchemaOf } from '@signalbox/core'
import type { EventSpec, Lifecycle } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { CONTRACT } from '../plugin.ts'
import type { Mounted } from '../plugin.ts'
import type { Draw } from '../draw.ts'
import type { Principal } from '../principal.ts'
import { json } from '../reply.ts'
import type { Reply } from '../reply.ts'
import type { Route } from '../route.ts'
import { Name } from './fields.ts'
import { nativeRoutesOf, NativeRoute } from './native.ts'
import { nothingHere } from './problems.ts'
import { control, MOUNT } from './route.ts'
import { findProvider, providersFor } from './site.ts'
import type { Provider, Site } from './site.ts'
import { tagged } from './tagged.ts'

/** The routes that tell of providers and their lifecycles; pictures are drawn where there is something to draw them. */
export const providerRoutes = (site: Site, draw: Draw | undefined): ReadonlyArray<Route> => [
  control('viewer', {
    method: 'GET',
    path: '/providers',
    name: 'listProviders',
    summary: 'Lists the providers, those included that could not be started',
    responses: { 200: ProviderList },
    handle: async ({ principal }) =>
      json(200, { items: providersFor(site, principal).map(summaryOf) }),
  }),
  control('viewer', {
    method: 'GET',
    path: '/providers/:provider',
    name: 'showProvider',
    summary:
      'Shows a provider: its lifecycles with statuses, commands and their payloads, deadlines',
    params: ProviderParams,
    responses: { 200: ProviderView },
    handle: async ({ principal, params }) => {
      const found = findProvider(site, principal, params.provider)
      if (E.isLeft(found)) return found.left
      const { mounted } = found.right
      const lifecycles = mounted.lifecycles.map((lifecycle) =>
        lifecycleView(mounted, lifecycle, draw),
      )
      return json(200, { ...summaryOf(found.right), lifecycles })
    },
  }),
  control('viewer', {
    method: 'GET',
    path: '/providers/:provider/lifecycles/:noun/diagram.mmd',
    name: 'drawLifecycle',
    summary: 'Draws a lifecycle as a Mermaid state diagram',
    params: LifecycleParams,
    responses: { 200: t.string, 304: null },
    responseType: MERMAID,
    handle: async ({ principal, params, headers }) => {
      const found = findLifecycle(site, principal, params)
      if (E.isLeft(found)) return found.left
      const type = `${MERMAID}; charset=utf-8`
      return tagged(headers, diagram(found.right), { 'content-type': type })
    },
  }),
  ...(draw === undefined ? [] : [pictureRoute(site, draw)]),
]

// -- internals

const MERMAID = 'text/vnd.mermaid'

const SVG = 'image/svg+xml'

const pictureRoute = (site: Site, draw: Draw): Route =>
  control('viewer', {
    method: 'GET',
    path: '/providers/:provider/lifecycles/:noun/diagram.svg',
    name: 'pictureLifecycle',
    summary: 'Draws a lifecycle as a picture',
    params: LifecycleParams,
    responses: { 200: t.string, 304: null },
    responseType: SVG,
    handle: async ({ principal, params, headers }) => {
      const found = findLifecycle(site, principal, params)
      if (E.isLeft(found)) return found.left
      return tagged(headers, await draw(found.right), {
        'content-type': SVG,
        // A browser may open it by itself, as a document of this host.
        'content-security-policy': "default-src 'none'",
        'x-content-type-options': 'nosniff',
      })
    },
  })

const ProviderParams = t.strict({ provider: Name })

const LifecycleParams = t.strict({ provider: Name, noun: Name })
type LifecycleParams = t.TypeOf<typeof LifecycleParams>

const provider = {
  name: t.string,
  ready: t.boolean,
  contract: t.number,
  href: t.string,
}

const ProviderSummary = t.intersection(
  [t.strict(provider), t.partial({ version: t.string, reason: t.string })],
  'ProviderSummary',
)
type ProviderSummary = t.TypeOf<typeof ProviderSummary>

const ProviderList = t.strict({ items: t.readonlyArray(ProviderSummary) }, 'ProviderList')

const Happening = t.strict({ type: t.string, words: t.string, payload: JsonObject }, 'Happening')

const LifecycleView = t.strict(
  {
    name: t.string,
    version: t.number,
    creation: t.string,
    statuses: t.readonlyArray(t.strict({ status: t.string, canonical: Canonical })),
    commands: t.readonlyArray(
      t.intersection([Happening, t.strict({ routes: t.readonlyArray(NativeRoute) })]),
    ),
    reports: t.readonlyArray(Happening),
    effects: t.readonlyArray(
      t.strict({ type: t.string, words: t.string, lane: t.string, driven: t.boolean }),
    ),
    deadlines: t.readonlyArray(t.strict({ name: t.string, words: t.string })),
    guards: t.readonlyArray(t.strict({ name: t.string, words: t.string })),
    diagrams: t.intersection([t.strict({ mermaid: t.string }), t.partial({ svg: t.string })]),
  },
  'Lifecycle',
)
type LifecycleView = t.TypeOf<typeof LifecycleView>

const ProviderView = t.intersection(
  [ProviderSummary, t.strict({ lifecycles: t.readonlyArray(LifecycleView) })],
  'Provider',
)

const summaryOf = ({ name, version, mounted, reason }: Provider): ProviderSummary => ({
  name,
  ...(version !== undefined && { version }),
  ready: mounted !== undefined,
  contract: CONTRACT,
  href: `${MOUNT}/providers/${encodeURIComponent(name)}`,
  ...(reason !== undefined && { reason }),
})

const lifecycleView = (
  mounted: Mounted,
  lifecycle: Lifecycle,
  draw: Draw | undefined,
): LifecycleView => {
  const { name, version, creation, statuses, commands, reports, effects } = lifecycle
  const base = `${MOUNT}/providers/${encodeURIComponent(lifecycle.provider)}/lifecycles/${nounOf(lifecycle)}`
  return {
    name,
    version,
    creation,
    statuses: statuses.map((status) => ({
      status,
      canonical: canonicalOf(lifecycle, { status, done: false }),
    })),
    commands: happenings(commands).map((happening) => ({
      ...happening,
      routes: nativeRoutesOf(mounted, lifecycle, happening.type),
    })),
    reports: happenings(reports),
    effects: Object.entries(effects).map(([type, { words, lane = 'main' }]) => ({
      type,
      words,
      lane,
      driven: Object.hasOwn(mounted.drivers, type),
    })),
    deadlines: named(lifecycle.deadlines),
    guards: named(lifecycle.guards),
    diagrams: {
      mermaid: `${base}/diagram.mmd`,
      ...(draw !== undefined && { svg: `${base}/diagram.svg` }),
    },
  }
}

const happenings = (
  specs: Readonly<Record<string, EventSpec>>,
): ReadonlyArray<t.TypeOf<typeof Happening>> =>
  Object.entries(specs).map(([type, { words, payload }]) => ({
    type,
    words,
    payload: jsonSchemaOf(payload),
  }))

const named = (
  words: Readonly<Record<string, string>>,
): ReadonlyArray<{ readonly name: string; readonly words: string }> =>
  Object.entries(words).map(([name, said]) => ({ name, words: said }))

const nounOf = ({ name, provider: owner }: Lifecycle): string => name.slice(owner.length + 1)

const findLifecycle = (
  site: Site,
  principal: Principal,
  { provider: name, noun }: LifecycleParams,
): E.Either<Reply, Lifecycle> => {
  const found = findProvider(site, principal, name)
  if (E.isLeft(found)) return found
  const lifecycle = found.right.mounted.lifecycles.find((one) => nounOf(one) === noun)
  return lifecycle === undefined ? E.left(nothingHere()) : E.right(lifecycle)
}
