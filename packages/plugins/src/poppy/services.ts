import type { ServiceRef, State } from '@signalbox/core'
import { parseServiceId } from '@signalbox/core/poppy'
import type { StateQuery } from '@signalbox/core/store'
import { command, list, read } from '@signalbox/host'
import type { Failure, Reply, Route } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { answers } from './answers.ts'
import { prepareCreation } from './creation.ts'
import type { Creation, Obstacle } from './creation.ts'
import { MOUNT } from './locate.ts'
import { isLostPlace } from './placement.ts'
import { projectOf } from './project.ts'
import { PURGE_PARAMETERS } from './purge.ts'
import { certificateStatusesOf } from './records.ts'
import { baseOf, renderService } from './render.ts'
import type { CertificateStatuses } from './render.ts'
import { accepted, invalid, message, resource } from './replies.ts'
import { locateService, ServiceId, serviceUrl } from './service-id.ts'
import type { Site } from './site.ts'

/**
 * The routes of a project's services, but those that change one or purge.
 *
 * @see https://docs.rackspace.com/docs/cdn/v1/api-reference/cdn-services-operations
 */
export const serviceRoutes = (site: Site): ReadonlyArray<Route> => {
  const { lifecycle, settings } = site
  const { publicUrl, maxServicesPerPage } = settings
  return [
    list<undefined, undefined, undefined, string>({
      name: 'listServices',
      summary: "Lists a project's services",
      method: 'GET',
      path: `${MOUNT}/services`,
      lifecycle,
      sight: async (request) => projectOf(request),
      list: (request) =>
        E.map(({ limit, marker }: Paging): Omit<StateQuery, 'lifecycle'> => ({
          provider: 'poppy',
          tenant: request.sight,
          limit,
          ...(marker === undefined ? {} : { afterId: marker }),
        }))(pagingOf(request.url.searchParams, maxServicesPerPage)),
      reply: async (request, { items }) => {
        const statuses = await certificateStatusesOf(site, items)
        if (E.isLeft(statuses)) return answers.refuse(request, statuses.left)
        const base = baseOf(request, request.sight, publicUrl)
        const paging = pagingOf(request.url.searchParams, maxServicesPerPage)
        const last = items.at(-1)?.ref.id
        const next =
          E.isRight(paging) && last !== undefined && items.length === paging.right.limit
            ? [{ href: `${base}/services?marker=${last}&limit=${paging.right.limit}`, rel: 'next' }]
            : []
        return resource({
          links: next,
          services: items.map((state) => renderService(state, base, statuses.right(state))),
        })
      },
    }),
    command<undefined, undefined, unknown, string, Creation>({
      name: 'createService',
      summary: 'Creates a service',
      method: 'POST',
      path: `${MOUNT}/services`,
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
            { provider: 'poppy', tenant: request.sight, id: site.newId() },
            site,
          ),
        ),
      ref: ({ prepared }) => prepared.ref,
      submit: ({ prepared }) => E.right(prepared.submission),
      repeat: (_, failure) => isLostPlace(failure, settings),
      reply: (request, { state }) => accepted(202, serviceUrl(request, state.ref, settings)),
    }),
    read<ServiceId, undefined, undefined, ServiceRef>({
      name: 'getService',
      summary: 'Shows a service',
      method: 'GET',
      path: `${MOUNT}/services/:id`,
      lifecycle,
      params: ServiceId,
      sight: async (request) => locateService(request),
      ref: ({ sight }) => sight,
      reply: async (request, state) => {
        const shown = await showService(site, state, baseOf(request, state.ref.tenant, publicUrl))
        return E.isLeft(shown) ? answers.refuse(request, shown.left) : shown.right
      },
      refuse: (request, failure) =>
        failure._tag === 'NotFound'
          ? message(404, `service ${request.params.id} could not be found`)
          : answers.refuse(request, failure),
    }),
    command<ServiceId, undefined, undefined, ServiceRef, undefined>({
      name: 'deleteService',
      summary: 'Deletes a service',
      method: 'DELETE',
      path: `${MOUNT}/services/:id`,
      lifecycle,
      commands: ['service.delete'],
      params: ServiceId,
      // A client that purges at the service's own URL must not delete it.
      sight: async (request) =>
        E.filterOrElse(
          () => !PURGE_PARAMETERS.some((name) => request.url.searchParams.has(name)),
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

/** Answers a service as its tenant sees it. */
export const showService = async (
  site: Site,
  state: State,
  base: string,
): Promise<E.Either<Failure, Reply>> =>
  E.map((statuses: (state: State) => CertificateStatuses) =>
    resource(renderService(state, base, statuses(state))),
  )(await certificateStatusesOf(site, [state]))

// -- internals

interface Paging {
  readonly limit: number
  readonly marker: string | undefined
}

const pagingOf = (query: URLSearchParams, most: number): E.Either<Reply, Paging> => {
  const text = query.get('limit') ?? String(Math.min(10, most))
  if (!/^[+-]?\d+$/.test(text.trim()))
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
