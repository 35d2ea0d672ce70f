import type { Lifecycle, ServiceRef } from '@signalbox/core'
import { parseServiceId } from '@signalbox/core/poppy'
import type { StateQuery } from '@signalbox/core/store'
import { command, list, read } from '@signalbox/host'
import type { Incoming, Reply, Route, Tools } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { projectOf } from './admission.ts'
import { accepted, answers, invalid, message, resource } from './answers.ts'
import { prepareCreation } from './creation.ts'
import type { Creation } from './creation.ts'
import { baseOf, renderService } from './render.ts'
import type { CompleteSettings } from './settings.ts'

/**
 * The routes of a project's services.
 *
 * @see https://docs.rackspace.com/docs/cdn/v1/api-reference/cdn-services-operations
 */
export const serviceRoutes = (
  lifecycle: Lifecycle,
  tools: Pick<Tools<unknown>, 'services' | 'random' | 'newId'>,
  settings: CompleteSettings,
): ReadonlyArray<Route> => {
  const { publicUrl } = settings
  return [
    list({
      name: 'listServices',
      summary: "Lists a project's services",
      method: 'GET',
      path: '/services',
      lifecycle,
      sight: async (request) => projectOf(request),
      list: (request) =>
        E.map(({ limit, marker }: Paging): Omit<StateQuery, 'lifecycle'> => ({
          provider: 'poppy',
          tenant: request.sight,
          limit,
          ...(marker === undefined ? {} : { afterId: marker }),
        }))(pagingOf(request.url.searchParams, settings.maxServicesPerPage)),
      reply: (request, { items }) => {
        const base = baseOf(request, request.sight, publicUrl)
        const paging = pagingOf(request.url.searchParams, settings.maxServicesPerPage)
        const last = items.at(-1)?.ref.id
        const next =
          E.isRight(paging) && last !== undefined && items.length === paging.right.limit
            ? [{ href: `${base}/services?marker=${last}&limit=${paging.right.limit}`, rel: 'next' }]
            : []
        return resource({ links: next, services: items.map((state) => renderService(state, base)) })
      },
    }),
    command<undefined, undefined, unknown, string, Creation>({
      name: 'createService',
      summary: 'Creates a service',
      method: 'POST',
      path: '/services',
      lifecycle,
      commands: ['service.create'],
      body: { kind: 'json', codec: t.unknown },
      sight: async (request) => projectOf(request),
      prepare: async (request) =>
        E.mapLeft((obstacle: Obstacle) =>
          obstacle._tag === 'Invalid'
            ? invalid(obstacle.error)
            : answers.refuse(request, obstacle.failure),
        )(
          await prepareCreation(
            request.body,
            { project: request.sight, id: tools.newId() },
            tools,
            settings,
          ),
        ),
      ref: ({ prepared }) => prepared.ref,
      submit: ({ prepared }) => E.right(prepared.submission),
      reply: (request, { state }) =>
        accepted(202, `${baseOf(request, request.sight, publicUrl)}/services/${state.ref.id}`),
    }),
    read({
      name: 'getService',
      summary: 'Shows a service',
      method: 'GET',
      path: '/services/:id',
      lifecycle,
      params: Id,
      sight: async (request) => locateService(request),
      ref: ({ sight }) => sight,
      reply: (request, state) =>
        resource(renderService(state, baseOf(request, request.sight.tenant, publicUrl))),
      refuse: (request, failure) =>
        failure._tag === 'NotFound'
          ? message(404, `service ${request.params.id} could not be found`)
          : answers.refuse(request, failure),
    }),
    command<Id, undefined, undefined, ServiceRef, undefined>({
      name: 'deleteService',
      summary: 'Deletes a service',
      method: 'DELETE',
      path: '/services/:id',
      lifecycle,
      commands: ['service.delete'],
      params: Id,
      sight: async (request) =>
        E.filterOrElse(
          () => !PURGE.some((name) => request.url.searchParams.has(name)),
          () => message(400, 'Purge with DELETE /services/{id}/assets'),
        )(locateService(request)),
      ref: ({ sight }) => sight,
      submit: () => E.right({ events: [{ type: 'service.delete' }] }),
      reply: () => accepted(202),
      refuse: (request, failure) =>
        failure._tag === 'NotFound'
          ? message(404, `No service found: ${request.params.id}`)
          : answers.refuse(request, failure),
    }),
  ]
}

// -- internals

const Id = t.strict({ id: t.string })
type Id = t.TypeOf<typeof Id>

type Obstacle = Extract<Awaited<ReturnType<typeof prepareCreation>>, { _tag: 'Left' }>['left']

// A client that purges at the service's own URL must not delete it.
const PURGE = ['url', 'all', 'hard']

const locateService = (
  request: Incoming & { readonly params: Id },
): E.Either<Reply, ServiceRef> => {
  const project = projectOf(request)
  if (E.isLeft(project)) return project
  const id = parseServiceId(request.params.id)
  return E.isLeft(id)
    ? E.left(invalid(id.left))
    : E.right({ provider: 'poppy', tenant: project.right, id: id.right })
}

interface Paging {
  readonly limit: number
  readonly marker: string | undefined
}

const pagingOf = (query: URLSearchParams, most: number): E.Either<Reply, Paging> => {
  const text = query.get('limit') ?? String(Math.min(10, most))
  if (!/^\s*[+-]?\d+\s*$/.test(text))
    return E.left(
      message(400, `Limit should be an integer greater than 0 and less or equal to ${most}`),
    )
  const limit = Number(text)
  if (limit <= 0) return E.left(message(400, 'Limit should be greater than 0'))
  if (limit > most) return E.left(message(400, `Limit should be less than or equal to ${most}`))
  const marker = query.get('marker')
  if (marker === null) return E.right({ limit, marker: undefined })
  const id = parseServiceId(marker)
  return E.isLeft(id)
    ? E.left(message(400, 'Marker must be a valid UUID'))
    : E.right({ limit, marker: id.right })
}
