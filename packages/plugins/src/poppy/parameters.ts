import {
  CertificateRecordStatus,
  CertificateType,
  DOMAIN,
  LIFECYCLE_STATUSES,
  PROJECT_ID,
  SHARED_LABEL,
} from '@signalbox/core/poppy'
import { numberParameter, textParameter } from '@signalbox/host'
import * as t from 'io-ts'
import type { CompleteSettings } from './settings.ts'

// Members of paths, queries and headers, as clients are told to spell them. The routes take more spellings.

const ServiceId = textParameter('a service id', {
  pattern: '^[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$',
  examples: ['0b7e9d52-26ee-4f2c-9a5c-1f0e2d3c4b5a'],
})

const Domain = textParameter('a domain, or the label of a shared one', {
  pattern: `^(?=[a-z0-9.\\-]{3,253}$)(?:${DOMAIN}|${SHARED_LABEL})`,
  examples: ['www.shop-a.com'],
})

const ProjectId = textParameter('a project id', { pattern: PROJECT_ID, examples: ['acme-7'] })

/** The header that names the project where the path does not. */
export const ProjectHeader = t.strict({ 'X-Project-ID': ProjectId })

/** The part of a path that names a service. */
export const ServicePath = t.strict({ id: ServiceId })

/** The part of a path that names a domain. */
export const DomainPath = t.strict({ domain: Domain })

/** The part of a path that names a project. */
export const ProjectPath = t.strict({ pid: ProjectId })

/** The part of a path that names what can be healthy. */
export const PartPath = t.strict({
  part: t.keyof({ dns: null, storage: null, distributed_task: null, provider: null }),
  name: t.string,
})

/** Which page of services is wanted: at most `limit` behind `marker`. */
export const pageQuery = ({ maxServicesPerPage }: CompleteSettings): t.Any =>
  t.exact(
    t.partial({
      limit: numberParameter('a number of services', {
        minimum: 1,
        maximum: maxServicesPerPage,
        usual: Math.min(10, maxServicesPerPage),
      }),
      marker: ServiceId,
    }),
  )

/** What is purged: `url` or everything, `hard` or by marking it as expired. */
export const PurgeQuery = t.exact(
  t.partial({
    url: textParameter('a path', { pattern: '^[\\u0000-\\u007f]*$', examples: ['/a.png', '/*'] }),
    all: t.keyof({ true: null, false: null }),
    hard: t.keyof({ true: null, false: null, 1: null, 0: null }),
  }),
)

/** The state that services are listed by. */
export const StatusQuery = t.strict({
  status: t.keyof(
    Object.fromEntries(LIFECYCLE_STATUSES.map((status) => [status, null])) as Record<
      (typeof LIFECYCLE_STATUSES)[number],
      null
    >,
  ),
})

/** The URL at a provider that domains are listed by. */
export const ProviderUrlQuery = t.strict({
  provider_url: textParameter('a provider URL', {
    pattern: '^[A-Za-z0-9\\-]{1,255}(?:\\.[A-Za-z0-9\\-]{1,255}){4,5}$',
    examples: ['0b7e9d52.edge.mock.example.net'],
  }),
})

/** The state that certificates are listed by. */
export const CertificateStatusQuery = t.strict({ status: CertificateRecordStatus })

/** Which certificate of a domain is meant; `san` unless given. */
export const CertificateTypeQuery = t.exact(t.partial({ cert_type: CertificateType }))
