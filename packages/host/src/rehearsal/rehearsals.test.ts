import { memoryStore } from '@signalbox/stores/memory'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { LIT, openHouse, scripted } from '../__fixtures__/house.ts'
import type { Answer, House } from '../__fixtures__/house.ts'
import { demo, lamp } from '../__fixtures__/lamp.ts'
import { simulatedDriver } from '../simulated-driver.ts'
import type { Driver, Mounted } from '../index.ts'
import { handle } from '../route.ts'
import { json } from '../reply.ts'
import type { Store } from '@signalbox/core/store'

const DRY = { prefer: 'handling=dry-run' }

const rehearsable = (
  driver: Driver,
  more: (tools: Parameters<NonNullable<Mounted['rehearsed']>>[0]) => Partial<Mounted> = () => ({}),
): ReturnType<typeof demo> =>
  demo({
    drivers: { light: driver },
    change: (mounted, tools) => ({
      ...mounted,
      ...more(tools),
      rehearsed: (over) => ({ ...mounted, ...more(over) }),
    }),
  })

const open = (driver: Driver = scripted(LIT), store = memoryStore()): Promise<House> =>
  openHouse({ store, plugins: [rehearsable(driver)] })

const rehearsed = ({ value }: Answer): unknown => value

const linesOf = async (store: Store): Promise<number> => {
  const page = await store.journal({ limit: 100 })()
  return E.isRight(page) ? page.right.entries.length : -1
}

it('tells the reply and what would change, and changes nothing', async () => {
  const store = memoryStore()
  const house = await open(scripted(LIT), store)
  const lamps = { id: 'a', socket: 's' }
  const answer = await house.ask('POST /lamps', lamps, { ...DRY, 'x-request-id': 'r' })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('preference-applied')).toBe('handling=dry-run')
  expect(rehearsed(answer)).toEqual({
    dryRun: true,
    response: {
      status: 201,
      headers: { 'content-type': 'application/json', 'x-request-id': 'r' },
      body: { id: 'a', status: 'off' },
    },
    changes: [
      {
        provider: 'demo',
        tenant: 't',
        id: 'a',
        status: 'off',
        canonical: 'suspended',
        revision: 1,
        done: false,
        effects: [],
        deadlines: { armed: [], cancelled: [] },
      },
    ],
  })
  expect((await house.ask('GET /lamps/a')).status).toBe(404)
  expect(await linesOf(store)).toBe(0)
})

it('waits for nothing where the reply waits for work: the driver says how it would end', async () => {
  const performed = scripted(LIT)
  const burst = { kind: 'failed', message: 'it burst' } as const
  const house = await open({ ...performed, rehearse: async () => burst })
  await house.make('a')
  const answer = await house.ask('POST /lamps/a/light', undefined, DRY)
  expect(rehearsed(answer)).toMatchObject({
    response: { status: 200, body: { status: 'burst', finished: true } },
    changes: [{ status: 'burst', revision: 3, effects: [{ type: 'light' }] }],
  })
  expect(performed.calls).toEqual([])
  expect((await house.ask('GET /lamps/a')).value).toMatchObject({ status: 'off' })
})

it('takes a simulated driver to succeed', async () => {
  const house = await openHouse({
    store: memoryStore(),
    plugins: [
      rehearsable(
        simulatedDriver({
          clock: { now: () => 0, after: () => () => {} },
          random: () => 0,
          latencyMs: 9_000,
          failureRate: 1,
          results: () => ({ brightness: 3 }),
        }),
      ),
    ],
  })
  await house.make('a')
  expect(rehearsed(await house.ask('POST /lamps/a/light', undefined, DRY))).toMatchObject({
    response: { body: { status: 'on' } },
    changes: [{ status: 'on', deadlines: { armed: [{ name: 'burns' }] } }],
  })
})

it('settles what is overdue as the request would, and keeps it overdue', async () => {
  const store = memoryStore()
  const house = await open(scripted(LIT), store)
  await house.make('a')
  await house.ask('POST /lamps/a/light')
  await house.host.drain()
  const later = await openHouse({
    store,
    clock: house.clock,
    plugins: [rehearsable(scripted(LIT))],
  })
  await later.host.drain()
  const lit = await store.load({ provider: 'demo', tenant: 't', id: 'a' })()
  const { deadlines = [], revision = 0 } = E.isRight(lit) ? (lit.right ?? {}) : {}
  expect(deadlines).toHaveLength(1)
  await house.clock.advance((deadlines[0]?.dueAt ?? 0) - house.clock.now() + 1)
  const third = await openHouse({
    store: { ...store, leaseDeadlines: () => async () => E.right([]) },
    clock: house.clock,
    plugins: [rehearsable(scripted(LIT))],
  })
  expect(rehearsed(await third.ask('DELETE /lamps/a', undefined, DRY))).toMatchObject({
    response: { status: 200, body: { status: 'smashed' } },
    changes: [{ status: 'smashed', done: true, deadlines: { armed: [], cancelled: ['burns'] } }],
  })
  const still = await store.load({ provider: 'demo', tenant: 't', id: 'a' })()
  expect(still).toMatchObject({ right: { revision, deadlines } })
})

it('shows a refused request its refusal, which is not journaled', async () => {
  const store = memoryStore()
  const house = await open(scripted(LIT), store)
  await house.make('a')
  const before = await linesOf(store)
  const again = await house.ask('POST /lamps', { id: 'b', socket: 'socket of a' }, DRY)
  expect(rehearsed(again)).toMatchObject({ response: { status: 409 }, changes: [] })
  const illegal = await house.ask('POST /lamps/a/press', undefined, { ...DRY, 'x-key': 'bob' })
  expect(rehearsed(illegal)).toMatchObject({ response: { status: 409 }, changes: [] })
  expect(await linesOf(store)).toBe(before)
})

it('answers as ever who is not admitted and what no route takes', async () => {
  const house = await open()
  for (const [line, headers, status] of [
    ['DELETE /lamps/a', { 'x-key': 'x' }, 401],
    ['POST /lamps/a/nothing', {}, 404],
    ['PUT /lamps', {}, 405],
  ] as const) {
    const answer = await house.ask(line, undefined, { ...DRY, ...headers })
    expect(answer.status).toBe(status)
    expect(answer.headers.has('preference-applied')).toBe(false)
  }
})

it('refuses a handling that nobody knows, and carries nothing out', async () => {
  const house = await open()
  const body = { id: 'a', socket: 's' }
  const answer = await house.ask('POST /lamps', body, { prefer: 'handling=dryrun' })
  expect(answer).toMatchObject({ status: 500, value: { error: 'Unrehearsable' } })
  expect((await house.ask('GET /lamps/a')).status).toBe(404)
  const strict = await house.ask('POST /lamps', body, { prefer: 'wait=5, Handling="strict"' })
  expect(strict.status).toBe(201)
  expect((await house.ask('GET /lamps/a', undefined, { prefer: 'handling=x' })).status).toBe(200)
})

it('refuses what cannot be rehearsed, and carries nothing out', async () => {
  const calls: Array<string> = []
  const secret = handle({
    method: 'POST',
    path: '/lamps/:id/secret',
    name: 'secret',
    summary: 'Hands out a secret',
    rehearsable: ({ url }) => url.search === '?harmless',
    handle: async () => {
      calls.push('secret')
      return json(200, 'x')
    },
  })
  const change = (mounted: Mounted): Mounted => ({
    ...mounted,
    routes: [...mounted.routes, secret],
  })
  const house = await openHouse({
    store: memoryStore(),
    plugins: [
      demo({ change: (mounted) => ({ ...change(mounted), rehearsed: () => change(mounted) }) }),
    ],
  })
  expect((await house.ask('POST /lamps/a/secret', undefined, DRY)).value).toEqual({
    error: 'Unrehearsable',
  })
  expect(calls).toEqual([])
  expect(rehearsed(await house.ask('POST /lamps/a/secret?harmless', undefined, DRY))).toMatchObject(
    { response: { status: 200, body: 'x' } },
  )
  const plain = await openHouse({ store: memoryStore(), plugins: [demo()] })
  expect((await plain.ask('POST /lamps', { id: 'a', socket: 's' }, DRY)).value).toEqual({
    error: 'Unrehearsable',
  })
  expect((await plain.ask('GET /lamps/a')).status).toBe(404)
})

it('lets a route of the hatch write, read what it wrote, and keep none of it', async () => {
  const store = memoryStore()
  const writes = (tools: Parameters<NonNullable<Mounted['rehearsed']>>[0]): Partial<Mounted> => ({
    routes: [
      handle({
        method: 'POST',
        path: '/lamps/note',
        name: 'note',
        summary: 'Writes',
        handle: async ({ principal }) => {
          const { services, log } = tools
          log('noted')
          const number = await services.allocate({ sequence: 'n', count: 2, floor: 5 })()
          const body = { number: E.isRight(number) ? number.right : -1 }
          const written = await services.write([{ kind: 'k', id: 'i', tenant: 't', body }])()
          const sent = await services.submit(
            lamp,
            { provider: 'demo', tenant: 't', id: 'n' },
            principal,
            () => E.right({ events: [{ type: 'lamp.make', socket: 'n' }] }),
          )()
          const found = await services.document('k', 'i')()
          const listed = await services.list(lamp, { provider: 'demo', limit: 9 })()
          return json(200, {
            stood: E.isRight(written) && E.isRight(sent),
            found: E.isRight(found) ? (found.right?.body ?? null) : null,
            listed: E.isRight(listed) ? listed.right.items.map(({ ref }) => ref.id) : [],
          })
        },
      }),
    ],
  })
  const house = await openHouse({ store, plugins: [rehearsable(scripted(LIT), writes)] })
  const said = { stood: true, found: { number: 5 }, listed: ['n'] }
  for (let round = 0; round < 2; round += 1) {
    const answer = await house.ask('POST /lamps/note', undefined, DRY)
    expect(rehearsed(answer)).toMatchObject({ response: { body: said }, changes: [{ id: 'n' }] })
  }
  expect(house.lines).toContainEqual(expect.objectContaining({ event: 'noted', dryRun: true }))
  expect(await store.document({ provider: 'demo', kind: 'k', id: 'i' })()).toEqual(
    E.right(undefined),
  )
  expect(await store.upcoming('demo/n')()).toEqual(E.right(undefined))
  expect((await house.ask('POST /lamps/note')).value).toEqual(said)
})

it('shows a body as a value, as text or in base64, so that its bytes can be told', async () => {
  const bodies = ['{"a": 1}', 'plain', new Uint8Array([255, 0]), undefined]
  const shows = (): Partial<Mounted> => ({
    routes: bodies.map((body, at) =>
      handle({
        method: 'POST',
        path: `/lamps/body/${at}`,
        name: `body${at}`,
        summary: 'Shows a body',
        handle: async () => ({ status: 200, ...(body !== undefined && { body }) }),
      }),
    ),
  })
  const house = await openHouse({
    store: memoryStore(),
    plugins: [rehearsable(scripted(LIT), shows)],
  })
  const shown = async (at: number): Promise<unknown> => {
    const { value } = await house.ask(`POST /lamps/body/${at}`, undefined, DRY)
    const {
      headers: _headers,
      status: _status,
      ...body
    } = (value as { response: object }).response as Record<string, unknown>
    return body
  }
  expect(await shown(0)).toEqual({ text: '{"a": 1}' })
  expect(await shown(1)).toEqual({ text: 'plain' })
  expect(await shown(2)).toEqual({ base64: '/wA=' })
  expect(await shown(3)).toEqual({})
})
