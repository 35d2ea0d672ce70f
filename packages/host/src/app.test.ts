import type { Store } from '@signalbox/core/store'
import { memoryStore } from '@signalbox/stores/memory'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { LIT, openHouse, pending, read, scripted, SECRET, T0 } from './__fixtures__/house.ts'
import { demo } from './__fixtures__/lamp.ts'
import { virtualClock } from './clock.ts'
import { createHost } from './host.ts'
import { json } from './reply.ts'
import { handle } from './route.ts'

const probe = async (host: { fetch: (request: Request) => Promise<Response> }, path: string) =>
  read(await host.fetch(new Request(`http://host.test${path}`)))

it('is alive from the start, and ready while it serves and the store answers', async () => {
  let down = false
  const store = memoryStore()
  const host = await createHost({
    store: {
      ...store,
      ping: () => (down ? () => Promise.reject(new Error('gone')) : store.ping()),
    },
    plugins: [demo()],
    settings: {},
    principals: [],
    clock: virtualClock(T0),
    newId: () => 'id',
    random: () => 0,
    log: () => {},
  })
  expect((await probe(host, '/livez')).status).toBe(200)
  expect(await probe(host, '/readyz')).toMatchObject({ status: 503, value: { phase: 'starting' } })
  await host.start()
  expect(await probe(host, '/readyz')).toMatchObject({
    status: 200,
    value: { ready: true, phase: 'serving', plugins: [{ plugin: 'demo', ok: true }] },
  })
  down = true
  expect(await probe(host, '/readyz')).toMatchObject({
    status: 503,
    value: { store: 'unreachable' },
  })
  expect((await probe(host, '/livez')).status).toBe(200)
})

it('takes a request id that is harmless, and makes its own otherwise', async () => {
  const { ask } = await openHouse({ store: memoryStore() })
  const idFor = async (given: string): Promise<string | null> =>
    (await ask('GET /lamps', undefined, { 'x-request-id': given })).headers.get('x-request-id')
  expect(await idFor('abc-123.de:f')).toBe('abc-123.de:f')
  for (const bad of ['a b', 'a"b', '<x>', 'x'.repeat(129), ''])
    expect(await idFor(bad)).not.toBe(bad)
})

it('logs one line for each request, and nothing secret in it', async () => {
  const { ask, lines } = await openHouse({ store: memoryStore() })
  await ask(
    'POST /lamps?tag=query-secret',
    { id: 'a', socket: 'body-secret' },
    { cookie: 'cookie-secret' },
  )
  await ask('POST /lamps?tag=query-secret', '{"a":"body-secret', { authorization: 'header-secret' })
  await ask('GET /lamps/a/boom?q=query-secret')
  await ask('GET /elsewhere?q=query-secret')
  const requests = lines.filter(({ event }) => event === 'request')
  expect(requests).toHaveLength(4)
  expect(requests[0]).toMatchObject({
    level: 'info',
    method: 'POST',
    path: '/lamps',
    status: 201,
    ms: 0,
    plugin: 'demo',
    route: 'make',
    principal: 'ann',
    bytes: 25,
  })
  const text = JSON.stringify(lines)
  for (const secret of [SECRET, 'query-secret', 'body-secret', 'cookie-secret', 'header-secret'])
    expect(text).not.toContain(secret)
})

it('refuses new requests while it drains, ends those that are in, and loses nothing acknowledged', async () => {
  const store = memoryStore()
  let reached = (): void => {}
  const committing = new Promise<void>((resolve) => (reached = resolve))
  let release = (): void => {}
  const held: Store = {
    ...store,
    commit: (batch) => async () => {
      await new Promise<void>((resolve) => {
        release = resolve
        reached()
      })
      return store.commit(batch)()
    },
  }
  const stopped: Array<string> = []
  const { host, make, ask } = await openHouse({
    store: held,
    plugins: [
      demo({ change: (mounted) => ({ ...mounted, stop: async () => void stopped.push('demo') }) }),
    ],
  })
  const made = make('a')
  await committing
  const drained = host.drain()
  const refused = await ask('GET /lamps')
  expect(refused).toMatchObject({ status: 503, value: { title: 'Service Unavailable' } })
  expect(refused.headers.get('connection')).toBe('close')
  expect(refused.headers.get('retry-after')).toBe('1')
  expect(await probe(host, '/readyz')).toMatchObject({ status: 503, value: { phase: 'draining' } })
  expect((await probe(host, '/livez')).status).toBe(200)
  expect(stopped).toEqual([])
  release()
  expect((await made).status).toBe(201)
  await drained
  expect(stopped).toEqual(['demo'])
  expect(await store.load({ provider: 'demo', tenant: 't', id: 'a' })()).toMatchObject({
    right: { status: 'off' },
  })
})

it('lets running work end within the bound of a drain', async () => {
  const store = memoryStore()
  const late = pending()
  const { host, make, ask } = await openHouse({
    store,
    plugins: [demo({ drivers: { light: scripted(late.answer) } })],
  })
  await make('a')
  await ask('POST /lamps/a/press')
  const drained = host.drain()
  late.give(LIT)
  await drained
  expect(await store.load({ provider: 'demo', tenant: 't', id: 'a' })()).toMatchObject({
    right: { status: 'on' },
  })
})

it('gives work that outlasts the bound of a drain to the next host, at once and untold', async () => {
  const store = memoryStore()
  let aborted = false
  const clock = virtualClock(T0)
  const { host, make, ask } = await openHouse({
    store,
    clock,
    plugins: [
      demo({
        drivers: {
          light: {
            perform: (_, { signal }) =>
              new Promise((_resolve, reject) =>
                signal.addEventListener('abort', () => {
                  aborted = true
                  reject(new Error('aborted'))
                }),
              ),
          },
        },
      }),
    ],
  })
  await make('a')
  await ask('POST /lamps/a/press')
  const drained = host.drain(2_000)
  await clock.advance(2_000)
  await drained
  expect(aborted).toBe(true)
  const page = await store.effects({ limit: 10 })()
  expect(E.isRight(page) && page.right.items[0]).toMatchObject({
    work: 'pending',
    notBefore: T0 + 2_000,
  })
  const light = scripted(LIT)
  const next = await openHouse({ store, clock, plugins: [demo({ drivers: { light } })] })
  await next.host.idle()
  expect((await next.ask('GET /lamps/a')).value).toMatchObject({ status: 'on' })
})

it('waits for requests that are in before it stops the plugins', async () => {
  const late = pending()
  let stopped = false
  const { host, ask } = await openHouse({
    store: memoryStore(),
    plugins: [
      demo({
        change: (mounted) => ({
          ...mounted,
          stop: async () => {
            stopped = true
          },
          routes: [
            handle({
              method: 'GET',
              path: '/lamps/wait',
              name: 'wait',
              summary: 'Waits',
              handle: async () => json(200, { kind: (await late.answer()).kind, stopped }),
            }),
          ],
        }),
      }),
    ],
  })
  const waiting = ask('GET /lamps/wait')
  const drained = host.drain()
  await host.idle()
  late.give({ kind: 'done' })
  expect((await waiting).value).toEqual({ kind: 'done', stopped: false })
  await drained
  expect(stopped).toBe(true)
})
