import type { Hint, Store } from '@signalbox/core/store'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest'
import { answer, commitOf, effectOf, entryOf, leaseAt, refOf, stand } from '../contract/given.ts'
import { after, listenTo, makeDatabase, openOn } from './__fixtures__/database.ts'
import type { Database } from './__fixtures__/database.ts'
import type { Hearing, PostgresListener } from './index.ts'

let database: Database
beforeAll(async () => {
  database = await makeDatabase()
  await (await database.open()).close()()
})
afterAll(() => database.drop())

const closers: Array<() => Promise<unknown>> = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

interface Watched {
  readonly store: Store
  /** What its watcher was told, since it was last taken. */
  readonly hints: Array<Hint>
  readonly told: Array<Hearing>
}

// A store that hears what others tell.
const watched = async (
  connect: () => Promise<PostgresListener> = () => listenTo(database.url),
): Promise<Watched> => {
  const told: Array<Hearing> = []
  const store = await openOn(database.pool(), {
    connect,
    after,
    told: (hearing) => told.push(hearing),
  })
  closers.push(store.close())
  const hints: Array<Hint> = []
  store.watch?.((of) => hints.push(of))
  return { store, hints, told }
}

// Once it hears, it is told to look, for it may have missed something.
const hearing = async (open: Watched): Promise<Watched> => {
  await until(() => open.told.at(-1)?.heard === true && open.hints.length > 0)
  expect(open.hints.splice(0)).toEqual(['journal', 'work'])
  return open
}

const until = (done: () => boolean): Promise<void> =>
  expect.poll(done, { timeout: 15_000, interval: 2 }).toBe(true)

let count = 0
const fresh = (): string => `n${(count += 1)}`

const changed = () => commitOf({ journal: [entryOf(fresh(), refOf('a'))] })

// What is notified, as anybody sees it who listens.
const notifications = async (): Promise<Array<{ readonly processId: number }>> => {
  const seen: Array<{ readonly processId: number }> = []
  const client = new Client({ connectionString: database.url })
  await client.connect()
  closers.push(() => client.end())
  client.on('notification', (notification) => seen.push(notification))
  await client.query('listen signalbox')
  return seen
}

it('tells the other stores of a change, and not the one that made it', async () => {
  const [one, two] = [await hearing(await watched()), await hearing(await watched())]
  await stand(one.store, changed())
  await until(() => two.hints.length > 0)
  // What one has told itself would have come before this.
  await stand(two.store, changed())
  await until(() => one.hints.length > 0)
  expect([one.hints, two.hints]).toEqual([['journal'], ['journal']])
})

it('tells of work when there is some that it has not leased to itself', async () => {
  const [one, two] = [await hearing(await watched()), await hearing(await watched())]
  const [kept, left] = [effectOf(fresh(), refOf('kept')), effectOf(fresh(), refOf('left'))]
  const entry = () => [entryOf(fresh(), refOf('a'))]
  const lease = { owner: 'one', until: 10_000 }
  await stand(one.store, commitOf({ effects: [kept], lease, journal: entry() }))
  await until(() => two.hints.length > 0)
  expect(two.hints.splice(0)).toEqual(['journal'])
  for (const leave of [
    () => stand(one.store, commitOf({ effects: [left] })),
    () => stand(one.store, commitOf({ retries: [{ effect: kept.id, at: 1 }] })),
    async () => {
      const [taken] = await answer(one.store.leaseEffects(leaseAt(1_000, { limit: 1 })))
      const effect = taken?.effect.id ?? ''
      await answer(one.store.deferEffect({ effect, owner: 'one', notBefore: 1, error: 'x' }))
    },
    // Whatever it would have woken for.
    () => one.store.close()(),
  ]) {
    await leave()
    await until(() => two.hints.length > 0)
    expect(two.hints.splice(0)).toEqual(['work'])
  }
})

it('stops telling a watcher that has left, and says nothing of what was refused', async () => {
  const [one, two] = [await hearing(await watched()), await hearing(await watched())]
  const left: Array<Hint> = []
  two.store.watch?.((of) => left.push(of))()
  await one.store.commit([
    commitOf({ settles: [{ effect: 'nobody', outcome: 'done', at: 1 }], retries: [] }),
    commitOf({ retries: [{ effect: 'nobody', at: 1 }] }),
  ])()
  await stand(one.store, changed())
  await until(() => two.hints.length > 0)
  expect([two.hints, left]).toEqual([['journal'], []])
})

it('notifies on its own connection alone, few times for many changes, and once more after the last', async () => {
  const [one, two] = [await hearing(await watched()), await hearing(await watched())]
  const seen = await notifications()
  const begun = Date.now()
  for (let n = 0; n < 40; n += 1)
    await Promise.all(Array.from({ length: 5 }, () => stand(one.store, changed())))
  two.hints.length = 0
  const before = seen.length
  await stand(one.store, changed())
  await until(() => seen.length > before && two.hints.length > 0)
  expect(seen.length).toBeLessThanOrEqual((Date.now() - begun) / 25 + 2)
  const { rows } = await database
    .pool()
    .query(`select pid from pg_stat_activity where application_name = 'listener'`)
  const listeners = rows.map(({ pid }) => pid)
  expect(seen.filter(({ processId }) => !listeners.includes(processId))).toEqual([])
})

it('hears again by itself when its connection was ended, and has its watchers look', async () => {
  const [one, two] = [await hearing(await watched()), await hearing(await watched())]
  await database
    .pool()
    .query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'listener'`,
    )
  for (const open of [one, two]) {
    await until(() => open.told.length === 3)
    expect(open.told).toMatchObject([
      { heard: true },
      { heard: false, final: false, reason: expect.stringContaining('terminat') },
      { heard: true },
    ])
    await hearing(open)
  }
  await stand(one.store, changed())
  await until(() => two.hints.length > 0)
})

it('says once that it cannot be heard, and goes on trying', async () => {
  let refusals = 3
  const two = await hearing(
    await watched(async () => {
      if (refusals === 0) return listenTo(database.url)
      refusals -= 1
      throw new Error('sorry, too many clients already')
    }),
  )
  expect(two.told).toEqual([
    { heard: false, final: false, reason: 'sorry, too many clients already' },
    { heard: true },
  ])
})

it('keeps nobody waiting for a connection that does not answer', async () => {
  const one = await hearing(
    await watched(async () => {
      const listener = await listenTo(database.url)
      return {
        ...listener,
        query: (query) =>
          query.text.includes('pg_notify') ? new Promise(() => {}) : listener.query(query),
      }
    }),
  )
  for (let n = 0; n < 3; n += 1) await stand(one.store, changed())
  await answer(one.store.close())
})

const pgbouncer = inject('pgbouncer')

it('gives up behind a pooler, says so once, and leaves the store as good as it was', async ({
  skip,
}) => {
  if ('missing' in pgbouncer) return skip(pgbouncer.missing)
  const url = new URL(pgbouncer.url)
  url.pathname = new URL(database.url).pathname
  let connections = 0
  const one = await watched(() => {
    connections += 1
    return listenTo(url.href)
  })
  await until(() => one.told.length > 0)
  expect(one.told).toEqual([
    { heard: false, final: true, reason: expect.stringContaining('pooler') },
  ])
  await stand(one.store, changed())
  await answer(one.store.close())
  expect([one.told.length, connections]).toEqual([1, 1])
})
