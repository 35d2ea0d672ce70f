import { poppyCertificate, createPoppyLifecycle } from '@signalbox/core/poppy'
import { createGcoreLifecycle } from '@signalbox/core/gcore'
import { zosService } from '@signalbox/core/zosconnect'
import type { State } from '@signalbox/core'
import type { Rules } from './check/evidence.ts'

/** The Poppy project whose services are changed. */
export const PROJECT = '110011'

/** The Gcore clients that are there from the start, and the first id of the services of each. */
export const CLIENTS = [1001, 1002, 1003, 1004, 1005, 1006].map((id, index) => ({
  id,
  services: 5000 + 10 * index,
}))

/** The option of each product that clients write their marks into. CLOUD has none. */
export const MARKED = {
  CDN: 'CDN_TRIAL_TRAFFIC_LIMIT',
  STORAGE: 'STORAGE_TRIAL_CAPACITY_LIMIT',
  STREAMING: 'STREAMING_TRIAL_STREAMS_LIMIT',
  DNS: 'DNS_REQUEST_COUNT_COMMIT',
  DDOS: 'DDOS_TRIAL_RESOURCE_LIMIT',
} as const

/** The products of a client, in the order of their ids. */
export const PRODUCTS = ['CDN', 'STORAGE', 'STREAMING', 'DNS', 'DDOS', 'CLOUD'] as const

/** The services of z/OS Connect that are there from the start. */
export const SERVICES = Array.from({ length: 6 }, (_, index) => `service${index}`)

/** The secret of every principal of the hosts. */
export const SECRET = 'torture'

const EFFECT_TIMEOUT_MS = 2000
const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/** How long work stays with a dead host, in ms. */
export const LEASE_MS = 2500

/** The terms of Gcore's products: everything comes to an end within days. */
export const TERMS = {
  services: Object.fromEntries(
    PRODUCTS.map((product) => [product, { trialDays: 1, retentionDays: 2, activationMinutes: 1 }]),
  ),
}

/**
 * The configuration of every host. Work takes long enough to be cut off, and its time is up before a dead host's lease is. A
 * receiver is handed all of it; without one, hosts only pretend.
 */
export const configurationOf = (receiver?: string): object => {
  const webhook = receiver === undefined ? {} : { driver: webhookOf(receiver) }
  return {
    leaseMs: LEASE_MS,
    principals: [
      { id: 'operator', provider: 'poppy', secret: SECRET, tenants: '*', roles: ['operator'] },
      { id: '1', provider: 'gcore', secret: SECRET, tenants: '*', roles: ['admin'] },
      { id: '7', provider: 'gcore', secret: SECRET, tenants: '*', roles: ['reseller'] },
      { id: 'ADMIN', provider: 'zosconnect', secret: SECRET, tenants: '*' },
    ],
    providers: {
      poppy: {
        maxServicesPerProject: 100_000,
        effectDelay: 20,
        effectTimeout: EFFECT_TIMEOUT_MS / 1000,
        ...webhook,
        seedFlavors: [
          {
            id: 'cdn',
            providers: [
              { provider: 'mock', links: [{ href: 'http://m.example', rel: 'provider_url' }] },
            ],
          },
        ],
      },
      gcore: {
        ...TERMS,
        ...webhook,
        clients: CLIENTS.map(({ id, services }) => ({
          id,
          name: `Client ${id}`,
          email: `${id}@example.com`,
          companyName: `Client ${id}`,
          reseller: 7,
          services: Object.fromEntries(
            PRODUCTS.map((product, index) => [product, { id: services + index }]),
          ),
        })),
      },
      zosconnect: {
        requireSecure: false,
        simulated: true,
        restart: 'last',
        ...webhook,
        services: SERVICES.map((name, index) => ({
          name,
          provider: 'signalbox.simulated',
          properties: index % 2 === 0 ? {} : { startMs: '20', stopMs: '20' },
        })),
      },
    },
  }
}

/** What the checker is told of all that. */
export const RULES: Rules = {
  lifecycles: [
    createPoppyLifecycle({ effectTimeoutMs: EFFECT_TIMEOUT_MS }),
    poppyCertificate,
    createGcoreLifecycle(TERMS),
    zosService,
  ],
  undriven: new Set(),
  visible: new Set([
    ...['provision', 'update', 'remove', 'pointDns'].map((type) => `poppy/service ${type}`),
    ...['provision', 'suspend', 'resume', 'wipe'].map((type) => `gcore/service ${type}`),
    ...['provider.start', 'provider.stop'].map((type) => `zosconnect/service ${type}`),
  ]),
  spans: {
    'poppy/service effectTimeout': EFFECT_TIMEOUT_MS,
    'gcore/service activationFinishes': MINUTE_MS,
    'gcore/service retentionPasses': 2 * DAY_MS,
  },
  // The vendor of z/OS Connect has 500 for a store that is away, and other reasons for a 503.
  isUnavailable: ({ what }, { status, retryAfter }) =>
    what.includes(' /zosConnect/')
      ? status === 500 || status === 503
      : status === 503 && retryAfter,
  markOf: (state) => {
    const { context } = state
    switch (state.lifecycle) {
      case 'poppy/service':
        return textIn(context['config'], 'name')
      case 'gcore/service':
        return textIn(context['options'], optionOf(state) ?? '')
      default:
        return undefined
    }
  },
}

// -- internals

const webhookOf = (url: string): object => ({
  kind: 'webhook',
  url,
  secret: `whsec_${btoa('a secret of no importance')}`,
  timeoutMs: 1000,
  reach: { allow: ['127.0.0.0/8'], allowHttp: true },
})

const textIn = (holder: unknown, name: string): string | undefined => {
  const value =
    typeof holder === 'object' && holder !== null
      ? (holder as Readonly<Record<string, unknown>>)[name]
      : undefined
  return typeof value === 'string' ? value : undefined
}

const optionOf = ({ context }: State): string | undefined =>
  Object.entries(MARKED).find(([product]) => product === context['name'])?.[1]
