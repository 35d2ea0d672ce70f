import type { ServiceRef, State } from '@signalbox/core'
import {
  CertificateRecordStatus,
  certificateRef,
  CreateCertificate,
  isDomain,
  isRootDomain,
  SetCertificateStatus,
} from '@signalbox/core/poppy'
import { command, empty, handle, seesTenant } from '@signalbox/host'
import type { Failure, Incoming, Principal, Reply, Route } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { unknownStatus } from './actions.ts'
import { answers } from './answers.ts'
import { domainFlaw, DomainName } from './domains.ts'
import { readFlavor, unknownFlavor } from './flavors.ts'
import { listAll } from './listing.ts'
import { isProject, MOUNT } from './locate.ts'
import { isOperator } from './operator.ts'
import { projectOf } from './project.ts'
import { certificateOf, findCertificates } from './records.ts'
import { accepted, message, resource, violated } from './replies.ts'
import type { Site } from './site.ts'
import { isStorable } from './storable.ts'

/**
 * The routes of certificates that a domain has of its own.
 *
 * @see https://github.com/openstack-archive/poppy
 */
export const certificateRoutes = (site: Site): ReadonlyArray<Route> => [
  command<undefined, undefined, unknown, string, Wanted>({
    name: 'createCertificate',
    summary: 'Asks for the certificate of a domain',
    method: 'POST',
    path: `${MOUNT}/ssl_certificate`,
    lifecycle: site.certificates,
    commands: ['certificate.create'],
    body: { kind: 'json', codec: t.unknown },
    sight: async (request) => projectOf(request),
    prepare: async (request) => {
      const { body, principal } = request
      if (!CreateCertificate.is(body)) return E.left(violated(CreateCertificate, body))
      const { domain_name, cert_type, flavor_id, project_id } = body
      if (!seesTenant(principal, project_id)) return E.left(message(403, 'Operator role required.'))
      if (!isProject(project_id)) return E.left(message(400, `Invalid project_id : ${project_id}`))
      if (!isDomain(domain_name) || isRootDomain(domain_name))
        return E.left(unmade(`${domain_name} must be a valid non-root domain`))
      const flavor = await readFlavor(site.services, flavor_id)
      if (E.isLeft(flavor)) return E.left(answers.refuse(request, flavor.left))
      if (flavor.right === undefined) return E.left(unmade(unknownFlavor(flavor_id)))
      return E.right({
        ref: certificateRef(project_id, cert_type, domain_name),
        event: {
          type: 'certificate.create',
          domain_name,
          cert_type,
          flavor_id,
          provider: flavor.right.providers[0]?.provider ?? '',
        },
      })
    },
    ref: ({ prepared }) => prepared.ref,
    submit: ({ prepared: { event } }, state) =>
      state === undefined ? E.right({ events: [event] }) : E.left(exists(event.domain_name)),
    reply: () => accepted(202),
    refuse: (request, failure) =>
      failure._tag === 'ClaimTaken'
        ? exists(request.prepared.event.domain_name)
        : answers.refuse(request, failure),
  }),
  handle<DomainName, undefined, undefined, string>({
    name: 'getCertificate',
    summary: 'Shows the certificates of a domain',
    method: 'GET',
    path: `${MOUNT}/ssl_certificate/:domain`,
    params: DomainName,
    sight: async (request) => projectOf(request),
    handle: async (request): Promise<Reply> => {
      const found = await visible(site, request)
      if (E.isLeft(found)) return found.left
      const [first, ...more] = found.right.map(renderCertificate)
      return resource(more.length === 0 ? first : [first, ...more])
    },
  }),
  handle<DomainName, undefined, undefined, string>({
    name: 'deleteCertificate',
    summary: 'Deletes a certificate of a domain',
    method: 'DELETE',
    path: `${MOUNT}/ssl_certificate/:domain`,
    params: DomainName,
    sight: async (request) => projectOf(request),
    handle: async (request): Promise<Reply> => {
      const found = await visible(site, request)
      if (E.isLeft(found)) return found.left
      const type = request.url.searchParams.get('cert_type') ?? 'san'
      const state = found.right.find((one) => certificateOf(one).cert_type === type)
      if (state === undefined) return absent(request.params.domain)
      const failure = await send(site, state.ref, request, { type: 'certificate.delete' })
      if (failure === undefined) return accepted(202)
      return failure._tag === 'NotFound'
        ? absent(request.params.domain)
        : answers.refuse(request, failure)
    },
  }),
  handle({
    name: 'listCertificatesByStatus',
    summary: 'Lists the domains whose certificates are in a state, of all projects',
    method: 'GET',
    path: `${MOUNT}/admin/certificates`,
    sight: async (request) => projectOf(request),
    handle: async (request): Promise<Reply> => {
      const status = request.url.searchParams.get('status') ?? ''
      if (!CertificateRecordStatus.is(status)) return unknownStatus(status, STATUSES)
      const states = await listAll(site.services, site.certificates, { statuses: [status] })
      if (E.isLeft(states)) return answers.refuse(request, states.left)
      const names = states.right.map((state) => certificateOf(state).domain_name)
      return resource([...new Set(names)].toSorted().map((domain_name) => ({ domain_name })))
    },
  }),
  handle<DomainName, undefined, unknown, string>({
    name: 'setCertificateStatus',
    summary: 'Overrides the status of the certificates of a domain',
    method: 'PATCH',
    path: `${MOUNT}/admin/certificates/:domain`,
    params: DomainName,
    body: { kind: 'json', codec: t.unknown },
    sight: async (request) => projectOf(request),
    handle: async (request): Promise<Reply> => {
      const { body } = request
      const { domain } = request.params
      const [operation] = SetCertificateStatus.is(body) ? body : []
      if (operation === undefined) return violated(SetCertificateStatus, body)
      const missing = message(404, `Certificate could not be found for domain: ${domain}`)
      if (!isStorable(domain)) return missing
      const found = await findCertificates(site, domain)
      if (E.isLeft(found)) return answers.refuse(request, found.left)
      let changed = false
      for (const { ref } of found.right) {
        const event = { type: 'certificate.setStatus', status: operation.value }
        const failure = await send(site, ref, request, event)
        if (failure?._tag === 'NotFound') continue
        if (failure !== undefined) return answers.refuse(request, failure)
        changed = true
      }
      return changed ? empty(204) : missing
    },
  }),
]

// -- internals

interface Wanted {
  readonly ref: ServiceRef
  readonly event: { readonly type: string; readonly domain_name: string } & Readonly<
    Record<string, string>
  >
}

type Asking = Incoming & {
  readonly principal: Principal
  readonly params: DomainName
  readonly sight: string
}

const STATUSES = Object.keys(CertificateRecordStatus.keys)

const unmade = (reason: string): Reply =>
  message(400, `Provisioning ssl certificate failed. Reason: ${reason}`)

// The blank at the end is the vendor's.
const exists = (domain: string): Reply => unmade(`Certificate already exists for ${domain} `)

const absent = (domain: string): Reply =>
  message(404, `certificate could not be found for domain : ${domain}`)

// The certificates of a domain that the caller may see, or the reply that there are none.
const visible = async (
  site: Site,
  request: Asking,
): Promise<E.Either<Reply, ReadonlyArray<State>>> => {
  const { params, principal, sight } = request
  const { domain } = params
  const flaw = domainFlaw(domain)
  if (flaw !== undefined) return E.left(flaw)
  const found = await findCertificates(site, domain, isOperator(principal) ? undefined : sight)
  if (E.isLeft(found)) return E.left(answers.refuse(request, found.left))
  return found.right.length === 0 ? E.left(absent(domain)) : found
}

const send = async (
  { services, certificates }: Site,
  ref: ServiceRef,
  { id, principal, sight: project }: Asking,
  event: { readonly type: string; readonly status?: string },
): Promise<Failure | undefined> => {
  const submission = { events: [event], detail: { project } }
  const sent = await services.submit(certificates, ref, principal, () => E.right(submission), {
    request: id,
  })()
  return E.isRight(sent) || sent.left._tag === 'Refused' ? undefined : sent.left
}

const renderCertificate = (state: State): object => {
  const { flavor_id, domain_name, cert_type, details, project } = certificateOf(state)
  return {
    flavor_id,
    domain_name,
    cert_type,
    cert_details: details,
    status: state.status,
    project_id: project,
  }
}
