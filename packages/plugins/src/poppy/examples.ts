import type { RouteExamples } from '@signalbox/host'

const BASE = 'https://cdn.example.net/v1.0/acme-7'
const ID = '0b7e9d52-26ee-4f2c-9a5c-1f0e2d3c4b5a'
const DOMAIN = 'www.shop-a.com'
const FLAVOR = {
  id: 'cdn',
  providers: [
    { provider: 'mock', links: [{ href: 'http://mock.example.net', rel: 'provider_url' }] },
  ],
}
const SHOWN_FLAVOR = { ...FLAVOR, links: [{ href: `${BASE}/flavors/cdn`, rel: 'self' }] }
const RULE = { name: 'default', request_url: '/*' }
const SERVICE = {
  name: 'shop',
  id: ID,
  project_id: 'acme-7',
  domains: [
    { domain: DOMAIN, protocol: 'http' },
    {
      domain: 'shop.scdn2.secure.example.net',
      protocol: 'https',
      certificate: 'shared',
      certificate_status: 'deployed',
    },
  ],
  origins: [
    { origin: 'o.shop-a.com', port: 80, ssl: false, rules: [RULE], hostheadertype: 'domain' },
  ],
  restrictions: [
    {
      name: 'own pages',
      access: 'whitelist',
      rules: [{ name: 'shop', request_url: '/*', referrer: DOMAIN }],
    },
  ],
  caching: [{ name: 'default', ttl: 86_400, rules: [RULE] }],
  flavor_id: 'cdn',
  log_delivery: { enabled: false },
  status: 'deployed',
  errors: [],
  links: [
    { href: `${BASE}/services/${ID}`, rel: 'self' },
    { href: `${BASE}/flavors/cdn`, rel: 'flavor' },
    { href: `${DOMAIN}.cdn4.example.net`, rel: 'access_url' },
    { href: 'shop.scdn2.secure.example.net', rel: 'access_url' },
  ],
}
const CERTIFICATE = {
  flavor_id: 'cdn',
  domain_name: DOMAIN,
  cert_type: 'san',
  cert_details: {},
  status: 'create_in_progress',
  project_id: 'acme-7',
}
const PROVIDER_URL = '0b7e9d52.edge.mock.example.net'

const service = { id: ID }
const domain = { domain: DOMAIN }

const hints = (...allow: ReadonlyArray<string>) => ({ allow, formats: { 'application/json': {} } })

const part = (group: string, name: string, online: string) => ({
  [name]: { online, links: { href: `${BASE}/health/${group}/${name}`, rel: 'self' } },
})

const health = (stored: string) => ({
  dns: part('dns', 'default', 'true'),
  storage: part('storage', 'signalbox', stored),
  distributed_task: part('distributed_task', 'signalbox', stored),
  providers: part('provider', 'mock', 'true'),
})

const endpoints = [{ tenantId: 'acme-7', publicURL: BASE }]

/** What the description shows of each route, by its name. */
export const EXAMPLES: Readonly<Record<string, RouteExamples>> = {
  listServices: {
    query: { limit: 1 },
    responses: {
      200: {
        links: [{ href: `${BASE}/services?marker=${ID}&limit=1`, rel: 'next' }],
        services: [SERVICE],
      },
    },
  },
  createService: {
    body: {
      name: 'shop',
      domains: [{ domain: DOMAIN }, { domain: 'shop', protocol: 'https', certificate: 'shared' }],
      origins: [{ origin: 'o.shop-a.com' }],
      restrictions: [{ name: 'own pages', rules: [{ name: 'shop', referrer: DOMAIN }] }],
      flavor_id: 'cdn',
    },
  },
  getService: { params: service, responses: { 200: SERVICE } },
  deleteService: { params: service },
  updateService: {
    params: service,
    body: [
      { op: 'replace', path: '/name', value: 'new name' },
      { op: 'add', path: '/domains/-', value: { domain: 'img.shop-a.com' } },
    ],
  },
  purgeService: { params: service, query: { url: '/assets/logo.png', hard: 'true' } },
  listFlavors: { responses: { 200: { flavors: [SHOWN_FLAVOR] } } },
  createFlavor: { body: FLAVOR, responses: { 201: SHOWN_FLAVOR } },
  getFlavor: { params: { id: 'cdn' }, responses: { 200: SHOWN_FLAVOR } },
  deleteFlavor: { params: { id: 'cdn' } },
  setServiceStatus: { body: { project_id: 'acme-7', service_id: ID, status: 'deployed' } },
  getLimit: { params: { pid: 'acme-7' }, responses: { 200: { limit: 20 } } },
  setLimit: { params: { pid: 'acme-7' }, body: { limit: 30 } },
  listServicesByStatus: {
    query: { status: 'failed' },
    responses: { 200: [{ project_id: 'acme-7', service_id: ID }] },
  },
  actOnServices: { body: { domain: DOMAIN, action: 'disable' } },
  listDomains: {
    query: { provider_url: PROVIDER_URL },
    responses: { 200: [{ domain_name: DOMAIN }] },
  },
  getDomain: { params: domain, responses: { 200: SERVICE } },
  setProviderDetails: {
    params: service,
    body: {
      project_id: 'acme-7',
      domain_name: DOMAIN,
      operator_url: `${DOMAIN}.cdn77.example.net`,
      provider_url: PROVIDER_URL,
    },
  },
  createCertificate: {
    body: { flavor_id: 'cdn', cert_type: 'san', domain_name: DOMAIN, project_id: 'acme-7' },
  },
  getCertificate: { params: domain, responses: { 200: CERTIFICATE } },
  deleteCertificate: { params: domain, query: { cert_type: 'san' } },
  listCertificatesByStatus: {
    query: { status: 'create_in_progress' },
    responses: { 200: [{ domain_name: DOMAIN }] },
  },
  setCertificateStatus: {
    params: domain,
    body: [{ op: 'replace', path: 'status', value: 'cancelled' }],
  },
  home: {
    responses: {
      200: {
        resources: {
          'rel/services': {
            'href-template': '/services{?marker,limit}',
            'href-vars': { marker: 'param/marker', limit: 'param/limit' },
            hints: hints('GET', 'POST'),
          },
          'rel/ping': { 'href-template': '/ping', hints: hints('GET') },
        },
      },
    },
  },
  health: { responses: { 200: health('true'), 503: health('false') } },
  healthOfPart: {
    params: { part: 'storage', name: 'signalbox' },
    responses: { 200: { online: 'true' }, 503: { online: 'false' } },
  },
  createToken: {
    body: {
      auth: {
        'RAX-KSKEY:apiKeyCredentials': { username: 'ann', apiKey: 'an-api-key' },
        tenantId: 'acme-7',
      },
    },
    responses: {
      200: {
        access: {
          token: {
            id: 'an-opaque-token',
            expires: '2031-05-07T07:08:09.123Z',
            tenant: { id: 'acme-7', name: 'acme-7' },
          },
          serviceCatalog: [
            { name: 'rackCDN', type: 'rax:cdn', endpoints },
            { name: 'rackcdn', type: 'cdn', endpoints },
          ],
          user: { id: 'ann', name: 'ann', roles: [{ id: '1', name: 'cdn:creator' }] },
        },
      },
    },
  },
}
