import { storeUnavailable } from '@signalbox/core/store'
import type { Store } from '@signalbox/core/store'
import { memoryStore } from '@signalbox/stores/memory'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { LIT, openHouse, pending, scripted } from './__fixtures__/house.ts'
import { demo } from './__fixtures__/lamp.ts'
import type { Performance } from './driver.ts'
import { manualDriver } from './manual-driver.ts'
import { simulatedDriver } from './simulated-driver.ts'
import { virtualClock } from './clock.ts'

it('replies after the report of the work has been stored', async () => {
  const light = scripted(LIT)
  const check = scripted({ kind: 'done' })
  const { ask, make } = await openHouse({
    store: memoryStore(),
    plugins: [demo({ drivers: { light, check } })],
  })
  await make('a')
  const answer = await ask('POST /lamps/a/light')
  expect(answer.value).toEqual({ status: 'on', finished: true, reports: ['lamp.lit'] })
  expect(light.calls).toHaveLength(1)
  // The report asked for more work, which is waited for as well.
  expect(check.calls).toHaveLength(1)
})

it('stops waiting at its bound, and the work goes on', async () => {
  const clock = virtualClock(0)
  const light = simulatedDriver({
    clock,
    random: () => 0.5,
    latencyMs: 3_000,
    failureRate: 0,
    results: () => ({ brightness: 3 }),
  })
  const { ask, make } = await openHouse({
    store: memoryStore(),
    clock,
    plugins: [demo({ drivers: { light } })],
  })
  await make('a')
  const asked = ask('POST /lamps/a/light')
  await clock.advance(999)
  let answered = false
  void asked.then(() => (answered = true))
  await clock.advance(0)
  expect(answered).toBe(false)
  await clock.advance(1)
  expect((await asked).value).toEqual({ status: 'lighting', finished: false, reports: [] })
  await clock.advance(2_000)
  expect((await ask('GET /lamps/a')).value).toMatchObject({ status: 'on' })
})

it('does not wait for background work, nor for work that is handed over', async () => {
  const never = pending()
  const { ask, make } = await openHouse({
    store: memoryStore(),
    plugins: [demo({ drivers: { polish: scripted(never.answer), light: manualDriver() } })],
  })
  await make('a')
  expect((await ask('POST /lamps/a/polish')).value).toMatchObject({ finished: true })
  expect((await ask('POST /lamps/a/light')).value).toEqual({
    status: 'lighting',
    finished: false,
    reports: [],
  })
})

it('lets settling commands on one service wait for each other, within the bound', async () => {
  const first = pending()
  const { ask, make, clock } = await openHouse({
    store: memoryStore(),
    plugins: [demo({ drivers: { light: scripted(first.answer) } })],
  })
  await make('a')
  const one = ask('POST /lamps/a/light')
  await clock.advance(500)
  const two = ask('POST /lamps/a/light')
  await clock.advance(250)
  first.give(LIT)
  await clock.advance(0)
  expect((await one).value).toMatchObject({ status: 'on', finished: true })
  // Its turn comes, and then the lamp is on already.
  expect((await two).status).toBe(409)
})

it('is busy when its turn does not come within the bound', async () => {
  const first = pending()
  const { ask, make, clock } = await openHouse({
    store: memoryStore(),
    plugins: [
      demo({
        drivers: { light: scripted(first.answer) },
        change: (mounted) => ({
          ...mounted,
          routes: mounted.routes.map((route) =>
            route.kind === 'command' && route.name === 'press1000'
              ? { ...route, settleMs: 10_000 }
              : route,
          ),
        }),
      }),
    ],
  })
  await make('a')
  const one = ask('POST /lamps/a/light')
  await clock.advance(1)
  const two = ask('POST /lamps/a/polish')
  await clock.advance(1_001)
  expect((await two).value).toEqual({ error: 'Busy' })
  first.give(LIT)
  await clock.advance(0)
  expect((await one).value).toMatchObject({ finished: true })
})

it('stops waiting for work that is superseded', async () => {
  const never = pending()
  const { ask, make, clock } = await openHouse({
    store: memoryStore(),
    plugins: [demo({ drivers: { light: scripted(never.answer) } })],
  })
  await make('a')
  const lit = ask('POST /lamps/a/light')
  await clock.advance(10)
  await ask('POST /lamps/a/override')
  expect((await lit).value).toEqual({ status: 'off', finished: true, reports: [] })
})

it('performs at once what a settling command asks for, however busy the host is', async () => {
  const long = pending()
  const light = scripted(long.answer, LIT)
  const { ask, make } = await openHouse({
    store: memoryStore(),
    effectConcurrency: 1,
    plugins: [demo({ drivers: { light } })],
  })
  await make('a')
  await make('b')
  await ask('POST /lamps/a/press')
  expect((await ask('POST /lamps/b/light')).value).toMatchObject({ status: 'on', finished: true })
})

// A lamp whose light is waited for as long as z/OS Connect waits; its store is away from when the work ends on.
const cutOff = async (performance: Performance) => {
  const store = memoryStore()
  const clock = virtualClock(0)
  let away = false
  const light = scripted(async () => {
    away = true
    return performance
  })
  const house = await openHouse({
    store: {
      ...store,
      commit: (batch) => (away ? async () => E.left(AWAY) : store.commit(batch)),
    },
    clock,
    plugins: [
      demo({
        drivers: { light },
        change: (mounted) => ({
          ...mounted,
          routes: mounted.routes.map((route) =>
            route.kind === 'command' && route.name === 'press1000'
              ? { ...route, settleMs: 68_000 }
              : route,
          ),
        }),
      }),
    ],
  })
  await house.make('a')
  const asked = house.ask('POST /lamps/a/light')
  let answered = false
  void asked.then(() => (answered = true))
  return {
    ...house,
    store,
    light,
    asked,
    answered: () => answered,
    mend: () => {
      away = false
    },
  }
}

const AWAY = storeUnavailable('away')

const typesOf = async (store: Store): Promise<ReadonlyArray<string>> => {
  const page = await store.journal({ limit: 100 })()
  return E.isRight(page) ? page.right.entries.map(({ type }) => type) : []
}

it('answers within seconds when the report cannot be stored, and tells it once when it can', async () => {
  const { asked, answered, ask, clock, light, mend, store } = await cutOff(LIT)
  await clock.advance(400)
  expect(answered()).toBe(false)
  await clock.advance(4_600)
  expect(answered()).toBe(true)
  expect((await asked).value).toEqual({ status: 'lighting', finished: false, reports: [] })
  mend()
  await clock.advance(8_000)
  expect((await ask('GET /lamps/a')).value).toMatchObject({ status: 'on' })
  expect(light.calls).toHaveLength(1)
  expect(await typesOf(store)).toEqual(['lamp.make', 'lamp.press', 'lamp.lit'])
  // The next one does not wait for what was waited for before.
  expect((await ask('POST /lamps/a/light')).status).toBe(409)
})

it('answers with the report when the store is away for no more than a moment', async () => {
  const { asked, clock, mend } = await cutOff(LIT)
  await clock.advance(400)
  mend()
  await clock.advance(5_000)
  expect((await asked).value).toMatchObject({ status: 'on', finished: true, reports: ['lamp.lit'] })
})

it('does not wait for a report that is refused again and again', async () => {
  const { asked, clock, mend } = await cutOff({
    kind: 'failed',
    message: 7 as unknown as string,
  })
  mend()
  await clock.advance(1_000)
  expect((await asked).value).toMatchObject({ status: 'lighting', finished: false })
})
