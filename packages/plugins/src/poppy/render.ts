import type { State } from '@signalbox/core'
import { escapeHtml } from '@signalbox/core/poppy'
import type { CertificateType, Domain, Flavor, Origin, ServiceContext } from '@signalbox/core/poppy'
import type { Incoming } from '@signalbox/host'
import { MOUNT } from './locate.ts'

/** What every link begins with: scheme and host, the mount, and the project if the URL named one. */
export const baseOf = (
  request: Incoming,
  project: string,
  publicUrl: string | undefined,
): string => {
  const origin = originOf(request, publicUrl)
  return request.located['project'] === undefined
    ? `${origin}${MOUNT}`
    : projectUrl(origin, project)
}

/** Scheme and host: as configured, or as the client sees them. */
export const originOf = (request: Incoming, publicUrl: string | undefined): string => {
  const host = request.headers.get('host') ?? request.url.host
  return publicUrl?.replace(/\/+$/, '') ?? `${request.secure ? 'https' : 'http'}://${host}`
}

/** Where a project's CDN is, whatever the request named. */
export const projectUrl = (origin: string, project: string): string =>
  `${origin}${MOUNT}/${encodeURIComponent(project)}`

/** The status of a certificate's record; undefined when there is none. */
export type CertificateStatuses = (type: CertificateType, domain: string) => string | undefined

/** Shows a service as the vendor does, members in the vendor's order. */
export const renderService = (
  state: State,
  base: string,
  certificates: CertificateStatuses,
): object => {
  const { config, accessUrls, logUrl, errors } = contextOf(state)
  const provisioned = new Set(accessUrls.map(({ domain }) => domain))
  return {
    name: escapeHtml(config.name),
    id: state.ref.id,
    project_id: state.ref.tenant,
    domains: config.domains.map((domain) => renderDomain(domain, { provisioned, certificates })),
    origins: config.origins.map(renderOrigin),
    restrictions: config.restrictions.map(({ name, access, rules }) => ({
      name: escapeHtml(name),
      access,
      rules: rules.map(escapeMembers),
    })),
    caching: config.caching.map(({ name, ttl, rules }) => ({
      name: escapeHtml(name),
      ttl,
      rules: rules.map(escapeMembers),
    })),
    flavor_id: config.flavor_id,
    log_delivery: config.log_delivery,
    status: state.status,
    errors: errors.map((error) => ({ message: error })),
    links: [
      { href: `${base}/services/${state.ref.id}`, rel: 'self' },
      { href: flavorUrl(base, config.flavor_id), rel: 'flavor' },
      ...accessUrls.map(({ operatorUrl }) => ({ href: operatorUrl, rel: 'access_url' })),
      ...(config.log_delivery.enabled && logUrl !== null
        ? [{ href: logUrl, rel: 'log_delivery' }]
        : []),
    ],
  }
}

/** Where a flavor is. */
export const flavorUrl = (base: string, id: string): string =>
  `${base}/flavors/${encodeURIComponent(id)}`

/** Shows a flavor; of each provider the first link only. */
export const renderFlavor = ({ id, providers }: Flavor, base: string): object => ({
  id,
  providers: providers.map(({ provider, links }) => ({ provider, links: links.slice(0, 1) })),
  links: [{ href: flavorUrl(base, id), rel: 'self' }],
})

/** The context of a service, which its lifecycle's codec has accepted. */
export const contextOf = (state: State): ServiceContext =>
  state.context as unknown as ServiceContext

// -- internals

interface Surroundings {
  readonly provisioned: ReadonlySet<string>
  readonly certificates: CertificateStatuses
}

const renderDomain = (entry: Domain, surroundings: Surroundings): object => ({
  domain: escapeHtml(entry.domain),
  protocol: entry.protocol,
  ...(entry.protocol === 'https'
    ? {
        certificate: entry.certificate,
        certificate_status: certificateStatus(entry, surroundings),
      }
    : {}),
})

// A certificate of its own shows the state of its record; while there is none it is being created.
const certificateStatus = (
  { domain, certificate }: Extract<Domain, { readonly protocol: 'https' }>,
  { provisioned, certificates }: Surroundings,
): string => {
  switch (certificate) {
    case 'shared':
      return 'deployed'
    case 'custom':
      return provisioned.has(domain) ? 'deployed' : 'create_in_progress'
    case 'san':
    case 'sni':
      return certificates(certificate, domain) ?? 'create_in_progress'
  }
}

const renderOrigin = ({
  origin,
  port,
  ssl,
  rules,
  hostheadertype,
  hostheadervalue,
}: Origin): object => ({
  origin: escapeHtml(origin),
  port,
  ssl,
  rules: rules.map(escapeMembers),
  hostheadertype,
  ...(hostheadervalue === null ? {} : { hostheadervalue }),
})

const escapeMembers = (rule: object): object =>
  Object.fromEntries(
    Object.entries(rule).map(([name, value]) => [
      name,
      typeof value === 'string' ? escapeHtml(value) : value,
    ]),
  )
