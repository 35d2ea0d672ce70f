import type { Commit, Store } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import type { Pool, PoolClient } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  answer,
  commitOf,
  deadlineOf,
  effectOf,
  entryOf,
  leaseAt,
  refOf,
  refusalOf,
  stand,
  stateOf,
  writing,
} from '../contract/given.ts'
import { clear, makeDatabase, openOn } from './__fixtures__/database.ts'
import type { Database } from './__fixtures__/database.ts'
import type { PostgresPool } from './index.ts'

let database: Database
let pool: Pool
let one: Store
let two: Store

beforeAll(async () => {
  database = await makeDatabase()
  one = await database.open()
  two = await database.open()
  pool = database.pool({ max: 20 })
})
afterAll(() => database.drop())
beforeEach(() => clear(pool))

const ref = refOf('a')

// A store whose batches run within a transaction that ends when it is told to.
const slow = async (): Promise<{
  readonly store: Store
  readonly end: (how: 'commit' | 'rollback') => Promise<void>
}> => {
  const client: PoolClient = await pool.connect()
  const held: PostgresPool = {
    query: (query) => client.query(query),
    connect: () => pool.connect(),
    on: () => undefined,
    end: () => Promise.resolve(),
  }
  const store = await openOn(held)
  await client.query('begin')
  return {
    store,
    end: async (how) => {
      await client.query(how)
      client.release()
    },
  }
}

const idsOf = async (store: Store, after?: string): Promise<ReadonlyArray<string>> => {
  const page = await answer(
    store.journal({ limit: 1000, ...(after === undefined ? {} : { after }) }),
  )
  return page.entries.map(({ id }) => id)
}

const tags = (results: ReadonlyArray<E.Either<unknown, unknown>>): ReadonlyArray<string> =>
  results.map(({ _tag }) => _tag)

describe('the journal of several hosts', () => {
  it('waits for a commit that is under way, and then shows it before what came later', async () => {
    const late = await slow()
    await stand(one, commitOf({ journal: [entryOf('before', ref)] }))
    await stand(late.store, commitOf({ journal: [entryOf('late', ref)] }))
    const { cursor } = await stand(two, commitOf({ journal: [entryOf('after', ref)] }))
    const page = await answer(one.journal({ limit: 10 }))
    expect(page.entries.map(({ id }) => id)).toEqual(['before'])
    expect(page.more).toBe(false)
    await late.end('commit')
    expect(await idsOf(one, page.cursor)).toEqual(['late', 'after'])
    expect(await idsOf(one, cursor)).toEqual([])
  })

  it('goes on when what was under way is given up', async () => {
    const late = await slow()
    await stand(late.store, commitOf({ journal: [entryOf('late', ref)] }))
    await stand(one, commitOf({ journal: [entryOf('after', ref)] }))
    expect(await idsOf(two)).toEqual([])
    await late.end('rollback')
    expect(await idsOf(two)).toEqual(['after'])
  })

  it('is held back by a transaction that writes something else, and by none that only reads', async () => {
    const reader = await pool.connect()
    await reader.query('begin isolation level repeatable read')
    await reader.query('select count(*) from signalbox.state')
    await stand(one, commitOf({ journal: [entryOf('a', ref)] }))
    expect(await idsOf(two)).toEqual(['a'])
    await reader.query('select pg_current_xact_id()')
    await stand(one, commitOf({ journal: [entryOf('b', ref)] }))
    expect(await idsOf(two)).toEqual(['a'])
    await reader.query('rollback')
    reader.release()
    expect(await idsOf(two)).toEqual(['a', 'b'])
  })

  it('shows each of many entries once, in one order, to readers that follow while several hosts write', async () => {
    const stores = [one, two, await database.open(), await database.open()]
    let writing = true
    const follow = async (store: Store, limit: number): Promise<ReadonlyArray<string>> => {
      const seen: Array<string> = []
      let after: string | undefined
      for (let last = false; !last;) {
        last = !writing
        for (let more = true; more;) {
          const page = await answer(
            store.journal({ limit, ...(after === undefined ? {} : { after }) }),
          )
          seen.push(...page.entries.map(({ id }) => id))
          after = page.cursor
          more = page.more
        }
      }
      return seen
    }
    const readers = [follow(one, 3), follow(two, 50)]
    await Promise.all(
      stores.map(async (store, host) => {
        for (let n = 0; n < 60; n += 1)
          await answer(
            store.commit(
              Array.from({ length: 1 + (n % 4) }, (_, k) =>
                commitOf({ journal: [entryOf(`${host}.${n}.${k}`, refOf(`${host}`))] }),
              ),
            ),
          )
      }),
    )
    writing = false
    const [first = [], second = []] = await Promise.all(readers)
    expect(first).toHaveLength(4 * 15 * (1 + 2 + 3 + 4))
    expect(new Set(first).size).toBe(first.length)
    expect(second).toEqual(first)
    for (const store of stores.slice(2)) await store.close()()
  })

  it('orders what is written after a move to a cluster with younger transactions behind all before', async () => {
    const { cursor: before = '' } = await stand(one, commitOf({ journal: [entryOf('a', ref)] }))
    // As if it had been restored from a cluster that has seen more transactions.
    await pool.query(`update signalbox.journal set xid = (xid::text::bigint + 1000000)::text::xid8`)
    const restored = await database.open()
    const { cursor = '' } = await stand(restored, commitOf({ journal: [entryOf('b', ref)] }))
    expect(await idsOf(restored)).toEqual(['a', 'b'])
    expect(
      await idsOf(
        restored,
        before.replace(/\.(\d+)\./, (_, xid) => `.${Number(xid) + 1e6}.`),
      ),
    ).toEqual(['b'])
    expect(await idsOf(restored, cursor)).toEqual([])
    await restored.close()()
    await pool.query('update signalbox.store set era = 1')
  })
})

describe('commits of several hosts', () => {
  it('lets exactly one of two that write over the same revision win, over and over', async () => {
    await stand(one, writing([stateOf(ref)]))
    for (let revision = 2; revision < 40; revision += 1) {
      const change = (host: string) =>
        writing([stateOf(ref, { revision, context: { host } })], {
          journal: [entryOf(`${host} ${revision}`, ref)],
        })
      const [first = [], second = []] = await Promise.all([
        answer(one.commit([change('one')])),
        answer(two.commit([change('two')])),
      ])
      expect([...tags(first), ...tags(second)].toSorted()).toEqual(['Left', 'Right'])
      const loser = [...first, ...second].find(E.isLeft)
      expect(loser?.left).toMatchObject({ _tag: 'RevisionConflict', actual: revision })
    }
    expect(await idsOf(one)).toHaveLength(38)
  })

  it('lets exactly one create a service, and hold a claim', async () => {
    for (let n = 0; n < 20; n += 1) {
      const create = (host: string) =>
        writing([stateOf(refOf(`new ${n}`), { context: { host } })], {
          takes: [{ key: `claim ${n}`, holder: host }],
        })
      const other = (host: string) => commitOf({ takes: [{ key: `other ${n}`, holder: host }] })
      const [first = [], second = []] = await Promise.all([
        answer(one.commit([create('one'), other('one')])),
        answer(two.commit([create('two'), other('two')])),
      ])
      expect([...tags(first), ...tags(second)].filter((tag) => tag === 'Right')).toHaveLength(2)
      const winner = E.isRight(first[0] as E.Either<unknown, unknown>) ? 'one' : 'two'
      expect((await answer(one.load(refOf(`new ${n}`))))?.context).toEqual({ host: winner })
      expect(await answer(two.claim(`claim ${n}`))).toBe(winner)
    }
  })

  it('counts a quota exactly under a hundred commits at once, in batches and alone', async () => {
    const take = commitOf({ quotas: [{ key: 'q', by: 1, limit: 37 }] })
    const stores = [one, two, await database.open(), await database.open()]
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        answer((stores[n % 4] as Store).commit(n % 3 === 0 ? [take, commitOf({})] : [take])),
      ),
    )
    expect(results.map(([result]) => result).filter((r) => r?._tag === 'Right')).toHaveLength(37)
    expect(await answer(one.quota('q'))).toBe(37)
    for (const store of stores.slice(2)) await store.close()()
  })

  const kinds: Readonly<
    Record<string, (id: string, turn: number, host: string) => Partial<Commit>>
  > = {
    receipts: (key) => ({ receipt: { key, fingerprint: 'f', reply: {}, expiresAt: 1e6 } }),
    'new services': (id, turn) => ({
      states: [{ state: stateOf(refOf(`${turn} ${id}`)), expected: 0 }],
    }),
    services: (id, turn, host) => ({
      effects: [effectOf(`${host} ${turn} ${id}`, refOf(id))],
      settles: [{ effect: `${host} ${turn - 1} ${id}`, outcome: 'done', at: 1 }],
    }),
    deadlines: (id) => ({ armed: [{ ref: refOf(id), deadline: deadlineOf('x', 5) }] }),
    claims: (key, _, holder) => ({ releases: [{ key, holder }], takes: [{ key, holder }] }),
    counters: (key) => ({ quotas: [{ key, by: 1 }] }),
    documents: (id, turn) => ({
      documents: [{ provider: 'demo', kind: 'k', id, tenant: 't', body: { turn } }],
    }),
  }
  for (const [kind, parts] of Object.entries({
    ...kinds,
    'all of them': (id: string, turn: number, host: string) =>
      Object.assign({}, ...Object.values(kinds).map((each) => each(id, turn, host))),
  }))
    it(`never wait in a circle for ${kind}, in whatever order they name them`, async () => {
      const failures: Array<string> = []
      const noting = (): PostgresPool => {
        const own = database.pool()
        return {
          query: (query) =>
            own.query(query).catch((thrown: unknown) => {
              failures.push(String(thrown))
              throw thrown
            }),
          connect: () => own.connect(),
          on: () => undefined,
          end: () => own.end(),
        }
      }
      const stores = await Promise.all([noting(), noting(), noting()].map((on) => openOn(on)))
      const ids = Array.from({ length: 30 }, (_, n) => `k${(n * 7) % 30}`)
      const write = async (store: Store, host: number): Promise<void> => {
        const order = host === 0 ? ids : host === 1 ? ids.toReversed() : ids.toSorted()
        for (let turn = 1; turn < 15; turn += 1)
          await answer(store.commit(order.map((id) => commitOf(parts(id, turn, `host ${host}`)))))
      }
      const work = async (store: Store, owner: string): Promise<void> => {
        for (let turn = 0; turn < 15; turn += 1) {
          const lease = leaseAt(1e5 * turn, { owner, limit: 9 })
          const leased = await answer(store.leaseEffects(lease))
          const held = leased.map(({ effect }) => effect.id).toReversed()
          await answer(store.renewEffects({ owner, ids: held, until: 1e5 * turn + 5 }))
          await answer(store.leaseDeadlines(lease))
        }
      }
      await Promise.all(
        stores.flatMap((store, host) => [write(store, host), work(store, `worker ${host}`)]),
      )
      expect(failures).toEqual([])
      for (const store of stores) await store.close()()
    })

  it('opens a lane whose oldest is settled while another host adds to it', async () => {
    for (let n = 0; n < 30; n += 1) {
      await stand(one, commitOf({ effects: [effectOf(`a${n}`, ref)] }))
      await Promise.all([
        stand(one, commitOf({ settles: [{ effect: `a${n}`, outcome: 'done', at: 1 }] })),
        stand(two, commitOf({ effects: [effectOf(`b${n}`, ref)] })),
      ])
      const work = await answer(two.leaseEffects(leaseAt(1e6)))
      expect(work.map(({ effect }) => effect.id)).toEqual([`b${n}`])
      await stand(one, commitOf({ settles: [{ effect: `b${n}`, outcome: 'done', at: 1 }] }))
    }
  })

  it('records an outcome once, whichever host reports it first', async () => {
    await stand(one, commitOf({ effects: [effectOf('e', ref)] }))
    const settles = [{ effect: 'e', outcome: 'done', at: 1 } as const]
    const results = await Promise.all(
      [one, two, one, two].map((store) => answer(store.commit([commitOf({ settles })]))),
    )
    expect(tags(results.flat()).filter((tag) => tag === 'Right')).toHaveLength(1)
  })

  it('makes sure of what it acknowledges where the default is not to wait', async () => {
    const client = await pool.connect()
    await client.query('begin; set local synchronous_commit = off')
    const within: PostgresPool = {
      query: (query) => client.query(query),
      connect: () => pool.connect(),
      on: () => undefined,
      end: () => Promise.resolve(),
    }
    await stand(await openOn(within), writing([stateOf(ref)]))
    const { rows } = await client.query('show synchronous_commit')
    expect(rows).toEqual([{ synchronous_commit: 'on' }])
    await client.query('rollback')
    client.release()
  })

  it('leaves no row behind of what was refused', async () => {
    await stand(one, commitOf({ takes: [{ key: 'taken', holder: 'them' }] }))
    await refusalOf(
      one,
      commitOf({
        states: [{ state: stateOf(refOf('new')), expected: 0 }],
        effects: [effectOf('e', refOf('other'))],
        quotas: [{ key: 'q', by: 1 }],
        takes: [
          { key: 'free', holder: 'me' },
          { key: 'taken', holder: 'me' },
        ],
        documents: [{ provider: 'demo', kind: 'k', id: 'd', tenant: 't', body: {} }],
        receipt: { key: 'r', fingerprint: 'f', reply: {}, expiresAt: 1 },
        journal: [entryOf('j', ref)],
        armed: [{ ref, deadline: deadlineOf('x', 5) }],
      }),
    )
    const { rows } = await pool.query(`
      select (select count(*) from signalbox.state) + (select count(*) from signalbox.effect)
        + (select count(*) from signalbox.quota) + (select count(*) from signalbox.document)
        + (select count(*) from signalbox.receipt) + (select count(*) from signalbox.journal)
        + (select count(*) from signalbox.deadline) as others,
        (select count(*) from signalbox.claim) as claims`)
    expect(rows).toEqual([{ others: '0', claims: '1' }])
  })
})

describe('leases of several hosts', () => {
  it('are exclusive: each effect and each deadline goes to one host', async () => {
    const ids = Array.from({ length: 300 }, (_, n) => `e${n}`)
    await answer(
      one.commit(
        ids.map((id) =>
          commitOf({
            effects: [effectOf(id, refOf(id))],
            armed: [{ ref: refOf(id), deadline: deadlineOf('x', 5) }],
          }),
        ),
      ),
    )
    const stores = [one, two, await database.open()]
    const drain = async (store: Store, owner: string): Promise<ReadonlyArray<string>> => {
      const mine: Array<string> = []
      for (let idle = 0; idle < 5;) {
        const lease = leaseAt(1000, { owner, limit: 7 })
        const work = await answer(store.leaseEffects(lease))
        const due = await answer(store.leaseDeadlines(lease))
        mine.push(...work.map(({ effect }) => effect.id), ...due.map((d) => `due ${d.ref.id}`))
        idle = work.length + due.length === 0 ? idle + 1 : 0
      }
      return mine
    }
    const shares = await Promise.all(stores.map((store, n) => drain(store, `w${n}`)))
    expect(shares.flat().toSorted()).toEqual([...ids, ...ids.map((id) => `due ${id}`)].toSorted())
    await stores[2]?.close()()
  })

  it('skip what another has in hand instead of waiting for it', async () => {
    const effects = ['a', 'b'].map((id) => effectOf(id, refOf(id)))
    await stand(one, commitOf({ effects, armed: [{ ref, deadline: deadlineOf('x', 5) }] }))
    const held = await slow()
    const taken = await answer(held.store.leaseEffects(leaseAt(100, { limit: 1 })))
    expect(taken.map(({ effect }) => effect.id)).toEqual(['a'])
    expect(await answer(held.store.leaseDeadlines(leaseAt(100)))).toHaveLength(1)
    const others = await answer(two.leaseEffects(leaseAt(100, { owner: 'two' })))
    expect(others.map(({ effect }) => effect.id)).toEqual(['b'])
    expect(await answer(two.leaseDeadlines(leaseAt(100, { owner: 'two' })))).toEqual([])
    await held.end('commit')
  })
})

describe('what a store leaves to others', () => {
  it('serves through a pooler that gives each transaction another connection', async () => {
    const names: Array<string> = []
    const clients = await Promise.all(Array.from({ length: 4 }, () => pool.connect()))
    let turn = 0
    const next = (): PoolClient => clients[(turn += 1) % clients.length] as PoolClient
    const pooled: PostgresPool = {
      query: async (query) => {
        if ('name' in query) names.push(String(query.name))
        const client = next()
        const result = await client.query(query)
        await client.query('discard all')
        return result
      },
      connect: () => {
        const client = next()
        return Promise.resolve({
          query: (query) => client.query(query),
          release: () => void client.query('discard all'),
        })
      },
      on: () => undefined,
      end: () => Promise.resolve(),
    }
    const store = await openOn(pooled)
    const services = ['x', 'y', 'z'].map((id) => refOf(id))
    await answer(
      store.commit(
        services.map((of) =>
          writing([stateOf(of)], {
            effects: [effectOf(of.id, of)],
            journal: [entryOf(of.id, of)],
            armed: [{ ref: of, deadline: deadlineOf('x', 5) }],
          }),
        ),
      ),
    )
    const lease = leaseAt(100)
    expect(await answer(store.leaseEffects(lease))).toHaveLength(3)
    expect(await answer(store.renewEffects({ owner: 'one', ids: ['x'], until: 1e6 }))).toEqual([
      'x',
    ])
    expect(await answer(store.leaseDeadlines(lease))).toHaveLength(3)
    expect((await answer(store.list({ provider: 'demo', limit: 2 }))).items).toHaveLength(2)
    expect(await idsOf(store)).toEqual(['x', 'y', 'z'])
    expect(await answer(store.allocate({ sequence: 's', count: 1, floor: 1 }))).toBe(1)
    expect(names).toEqual([])
    for (const client of clients) client.release()
  })

  it('reads values as they are, whatever the parsers of the process make of them', async () => {
    const odd = database.pool({ types: { getTypeParser: () => () => 'spoilt' } })
    const store = await openOn(odd)
    await stand(store, writing([stateOf(ref)], { quotas: [{ key: 'q', by: 2 }] }))
    expect(await answer(store.load(ref))).toEqual(stateOf(ref))
    expect(await answer(store.quota('q'))).toBe(2)
  })
})
