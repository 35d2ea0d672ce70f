import type { ServiceRef, State } from '@signalbox/core'
import { isDomain, isSharedLabel, parseServiceId, ProviderDetails } from '@signalbox/core/poppy'
import { command, handle } from '@signalbox/host'
import type { Reply, Route } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { findDomain } from './actions.ts'
import { answers } from './answers.ts'
import { listAll } from './listing.ts'
import { isProject, MOUNT } from './locate.ts'
import { projectOf } from './project.ts'
import { contextOf, originOf, projectUrl } from './render.ts'
import { accepted, invalid, message, resource, violated } from './replies.ts'
import { ServiceId } from './service-id.ts'
import { showService } from './services.ts'
import type { Site } from './site.ts'

/**
 * The routes by which an operator finds domains, and moves one at the edge.
 *
 * @see https://github.com/openstack-archive/poppy
 */
export const domainRoutes = (site: Site): ReadonlyArray<Route> => [
  handle<undefined, undefined, undefined, string>({
    name: 'listDomains',
    summary: 'Lists the domains that a provider serves under one URL',
    method: 'GET',
    path: `${MOUNT}/admin/domains`,
    sight: async (request) => projectOf(request),
    handle: async (request): Promise<Reply> => {
      const url = request.url.searchParams.get('provider_url')
      if (!url) return message(400, 'provider_url needs to be provided as a query parameter')
      if (!isProviderUrl(url)) return message(400, `Provider url ${url} is not valid`)
      const states = await listAll(site.services, site.lifecycle, {})
      if (E.isLeft(states)) return answers.refuse(request, states.left)
      return resource(
        states.right.flatMap((state) =>
          contextOf(state)
            .accessUrls.filter(({ providerUrl }) => providerUrl === url)
            .map(({ domain }) => ({ domain_name: domain })),
        ),
      )
    },
  }),
  handle<DomainName, undefined, undefined, string>({
    name: 'getDomain',
    summary: 'Shows the service of a domain, of any project',
    method: 'GET',
    path: `${MOUNT}/admin/domains/:domain`,
    params: DomainName,
    sight: async (request) => projectOf(request),
    handle: async (request): Promise<Reply> => {
      const { domain } = request.params
      const flaw = domainFlaw(domain)
      if (flaw !== undefined) return flaw
      const ref = await findDomain(site, domain)
      if (E.isLeft(ref)) return answers.refuse(request, ref.left)
      const state =
        ref.right === undefined
          ? E.right(undefined)
          : await site.services.load(site.lifecycle, ref.right)()
      if (E.isLeft(state)) return answers.refuse(request, state.left)
      if (state.right === undefined) return message(404, `Domain ${domain} cannot be found`)
      const origin = originOf(request, site.settings.publicUrl)
      const base = projectUrl(origin, state.right.ref.tenant)
      const shown = await showService(site, state.right, base)
      return E.isLeft(shown) ? answers.refuse(request, shown.left) : shown.right
    },
  }),
  command<ServiceId, undefined, unknown, Seen, Asked>({
    name: 'setProviderDetails',
    summary: 'Changes the access URL of a domain',
    method: 'PATCH',
    path: `${MOUNT}/admin/services/provider_details/:id`,
    lifecycle: site.lifecycle,
    commands: ['service.setOperatorUrl'],
    params: ServiceId,
    body: { kind: 'json', codec: t.unknown },
    sight: async (request) => {
      const project = projectOf(request)
      if (E.isLeft(project)) return project
      const id = parseServiceId(request.params.id)
      return E.isLeft(id)
        ? E.left(invalid(id.left))
        : E.right({ project: project.right, id: id.right })
    },
    prepare: async ({ body, params, sight }) => {
      if (!ProviderDetails.is(body)) return E.left(violated(ProviderDetails, body))
      if (!isDomain(body.domain_name))
        return E.left(message(400, `Domain ${body.domain_name} is not valid`))
      return isProject(body.project_id)
        ? E.right({
            details: body,
            ref: { provider: 'poppy', tenant: body.project_id, id: sight.id },
          })
        : E.left(message(404, `Service ${params.id} could not be found`))
    },
    ref: ({ prepared }) => prepared.ref,
    submit: ({ params, sight, prepared: { details } }, state) =>
      state === undefined
        ? E.left(message(404, `Service ${params.id} could not be found`))
        : E.map((changes: boolean) => ({
            events: changes
              ? [
                  {
                    type: 'service.setOperatorUrl',
                    domain: details.domain_name,
                    operatorUrl: details.operator_url,
                  },
                ]
              : [],
            detail: {
              project: sight.project,
              domain: details.domain_name,
              operator_url: details.operator_url,
            },
          }))(changes(state, details)),
    reply: (_, { before, state }) => accepted(state.revision === before?.revision ? 202 : 201),
    refuse: (request, failure) =>
      failure._tag === 'NotFound'
        ? message(404, `Service ${request.params.id} could not be found`)
        : answers.refuse(request, failure),
  }),
]

/** Says why a text cannot be a domain of a service; undefined when it can. */
export const domainFlaw = (domain: string): Reply | undefined => {
  const length = [...domain].length
  if (length > 253) return message(400, `Domain ${domain} is too long`)
  if (length < 3) return message(400, `Domain ${domain} is too short`)
  return isDomain(domain) || isSharedLabel(domain)
    ? undefined
    : message(400, `Domain ${domain} is not valid`)
}

/** The part of a path that names a domain. */
export const DomainName = t.strict({ domain: t.string }, 'DomainName')
export type DomainName = t.TypeOf<typeof DomainName>

// -- internals

interface Seen {
  readonly project: string
  readonly id: string
}

interface Asked {
  readonly details: ProviderDetails
  readonly ref: ServiceRef
}

const isProviderUrl = (url: string): boolean => {
  const labels = url.split('.')
  return (
    (labels.length === 5 || labels.length === 6) &&
    labels.every((label) => /^[A-Za-z0-9-]{1,255}$/.test(label))
  )
}

// Tells whether there is something to change, or why it cannot be.
const changes = (
  state: State,
  { domain_name, operator_url, provider_url }: ProviderDetails,
): E.Either<Reply, boolean> => {
  const entry = contextOf(state).accessUrls.find(({ domain }) => domain === domain_name)
  if (entry === undefined) return E.left(message(404, `Domain ${domain_name} could not be found`))
  if (entry.shared)
    return E.left(message(400, 'Changing access urls for shared ssl domains is not supported.'))
  if (!operator_url.startsWith(domain_name))
    return E.left(message(400, 'Invalid access_url/domain_name.'))
  if (operator_url === entry.operatorUrl) return E.right(false)
  return provider_url === entry.providerUrl
    ? E.right(true)
    : E.left(
        message(
          400,
          'Please use the migrate domain functionality to migrate the domain to a new cert.',
        ),
      )
}
