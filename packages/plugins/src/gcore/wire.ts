import { ClientService, Integer, ServiceName, ServiceStatus } from '@signalbox/core/gcore'
import * as t from 'io-ts'

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
export const NewUser = t.intersection(
  [
    t.type({ email: t.string, password: t.string, company: t.string }),
    t.partial({
      user_type: t.literal('common'),
      name: Nullable,
      phone: Nullable,
      seller: t.union([Integer, t.null]),
      services: t.readonlyArray(
        t.type({ product_name: ServiceName, available: t.union([t.boolean, t.null]) }),
      ),
      lang: t.keyof({ de: null, en: null, ru: null, zh: null, az: null }),
      custom_id: Nullable,
      country_code: Nullable,
      is_test: t.boolean,
    }),
  ],
  'NewUser',
)

/** What may be changed of a client. */
export const ClientPatch = t.partial(
  {
    email: t.string,
    companyName: t.string,
    custom_id: Nullable,
    name: t.string,
    phone: Nullable,
    reseller: Integer,
    seller: t.union([Integer, t.null]),
    is_test: t.boolean,
  },
  'ClientPatch',
)

/** Products whose personal availability is dropped. */
export const ProductNames = t.type({ product_names: t.readonlyArray(ServiceName) }, 'ProductNames')

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
export const Login = t.type({ username: t.string, password: t.string }, 'Login')

/** What renews a session. */
export const Refresh = t.type({ refresh: t.string }, 'Refresh')
