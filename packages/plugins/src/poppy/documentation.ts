import type { Json, JsonObject } from '@signalbox/core'
import {
  CreateCertificate,
  CreateService,
  Flavor,
  ProjectLimit,
  ProviderDetails,
  ServiceAction,
  SetCertificateStatus,
  SetStatus,
} from '@signalbox/core/poppy'
import type { Description, Details } from '@signalbox/host'
import type * as t from 'io-ts'
import { EXAMPLES } from './examples.ts'
import {
  CertificateStatusQuery,
  CertificateTypeQuery,
  DomainPath,
  pageQuery,
  PartPath,
  ProjectHeader,
  ProjectPath,
  ProviderUrlQuery,
  PurgeQuery,
  ServicePath,
  StatusQuery,
} from './parameters.ts'
import type { CompleteSettings } from './settings.ts'
import {
  Access,
  Certificates,
  DomainNames,
  ErrorBody,
  FlavorList,
  Health,
  Home,
  IdentityError,
  JsonPatch,
  PartHealth,
  Service,
  ServicePage,
  ServicePlaces,
  ShownFlavor,
  TokenRequest,
} from './wire.ts'

/** What the description of the API says beside its routes: what they read and answer step by step, in the vendor's words. */
export const descriptionOf = (settings: CompleteSettings): Description => ({
  title: 'Poppy CDN',
  version: '1.0',
  about:
    'The CDN API of OpenStack’s Poppy, and as much of Keystone’s `/v2.0` as its clients need. Every path below `/v1.0` but ' +
    '`/ping` may have the project in it, as in `/v1.0/acme-7/services`; the header `X-Project-ID` is not needed then. ' +
    'Links in answers lead there, too. A trailing slash does not count.',
  error: ErrorBody,
  security: { token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' } },
  open: ['ping', 'createToken'],
  details: () => detailsOf(settings),
})

// -- internals

interface Facts {
  /** What is answered when all is well, by status. */
  readonly ok: Readonly<Record<number, t.Any | null>>
  readonly meanings?: Readonly<Record<number, string>>
  readonly locations?: Readonly<Record<number, string>>
  /** What the vendor says is wrong, by status; what is said first is the example. */
  readonly wrong?: Readonly<Record<number, ReadonlyArray<string>>>
  readonly description?: string
  readonly params?: t.Any
  readonly query?: t.Any
  readonly body?: t.Any
  readonly asks: 'a tenant' | 'an operator'
}

const UNREADABLE =
  'The server could not comply with the request since it is either malformed or otherwise incorrect.'

const UNAUTHENTICATED = ['Authentication required.', 'Token is not valid for this project.']

const NO_PROJECT = 'The Project ID must be provided.'

const quoted = (texts: ReadonlyArray<string>): string =>
  texts.map((text) => `\`${text}\``).join('; ')

// What every route below `/v1.0` answers comes first, in the order in which it is looked at.
const entry = (
  name: string,
  { ok, meanings = {}, locations, wrong = {}, description, params, query, body, asks }: Facts,
): readonly [string, Details] => {
  const said: Readonly<Record<number, ReadonlyArray<string>>> = {
    401: UNAUTHENTICATED,
    ...(asks === 'an operator' ? { 403: ['Operator role required.', ...(wrong[403] ?? [])] } : {}),
    406: [UNREADABLE],
    ...(body === undefined ? {} : { 413: ['The body must not be larger than 1048576 bytes.'] }),
    ...wrong,
    400: [
      ...(wrong[400] ?? []),
      ...(body === undefined ? [] : ['Invalid JSON string']),
      NO_PROJECT,
    ],
  }
  const own = EXAMPLES[name] ?? {}
  return [
    name,
    {
      responses: { ...ok, ...mapped(said, () => ErrorBody) },
      examples: {
        ...own,
        responses: { ...mapped(said, ([message = '']): Json => ({ message })), ...own.responses },
      },
      documented: {
        ...(description === undefined ? {} : { description }),
        ...(params === undefined ? {} : { params }),
        ...(query === undefined ? {} : { query }),
        headers: ProjectHeader,
        ...(body === undefined ? {} : { bodies: { 'application/json': body }, bodyRequired: true }),
        meanings: { ...mapped(said, quoted), ...meanings },
        ...(locations === undefined ? {} : { locations }),
      },
    },
  ]
}

const mapped = <A, B>(
  by: Readonly<Record<number, A>>,
  change: (value: A) => B,
): Readonly<Record<number, B>> =>
  Object.fromEntries(Object.entries(by).map(([status, value]) => [status, change(value)]))

const ID = '0b7e9d52-26ee-4f2c-9a5c-1f0e2d3c4b5a'
const NO_ID = 'Invalid service id'
const VIOLATED =
  'What does not fit the schema is told one by one: `{"message":{"errors":[{"message":"[\'name\']-\'ab\' is too short"}]}}`.'
const NO_FLAVOR = "Could not find a flavor with the id 'zinc'"
const THE_SERVICE = 'Where the service is.'
const STATES =
  "['create_in_progress', 'deployed', 'update_in_progress', 'delete_in_progress', 'failed']"
const CERTIFICATE_STATES = "['create_in_progress', 'deployed', 'failed', 'cancelled']"
const BAD_DOMAIN = ['Domain ab is too short', 'Domain Shop is not valid']

// What is wrong with what a service would be.
const INVALID_SERVICE = [
  'The path /* already exists for another origin on this service',
  'The domain www.shop-a.com already exists on another service',
  'Domain www.shop-a.com has already been taken',
  'shop-a.com is a root domain. Most DNS providers do not allow setting a CNAME on a root domain. Please add a subdomain (e.g. www.shop-a.com)',
  NO_FLAVOR,
]

const unknownStatus = (states: string): string =>
  `Unknown status type gone present, Valid status types are: ${states}`

const detailsOf = (settings: CompleteSettings): Readonly<Record<string, Details>> => {
  const { maxServicesPerPage: most } = settings
  const absentCertificate = 'certificate could not be found for domain : www.shop-a.com'
  return Object.fromEntries([
    entry('listServices', {
      asks: 'a tenant',
      query: pageQuery(settings),
      ok: { 200: ServicePage },
      meanings: { 200: 'Services by ascending id. A full page links to the next one.' },
      wrong: {
        400: [
          `Limit should be an integer greater than 0 and less or equal to ${most}`,
          'Limit should be greater than 0',
          `Limit should be less than or equal to ${most}`,
          'Marker must be a valid UUID',
        ],
      },
    }),
    entry('createService', {
      asks: 'a tenant',
      description: `The answer comes when the service is stored; it is deployed afterwards. ${VIOLATED}`,
      body: CreateService,
      ok: { 202: null },
      meanings: { 202: 'The service is stored, and will be deployed.' },
      locations: { 202: THE_SERVICE },
      wrong: {
        400: INVALID_SERVICE,
        403: [`Maximum Services Limit of ${settings.maxServicesPerProject} reached!`],
      },
    }),
    entry('getService', {
      asks: 'a tenant',
      params: ServicePath,
      ok: { 200: Service },
      wrong: { 400: [NO_ID], 404: [`service ${ID} could not be found`] },
    }),
    entry('deleteService', {
      asks: 'a tenant',
      description: 'In any state, also once more.',
      params: ServicePath,
      ok: { 202: null },
      meanings: { 202: 'The service will be removed.' },
      wrong: {
        400: ['Purge with DELETE /services/{id}/assets', NO_ID],
        404: [`No service found: ${ID}`],
      },
    }),
    entry('updateService', {
      asks: 'a tenant',
      description:
        'The patch is applied, all or nothing, to the document of `name`, `domains`, `origins`, `restrictions`, `caching`, ' +
        `\`flavor_id\` and \`log_delivery\`, and what comes of it is judged like a new service. ${VIOLATED}`,
      params: ServicePath,
      body: JsonPatch,
      ok: { 202: null },
      meanings: { 202: 'The new configuration is stored, and will be deployed.' },
      locations: { 202: THE_SERVICE },
      wrong: {
        400: [
          `Service ${ID} neither deployed nor failed`,
          `Service ${ID} is disabled`,
          "Operation does not contain 'op' member",
          "can't remove a non-existent object 'client'",
          ...INVALID_SERVICE,
          NO_ID,
        ],
        404: ['Service not found'],
      },
    }),
    entry('purgeService', {
      asks: 'a tenant',
      params: ServicePath,
      query: PurgeQuery,
      ok: { 202: null },
      meanings: { 202: 'The content will be purged.' },
      locations: { 202: THE_SERVICE },
      wrong: {
        400: [
          `Service ${ID} is not deployed.`,
          'non ascii character present in url',
          'hard can only be set to True or False',
          'Cannot provide all=true and a url at the same time',
          NO_ID,
        ],
        404: [`No service found: ${ID}`],
      },
    }),
    entry('listFlavors', { asks: 'a tenant', ok: { 200: FlavorList } }),
    entry('createFlavor', {
      asks: 'an operator',
      description: VIOLATED,
      body: Flavor,
      ok: { 201: ShownFlavor },
      meanings: { 201: 'The flavor is stored.' },
      locations: { 201: 'Where the flavor is.' },
      wrong: {
        400: [
          "A flavor with the id 'lite' already exists",
          "nope is not a valid Provider.  Please choose from ['mock']",
        ],
      },
    }),
    entry('getFlavor', { asks: 'a tenant', ok: { 200: ShownFlavor }, wrong: { 404: [NO_FLAVOR] } }),
    entry('deleteFlavor', {
      asks: 'an operator',
      ok: { 204: null },
      meanings: { 204: 'The flavor is not there, or no longer.' },
    }),
    entry('setServiceStatus', {
      asks: 'an operator',
      description: `While the service is being created, the status does not count. ${VIOLATED}`,
      body: SetStatus,
      ok: { 201: null, 202: null },
      meanings: {
        201: 'The service has the status.',
        202: 'The service is being created: it will be provisioned once more.',
      },
      wrong: {
        404: [
          `Setting state of service ${ID} on tenant: acme-7 to deployed has failed, Reason: No service found: ${ID}`,
        ],
      },
    }),
    entry('getLimit', {
      asks: 'an operator',
      params: ProjectPath,
      ok: { 200: ProjectLimit },
      wrong: { 400: ['Invalid project_id : a b'] },
    }),
    entry('setLimit', {
      asks: 'an operator',
      description: VIOLATED,
      params: ProjectPath,
      body: ProjectLimit,
      ok: { 201: null },
      meanings: { 201: 'The limit is stored. Services that are there stay.' },
      wrong: { 400: ['Invalid project_id : a b'] },
    }),
    entry('listServicesByStatus', {
      asks: 'an operator',
      query: StatusQuery,
      ok: { 200: ServicePlaces },
      wrong: { 400: [unknownStatus(STATES)] },
    }),
    entry('actOnServices', {
      asks: 'an operator',
      description: VIOLATED,
      body: ServiceAction,
      ok: { 202: null },
      meanings: { 202: 'The action will be carried out.' },
      wrong: {
        404: [
          'Services action disable on tenant: None failed, Reason: Domain www.shop-a.com does not exist',
        ],
      },
    }),
    entry('listDomains', {
      asks: 'an operator',
      query: ProviderUrlQuery,
      ok: { 200: DomainNames },
      wrong: {
        400: [
          'provider_url needs to be provided as a query parameter',
          'Provider url x is not valid',
        ],
      },
    }),
    entry('getDomain', {
      asks: 'an operator',
      params: DomainPath,
      ok: { 200: Service },
      wrong: { 400: BAD_DOMAIN, 404: ['Domain www.shop-a.com cannot be found'] },
    }),
    entry('setProviderDetails', {
      asks: 'an operator',
      description: VIOLATED,
      params: ServicePath,
      body: ProviderDetails,
      ok: { 201: null, 202: null },
      meanings: { 201: 'The access URL is changed.', 202: 'It is the access URL already.' },
      wrong: {
        400: [
          'Invalid access_url/domain_name.',
          'Changing access urls for shared ssl domains is not supported.',
          'Please use the migrate domain functionality to migrate the domain to a new cert.',
          NO_ID,
        ],
        404: [`Service ${ID} could not be found`, 'Domain www.shop-a.com could not be found'],
      },
    }),
    entry('createCertificate', {
      asks: 'a tenant',
      description: VIOLATED,
      body: CreateCertificate,
      ok: { 202: null },
      meanings: { 202: 'The certificate will be asked for.' },
      wrong: {
        400: [
          'Provisioning ssl certificate failed. Reason: shop-a.com must be a valid non-root domain',
          `Provisioning ssl certificate failed. Reason: ${NO_FLAVOR}`,
          'Provisioning ssl certificate failed. Reason: Certificate already exists for www.shop-a.com ',
        ],
        403: ['Operator role required.'],
      },
    }),
    entry('getCertificate', {
      asks: 'a tenant',
      params: DomainPath,
      ok: { 200: Certificates },
      wrong: { 400: BAD_DOMAIN, 404: [absentCertificate] },
    }),
    entry('deleteCertificate', {
      asks: 'a tenant',
      params: DomainPath,
      query: CertificateTypeQuery,
      ok: { 202: null },
      meanings: { 202: 'The certificate is gone.' },
      wrong: { 400: BAD_DOMAIN, 404: [absentCertificate] },
    }),
    entry('listCertificatesByStatus', {
      asks: 'an operator',
      query: CertificateStatusQuery,
      ok: { 200: DomainNames },
      wrong: { 400: [unknownStatus(CERTIFICATE_STATES)] },
    }),
    entry('setCertificateStatus', {
      asks: 'an operator',
      description: VIOLATED,
      body: SetCertificateStatus,
      ok: { 204: null },
      meanings: { 204: 'Every certificate of the domain has the status.' },
      wrong: { 404: ['Certificate could not be found for domain: www.shop-a.com'] },
    }),
    entry('home', {
      asks: 'a tenant',
      ok: { 200: Home },
      wrong: { 404: ['The resource could not be found.'] },
    }),
    entry('health', {
      asks: 'an operator',
      ok: { 200: Health, 503: Health },
      meanings: { 503: 'A part does not work.' },
    }),
    entry('healthOfPart', {
      asks: 'an operator',
      params: PartPath,
      ok: { 200: PartHealth, 503: PartHealth },
      meanings: { 503: 'The part does not work.' },
      wrong: { 404: ['The resource could not be found.'] },
    }),
    ['ping', PING],
    ['createToken', CREATE_TOKEN],
  ])
}

const PING: Details = {
  responses: { 204: null, 503: null },
  documented: { meanings: { 204: 'It serves.', 503: 'It does not serve.' } },
}

const identityError = (code: number, title: string, message: string): JsonObject => ({
  error: { code, title, message },
})

const CREATE_TOKEN: Details = {
  responses: { 200: Access, 400: IdentityError, 401: IdentityError, 413: IdentityError },
  examples: {
    ...EXAMPLES['createToken'],
    responses: {
      ...EXAMPLES['createToken']?.responses,
      400: identityError(400, 'Bad Request', 'The request is malformed.'),
      401: identityError(401, 'Unauthorized', 'Invalid credentials.'),
      413: identityError(413, 'Request Entity Too Large', 'The request is too large.'),
    },
  },
  documented: {
    description:
      'Takes a name with an API key or a password, or a token, and perhaps a project: by `tenantId` or `tenantName`, or by ' +
      'both with the same value.',
    bodies: { 'application/json': TokenRequest },
    bodyRequired: true,
    meanings: { 200: 'A token, and where its bearer finds the CDN.' },
  },
}
