import type { JournalEntry } from '@signalbox/core'
import type { PendingEffect, Store } from '@signalbox/core/store'
import { memoryStore } from '@signalbox/stores/memory'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { LIT, openHouse, pending, scripted, T0 } from './__fixtures__/house.ts'
import type { House } from './__fixtures__/house.ts'
import { demo } from './__fixtures__/lamp.ts'
import { virtualClock } from './clock.ts'
import type { Driver } from './driver.ts'
import { simulatedDriver } from './simulated-driver.ts'

const effectsOf = async (store: Store): Promise<ReadonlyArray<PendingEffect>> => {
  const page = await store.effects({ limit: 100 })()
  return E.isRight(page) ? page.right.items : []
}

const journalOf = async (store: Store): Promise<ReadonlyArray<JournalEntry>> => {
  const page = await store.journal({ limit: 100 })()
  return E.isRight(page) ? page.right.entries : []
}

// A lamp that has been pressed, on a host with these drivers.
const pressed = async (
  drivers: Readonly<Record<string, Driver>>,
  options: Partial<Parameters<typeof openHouse>[0]> = {},
): Promise<House & { readonly store: Store; readonly status: () => Promise<unknown> }> => {
  const store = options.store ?? memoryStore()
  const house = await openHouse({ plugins: [demo({ drivers })], ...options, store })
  await house.make('a')
  await house.ask('POST /lamps/a/press')
  await house.host.idle()
  const status = async (): Promise<unknown> =>
    ((await house.ask('GET /lamps/a')).value as { status: string }).status
  return { ...house, store, status }
}

it('tries again what may be tried again, each time later, until its attempts are used up', async () => {
  const times: Array<number> = []
  const clock = virtualClock(T0)
  const light: Driver = {
    attempts: 4,
    perform: async (_, { attempt }) => {
      times.push(clock.now() - T0)
      return { kind: 'failed', message: `attempt ${attempt}`, retry: true }
    },
  }
  const { status, ask } = await pressed({ light }, { clock, retryBaseMs: 1_000 })
  await clock.advance(60_000)
  // Three quarters of 1, 2 and 4 s, since the dice always show a half.
  expect(times).toEqual([0, 750, 2_250, 5_250])
  expect(await status()).toBe('burst')
  expect((await ask('GET /lamps/a')).value).toMatchObject({ context: { note: 'attempt 4' } })
})

it('reports a failure that no attempt can help at once', async () => {
  const light = scripted({ kind: 'failed', message: 'no bulb' })
  const { status } = await pressed({ light })
  expect(light.calls).toHaveLength(1)
  expect(await status()).toBe('burst')
})

it('reports as unknown what throws, and what outlasts its bound', async () => {
  const thrown = await pressed({ light: { perform: () => Promise.reject(new Error('cut off')) } })
  expect(await thrown.status()).toBe('lost')
  let signal: AbortSignal | undefined
  const silent: Driver = {
    timeoutMs: 5_000,
    perform: (_, attempt) => {
      signal = attempt.signal
      return new Promise(() => {})
    },
  }
  const late = await pressed({ light: silent })
  await late.clock.advance(4_999)
  expect(await late.status()).toBe('lighting')
  await late.clock.advance(1)
  expect(await late.status()).toBe('lost')
  expect(signal?.aborted).toBe(true)
})

it('calls off superseded work, journals its late report as stale and ignores it', async () => {
  const late = pending()
  let signal: AbortSignal | undefined
  const light: Driver = {
    perform: (_, attempt) => {
      signal = attempt.signal
      return late.answer()
    },
  }
  const { ask, host, store, status } = await pressed({ light })
  await ask('POST /lamps/a/override')
  expect(signal?.aborted).toBe(true)
  late.give(LIT)
  await host.idle()
  expect(await status()).toBe('off')
  expect((await journalOf(store)).map(({ type, outcome }) => `${type} ${outcome}`)).toEqual([
    'lamp.make moved',
    'lamp.press moved',
    'lamp.override moved',
    'lamp.lit stale',
  ])
})

it('settles what has no driver with the change that asks for it, in one commit', async () => {
  const { host, store } = await pressed({})
  expect((await effectsOf(store)).map(({ work }) => work)).toEqual(['done'])
  expect(host.counters().commits).toBe(2)
  const driven = await pressed({ light: scripted(LIT) })
  expect(driven.host.counters().commits).toBe(3)
})

it('settles what has no driver, and what is accepted, without a report', async () => {
  const { store, status } = await pressed({ light: scripted({ kind: 'accepted' }) })
  expect(await status()).toBe('lighting')
  expect((await effectsOf(store)).map(({ work }) => work)).toEqual(['done'])
  const without = await pressed({})
  expect((await effectsOf(without.store)).map(({ work }) => work)).toEqual(['done'])
})

it('tries what was accepted for a time again, and says that nobody can tell when no report ever came', async () => {
  const light = { ...scripted({ kind: 'accepted', withinMs: 10_000 }), attempts: 2 }
  const { clock, status, store } = await pressed({ light })
  expect((await effectsOf(store))[0]).toMatchObject({ work: 'pending', attempts: 1 })
  await clock.advance(9_999)
  expect(light.calls).toHaveLength(1)
  await clock.advance(1)
  expect(light.calls).toHaveLength(2)
  expect(await status()).toBe('lighting')
  await clock.advance(10_000)
  expect(light.calls).toHaveLength(2)
  expect(new Set(light.calls.map(({ id }) => id)).size).toBe(1)
  expect(await status()).toBe('lost')
})

it('waits for as long as a failure asks, and never less than its own backoff', async () => {
  const failed = { kind: 'failed', message: 'busy', retry: true } as const
  const light = scripted({ ...failed, afterMs: 30_000 }, { ...failed, afterMs: 1 }, LIT)
  const { clock, status } = await pressed({ light })
  await clock.advance(29_999)
  expect(light.calls).toHaveLength(1)
  await clock.advance(1)
  expect(light.calls).toHaveLength(2)
  await clock.advance(2)
  expect(light.calls).toHaveLength(2)
  await clock.advance(60_000)
  expect([light.calls.length, await status()]).toEqual([3, 'on'])
})

it('fails at once what no further attempt can help', async () => {
  const light = scripted({ kind: 'exhausted', message: 'gone' })
  const { clock, ask, status } = await pressed({ light })
  expect(await status()).toBe('burst')
  expect((await ask('GET /lamps/a')).value).toMatchObject({ context: { note: 'gone' } })
  await clock.advance(60_000)
  expect(light.calls).toHaveLength(1)
})

it('parks work whose attempts are used up: nothing is told, and its lane waits', async () => {
  const light: Driver = {
    ...scripted({ kind: 'failed', message: 'away', retry: true }),
    attempts: 2,
    onExhausted: 'park',
  }
  const { clock, ask, lines, status, store } = await pressed({ light })
  await clock.advance(60_000)
  expect(await status()).toBe('lighting')
  expect(await effectsOf(store)).toMatchObject([{ work: 'parked', attempts: 2, error: 'away' }])
  expect((await journalOf(store)).at(-1)).toMatchObject({
    kind: 'report',
    type: 'effect.exhausted',
    outcome: 'unchanged',
    from: 'lighting',
    to: 'lighting',
    revision: 2,
    effect: (await effectsOf(store))[0]?.effect.id,
    detail: { attempts: 2, error: 'away' },
  })
  expect(lines.findLast(({ level }) => level === 'warn')).toMatchObject({
    event: 'effect.exhausted',
    attempts: 2,
  })
  await clock.advance(3_600_000)
  expect((await effectsOf(store))[0]).toMatchObject({ work: 'parked', attempts: 2 })
  // Superseded like any other open work.
  await ask('POST /lamps/a/override')
  expect((await effectsOf(store))[0]?.work).toBe('superseded')
})

it('parks at once what no further attempt can help, and what was accepted and never reported', async () => {
  const gone: Driver = { ...scripted({ kind: 'exhausted', message: 'gone' }), onExhausted: 'park' }
  const { store } = await pressed({ light: gone })
  expect(await effectsOf(store)).toMatchObject([{ work: 'parked', attempts: 1, error: 'gone' }])
  const silent: Driver = {
    ...scripted({ kind: 'accepted', withinMs: 1_000 }),
    attempts: 1,
    onExhausted: 'park',
  }
  const handed = await pressed({ light: silent })
  await handed.clock.advance(999)
  expect((await effectsOf(handed.store))[0]).toMatchObject({ work: 'pending' })
  await handed.clock.advance(1)
  expect(await effectsOf(handed.store)).toMatchObject([
    { work: 'parked', error: 'accepted, and no report came in time' },
  ])
})

it('answers who waits for work that is parked, at once', async () => {
  const light: Driver = { ...scripted({ kind: 'exhausted', message: 'gone' }), onExhausted: 'park' }
  const house = await openHouse({ plugins: [demo({ drivers: { light } })], store: memoryStore() })
  await house.make('a')
  expect((await house.ask('POST /lamps/a/light')).value).toMatchObject({
    status: 'lighting',
    finished: false,
  })
})

it('takes a result that the report refuses for a failure', async () => {
  const { status, ask, lines } = await pressed({
    light: scripted({ kind: 'done', result: { brightness: 'very' } }),
  })
  expect(await status()).toBe('burst')
  expect((await ask('GET /lamps/a')).value).toMatchObject({
    context: { note: "the driver's result was refused: brightness: number expected" },
  })
  expect(lines.map(({ event }) => event)).toContain('effect.result')
})

it('puts work aside when even its failure cannot be told', async () => {
  const light = scripted({ kind: 'failed', message: 7 as unknown as string })
  const { store, clock, lines, status } = await pressed({ light })
  expect(await status()).toBe('lighting')
  expect((await effectsOf(store))[0]).toMatchObject({ work: 'pending', notBefore: T0 + 300_000 })
  expect(lines.map(({ event }) => event)).toContain('effect.quarantined')
  await clock.advance(299_999)
  expect(light.calls).toHaveLength(1)
  await clock.advance(1)
  expect(light.calls).toHaveLength(2)
})

it('keeps its lease while an attempt lasts', async () => {
  const store = memoryStore()
  const clock = virtualClock(T0)
  const late = pending()
  const light = scripted(late.answer)
  // The first host never looks at the store again: only renewal keeps the second one off.
  const blind: Store = { ...store, leaseEffects: () => async () => E.right([]) }
  const first = await pressed({ light }, { store: blind, clock })
  await openHouse({ store, clock, plugins: [demo({ drivers: { light } })] })
  await clock.advance(25_000)
  expect(light.calls).toHaveLength(1)
  late.give(LIT)
  await first.host.idle()
  expect(await first.status()).toBe('on')
})

it('performs again, on another host, what a host that died has begun', async () => {
  const store = memoryStore()
  const clock = virtualClock(T0)
  // It never renews, like one that is no more.
  const dying: Store = { ...store, renewEffects: () => () => new Promise(() => {}) }
  const dead = virtualClock(T0)
  await pressed({ light: scripted(pending().answer) }, { store: dying, clock: dead })
  const light = scripted(LIT)
  const { ask, host } = await openHouse({ store, clock, plugins: [demo({ drivers: { light } })] })
  await clock.advance(9_999)
  expect(light.calls).toHaveLength(0)
  await clock.advance(1)
  await host.idle()
  expect(light.calls).toHaveLength(1)
  expect((await ask('GET /lamps/a')).value).toMatchObject({ status: 'on' })
})

it('drops in silence an outcome that another host has told already', async () => {
  const store = memoryStore()
  const slow = pending()
  const one = await pressed(
    { light: scripted(slow.answer) },
    { store: { ...store, renewEffects: () => async () => E.right([]) } },
  )
  const clock = virtualClock(T0 + 60_000)
  const two = await openHouse({
    store,
    clock,
    plugins: [demo({ drivers: { light: scripted(LIT) } })],
  })
  await two.host.idle()
  slow.give({ kind: 'failed', message: 'too late' })
  await one.host.idle()
  expect((await two.ask('GET /lamps/a')).value).toMatchObject({ status: 'on' })
  expect(one.lines.filter(({ level }) => level === 'error')).toEqual([])
})

it('tells an outcome once the store is back, without performing again', async () => {
  const store = memoryStore()
  let away = false
  const light: Driver & { calls: number } = {
    calls: 0,
    perform: async () => {
      light.calls += 1
      away = true
      return LIT
    },
  }
  const { clock, status } = await pressed(
    { light },
    {
      store: {
        ...store,
        commit: (batch) =>
          away
            ? async () => E.left({ _tag: 'StoreUnavailable', message: 'away' })
            : store.commit(batch),
      },
    },
  )
  await clock.advance(1_000)
  away = false
  await clock.advance(5_000)
  expect(await status()).toBe('on')
  expect(light.calls).toBe(1)
})

it('runs no more at once than it may, and all in the end', async () => {
  const clock = virtualClock(T0)
  let now = 0
  let most = 0
  const simulated = simulatedDriver({
    clock,
    random: () => 0.9,
    latencyMs: 90,
    failureRate: 0,
    failNext: () => 'no bulb',
  })
  const light: Driver = {
    perform: async (effect, attempt) => {
      now += 1
      most = Math.max(most, now)
      const performance = await simulated.perform(effect, attempt)
      now -= 1
      return performance
    },
  }
  const { ask, make } = await openHouse({
    store: memoryStore(),
    clock,
    effectConcurrency: 4,
    plugins: [demo({ drivers: { light } })],
  })
  for (let n = 0; n < 20; n += 1) {
    await make(`l${n}`)
    await ask(`POST /lamps/l${n}/press`)
  }
  await clock.advance(450)
  const lamps = (await ask('GET /lamps')).value as ReadonlyArray<{ status: string }>
  expect(lamps.filter(({ status }) => status === 'burst')).toHaveLength(20)
  expect(most).toBe(4)
})

it('runs the work of one lane one after another', async () => {
  const first = pending()
  const polish = scripted(first.answer, { kind: 'done' })
  const { ask, make, host } = await openHouse({
    store: memoryStore(),
    plugins: [demo({ drivers: { polish } })],
  })
  await make('a')
  await ask('POST /lamps/a/polish')
  await ask('POST /lamps/a/polish')
  await host.idle()
  expect(polish.calls).toHaveLength(1)
  first.give({ kind: 'done' })
  await host.idle()
  expect(polish.calls).toHaveLength(2)
})

it('leaves alone the work of a lifecycle that nobody serves', async () => {
  const store = memoryStore()
  const clock = virtualClock(T0)
  const dead = await openHouse({
    store,
    clock: virtualClock(T0),
    plugins: [demo({ drivers: { light: scripted(pending().answer) } })],
  })
  await dead.make('a')
  await dead.ask('POST /lamps/a/press')
  const { lines } = await openHouse({ store, clock, plugins: [] })
  await clock.advance(60_000)
  expect(lines.filter(({ event }) => event === 'effect.unserved')).toHaveLength(1)
  expect((await effectsOf(store))[0]).toMatchObject({ work: 'leased', attempts: 0 })
})

it('journals an outcome that has no report, and one whose service has ended, as ignored', async () => {
  const late = pending()
  const check = scripted({ kind: 'failed', message: 'too dark' })
  const light = scripted(LIT, late.answer)
  const { ask, host, store } = await pressed({ light, check })
  await ask('POST /lamps/a/override')
  await ask('POST /lamps/a/press')
  await ask('DELETE /lamps/a')
  late.give(LIT)
  await host.idle()
  const ignored = (await journalOf(store)).filter(({ outcome }) => outcome === 'ignored')
  expect(ignored).toMatchObject([
    { type: 'check.failed', kind: 'report', from: 'on', to: 'on', detail: { message: 'too dark' } },
    { type: 'lamp.lit', kind: 'report', from: 'smashed', to: 'smashed' },
  ])
  expect((await effectsOf(store)).map(({ work }) => work)).toEqual(['done', 'failed', 'done'])
})

it('journals an outcome that has no report behind the change that is being stored', async () => {
  const store = memoryStore()
  const late = pending()
  let storing = (): void => {}
  let release: (() => void) | undefined
  const held = new Promise<void>((resolve) => (storing = resolve))
  let holds = false
  const holding: Store = {
    ...store,
    commit: (batch) => async () => {
      if (holds) {
        holds = false
        storing()
        await new Promise<void>((resolve) => (release = resolve))
      }
      return store.commit(batch)()
    },
  }
  const drivers = { light: scripted(LIT), check: scripted(late.answer) }
  const { ask, host } = await pressed(drivers, { store: holding })
  holds = true
  const overridden = ask('POST /lamps/a/override')
  await held
  late.give({ kind: 'failed', message: 'too dark' })
  await new Promise((resolve) => setImmediate(resolve))
  release?.()
  await overridden
  await host.idle()
  expect((await journalOf(store)).slice(-2)).toMatchObject([
    { type: 'lamp.override', from: 'on', to: 'off', revision: 4, generation: 2 },
    { type: 'check.failed', from: 'off', to: 'off', revision: 4, generation: 2 },
  ])
})
