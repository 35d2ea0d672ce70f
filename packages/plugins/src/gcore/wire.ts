import { jsonSchemaOf } from '@signalbox/core'
import { ClientService, Integer, ServiceName, ServiceStatus } from '@signalbox/core/gcore'
import * as t from 'io-ts'
import { readClientPatch, readLogin, readNewUser, readRefresh, readReset } from './bodies.ts'
import { anyText, EMAIL, judged, orNull, text } from './judged.ts'

const Nullable = t.union([t.string, t.null])
const Texts = t.readonlyArray(t.string)

const CLIENT_USER = {
  id: Integer,
  email: t.string,
  name: Nullable,
  lang: t.string,
  phone: Nullable,
  company: t.string,
  reseller: Integer,
  client: Integer,
  deleted: t.boolean,
  groups: t.readonlyArray(t.strict({ id: Integer, name: t.string })),
  activated: t.boolean,
  sso_auth: t.boolean,
  two_fa: t.boolean,
  auth_types: Texts,
}

/** A user as it stands in its client. */
export const ClientUser = t.readonly(t.strict(CLIENT_USER), 'ClientUser')
export type ClientUser = t.TypeOf<typeof ClientUser>

/**
 * A user by itself.
 *
 * @see https://gcore.com/docs/api-reference/iam-resellers/users
 */
export const User = t.readonly(
  t.strict({
    ...CLIENT_USER,
    user_type: t.keyof({ common: null, reseller: null, seller: null }),
    is_active: t.boolean,
    client_and_roles: t.readonlyArray(
      t.strict({
        client_id: Integer,
        client_company_name: t.string,
        user_id: Integer,
        user_roles: Texts,
      }),
    ),
  }),
  'User',
)
export type User = t.TypeOf<typeof User>

const ServiceSummary = t.strict({ status: ServiceStatus, enabled: t.boolean }, 'ServiceSummary')

/**
 * An account.
 *
 * @see https://gcore.com/docs/api-reference/iam-resellers/clients
 */
export const Client = t.readonly(
  t.intersection([
    t.strict({
      id: Integer,
      users: t.readonlyArray(ClientUser),
      email: t.string,
      phone: Nullable,
      name: t.string,
      status: t.keyof({ active: null, trial: null, trialend: null, preparation: null }),
      companyName: t.string,
      currentUser: Integer,
      capabilities: t.readonlyArray(ServiceName),
      serviceStatuses: t.exact(
        t.partial({
          CDN: ServiceSummary,
          STORAGE: ServiceSummary,
          STREAMING: ServiceSummary,
          DNS: ServiceSummary,
          DDOS: ServiceSummary,
          CLOUD: ServiceSummary,
        }),
      ),
      paidFeatures: t.type({}),
      freeFeatures: t.type({}),
      entryBaseDomain: t.null,
      signup_process: t.null,
      deleted: t.boolean,
      bill_type: t.string,
      custom_id: Nullable,
      is_test: t.boolean,
      has_active_admin: t.boolean,
      seller: t.union([Integer, t.null]),
      resellers: Integer,
      reseller: Integer,
      client_type: t.keyof({ common: null, reseller: null }),
      owner: Integer,
      created: t.string,
      updated: t.string,
    }),
    /** Left out while it is unset. */
    t.exact(t.partial({ country_code: t.string })),
  ]),
  'Client',
)
export type Client = t.TypeOf<typeof Client>

/** Whether a product is available. */
export const ProductAvailability = t.readonly(
  t.strict({ product_name: ServiceName, available: t.boolean }),
  'ProductAvailability',
)
export type ProductAvailability = t.TypeOf<typeof ProductAvailability>

const KEY = {
  id: Integer,
  name: t.string,
  description: t.string,
  exp_date: Nullable,
  deleted: t.boolean,
  expired: t.boolean,
  created: t.string,
  last_usage: t.string,
  client_user: t.strict({
    deleted: t.boolean,
    user_id: Integer,
    user_name: t.string,
    user_email: t.string,
    client_id: Integer,
    role: t.strict({ id: Integer, name: t.string }),
  }),
}

/** An API key, without what opens it. */
export const ApiKey = t.readonly(t.strict(KEY), 'ApiKey')
export type ApiKey = t.TypeOf<typeof ApiKey>

/** An API key with what opens it: shown once. */
export const NewApiKey = t.readonly(t.strict({ token: t.string, ...KEY }), 'NewApiKey')

/** A line of the log of requests. */
export const LoggedRequest = t.strict(
  {
    id: Integer,
    actions: t.string,
    data: t.string,
    user_email: t.string,
    client: Integer,
    token: Integer,
    requested_at: t.string,
    path: t.string,
    remote_ip_address: t.string,
    host: t.string,
    method: t.string,
    query_params: t.string,
    status_code: Integer,
    reverted: t.boolean,
    user: Integer,
  },
  'LoggedRequest',
)

/** A change of an account's own status. */
export const LoggedChange = t.strict(
  {
    id: Integer,
    status_change_at: t.string,
    old_status: t.string,
    new_status: t.string,
    federation_id: t.string,
    client: Integer,
  },
  'LoggedChange',
)

/** A pair of session tokens. */
export const TokenPair = t.strict({ refresh: t.string, access: t.string }, 'TokenPair')

/** The only token of those who sign in the old way. */
export const SignedIn = t.strict({ token: t.string, expire: t.string }, 'SignedIn')

/** Whatever is wrong: with fields, or in words. */
export const ErrorBody = t.intersection(
  [
    t.strict({ exception_class: t.string, request_id: t.string }),
    t.partial({ message: t.string, errors: t.record(t.string, t.unknown) }),
  ],
  'ErrorBody',
)

/** The services of a client. */
export const ClientServices = t.readonlyArray(ClientService)

/** A part of the log: its lines under both names. */
export const logCodec = <A extends t.Mixed>(entry: A): t.Mixed =>
  t.strict({
    count: Integer,
    next: Nullable,
    previous: Nullable,
    result: t.readonlyArray(entry),
    results: t.readonlyArray(entry),
  })

/** A list, bare or cut into parts. */
export const listCodec = <A extends t.Mixed>(entry: A): t.Mixed =>
  t.union([
    t.readonlyArray(entry),
    t.strict({
      count: Integer,
      next: Nullable,
      previous: Nullable,
      results: t.readonlyArray(entry),
    }),
  ])

/** What makes a client with its first user. */
export const NewUser = judged('NewUser', readNewUser, {
  type: 'object',
  properties: {
    email: EMAIL,
    password: text({ least: 8, most: 128 }),
    company: text(),
    user_type: { const: 'common' },
    name: orNull(anyText(255)),
    phone: orNull(anyText(64)),
    seller: orNull(jsonSchemaOf(Integer)),
    services: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          product_name: jsonSchemaOf(ServiceName),
          available: orNull({ type: 'boolean' }),
        },
        required: ['product_name'],
      },
    },
    lang: { enum: ['de', 'en', 'ru', 'zh', 'az'] },
    custom_id: orNull(anyText(255)),
    country_code: orNull({ type: 'string', pattern: '^[A-Za-z]{2}$' }),
    is_test: { type: 'boolean' },
  },
  required: ['email', 'password', 'company'],
})

/** What may be changed of a client. */
export const ClientPatch = judged('ClientPatch', readClientPatch, {
  type: 'object',
  properties: {
    email: EMAIL,
    companyName: text(),
    custom_id: orNull(anyText(255)),
    name: text(),
    phone: orNull(anyText(64)),
    reseller: jsonSchemaOf(Integer),
    seller: orNull(jsonSchemaOf(Integer)),
    is_test: { type: 'boolean' },
  },
})

/** Products whose personal availability is dropped. */
export const ProductNames = judged('ProductNames', readReset, {
  type: 'object',
  properties: {
    product_names: { type: 'array', items: jsonSchemaOf(ServiceName), minItems: 1 },
  },
  required: ['product_names'],
})

/** What makes an API key. */
export const NewKey = t.intersection(
  [
    t.type({
      name: t.string,
      exp_date: Nullable,
      client_user: t.type({ role: t.partial({ id: Integer, name: t.string }) }),
    }),
    t.partial({ description: t.string }),
  ],
  'NewKey',
)

/** What opens a session. */
export const Login = judged('Login', readLogin, {
  type: 'object',
  properties: { username: text({ most: 254 }), password: text({ most: 1024 }) },
  required: ['username', 'password'],
})

/** What renews a session. */
export const Refresh = judged('Refresh', readRefresh, {
  type: 'object',
  properties: { refresh: text({ most: 16_384 }) },
  required: ['refresh'],
})
