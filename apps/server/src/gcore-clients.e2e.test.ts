import { DatabaseSync } from 'node:sqlite'
import { createHost, virtualClock } from '@signalbox/host'
import type { Host } from '@signalbox/host'
import { gcore } from '@signalbox/plugins/gcore'
import { sqliteStore } from '@signalbox/stores/sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { must } from './house.ts'
import { createIds } from './ids.ts'
import { plainVerifier } from './secret.ts'

const T0 = Date.parse('2026-11-21T20:00:00Z')
const DAY = 86_400_000
const CLIENTS = 1000

const STATUSES = ['new', 'trial', 'trialend', 'active', 'paused', 'deleted', 'activating']
const PRODUCTS = ['CDN', 'STORAGE', 'STREAMING', 'DNS', 'DDOS', 'CLOUD']

// Client n of reseller 7, or of 9 for every tenth; its statuses follow from n alone.
const statusOf = (client: number, product: number): string => {
  const status =
    STATUSES[(client * 7 + product * 3 + (client >> product)) % STATUSES.length] ?? 'new'
  if (status === 'activating') return product === 0 ? status : 'active'
  return product === 5 && status === 'trial' ? 'new' : status
}

const SEEDS = Array.from({ length: CLIENTS }, (_, client) => ({
  id: 10_000 - client * 7,
  name: `Name ${client % 13}`,
  email: `c${client}@example.com`,
  companyName: `Company ${client % 17}`,
  reseller: client % 10 === 9 ? 9 : 7,
  ...(client % 4 === 0 && client % 10 !== 9 ? { seller: 8 } : {}),
  services: Object.fromEntries(
    PRODUCTS.map((name, product) => [name, { status: statusOf(client, product) }]),
  ),
}))

const OWN = SEEDS.filter(({ reseller }) => reseller === 7)

const texts = new Set<string>()
const database = new DatabaseSync(':memory:')
const clock = virtualClock(T0)
let host: Host

beforeAll(async () => {
  const store = must(
    sqliteStore({
      database: {
        exec: (sql) => database.exec(sql),
        // Statements are prepared once, so that it is their use that tells which a request needs.
        prepare: (sql) => {
          const statement = database.prepare(sql)
          return {
            run: (...values) => statement.run(...values),
            get: (...values) => {
              texts.add(sql)
              return statement.get(...values)
            },
            all: (...values) => {
              texts.add(sql)
              return statement.all(...values)
            },
          }
        },
        close: () => database.close(),
      },
    }),
  )
  host = await createHost({
    store,
    plugins: [gcore],
    settings: { gcore: { clients: SEEDS, users: { '8': { reseller: 7 } } } },
    principals: [
      ['1', 'admin'],
      ['7', 'reseller'],
      ['8', 'seller'],
      ['9', 'reseller'],
    ].map(([id = '', role = '']) => ({
      id,
      provider: 'gcore',
      tenants: '*' as const,
      roles: [role],
      verify: plainVerifier('s'),
    })),
    clock,
    newId: createIds(clock.now),
    random: () => 0.5,
    pollMs: 365 * DAY,
    log: () => {},
  })
  await host.start()
  await host.idle()
}, 60_000)

afterAll(async () => {
  const drained = host.drain(0)
  await clock.advance(0)
  await drained
})

interface Shown {
  readonly id: number
  readonly name: string
  readonly status: string
}

const ask = async (
  query: string,
  as = '7$s',
): Promise<Shown[] & { readonly count?: number; readonly results?: Shown[] }> => {
  const response = await host.fetch(
    new Request(`http://localhost/iam/clients${query}`, {
      headers: { authorization: `APIKey ${as}` },
    }),
  )
  expect(response.status).toBe(200)
  return (await response.json()) as Shown[]
}

const idsOf = (shown: ReadonlyArray<Shown>): ReadonlyArray<number> => shown.map(({ id }) => id)

const ascending = (ids: ReadonlyArray<number>): ReadonlyArray<number> =>
  ids.toSorted((a, b) => a - b)

const matching = (holds: (seed: (typeof SEEDS)[number]) => boolean): ReadonlyArray<number> =>
  ascending(OWN.filter(holds).map(({ id }) => id))

const is = (name: string, status: string) => (seed: (typeof SEEDS)[number]) =>
  seed.services[name]?.status === status

describe('a list of a thousand clients', () => {
  it('shows each caller its own', async () => {
    expect(idsOf(await ask(''))).toEqual(matching(() => true))
    expect(await ask('', '1$s')).toHaveLength(CLIENTS)
    expect(await ask('', '9$s')).toHaveLength(CLIENTS - OWN.length)
    expect(idsOf(await ask('', '8$s'))).toEqual(matching(({ seller }) => seller === 8))
  })

  it.each([
    ['cdn=trial', is('CDN', 'trial')],
    ['cdn=activating', is('CDN', 'activating')],
    ['dns=active', is('DNS', 'active')],
    ['cloud=deleted', is('CLOUD', 'deleted')],
    [
      'storage=active&streaming=paused',
      (seed: (typeof SEEDS)[number]) =>
        is('STORAGE', 'active')(seed) && is('STREAMING', 'paused')(seed),
    ],
    ['name=name%201', ({ name }: { readonly name: string }) => name.startsWith('Name 1')],
    [
      'email=C17@example.com',
      ({ email }: { readonly email: string }) => email === 'c17@example.com',
    ],
    ['seller_id=8', ({ seller }: { readonly seller?: number }) => seller === 8],
  ])('filters by %s', async (query, holds) => {
    const expected = matching(holds)
    expect(expected.length).toBeGreaterThan(0)
    expect(idsOf(await ask(`?${query}`))).toEqual(expected)
  })

  it('orders by several names, ties by id', async () => {
    const shown = await ask('?ordering=-status,name')
    expect(shown).toHaveLength(OWN.length)
    expect(shown).toEqual(
      shown.toSorted(
        (a, b) =>
          (b.status < a.status ? -1 : b.status > a.status ? 1 : 0) ||
          (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) ||
          a.id - b.id,
      ),
    )
    expect(new Set(shown.map(({ status }) => status)).size).toBeGreaterThan(2)
  })

  it('comes in parts that make up the whole', async () => {
    const whole = await ask('?cdn=active&ordering=-id')
    const parts: Array<number> = []
    for (let offset = 0; ; offset += 37) {
      const { count, results = [] } = await ask(
        `?cdn=active&ordering=-id&limit=37&offset=${offset}`,
      )
      expect(count).toBe(whole.length)
      parts.push(...idsOf(results))
      if (results.length < 37) break
    }
    expect(parts).toEqual(idsOf(whole))
  })

  it('settles what is due before it is filtered', async () => {
    const running = matching(is('CDN', 'trial'))
    const ended = matching(is('CDN', 'trialend'))
    await clock.advance(14 * DAY)
    expect(await ask('?cdn=trial')).toEqual([])
    expect(idsOf(await ask('?cdn=trialend'))).toEqual(ascending([...running, ...ended]))
  })

  it.each([
    ['7$s', ''],
    ['1$s', '?limit=10'],
    ['7$s', '?cdn=trialend&ordering=-status&limit=10&offset=20'],
    ['8$s', '?companyName=company&storage=deleted'],
  ])('is read from indexes, by %s%s', async (as, query) => {
    texts.clear()
    await ask(query, as)
    const plans = [...texts].map(
      (sql) => [sql, database.prepare(`explain query plan ${sql}`).all()] as const,
    )
    expect(plans.length).toBeGreaterThan(1)
    for (const [sql, plan] of plans)
      for (const { detail } of plan)
        expect([sql, String(detail)]).toEqual([sql, expect.not.stringMatching(/^SCAN|TEMP B-TREE/)])
  })
})
