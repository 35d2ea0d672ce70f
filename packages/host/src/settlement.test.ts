import { memoryStore } from '@signalbox/stores/memory'
import { expect, it } from 'vitest'
import { LIT, openHouse, pending, scripted } from './__fixtures__/house.ts'
import { demo } from './__fixtures__/lamp.ts'
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
