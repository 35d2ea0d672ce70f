import { described, Json } from '@signalbox/core'
import type { JsonSchema } from '@signalbox/core'
import {
  Caching,
  CertificateRecordStatus,
  CertificateType,
  Restriction,
  ServiceStatus,
} from '@signalbox/core/poppy'
import * as t from 'io-ts'
import { isTokenRequest } from './identity.ts'
import { isOperation } from './patch.ts'

// What goes over the wire where no route decodes it: replies, and bodies that a route reads step by step.

/** What is wrong: a text, or for a violated schema one for each violation. */
export const ErrorBody = t.strict(
  {
    message: t.union([
      t.string,
      t.strict({ errors: t.readonlyArray(t.strict({ message: t.string })) }),
    ]),
  },
  'ErrorBody',
)

/** What is wrong, in the words of the endpoint that hands out tokens. */
export const IdentityError = t.strict(
  { error: t.strict({ code: t.Int, title: t.string, message: t.string }) },
  'IdentityError',
)

const Link = t.strict({ href: t.string, rel: t.string }, 'Link')

const links = t.readonlyArray(Link)

/**
 * A service as its tenant sees it.
 *
 * @see https://docs.rackspace.com/docs/cdn/v1/api-reference/cdn-services-operations
 */
export const Service = t.strict(
  {
    name: t.string,
    id: t.string,
    project_id: t.string,
    domains: t.readonlyArray(
      t.union([
        t.strict({ domain: t.string, protocol: t.literal('http') }),
        t.strict({
          domain: t.string,
          protocol: t.literal('https'),
          certificate: t.keyof({ shared: null, san: null, sni: null, custom: null }),
          certificate_status: CertificateRecordStatus,
        }),
      ]),
    ),
    origins: t.readonlyArray(
      t.exact(
        t.intersection([
          t.type({
            origin: t.string,
            port: t.union([t.literal(80), t.literal(443)]),
            ssl: t.boolean,
            rules: t.readonlyArray(t.strict({ name: t.string, request_url: t.string })),
            hostheadertype: t.keyof({ domain: null, origin: null, custom: null }),
          }),
          t.partial({ hostheadervalue: t.string }),
        ]),
      ),
    ),
    restrictions: t.readonlyArray(Restriction),
    caching: t.readonlyArray(Caching),
    flavor_id: t.string,
    log_delivery: t.strict({ enabled: t.boolean }),
    status: ServiceStatus,
    errors: t.readonlyArray(t.strict({ message: t.string })),
    links,
  },
  'Service',
)

/** A page of services. */
export const ServicePage = t.strict({ links, services: t.readonlyArray(Service) }, 'ServicePage')

/** Where services are, by project. */
export const ServicePlaces = t.readonlyArray(
  t.strict({ project_id: t.string, service_id: t.string }),
  'ServicePlaces',
)

/** Names of domains. */
export const DomainNames = t.readonlyArray(t.strict({ domain_name: t.string }), 'DomainNames')

/** A flavor as it is shown: of each provider the first link. */
export const ShownFlavor = t.strict(
  {
    id: t.string,
    providers: t.readonlyArray(t.strict({ provider: t.string, links })),
    links,
  },
  'ShownFlavor',
)

/** All flavors. */
export const FlavorList = t.strict({ flavors: t.readonlyArray(ShownFlavor) }, 'FlavorList')

const Certificate = t.strict(
  {
    flavor_id: t.string,
    domain_name: t.string,
    cert_type: CertificateType,
    cert_details: described(t.UnknownRecord, { type: 'object' }),
    status: CertificateRecordStatus,
    project_id: t.string,
  },
  'ShownCertificate',
)

/** The certificate of a domain, or all of them where there are several. */
export const Certificates = t.union([Certificate, t.readonlyArray(Certificate)], 'Certificates')

/** What there is. */
export const Home = t.strict(
  {
    resources: t.record(
      t.string,
      t.exact(
        t.intersection([
          t.type({
            'href-template': t.string,
            hints: t.strict({
              allow: t.readonlyArray(t.string),
              formats: t.strict({ 'application/json': t.strict({}) }),
            }),
          }),
          t.partial({ 'href-vars': t.record(t.string, t.string) }),
        ]),
      ),
    ),
  },
  'Home',
)

const Online = t.keyof({ true: null, false: null })

/** Whether a part works. */
export const PartHealth = t.strict({ online: Online }, 'PartHealth')

/** Whether each part works, by kind and name. */
export const Health = t.record(
  t.string,
  t.record(t.string, t.strict({ online: Online, links: Link })),
  'Health',
)

/** A token, and where its bearer finds the CDN. */
export const Access = t.strict(
  {
    access: t.strict({
      token: t.strict({
        id: t.string,
        expires: t.string,
        tenant: t.strict({ id: t.string, name: t.string }),
      }),
      serviceCatalog: t.readonlyArray(
        t.strict({
          name: t.string,
          type: t.string,
          endpoints: t.readonlyArray(
            t.exact(
              t.intersection([
                t.type({ tenantId: t.string, publicURL: t.string }),
                t.partial({ region: t.string }),
              ]),
            ),
          ),
        }),
      ),
      user: t.strict({
        id: t.string,
        name: t.string,
        roles: t.readonlyArray(t.strict({ id: t.string, name: t.string })),
      }),
    }),
  },
  'Access',
)

const judged = (
  name: string,
  is: (body: unknown) => boolean,
  schema: JsonSchema,
): t.Type<Json, unknown, unknown> =>
  described(
    new t.Type<Json, unknown, unknown>(
      name,
      (body): body is Json => Json.is(body) && is(body),
      (body, context) => (Json.is(body) && is(body) ? t.success(body) : t.failure(body, context)),
      t.identity,
    ),
    schema,
  )

const POINTER: JsonSchema = { type: 'string', pattern: '^(?:/|$)', examples: ['/name'] }

const operations = (
  kinds: ReadonlyArray<string>,
  members: Readonly<Record<string, JsonSchema>>,
): JsonSchema => ({
  type: 'object',
  properties: { op: { enum: kinds }, path: POINTER, ...members },
  required: ['op', 'path', ...Object.keys(members)],
})

/**
 * A JSON Patch, each operation with all that its kind needs.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6902
 */
export const JsonPatch = judged(
  'JsonPatch',
  (body) => Array.isArray(body) && body.every(isOperation),
  {
    type: 'array',
    items: {
      anyOf: [
        operations(['remove'], {}),
        operations(['add', 'replace', 'test'], { value: {} }),
        operations(['move', 'copy'], { from: POINTER }),
      ],
    },
  },
)

const TEXT: JsonSchema = { type: 'string' }

const PROOFS: Readonly<Record<string, JsonSchema>> = {
  'RAX-KSKEY:apiKeyCredentials': {
    type: 'object',
    properties: { username: TEXT, apiKey: TEXT },
    required: ['username', 'apiKey'],
  },
  passwordCredentials: {
    type: 'object',
    properties: { username: TEXT, password: TEXT },
    required: ['username', 'password'],
  },
  token: { type: 'object', properties: { id: TEXT }, required: ['id'] },
}

/**
 * Asks for a token: exactly one proof of who asks, and perhaps a project. That both names of a project mean the same one is
 * for no schema to say.
 *
 * @see https://docs.rackspace.com/docs/cloud-identity/v2/general-api-info/authentication-info
 */
export const TokenRequest = judged('TokenRequest', isTokenRequest, {
  type: 'object',
  properties: {
    auth: {
      anyOf: Object.entries(PROOFS).map(([kind, proof]) => ({
        type: 'object',
        properties: { tenantId: TEXT, tenantName: TEXT, [kind]: proof },
        required: [kind],
        not: {
          anyOf: Object.keys(PROOFS)
            .filter((other) => other !== kind)
            .map((other) => ({ required: [other] })),
        },
      })),
    },
  },
  required: ['auth'],
})
