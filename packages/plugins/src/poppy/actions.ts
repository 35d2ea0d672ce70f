import { refKey } from '@signalbox/core'
import type { ServiceRef } from '@signalbox/core'
import { domainClaim, LIFECYCLE_STATUSES, ServiceAction, toPython } from '@signalbox/core/poppy'
import { handle, unavailable } from '@signalbox/host'
import type { Failure, Principal, Reply, Route } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { answers } from './answers.ts'
import { listAll } from './listing.ts'
import { isProject, MOUNT } from './locate.ts'
import { projectOf } from './project.ts'
import { refOf } from './records.ts'
import { accepted, message, resource, violated } from './replies.ts'
import type { Site } from './site.ts'

/**
 * The routes by which an operator sees services of all projects and acts on those of one.
 *
 * @see https://github.com/openstack-archive/poppy
 */
export const actionRoutes = (site: Site): ReadonlyArray<Route> => [
  handle({
    name: 'listServicesByStatus',
    summary: 'Lists the services of all projects that are in a state',
    method: 'GET',
    path: `${MOUNT}/admin/services`,
    sight: async (request) => projectOf(request),
    handle: async (request): Promise<Reply> => {
      const status = request.url.searchParams.get('status') ?? ''
      const statuses: ReadonlyArray<string> = LIFECYCLE_STATUSES
      if (!statuses.includes(status)) return unknownStatus(status, statuses)
      const states = await listAll(site.services, site.lifecycle, {
        label: { name: 'lifecycle', value: status },
      })
      if (E.isLeft(states)) return answers.refuse(request, states.left)
      const rows = states.right.map(({ ref }) => ({ project_id: ref.tenant, service_id: ref.id }))
      return resource(
        rows.toSorted((a, b) =>
          a.service_id < b.service_id ? -1 : a.service_id > b.service_id ? 1 : 0,
        ),
      )
    },
  }),
  handle<undefined, undefined, unknown, string>({
    name: 'actOnServices',
    summary: 'Enables, disables or deletes the service of a domain or all services of a project',
    method: 'POST',
    path: `${MOUNT}/admin/services/action`,
    body: { kind: 'json', codec: t.unknown },
    sight: async (request) => projectOf(request),
    handle: async (request): Promise<Reply> => {
      const { body, principal, id, sight } = request
      if (!ServiceAction.is(body)) return violated(ServiceAction, body)
      const order: Order = { action: body.action, principal, request: id, project: sight }
      if ('domain' in body) {
        const found = await findDomain(site, body.domain)
        if (E.isLeft(found)) return answers.refuse(request, found.left)
        const failure = found.right && (await act(site, found.right, order))
        if (found.right === undefined || failure?._tag === 'NotFound')
          return message(
            404,
            `Services action ${body.action} on tenant: None failed, Reason: Domain ${body.domain} does not exist`,
          )
        return failure === undefined ? accepted(202) : answers.refuse(request, failure)
      }
      if (!isProject(body.project_id)) return accepted(202)
      const states = await listAll(site.services, site.lifecycle, { tenant: body.project_id })
      if (E.isLeft(states)) return answers.refuse(request, states.left)
      const failures = await Promise.all(states.right.map(({ ref }) => act(site, ref, order)))
      for (const [index, failure] of failures.entries())
        if (failure !== undefined && failure._tag !== 'NotFound')
          site.log('action.failed', {
            service: states.right[index]?.ref.id ?? '',
            action: body.action,
            failure: failure._tag,
          })
      return accepted(202)
    },
  }),
]

/** Finds the service that has a domain, of whatever project. */
export const findDomain = async (
  { services }: Pick<Site, 'services'>,
  domain: string,
): Promise<E.Either<Failure, ServiceRef | undefined>> =>
  E.bimap(
    () => unavailable('the store did not answer'),
    (holder: string | undefined) => (holder === undefined ? undefined : refOf(holder)),
  )(await services.claim(domainClaim(domain))())

/** Answers that there is no such status. */
export const unknownStatus = (status: string, statuses: ReadonlyArray<string>): Reply =>
  message(
    400,
    `Unknown status type ${status} present, Valid status types are: ${toPython(statuses)}`,
  )

// -- internals

interface Order {
  readonly action: ServiceAction['action']
  readonly principal: Principal
  readonly request: string
  /** The caller's own. */
  readonly project: string
}

const act = async (
  { services, lifecycle }: Site,
  ref: ServiceRef,
  { action, principal, request, project }: Order,
): Promise<Failure | undefined> => {
  const submission = { events: [{ type: `service.${action}` }], detail: { project } }
  const sent = await services.submit(lifecycle, ref, principal, () => E.right(submission), {
    request,
  })()
  if (E.isRight(sent)) return undefined
  return sent.left._tag === 'Refused' ? { _tag: 'Fault', message: refKey(ref) } : sent.left
}
