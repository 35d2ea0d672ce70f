import type { RouteExamples } from '@signalbox/host'

const CREATED = '2026-10-01T11:31:40.000000Z'
const CLIENT_USER = {
  id: 19,
  email: 'a@example.com',
  name: 'A',
  lang: 'en',
  phone: null,
  company: 'Acme Shop',
  reseller: 7,
  client: 3989,
  deleted: false,
  groups: [{ id: 1, name: 'Administrators' }],
  activated: true,
  sso_auth: false,
  two_fa: false,
  auth_types: ['password'],
}
const USER = {
  ...CLIENT_USER,
  user_type: 'common',
  is_active: true,
  client_and_roles: [
    { client_id: 3989, client_company_name: 'Acme Shop', user_id: 19, user_roles: ['1'] },
  ],
}
const CLIENT = {
  id: 3989,
  users: [CLIENT_USER],
  email: 'a@example.com',
  phone: null,
  name: 'A',
  status: 'active',
  companyName: 'Acme Shop',
  currentUser: 7,
  capabilities: ['CDN', 'DNS'],
  serviceStatuses: { CDN: { status: 'active', enabled: true } },
  paidFeatures: {},
  freeFeatures: {},
  entryBaseDomain: null,
  signup_process: null,
  deleted: false,
  bill_type: 'manual',
  custom_id: null,
  is_test: false,
  has_active_admin: true,
  seller: null,
  resellers: 7,
  reseller: 7,
  client_type: 'common',
  owner: 7,
  created: CREATED,
  updated: CREATED,
}
const SERVICE = {
  id: 21_797,
  name: 'CDN',
  client: 3989,
  status: 'paused',
  previous_status: 'active',
  status_changed_at: '2026-11-21T20:00:00.000000Z',
  start: CREATED,
  deleted_date: '2027-02-19T20:00:00.000000Z',
  enabled: true,
  options: [
    {
      id: null,
      value: '300',
      value_type: 'int',
      name: 'CDN_TRIAL_TRAFFIC_LIMIT',
      category: 'trial',
      description: 'GB.',
      title: 'Trial traffic',
    },
  ],
  status_transition_options: [],
}
const KEY = {
  id: 42,
  name: 'deploys',
  description: '',
  exp_date: '2027-11-21T20:00:00.000000Z',
  deleted: false,
  expired: false,
  created: CREATED,
  last_usage: CREATED,
  client_user: {
    deleted: false,
    user_id: 19,
    user_name: 'A',
    user_email: 'a@example.com',
    client_id: 3989,
    role: { id: 5, name: 'Engineers' },
  },
}
const LINE = {
  id: 1001,
  actions: 'service.update',
  data: '{"status":"paused"}',
  user_email: '',
  client: 3989,
  token: 0,
  requested_at: '2026-11-21T20:00:00.000000Z',
  path: '/iam/clients/3989/services/21797',
  remote_ip_address: '192.0.2.7',
  host: 'api.example.net',
  method: 'PUT',
  query_params: '',
  status_code: 200,
  reverted: false,
  user: 7,
}
const CHANGE = {
  id: 12,
  status_change_at: '2026-11-21T20:00:00.000000Z',
  old_status: 'trial',
  new_status: 'active',
  federation_id: '',
  client: 3989,
}
const AVAILABLE = { product_name: 'CDN', available: true }

const client = { clientId: 3989 }
const service = { ...client, serviceId: 21_797 }
const key = { ...client, tokenId: 42 }

const logOf = (line: typeof LINE | typeof CHANGE) => ({
  count: 1,
  next: null,
  previous: null,
  result: [line],
  results: [line],
})

/** What the description shows of each route, by its name. */
export const EXAMPLES: Readonly<Record<string, RouteExamples>> = {
  'client.list': {
    query: { cdn: 'active', ordering: '-created_at' },
    responses: { 200: [CLIENT] },
  },
  'client.me': { responses: { 200: CLIENT } },
  'client.get': { params: client, responses: { 200: CLIENT } },
  'client.patch': {
    params: client,
    body: { companyName: 'Acme Shop' },
    responses: { 200: CLIENT },
  },
  'client.put': { params: client, body: { companyName: 'Acme Shop' }, responses: { 200: CLIENT } },
  'service.list': { params: client, responses: { 200: [SERVICE] } },
  'service.get': { params: service, responses: { 200: SERVICE } },
  'service.put': { params: service, body: { status: 'paused' }, responses: { 200: SERVICE } },
  'service.patch': { params: service, body: { enabled: true }, responses: { 200: SERVICE } },
  'defaults.get': { responses: { 200: [AVAILABLE] } },
  'defaults.patch': { body: AVAILABLE, responses: { 200: AVAILABLE } },
  'availability.resetAll': { body: { product_names: ['CDN'] } },
  'availability.get': { params: client, responses: { 200: [AVAILABLE] } },
  'availability.patch': { params: client, body: AVAILABLE, responses: { 200: AVAILABLE } },
  'availability.reset': { params: client, body: { product_names: ['CDN'] } },
  'user.list': { query: { limit: 10, offset: 0 }, responses: { 200: [USER] } },
  'user.get': { params: { userId: 19 }, responses: { 200: USER } },
  'user.create': {
    body: { email: 'a@example.com', password: 'at least eight', company: 'Acme Shop', name: 'A' },
    responses: { 201: USER },
  },
  'log.account_status_changes': { responses: { 200: logOf(CHANGE) } },
  'log.requests': { responses: { 200: logOf(LINE) } },
  'log.request': { params: { id: 1001 }, responses: { 200: LINE } },
  'key.list': { params: client, query: { role: 'Engineers' }, responses: { 200: [KEY] } },
  'key.create': {
    params: client,
    body: {
      name: 'deploys',
      exp_date: '2027-11-21T20:00:00Z',
      client_user: { role: { name: 'Engineers' } },
    },
    responses: { 200: { token: '42_9f86d081884c7d65', ...KEY } },
  },
  'key.get': { params: key, responses: { 200: KEY } },
  'key.delete': { params: key },
  'session.open': {
    body: { username: 'a@example.com', password: 'at least eight' },
    responses: { 200: { refresh: 'a.refresh.token', access: 'an.access.token' } },
  },
  'session.refresh': {
    body: { refresh: 'a.refresh.token' },
    responses: { 200: { refresh: 'another.refresh.token', access: 'an.access.token' } },
  },
  'legacy.session.open': {
    body: { username: 'a@example.com', password: 'at least eight' },
    responses: { 200: { token: 'an.access.token', expire: '2026-11-21T21:00:00.000000Z' } },
  },
}
