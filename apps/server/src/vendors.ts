import type { JournalEntry } from '@signalbox/core'
import type { Store } from '@signalbox/core/store'
import { must } from './house.ts'
import { basic, exchange } from './wire.ts'
import type { WireReply } from './wire.ts'

/** A configuration of all three providers, with one service that `VENDORS` change there and back. For tests. */
export const vendorsConfiguration = (over: object): object => ({
  principals: [
    { id: 'operator', provider: 'poppy', secret: 'operator', tenants: '*', roles: ['operator'] },
    { id: 'tenant', provider: 'poppy', secret: 'tenant', tenants: ['110011'] },
    { id: '7', provider: 'gcore', secret: 'reseller', tenants: '*', roles: ['reseller'] },
    { id: 'ADMIN', provider: 'zosconnect', secret: 'admin', tenants: '*' },
  ],
  ...over,
})

/** Settings of the three providers. */
export const vendorsSettings = (poppy: object): object => ({
  poppy: {
    seedFlavors: [
      {
        id: 'cdn',
        providers: [
          { provider: 'mock', links: [{ href: 'http://m.example', rel: 'provider_url' }] },
        ],
      },
    ],
    seedServices: [
      {
        project: '110011',
        id: SEEDED,
        service: {
          name: 'seeded',
          domains: [{ domain: 'www.seeded.example' }],
          origins: [{ origin: 'origin.seeded.example' }],
          flavor_id: 'cdn',
        },
      },
    ],
    ...poppy,
  },
  gcore: {
    clients: [
      {
        id: 1001,
        name: 'Client',
        email: 'client@example.com',
        companyName: 'Client',
        reseller: 7,
        services: { CDN: { id: 5001, status: 'active' } },
      },
    ],
  },
  zosconnect: {
    requireSecure: false,
    simulated: true,
    restart: 'last',
    services: [{ name: 'box', provider: 'signalbox.simulated' }],
  },
})

/** A service of one vendor, and how it is moved to either of two statuses. */
export interface Vendor {
  readonly provider: string
  readonly statuses: readonly [string, string]
  readonly set: (base: string, status: string, request: string) => Promise<WireReply>
  /** A member that every error of the vendor's has in its body. */
  readonly errorMember: string
}

const SEEDED = 'e8b44506-71b7-4074-9bc8-1b5037ade112'

/** One for each provider. */
export const VENDORS: ReadonlyArray<Vendor> = [
  {
    provider: 'poppy',
    statuses: ['failed', 'deployed'],
    errorMember: 'message',
    set: (base, status, request) =>
      exchange(base, '/v1.0/110011/admin/services/status', {
        method: 'POST',
        headers: { 'x-auth-token': 'operator', 'x-request-id': request },
        body: JSON.stringify({ project_id: '110011', service_id: SEEDED, status }),
      }),
  },
  {
    provider: 'gcore',
    statuses: ['paused', 'active'],
    errorMember: 'exception_class',
    set: (base, status, request) =>
      exchange(base, '/iam/clients/1001/services/5001', {
        method: 'PATCH',
        headers: {
          authorization: 'apikey 7$reseller',
          'content-type': 'application/json',
          'x-request-id': request,
        },
        body: JSON.stringify({ status }),
      }),
  },
  {
    provider: 'zosconnect',
    statuses: ['Stopped', 'Started'],
    errorMember: 'errorMessage',
    set: (base, status, request) =>
      exchange(base, `/zosConnect/services/box?status=${status.toLowerCase()}`, {
        method: 'PUT',
        headers: { authorization: basic('ADMIN', 'admin'), 'x-request-id': request },
      }),
  },
]

/** Asks Poppy for a new service; answers its path. */
export const createPoppyService = async (base: string, name: string): Promise<string> => {
  const { status, headers, text } = await exchange(base, '/v1.0/110011/services', {
    method: 'POST',
    headers: { 'x-auth-token': 'tenant' },
    body: JSON.stringify({
      name,
      domains: [{ domain: `www.${name}.example` }],
      origins: [{ origin: `origin.${name}.example` }],
      flavor_id: 'cdn',
    }),
  })
  if (status !== 202) throw new Error(`${status} ${text}`)
  return new URL(headers.get('location') ?? '').pathname
}

/** The whole journal of a store. */
export const wholeJournal = async (store: Store): Promise<ReadonlyArray<JournalEntry>> => {
  const all: JournalEntry[] = []
  let after: string | undefined
  for (let more = true; more;) {
    const page = must(
      await store.journal({ limit: 1000, ...(after === undefined ? {} : { after }) })(),
    )
    all.push(...page.entries)
    after = page.cursor
    more = page.more
  }
  return all
}
