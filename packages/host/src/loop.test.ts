import type { State } from '@signalbox/core'
import type { Store } from '@signalbox/core/store'
import { memoryStore } from '@signalbox/stores/memory'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { LIT, openHouse, scripted } from './__fixtures__/house.ts'
import { BURNS, demo } from './__fixtures__/lamp.ts'
import { virtualClock } from './clock.ts'

const ref = (id: string) => ({ provider: 'demo', tenant: 't', id })

const stored = async (store: Store, id: string): Promise<State | undefined> => {
  const loaded = await store.load(ref(id))()
  return E.isRight(loaded) ? loaded.right : undefined
}

const journalOf = async (store: Store): Promise<ReadonlyArray<string>> => {
  const page = await store.journal({ limit: 500 })()
  return E.isRight(page) ? page.right.entries.map(({ type, outcome }) => `${type} ${outcome}`) : []
}

it('stores commands on many services in far fewer batches', async () => {
  const { host, make } = await openHouse({ store: memoryStore() })
  const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => make(`lamp-${n}`)))
  expect(answers.every(({ status }) => status === 201)).toBe(true)
  const { commits, batches } = host.counters()
  expect(commits).toBeGreaterThanOrEqual(200)
  expect(batches).toBeLessThan(20)
})

it('decides commands on one service in order, each on the state the other left', async () => {
  const store = memoryStore()
  const { ask, make } = await openHouse({ store })
  await make('a')
  const answers = await Promise.all([
    ask('POST /lamps/a/press'),
    ask('POST /lamps/a/press'),
    ask('POST /lamps/a/override'),
    ask('POST /lamps/a/press'),
  ])
  expect(answers.map(({ status }) => status)).toEqual([200, 409, 200, 200])
  expect((await stored(store, 'a'))?.revision).toBe(4)
})

it('refuses as busy what would wait behind too many', async () => {
  const { ask, make } = await openHouse({ store: memoryStore(), queueLimit: 2 })
  await make('a')
  const answers = await Promise.all(Array.from({ length: 6 }, () => ask('POST /lamps/a/override')))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 503, 503, 503])
  expect((await ask('POST /lamps/a/override')).status).toBe(200)
})

it('decides anew when another host was faster', async () => {
  const store = memoryStore()
  const clock = virtualClock(1_000)
  const one = await openHouse({ store, clock })
  const two = await openHouse({ store, clock })
  await one.make('a')
  const answers = await Promise.all(
    [one, two, one, two, one, two].map(({ ask }) => ask('POST /lamps/a/override')),
  )
  expect(answers.every(({ status }) => status === 200)).toBe(true)
  expect((await stored(store, 'a'))?.revision).toBe(7)
})

it('is busy when others are always faster', async () => {
  const store = memoryStore()
  const eager: Store = {
    ...store,
    commit: (batch) => () =>
      Promise.resolve(
        E.right(
          batch.map(({ states: [write] }) =>
            write !== undefined && write.expected > 0
              ? E.left({
                  _tag: 'RevisionConflict' as const,
                  ref: write.state.ref,
                  expected: write.expected,
                  actual: write.expected + 1,
                })
              : E.right({ cursor: undefined, leased: [] }),
          ),
        ),
      ),
  }
  const { make } = await openHouse({ store })
  await make('a')
  const { ask } = await openHouse({ store: eager })
  expect(await ask('POST /lamps/a/override')).toMatchObject({
    status: 503,
    value: { error: 'Busy' },
  })
})

it('hands on that a claim is taken or a quota is full', async () => {
  const { ask, make } = await openHouse({ store: memoryStore() })
  await ask('POST /lamps', { id: 'a', socket: 'S' })
  expect((await ask('POST /lamps', { id: 'b', socket: 'S' })).value).toEqual({
    error: 'ClaimTaken',
  })
  for (let n = 1; n < 300; n += 1) await make(`n${n}`)
  expect((await make('one-too-many')).value).toEqual({ error: 'QuotaExceeded' })
})

it('lets a creation take the place of one that ended, and shows the ended one to nobody', async () => {
  const { ask, make } = await openHouse({ store: memoryStore() })
  await make('a')
  expect((await make('a')).value).toEqual({ error: 'AlreadyExists' })
  expect((await ask('DELETE /lamps/a')).status).toBe(200)
  expect((await ask('GET /lamps/a')).status).toBe(404)
  expect((await ask('POST /lamps/a/press')).status).toBe(404)
  expect((await ask('GET /lamps')).value).toEqual([])
  expect((await make('a')).status).toBe(201)
})

it('leaves the state as it was on every refusal, and journals the illegal moves only', async () => {
  const store = memoryStore()
  const { ask, make } = await openHouse({ store })
  await make('a')
  const before = JSON.stringify(await stored(store, 'a'))
  const refusals = [
    await ask('POST /lamps/a/press', undefined, { 'x-key': 'bob' }),
    await ask('POST /lamps/a/press', undefined, { 'x-key': 'nobody' }),
    await ask('PUT /lamps/a'),
    await ask('POST /lamps', { id: 'a', socket: 'other' }),
    await ask('POST /lamps', { id: 'a' }),
    await ask('POST /lamps', '{'),
    await ask('POST /lamps/b/press'),
    await ask('GET /lamps/%zz'),
  ]
  expect(refusals.every(({ status }) => status >= 400 && status < 500)).toBe(true)
  expect(JSON.stringify(await stored(store, 'a'))).toBe(before)
  expect(await journalOf(store)).toEqual(['lamp.make moved', 'lamp.press refused'])
})

it('changes nothing when a machine throws', async () => {
  const store = memoryStore()
  const { ask, make } = await openHouse({ store })
  await make('a')
  const before = JSON.stringify(await stored(store, 'a'))
  expect(await ask('POST /lamps/a/trip')).toMatchObject({
    status: 500,
    value: { error: 'MachineFault' },
  })
  expect(JSON.stringify(await stored(store, 'a'))).toBe(before)
})

it('answers Unavailable while the store is away, for each commit of a batch, and serves again', async () => {
  const store = memoryStore()
  let away = false
  const failing: Store = {
    ...store,
    commit: (batch) =>
      away ? () => Promise.reject(new Error('the disk is gone')) : store.commit(batch),
  }
  const { make } = await openHouse({ store: failing })
  away = true
  const answers = await Promise.all([make('a'), make('b'), make('c')])
  expect(answers.map(({ value }) => value)).toEqual(Array(3).fill({ error: 'Unavailable' }))
  away = false
  expect((await make('a')).status).toBe(201)
})

it('settles and stores overdue deadlines before a read, a list or a command sees the state', async () => {
  const store = memoryStore()
  const clock = virtualClock(1_000)
  const first = await openHouse({
    store,
    clock,
    plugins: [demo({ drivers: { light: scripted(LIT) } })],
  })
  for (const id of ['a', 'b', 'c']) {
    await first.make(id)
    await first.ask(`POST /lamps/${id}/press`)
  }
  await first.host.idle()
  await first.host.drain()
  // A host without workers: only requests move anything.
  const { ask } = await openHouse({
    store: { ...store, leaseDeadlines: () => async () => E.right([]) },
    clock,
  })
  await clock.advance(BURNS - 1)
  expect((await ask('GET /lamps/a')).value).toMatchObject({ status: 'on' })
  await clock.advance(1)
  expect((await ask('GET /lamps/a')).value).toMatchObject({ status: 'off' })
  expect((await stored(store, 'a'))?.status).toBe('off')
  expect((await ask('POST /lamps/b/press')).value).toMatchObject({ status: 'lighting' })
  await clock.advance(5_000)
  expect((await ask('GET /lamps')).value).toContainEqual({ id: 'c', status: 'off' })
  expect((await stored(store, 'c'))?.changedAt).toBe(1_000 + BURNS)
})
