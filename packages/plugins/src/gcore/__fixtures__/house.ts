import { createHost, virtualClock } from '@signalbox/host'
import type { ConfiguredPrincipal, Dial, Host, LogLine, VirtualClock } from '@signalbox/host'
import type { Store } from '@signalbox/core/store'
import { createGcore } from '../index.ts'
import type { Billing } from '../index.ts'

export const T0 = Date.parse('2026-11-21T20:00:00Z')
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export const PRINCIPALS: ReadonlyArray<ConfiguredPrincipal> = [
  principal('1', 'admin', '*'),
  principal('7', 'reseller', '*'),
  principal('8', 'seller', '*'),
  principal('9', 'reseller', '*'),
  principal('11', 'reseller', ['4000']),
  principal('12', 'common', ['3989']),
]

export const CLIENT = {
  id: 3989,
  name: 'A',
  email: 'a@example.com',
  companyName: 'Acme Shop',
  reseller: 7,
  services: {
    CDN: { id: 21797, status: 'active', enabled: true },
    DNS: { status: 'trial' },
    STORAGE: { status: 'paused' },
    STREAMING: { status: 'trialend' },
    DDOS: { status: 'deleted' },
  },
}

const FRESH = {
  id: 3990,
  name: 'B',
  email: 'b@example.com',
  companyName: 'Bolt',
  reseller: 7,
  seller: 8,
  users: [{ id: 19, email: 'bob@example.com', name: 'Bob' }, { email: 'second@example.com' }],
  services: {
    CDN: { id: 101 },
    STORAGE: { id: 102 },
    STREAMING: { id: 103 },
    DNS: { id: 104 },
    DDOS: { id: 105 },
    CLOUD: { id: 106 },
  },
}

const FOREIGN = { ...FRESH, id: 4000, reseller: 9, seller: undefined, services: {}, users: [] }

export const SETTINGS = {
  users: {
    '7': { email: 'r@example.com', company: 'Acme' },
    '8': { reseller: 7 },
  },
  clients: [CLIENT, withoutUndefined(FRESH), withoutUndefined(FOREIGN)],
}

export const CDN = '/iam/clients/3989/services/21797'
export const NEW_CDN = '/iam/clients/3990/services/101'
export const NEW_STORAGE = '/iam/clients/3990/services/102'
export const NEW_DNS = '/iam/clients/3990/services/104'
export const NEW_CLOUD = '/iam/clients/3990/services/106'

const BODY_HEADERS = { 'content-type': 'application/json' }

export function principal(
  id: string,
  role: string,
  tenants: ConfiguredPrincipal['tenants'],
): ConfiguredPrincipal {
  const verify = async (secret: string): Promise<boolean> => secret === 's'
  return { id, provider: 'gcore', tenants, roles: [role], verify }
}

function withoutUndefined(value: object): object {
  return JSON.parse(JSON.stringify(value))
}

export interface Call {
  readonly as?: string
  readonly authorization?: string
  readonly body?: string | undefined
  readonly type?: string
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // Tests say by what they expect of it what it is.
  readonly json: any
}

export interface Booted {
  readonly host: Host
  readonly clock: VirtualClock
  readonly store: Store
  readonly lines: ReadonlyArray<LogLine>
  readonly billing: () => Billing
  readonly call: (method: string, path: string, call?: Call) => Promise<Answer>
  readonly get: (path: string, as?: string) => Promise<Answer>
  readonly ids: (query: string, as?: string) => Promise<ReadonlyArray<number>>
  /** Everything that is stored of services and clients, as one text. */
  readonly dump: () => Promise<string>
  /** Another host over the same store; one that is asleep has no workers. */
  readonly restart: (
    at: number,
    options?: { readonly settings?: object; readonly asleep?: boolean },
  ) => Promise<Booted>
}

/** Boots a host with the demo clients. */
export type Boot = (
  settings?: object,
  principals?: ReadonlyArray<ConfiguredPrincipal>,
  store?: Store,
  at?: number,
  asleep?: boolean,
  /** A clock that is shared, and a way out. */
  wires?: { readonly clock?: VirtualClock; readonly dial?: Dial },
) => Promise<Booted>

/** Boots hosts over stores of a kind. */
export const bootWith = (open: () => Store): Boot => {
async function boot(
  settings: object = {},
  principals = PRINCIPALS,
  store: Store = open(),
  at = T0,
  asleep = false,
  { clock = virtualClock(at), dial }: Parameters<Boot>[5] = {},
): Promise<Booted> {
  const lines: Array<LogLine> = []
  let ids = 0
  let billing: Billing | undefined
  const host = await createHost({
    store,
    plugins: [
      createGcore({
        connect: (door) => {
          billing = door
        },
      }),
    ],
    settings: { gcore: { ...SETTINGS, ...settings } },
    principals,
    clock,
    newId: () => `${at}-${(ids += 1)}`,
    random: () => 0,
    pollMs: DAY,
    ...(dial !== undefined && { dial }),
    log: (line) => lines.push(line),
  })
  if (!asleep) await host.start()
  await host.idle()
  const call: Booted['call'] = async (
    method,
    path,
    { as = '7$s', authorization, body, type } = {},
  ) => {
    const headers = new Headers()
    if (authorization !== '') headers.set('authorization', authorization ?? `APIKey ${as}`)
    if (body !== undefined) headers.set('content-type', type ?? BODY_HEADERS['content-type'])
    const response = await host.fetch(
      new Request(`http://localhost${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
      }),
    )
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: text === '' ? undefined : JSON.parse(text),
    }
  }
  const get: Booted['get'] = (path, as = '7$s') => call('GET', path, { as })
  return {
    host,
    clock,
    store,
    lines,
    billing: () => {
      if (billing === undefined) throw new Error('the plugin was not set up')
      return billing
    },
    call,
    get,
    ids: async (query, as) => (await get(`/iam/clients${query}`, as)).json.map(({ id }: any) => id),
    dump: async () =>
      JSON.stringify([
        await store.list({ provider: 'gcore', limit: 100 })(),
        await store.documents({ provider: 'gcore', kind: 'client', limit: 100 })(),
      await store.documents({ provider: 'gcore', kind: 'availability', limit: 100 })(),
      await store.documents({ provider: 'gcore', kind: 'key', limit: 100 })(),
      await store.documents({ provider: 'gcore', kind: 'user', limit: 100 })(),
      ]),
    restart: async (later, options = {}) => {
      const drained = host.drain(0)
      await clock.advance(0)
      await drained
      return boot(options.settings ?? settings, principals, store, later, options.asleep)
    },
  }
}
return boot
}
