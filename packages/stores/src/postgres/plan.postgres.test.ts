import type { StateQuery, Store } from '@signalbox/core/store'
import type { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  answer,
  commitOf,
  deadlineOf,
  effectOf,
  entryOf,
  leaseAt,
  refOf,
  stateOf,
  writing,
} from '../contract/given.ts'
import { makeDatabase, openOn } from './__fixtures__/database.ts'
import type { Database } from './__fixtures__/database.ts'

const SERVICES = 10_000

let database: Database
let pool: Pool
let store: Store

beforeAll(async () => {
  database = await makeDatabase()
  pool = database.pool({ max: 1 })
  store = await openOn(pool)
  for (let from = 0; from < SERVICES; from += 500)
    await answer(
      store.commit(
        Array.from({ length: 500 }, (_, k) => {
          const n = from + k
          const ref = refOf(`s${String(n).padStart(5, '0')}`, `t${n % 10}`)
          return writing(
            [
              stateOf(ref, {
                status: `w${n % 4}`,
                done: n % 9 === 0,
                labels: { zone: `${n % 5}` },
              }),
            ],
            {
              effects: [effectOf(`e${n}`, ref)],
              settles: n % 20 === 0 ? [] : [{ effect: `e${n}`, outcome: 'done', at: 1 }],
              armed: [{ ref, deadline: deadlineOf('x', 1000 + n) }],
              journal: [entryOf(`j${n}`, ref)],
              takes: [{ key: `c${n}`, holder: `h${n}` }],
              quotas: [{ key: `q${n}`, by: 1 }],
              documents: [
                { provider: 'demo', kind: 'k', id: `d${n}`, tenant: `t${n % 10}`, body: {} },
              ],
              receipt: { key: `r${n}`, fingerprint: 'f', reply: {}, expiresAt: 1 },
            },
          )
        }),
      ),
    )
}, 60_000)
afterAll(() => database.drop())

// How many rows and index entries the server reads for what is asked: it counts them in a transaction before it reports them.
const readFor = async (ask: () => Promise<unknown>): Promise<number> => {
  const count = async (): Promise<number> => {
    const { rows } = await pool.query(
      `select sum(pg_stat_get_xact_tuples_returned(oid)) as count from pg_class
      where relnamespace = 'signalbox'::regnamespace and relkind in ('r', 'i')`,
    )
    return Number(rows[0].count)
  }
  await pool.query('begin')
  const before = await count()
  await ask()
  const after = await count()
  await pool.query('rollback')
  return after - before
}

// Less than there is in any one partition. Index entries of rows that are gone count until they are found to be.
const FEW = 1100

const after = 't3/s00500'
const label = { name: 'zone', value: '3' }
const queries: ReadonlyArray<Omit<StateQuery, 'provider' | 'limit'>> = [
  {},
  { after },
  { tenant: 't3', after },
  { tenant: 't3', afterId: 's00500' },
  { statuses: ['w1', 'w2'], after },
  { statuses: ['w1'], tenant: 't3', afterId: 's00500' },
  { label, after },
  { label, tenant: 't3', afterId: 's00500', statuses: ['w1'] },
  { lifecycle: 'demo/service', after },
]

const ref = refOf('s04321', 't1')

// A session may have planned these while the tables were empty, and they come with every change.
const hot: Readonly<Record<string, () => Promise<unknown>>> = {
  'a state': () => answer(store.load(ref)),
  'effects to lease': () => answer(store.leaseEffects(leaseAt(100, { limit: 20 }))),
  'leases to renew': () =>
    answer(store.renewEffects({ owner: 'one', ids: ['e0', 'e20'], until: 9 })),
  'an effect to defer': () =>
    answer(store.deferEffect({ effect: 'e0', owner: 'one', notBefore: 1, error: 'x' })),
  'an effect': () => answer(store.effect('e0')),
  'deadlines to lease': () => answer(store.leaseDeadlines(leaseAt(2000, { limit: 20 }))),
  'the next wake': () => answer(store.nextWake()),
  'the journal': () => answer(store.journal({ limit: 20 })),
  'a claim': () => answer(store.claim('c77')),
  'a counter': () => answer(store.quota('q77')),
  'a receipt': () => answer(store.receipt('r77')),
  'a document': () => answer(store.document({ provider: 'demo', kind: 'k', id: 'd77' })),
  'a number': () => answer(store.allocate({ sequence: 's', count: 1, floor: 1 })),
}

const pages: Readonly<Record<string, () => Promise<unknown>>> = {
  'the journal of a provider': () => answer(store.journal({ provider: 'demo', limit: 20 })),
  'the journal of a tenant': () => answer(store.journal({ tenant: 't3', limit: 20 })),
  'the journal of a tenant of a provider': () =>
    answer(store.journal({ provider: 'demo', tenant: 't3', limit: 20 })),
  'the journal of a service': () => answer(store.journal({ ref, limit: 20 })),
  'services that are overdue': () =>
    answer(store.overdue({ provider: 'demo', at: 5000, limit: 20 })),
  'services of a tenant that are overdue': () =>
    answer(store.overdue({ provider: 'demo', tenant: 't3', at: 1200, limit: 20 })),
  effects: () => answer(store.effects({ limit: 20 })),
  'the effects of a service': () => answer(store.effects({ ref, limit: 20 })),
  'open effects': () => answer(store.effects({ open: true, limit: 20 })),
  'open effects of a service': () => answer(store.effects({ open: true, ref, limit: 20 })),
  'stopped effects': () => answer(store.effects({ work: 'unknown', limit: 20 })),
  'stopped effects of a tenant': () =>
    answer(store.effects({ work: 'parked', provider: 'demo', tenant: 't3', limit: 20 })),
  'effects that wait': () => answer(store.effects({ work: 'pending', limit: 20 })),
  'effects of a tenant': () => answer(store.effects({ provider: 'demo', tenant: 't3', limit: 20 })),
  documents: () => answer(store.documents({ provider: 'demo', kind: 'k', limit: 20 })),
  'documents of a tenant': () =>
    answer(store.documents({ provider: 'demo', kind: 'k', tenant: 't3', after: 'd5', limit: 20 })),
}

for (const known of [false, true])
  describe(`with ten thousand services${known ? '' : ', of which the planner does not know yet'}, little is read`, () => {
    beforeAll(async () => {
      if (known) await pool.query('analyze')
    })
    for (const [name, ask] of Object.entries({ ...hot, ...(known ? pages : {}) }))
      it(`for ${name}`, async () => {
        expect(await readFor(ask)).toBeLessThan(FEW)
      })
    it('for a commit with everything in it, whether it stands or not', async () => {
      const full = writing([stateOf(ref, { revision: 2, generation: 2, labels: { zone: '9' } })], {
        effects: [effectOf('new', ref, { generation: 2 })],
        settles: [{ effect: 'e20', outcome: 'done', at: 1 }],
        parks: [{ effect: 'e40', at: 1, error: 'gave up' }],
        retries: [{ effect: 'e60', at: 1 }],
        lease: { owner: 'one', until: 5 },
        journal: [entryOf('new', ref)],
        armed: [{ ref, deadline: deadlineOf('y', 5) }],
        cancelled: [{ ref, name: 'x' }],
        takes: [{ key: 'new', holder: 'h' }],
        releases: [{ key: 'c4321', holder: 'h4321' }],
        quotas: [{ key: 'q4321', by: 1 }],
        documents: [{ provider: 'demo', kind: 'k', id: 'd4321', tenant: 't', body: null }],
        receipt: { key: 'new', fingerprint: 'f', reply: {}, expiresAt: 1 },
      })
      const refused = commitOf({
        takes: [
          { key: 'one more', holder: 'h' },
          { key: 'c1', holder: 'another' },
        ],
      })
      let tags: ReadonlyArray<string> = []
      const read = await readFor(async () => {
        tags = (await answer(store.commit([full, refused]))).map(({ _tag }) => _tag)
      })
      expect(read).toBeLessThan(FEW)
      expect(tags).toEqual(['Right', 'Left'])
    })
  })

describe('with ten thousand services, little is read', () => {
  for (const done of ['exclude', 'only', 'include'] as const)
    for (const query of queries)
      it(`for a page of states: ${JSON.stringify({ done, ...query })}`, async () => {
        const ask = () => answer(store.list({ provider: 'demo', done, ...query, limit: 20 }))
        expect(await readFor(ask)).toBeLessThan(FEW)
        expect((await ask()).items.length).toBeGreaterThan(0)
      })
})

it('notices a table that is read from end to end, and an index', async () => {
  const scan = 'select count(body) from signalbox.effect'
  expect(await readFor(() => pool.query(scan))).toBeGreaterThanOrEqual(SERVICES)
  const index = 'set local enable_seqscan = off; select count(id) from signalbox.effect'
  expect(await readFor(() => pool.query(index))).toBeGreaterThanOrEqual(SERVICES)
})
