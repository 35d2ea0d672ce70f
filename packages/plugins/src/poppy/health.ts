import { handle } from '@signalbox/host'
import type { Reply, Route } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { FLAVOR } from './flavors.ts'
import { MOUNT } from './locate.ts'
import { projectOf } from './project.ts'
import { baseOf } from './render.ts'
import { notFound, resource } from './replies.ts'
import type { Site } from './site.ts'

/** Tells whether the store answers, in which the work that is still to be done is kept as well. */
export const isServing = async ({ services }: Site): Promise<boolean> =>
  E.isRight(await services.document(FLAVOR, 'health')())

/**
 * The routes by which operators see whether each part works.
 *
 * @see https://github.com/openstack-archive/poppy
 */
export const healthRoutes = (site: Site): ReadonlyArray<Route> => [
  handle<undefined, undefined, undefined, string>({
    name: 'health',
    summary: 'Shows whether each part works',
    method: 'GET',
    path: `${MOUNT}/health`,
    sight: async (request) => projectOf(request),
    handle: async (request): Promise<Reply> => {
      const serving = await isServing(site)
      const base = baseOf(request, request.sight, site.settings.publicUrl)
      const groups = new Map<string, Record<string, object>>()
      for (const part of partsOf(site)) {
        const group = groups.get(part.group) ?? {}
        group[part.name] = {
          online: online(part, serving),
          links: { href: `${base}/health/${part.path}/${part.name}`, rel: 'self' },
        }
        groups.set(part.group, group)
      }
      return resource(Object.fromEntries(groups), serving ? 200 : 503)
    },
  }),
  handle<Part, undefined, undefined, string>({
    name: 'healthOfPart',
    summary: 'Shows whether one part works',
    method: 'GET',
    path: `${MOUNT}/health/:part/:name`,
    params: Part,
    sight: async (request) => projectOf(request),
    handle: async ({ params }): Promise<Reply> => {
      const part = partsOf(site).find(
        ({ path, name }) => path === params.part && name === params.name,
      )
      if (part === undefined) return notFound()
      const up = online(part, await isServing(site))
      return resource({ online: up }, up === 'true' ? 200 : 503)
    },
  }),
]

// -- internals

const Part = t.strict({ part: t.string, name: t.string })
type Part = t.TypeOf<typeof Part>

interface Watched {
  readonly group: string
  /** What the part is called in its own URL. */
  readonly path: string
  readonly name: string
  readonly stored: boolean
}

const partsOf = ({ settings }: Site): ReadonlyArray<Watched> => [
  { group: 'dns', path: 'dns', name: 'default', stored: false },
  { group: 'storage', path: 'storage', name: 'signalbox', stored: true },
  { group: 'distributed_task', path: 'distributed_task', name: 'signalbox', stored: true },
  ...settings.providers.map((name) => ({
    group: 'providers',
    path: 'provider',
    name,
    stored: false,
  })),
]

const online = ({ stored }: Watched, serving: boolean): 'true' | 'false' =>
  stored && !serving ? 'false' : 'true'
