import * as t from 'io-ts'
import { JsonObject } from '../../json.ts'
import { DOMAIN, IP_RANGE, PROJECT_ID, SERVICE_ID } from './formats.ts'
import {
  anything,
  choice,
  closed,
  flag,
  integer,
  list,
  nothing,
  object,
  text,
  union,
} from './schema.ts'

// What clients send. These codecs decode a body to itself; `violations` says in the vendor's words why one is refused.

const name = text({ min: 1, max: 256 })

/**
 * A path below which an origin or a caching entry holds, as it is sent.
 *
 * @see https://docs.rackspace.com/docs/cdn/v1/api-reference/cdn-services-operations
 */
export const PathRule = object('rule', { name, request_url: text({ min: 1, max: 1024 }) })
export type PathRule = t.TypeOf<typeof PathRule>

const domain = text({ min: 3, max: 253 })

const DomainEntry = union(
  'domain entry',
  closed('domain', { domain }),
  closed('http domain', { domain, protocol: choice(['http']) }, { certificate: nothing() }),
  closed('https domain', {
    domain,
    protocol: choice(['https']),
    certificate: choice(['shared', 'san', 'sni', 'custom']),
  }),
)

const originMembers = { origin: text({ min: 3, max: 253 }) }

const originOptions = { port: choice([80, 443]), ssl: flag(), rules: list(PathRule) }

const OriginEntry = union(
  'origin entry',
  object('origin', originMembers, {
    ...originOptions,
    hostheadertype: choice(['domain', 'origin']),
    hostheadervalue: anything(),
  }),
  object(
    'origin with a custom host header',
    {
      ...originMembers,
      hostheadertype: choice(['custom']),
      hostheadervalue: text({ min: 3, max: 253 }),
    },
    originOptions,
  ),
)

const ttl = integer({ min: 0, max: 31_536_000 })

const shortUrl = { request_url: text({ min: 2, max: 100 }) }

const RestrictionRuleEntry = union(
  'restriction rule',
  closed(
    'referrer rule',
    { name, referrer: text({ min: 3, max: 1024 }) },
    { request_url: text({ min: 1, max: 1024 }) },
  ),
  closed('geography rule', { name, geography: text() }, shortUrl),
  closed(
    'client ip rule',
    {
      name,
      client_ip: text({
        format: { name: 'ip address or range', pattern: IP_RANGE, example: '10.0.0.0/8' },
      }),
    },
    shortUrl,
  ),
)

/**
 * The body that creates a service; a patched service must decode as one too.
 *
 * @see https://docs.rackspace.com/docs/cdn/v1/api-reference/cdn-services-operations
 */
export const CreateService = object(
  'CreateService',
  {
    name: text({ min: 3, max: 256 }),
    domains: list(DomainEntry, { min: 1, max: 10 }),
    origins: list(OriginEntry, { min: 1, max: 10 }),
    flavor_id: name,
  },
  {
    // Only the first entry may be the default for every path.
    caching: list(object('caching', { name, ttl }, { rules: list(PathRule) }), {
      distinct: true,
      rest: object('caching', { name, ttl, rules: list(PathRule, { min: 1 }) }),
    }),
    restrictions: list(
      object(
        'restriction',
        { name, rules: list(RestrictionRuleEntry) },
        { access: choice(['whitelist', 'blacklist']) },
      ),
    ),
    log_delivery: object('log delivery', { enabled: flag() }),
    status: anything(),
  },
)
export type CreateService = t.TypeOf<typeof CreateService>

/**
 * The body by which an operator overrides the status of a service.
 *
 * @see https://github.com/openstack-archive/poppy
 */
export const SetStatus = union(
  'SetStatus',
  closed('service status', {
    project_id: text({ format: { name: 'project id', pattern: PROJECT_ID, example: 'acme-7' } }),
    service_id: text({
      format: {
        name: 'service id',
        pattern: SERVICE_ID,
        example: '0b7e9d52-26ee-4f2c-9a5c-1f0e2d3c4b5a',
      },
    }),
    status: choice(['deployed', 'failed']),
  }),
)
export type SetStatus = t.TypeOf<typeof SetStatus>

const action = choice(['delete', 'enable', 'disable'])

/**
 * The body by which an operator acts on the service of a domain, or on every service of a project.
 *
 * @see https://github.com/openstack-archive/poppy
 */
export const ServiceAction = union(
  'ServiceAction',
  closed('project action', { project_id: text(), action }),
  closed('domain action', {
    domain: text({ format: { name: 'domain', pattern: DOMAIN, example: 'www.shop-a.com' } }),
    action,
  }),
)
export type ServiceAction = t.TypeOf<typeof ServiceAction>

/**
 * The body by which an operator says how many services a project may have.
 *
 * @see https://github.com/openstack-archive/poppy
 */
export const ProjectLimit = union('ProjectLimit', closed('limit', { limit: integer({ min: 0 }) }))
export type ProjectLimit = t.TypeOf<typeof ProjectLimit>

/**
 * The body by which an operator changes the access URL of a domain.
 *
 * @see https://github.com/openstack-archive/poppy
 */
export const ProviderDetails = closed('ProviderDetails', {
  project_id: text(),
  domain_name: domain,
  operator_url: domain,
  provider_url: domain,
})
export type ProviderDetails = t.TypeOf<typeof ProviderDetails>

/**
 * The body that asks for a certificate.
 *
 * @see https://github.com/openstack-archive/poppy
 */
export const CreateCertificate = closed('CreateCertificate', {
  flavor_id: name,
  cert_type: choice(['san', 'sni']),
  domain_name: domain,
  project_id: text(),
})
export type CreateCertificate = t.TypeOf<typeof CreateCertificate>

/**
 * The patch by which an operator overrides the status of a certificate: one replacement, its path without a slash.
 *
 * @see https://github.com/openstack-archive/poppy
 */
export const SetCertificateStatus = list(
  closed('certificate status', {
    op: choice(['replace']),
    path: choice(['status']),
    value: choice(['create_in_progress', 'deployed', 'failed', 'cancelled']),
  }),
  { min: 1, max: 1 },
)
export type SetCertificateStatus = t.TypeOf<typeof SetCertificateStatus>

/**
 * The body that creates a flavor, and the flavor as it is kept: what services may be made of, and by which provider.
 *
 * @see https://github.com/openstack-archive/poppy
 */
export const Flavor = object('Flavor', {
  id: text({ min: 3, max: 64 }),
  providers: list(
    object('flavor provider', {
      provider: text(),
      links: list(object('link', { href: text({ min: 2 }), rel: choice(['provider_url']) }), {
        min: 1,
      }),
    }),
    { min: 1 },
  ),
})
export type Flavor = t.TypeOf<typeof Flavor>

// What a service is, once every default is filled in.

/** How a domain is served over https. */
export const Certificate = t.keyof(
  { shared: null, san: null, sni: null, custom: null },
  'Certificate',
)
export type Certificate = t.TypeOf<typeof Certificate>

/** A domain of a service. A shared one carries its full name once it has been given a place. */
export const Domain = t.union(
  [
    t.readonly(t.strict({ domain: t.string, protocol: t.literal('http'), certificate: t.null })),
    t.readonly(
      t.strict({ domain: t.string, protocol: t.literal('https'), certificate: Certificate }),
    ),
  ],
  'Domain',
)
export type Domain = t.TypeOf<typeof Domain>

const Rule = t.readonly(t.strict({ name: t.string, request_url: t.string }), 'Rule')

/** Where the content of a service comes from. */
export const Origin = t.readonly(
  t.strict({
    origin: t.string,
    port: t.union([t.literal(80), t.literal(443)]),
    ssl: t.boolean,
    rules: t.readonlyArray(Rule),
    hostheadertype: t.keyof({ domain: null, origin: null, custom: null }),
    hostheadervalue: t.union([t.string, t.null]),
  }),
  'Origin',
)
export type Origin = t.TypeOf<typeof Origin>

/** How long paths are cached; `ttl` in seconds. */
export const Caching = t.readonly(
  t.strict({ name: t.string, ttl: t.number, rules: t.readonlyArray(Rule) }),
  'Caching',
)
export type Caching = t.TypeOf<typeof Caching>

/** A path and whom the restriction means: a referrer, a geography or an address range. */
export const RestrictionRule = t.union(
  [
    t.readonly(t.strict({ name: t.string, request_url: t.string, referrer: t.string })),
    t.readonly(t.strict({ name: t.string, request_url: t.string, geography: t.string })),
    t.readonly(t.strict({ name: t.string, request_url: t.string, client_ip: t.string })),
  ],
  'RestrictionRule',
)
export type RestrictionRule = t.TypeOf<typeof RestrictionRule>

/** Who may see paths of a service, or who may not. */
export const Restriction = t.readonly(
  t.strict({
    name: t.string,
    access: t.keyof({ whitelist: null, blacklist: null }),
    rules: t.readonlyArray(RestrictionRule),
  }),
  'Restriction',
)
export type Restriction = t.TypeOf<typeof Restriction>

/** What a tenant wants of a service, validated and with every default filled in. */
export const ServiceConfig = t.readonly(
  t.strict({
    name: t.string,
    domains: t.readonlyArray(Domain),
    origins: t.readonlyArray(Origin),
    restrictions: t.readonlyArray(Restriction),
    caching: t.readonlyArray(Caching),
    flavor_id: t.string,
    log_delivery: t.readonly(t.strict({ enabled: t.boolean })),
  }),
  'ServiceConfig',
)
export type ServiceConfig = t.TypeOf<typeof ServiceConfig>

/** The document that a patch of a service is applied to. */
export const ServiceDocument = t.readonly(
  t.strict({ ...ServiceConfig.type.type.props, project_id: t.string }),
  'ServiceDocument',
)
export type ServiceDocument = t.TypeOf<typeof ServiceDocument>

// What the machine keeps and what it asks of drivers.

/** The states of a service's lifecycle that a list can be asked for, in the vendor's order. */
export const LIFECYCLE_STATUSES = [
  'create_in_progress',
  'deployed',
  'update_in_progress',
  'delete_in_progress',
  'failed',
] as const

/** The vendor's words for where a service is. */
export const ServiceStatus = t.keyof(
  {
    create_in_progress: null,
    deployed: null,
    update_in_progress: null,
    delete_in_progress: null,
    failed: null,
    deleted: null,
    disabled: null,
  },
  'ServiceStatus',
)
export type ServiceStatus = t.TypeOf<typeof ServiceStatus>

/** Where a deployed domain is reached: by its users, and at the provider's edge. */
export const AccessUrl = t.readonly(
  t.strict({
    domain: t.string,
    operatorUrl: t.string,
    providerUrl: t.string,
    shared: t.boolean,
  }),
  'AccessUrl',
)
export type AccessUrl = t.TypeOf<typeof AccessUrl>

const accessUrls = t.readonlyArray(AccessUrl)

/** Everything the machine remembers of a service. */
export const ServiceContext = t.readonly(
  t.strict({
    project: t.string,
    config: ServiceConfig,
    /** The provider of the flavor it was created with, for good. */
    provider: t.string,
    /** As last reported; of an earlier configuration while an update runs or after it failed. */
    accessUrls,
    logUrl: t.union([t.string, t.null]),
    /** The last failure's message, or nothing. */
    errors: t.readonlyArray(t.string),
    /** What the operator's region says, for the guards of the other region. */
    enabled: t.boolean,
    /** When the running work was asked for, in ms since the epoch; null when none runs. */
    since: t.union([t.number, t.null]),
    /** How many purges run beside the deployed state. */
    purges: t.number,
  }),
  'ServiceContext',
)
export type ServiceContext = t.TypeOf<typeof ServiceContext>

/** Brings a configuration into being, DNS and log container included; doing it again changes nothing. */
export const Provision = t.readonly(
  t.strict({ provider: t.string, config: ServiceConfig }),
  'Provision',
)
export type Provision = t.TypeOf<typeof Provision>

/** Brings a changed configuration into being; `accessUrls` are what the service had, so that dropped domains can go. */
export const Update = t.readonly(
  t.strict({ provider: t.string, config: ServiceConfig, accessUrls }),
  'Update',
)
export type Update = t.TypeOf<typeof Update>

/** Takes content out of the caches: `url` is a path, `/*` everything; soft marks it as expired only. */
export const Purge = t.readonly(
  t.strict({
    provider: t.string,
    hard: t.boolean,
    url: t.string,
    domains: t.readonlyArray(t.string),
  }),
  'Purge',
)
export type Purge = t.TypeOf<typeof Purge>

/** Takes a service away; removing nothing succeeds. */
export const Remove = t.readonly(
  t.strict({ provider: t.string, config: ServiceConfig, accessUrls }),
  'Remove',
)
export type Remove = t.TypeOf<typeof Remove>

/** Points the DNS of a service to the edge, or away from it when the service is disabled. */
export const PointDns = t.readonly(
  t.strict({
    provider: t.string,
    enabled: t.boolean,
    domains: t.readonlyArray(t.string),
    accessUrls,
  }),
  'PointDns',
)
export type PointDns = t.TypeOf<typeof PointDns>

/** The certificates that have a record of their own. */
export const CertificateType = t.keyof({ san: null, sni: null }, 'CertificateType')
export type CertificateType = t.TypeOf<typeof CertificateType>

const certificates = t.readonlyArray(
  t.readonly(t.strict({ domain: t.string, cert_type: CertificateType })),
)

/** Gives back the certificates of a removed service. */
export const RemoveCertificate = t.readonly(
  t.strict({ provider: t.string, certificates }),
  'RemoveCertificate',
)
export type RemoveCertificate = t.TypeOf<typeof RemoveCertificate>

/** Asks for the certificates that a changed service needs, and gives back those that it dropped. */
export const ExchangeCertificates = t.readonly(
  t.strict({
    provider: t.string,
    flavor_id: t.string,
    requested: certificates,
    dropped: certificates,
  }),
  'ExchangeCertificates',
)
export type ExchangeCertificates = t.TypeOf<typeof ExchangeCertificates>

/** The vendor's words for where a certificate is, in the vendor's order. */
export const CertificateRecordStatus = t.keyof(
  { create_in_progress: null, deployed: null, failed: null, cancelled: null },
  'CertificateRecordStatus',
)
export type CertificateRecordStatus = t.TypeOf<typeof CertificateRecordStatus>

/** Everything the machine remembers of a certificate. */
export const CertificateContext = t.readonly(
  t.strict({
    project: t.string,
    domain_name: t.string,
    cert_type: CertificateType,
    flavor_id: t.string,
    provider: t.string,
    /** What the provider said of it last. */
    details: JsonObject,
    /** When it was last asked for, in ms since the epoch. */
    since: t.number,
  }),
  'CertificateContext',
)
export type CertificateContext = t.TypeOf<typeof CertificateContext>

/** Names the certificate that a provider is to make or to take back. */
export const CertificateOrder = t.readonly(
  t.strict({ provider: t.string, domain_name: t.string, cert_type: CertificateType }),
  'CertificateOrder',
)
export type CertificateOrder = t.TypeOf<typeof CertificateOrder>
