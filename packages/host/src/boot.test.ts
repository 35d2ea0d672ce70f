import { memoryStore } from '@signalbox/stores/memory'
import { expect, it } from 'vitest'
import { openHouse, read, T0 } from './__fixtures__/house.ts'
import { demo, lamp } from './__fixtures__/lamp.ts'
import type { AnyPlugin } from './boot.ts'
import { virtualClock } from './clock.ts'
import type { Mounted } from './plugin.ts'
import { json } from './reply.ts'
import { handle } from './route.ts'

const hello = handle({
  method: 'GET',
  path: '/hello',
  name: 'hello',
  summary: 'Greets',
  handle: async () => json(200, 'hello'),
})

// A plugin without services, that answers below the mounts it is given.
const greeter = (
  name: string,
  mounts: ReadonlyArray<string>,
  more: Partial<Mounted> = {},
): AnyPlugin =>
  demo({
    name,
    change: (mounted) => ({
      ...mounted,
      lifecycles: [],
      drivers: {},
      routes: [hello],
      mounts,
      ...more,
    }),
  })

const bootOf = async (plugins: ReadonlyArray<AnyPlugin>, settings = {}) =>
  (await openHouse({ store: memoryStore(), plugins, settings })).host.boot

const reasonOf = async (plugin: AnyPlugin, settings = {}): Promise<string> => {
  const [report] = await bootOf([plugin], settings)
  return report?.ok === false ? report.reason : ''
}

it('reports a plugin whose setup throws or rejects, and lets the others serve', async () => {
  const throwing = {
    ...demo({ name: 'a' }),
    setup: () => {
      throw new Error('no luck')
    },
  }
  const rejecting = {
    ...demo({ name: 'b' }),
    setup: () => Promise.reject(new Error('no such luck')),
  }
  const { host, ask, lines } = await openHouse({
    store: memoryStore(),
    plugins: [throwing, rejecting, demo()],
  })
  expect(host.boot).toEqual([
    { plugin: 'a', ok: false, reason: 'no luck' },
    { plugin: 'b', ok: false, reason: 'no such luck' },
    { plugin: 'demo', ok: true },
  ])
  expect((await ask('GET /lamps')).status).toBe(200)
  expect(lines.filter(({ event }) => event === 'plugin.failed')).toHaveLength(2)
})

it('names the path of a setting that is wrong, and not its value', async () => {
  const settings = { demo: { watts: 'a secret number' } }
  expect(await reasonOf(demo(), settings)).toBe('providers.demo.watts: number expected')
})

it('gives a plugin without settings an empty object', async () => {
  expect(await bootOf([demo()])).toEqual([{ plugin: 'demo', ok: true }])
})

it('keeps the first of two plugins of one name', async () => {
  expect(await bootOf([demo(), greeter('demo', ['/other'])])).toEqual([
    { plugin: 'demo', ok: true },
    { plugin: 'demo', ok: false, reason: 'another plugin is named "demo"' },
  ])
})

it('refuses a plugin of another version of the contract without setting it up', async () => {
  let called = false
  const plugin = {
    ...demo(),
    contract: 2,
    setup: () => {
      called = true
      throw new Error()
    },
  }
  expect(await reasonOf(plugin)).toBe('it speaks version 2 of the contract, this host 1')
  expect(called).toBe(false)
})

it.each([
  ['equal', '/lamps'],
  ['nested', '/lamps/more'],
  ['above', '/'],
  ['equal but for a slash', '/lamps/'],
])('refuses a mount that clashes with another plugin: %s', async (_, mount) => {
  const [first, second] = await bootOf([demo(), greeter('late', [mount])])
  expect(first).toEqual({ plugin: 'demo', ok: true })
  expect(second).toMatchObject({
    ok: false,
    reason: expect.stringContaining('clashes with "/lamps"'),
  })
})

it('does not take a mount for nested because it begins alike', async () => {
  expect(await bootOf([demo(), greeter('late', ['/lampshades'])])).toMatchObject([
    { ok: true },
    { ok: true },
  ])
})

it("refuses a mount of the host's own", async () => {
  expect(await reasonOf(greeter('x', ['/livez']))).toContain('the host')
})

it('answers 503 below the mounts of a plugin that failed, as far as they are its own', async () => {
  const { ask } = await openHouse({
    store: memoryStore(),
    plugins: [demo(), greeter('late', ['/lamps', '/shades'])],
  })
  const answer = await ask('GET /shades/1')
  expect(answer.status).toBe(503)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect((await ask('GET /lamps')).status).toBe(200)
  const above = await openHouse({
    store: memoryStore(),
    plugins: [demo(), greeter('late', ['/'])],
  })
  expect((await above.ask('GET /elsewhere')).status).toBe(404)
})

it('refuses routes that clash in method and path, or in name', async () => {
  const again = { ...hello, name: 'again' }
  expect(await reasonOf(greeter('x', ['/x'], { routes: [hello, again] }))).toBe(
    'two routes answer GET /hello',
  )
  const elsewhere = { ...hello, path: '/bye' }
  expect(await reasonOf(greeter('x', ['/x'], { routes: [hello, elsewhere] }))).toBe(
    'two routes are named "hello"',
  )
  const one = { ...hello, path: '/:one', name: 'one' }
  const other = { ...hello, path: '/:other', name: 'other' }
  expect(await reasonOf(greeter('x', ['/x'], { routes: [one, other] }))).toBe(
    'two routes answer GET /:other',
  )
})

it('refuses a lifecycle of another provider, and drivers and routes that no listed lifecycle knows', async () => {
  expect(await reasonOf(greeter('x', ['/x'], { lifecycles: [lamp] }))).toContain(
    'belongs to provider "demo"',
  )
  const driver = { perform: async () => ({ kind: 'done' as const }) }
  expect(await reasonOf(demo({ drivers: { lihgt: driver } }))).toContain('"lihgt"')
  const unlisted = demo({ change: (mounted) => ({ ...mounted, lifecycles: [] }) })
  expect(await reasonOf(unlisted)).toContain('which is not listed')
})

it('reports a plugin whose start fails, and answers 503 for it', async () => {
  const plugin = demo({
    change: (mounted) => ({ ...mounted, start: () => Promise.reject(new Error('no power')) }),
  })
  const { host, ask } = await openHouse({
    store: memoryStore(),
    plugins: [plugin, greeter('x', ['/x'])],
  })
  expect(host.boot).toMatchObject([{ ok: false, reason: 'no power' }, { ok: true }])
  expect((await ask('GET /lamps')).status).toBe(503)
  const ready = await read(await host.fetch(new Request('http://host.test/readyz')))
  expect(ready).toMatchObject({
    status: 200,
    value: { plugins: [{ reason: 'no power' }, { ok: true }] },
  })
})

it('starts a plugin again until it succeeds, with longer and longer waits', async () => {
  const clock = virtualClock(T0)
  let attempts = 0
  const plugin = demo({
    change: (mounted) => ({
      ...mounted,
      start: async () => {
        attempts += 1
        if (attempts < 4) throw new Error(`no power, time ${attempts}`)
      },
    }),
  })
  const { host, ask, lines } = await openHouse({
    store: memoryStore(),
    clock,
    plugins: [plugin],
    retryBaseMs: 1000,
  })
  expect(await ask('GET /lamps')).toMatchObject({ status: 503 })
  expect((await ask('GET /lamps')).headers.get('retry-after')).toBe('5')
  await clock.advance(1000)
  expect(host.boot).toEqual([{ plugin: 'demo', ok: false, reason: 'no power, time 2' }])
  await clock.advance(2000)
  await clock.advance(4000)
  expect(host.boot).toEqual([{ plugin: 'demo', ok: true }])
  expect(await ask('GET /lamps')).toMatchObject({ status: 200 })
  expect(lines.map(({ event }) => event)).toContain('plugin.started')
  await clock.advance(60_000)
  expect(attempts).toBe(4)
})

it('starts nothing again once it stops', async () => {
  const clock = virtualClock(T0)
  let attempts = 0
  const plugin = demo({
    change: (mounted) => ({
      ...mounted,
      start: () => {
        attempts += 1
        return Promise.reject(new Error('no power'))
      },
    }),
  })
  const { host } = await openHouse({ store: memoryStore(), clock, plugins: [plugin] })
  await host.drain(0)
  await clock.advance(60_000)
  expect(attempts).toBe(1)
})

it('does not begin a start anew beside one that is late, and serves once that has ended well', async () => {
  const clock = virtualClock(T0)
  let attempts = 0
  let end = (): void => {}
  const plugin = demo({
    change: (mounted) => ({
      ...mounted,
      start: () => {
        attempts += 1
        return new Promise((resolve) => {
          end = resolve
        })
      },
    }),
  })
  const opened = openHouse({ store: memoryStore(), clock, plugins: [plugin], setupMs: 100 })
  await clock.advance(100)
  const { host, ask } = await opened
  await clock.advance(60_000)
  expect(attempts).toBe(1)
  expect(host.boot).toMatchObject([{ ok: false }])
  end()
  await clock.advance(1)
  expect(host.boot).toEqual([{ plugin: 'demo', ok: true }])
  expect(await ask('GET /lamps')).toMatchObject({ status: 200 })
})

it('gives up a setup or a start that does not end', async () => {
  const clock = virtualClock(T0)
  const endless = demo({ name: 'endless', change: () => new Promise(() => {}) })
  const stuck = demo({ change: (mounted) => ({ ...mounted, start: () => new Promise(() => {}) }) })
  const opened = openHouse({ store: memoryStore(), clock, plugins: [endless, stuck], setupMs: 100 })
  await clock.advance(100)
  await clock.advance(100)
  expect((await opened).host.boot).toEqual([
    { plugin: 'endless', ok: false, reason: 'its setup took more than 100 ms' },
    { plugin: 'demo', ok: false, reason: 'its start took more than 100 ms' },
  ])
})
