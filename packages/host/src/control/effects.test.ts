import type { Store } from '@signalbox/core/store'
import { memoryStore } from '@signalbox/stores/memory'
import { expect, it } from 'vitest'
import { scripted } from '../__fixtures__/house.ts'
import { demo } from '../__fixtures__/lamp.ts'
import type { Performance } from '../driver.ts'
import { openBox } from './__fixtures__/box.ts'
import type { Box } from './__fixtures__/box.ts'

interface Shown {
  readonly id: string
  readonly state: string
  readonly type: string
}

const failing = { kind: 'failed', message: 'no current', retry: true } as const

/** A house with a lamp whose lighting was given up after one attempt. */
const parkedBox = async (
  ...then: ReadonlyArray<Performance>
): Promise<Box & { readonly store: Store }> => {
  const light = scripted(failing, ...then)
  const store = memoryStore()
  const box = await openBox({
    store,
    plugins: [demo({ drivers: { light: { ...light, attempts: 1, onExhausted: 'park' } } })],
  })
  await box.make('a')
  await box.ask('POST /lamps/a/press')
  await box.host.idle()
  return { ...box, store }
}

const effects = async (box: Box, query = '', as = 'vera'): Promise<ReadonlyArray<Shown>> =>
  ((await box.control(`GET /effects${query}`, { as })).value as { items: ReadonlyArray<Shown> })
    .items

const only = async (box: Box): Promise<Shown> => {
  const [effect] = await effects(box, '?work=parked')
  if (effect === undefined) throw new Error('nothing is parked')
  return effect
}

it('shows work that was given up, with its last error', async () => {
  const box = await parkedBox()
  const { id } = await only(box)
  expect(await box.control(`GET /effects/${id}`, { as: 'vera' })).toMatchObject({
    status: 200,
    value: {
      id,
      provider: 'demo',
      tenant: 't',
      service: 'a',
      type: 'light',
      state: 'parked',
      attempts: 1,
      nextAttemptAt: null,
      lastError: 'no current',
      params: { socket: 'socket of a' },
    },
  })
  expect((await box.control('GET /services/demo/t/a')).value).toMatchObject({
    effects: [{ id, state: 'parked', lastError: 'no current' }],
  })
})

it('finds work by provider, tenant and state, page by page', async () => {
  const box = await parkedBox({ kind: 'accepted' })
  await box.make('b')
  await box.ask('POST /lamps/b/press')
  await box.host.idle()
  const all = await effects(box)
  expect(all.map(({ state }) => state)).toEqual(['parked', 'done'])
  expect(await effects(box, '?work=done')).toEqual([all[1]])
  expect(await effects(box, '?provider=demo&tenant=t&work=parked')).toEqual([all[0]])
  expect(await effects(box, '?tenant=u')).toEqual([])
  const first = (await box.control('GET /effects?limit=1')).value as { next: string }
  expect(await effects(box, `?limit=1&after=${first.next}`)).toEqual([all[1]])
  expect(await box.control('GET /effects?work=stuck')).toMatchObject({
    status: 400,
    value: {
      errors: [
        { parameter: 'work', rule: expect.stringContaining('one of pending, leased, parked') },
      ],
    },
  })
})

it('tries again at once what was given up, and journals who asked for it', async () => {
  const box = await parkedBox({ kind: 'done', result: { brightness: 3 } })
  const { id } = await only(box)
  const retried = await box.control(`POST /effects/${id}/retry`)
  expect(retried).toMatchObject({ status: 200, value: { id } })
  await box.host.idle()
  expect((await box.control(`GET /effects/${id}`)).value).toMatchObject({ state: 'done' })
  expect((await box.control('GET /services/demo/t/a')).value).toMatchObject({ status: 'on' })
  const journal = await box.store.journal({ limit: 100 })()
  expect(journal).toMatchObject({
    right: {
      entries: expect.arrayContaining([
        expect.objectContaining({
          type: 'effect.retry',
          effect: id,
          actor: { id: 'signalbox/olga', roles: ['operator'] },
          request: retried.headers.get('x-request-id'),
        }),
      ]),
    },
  })
})

it('abandons work, which its service is told as a failure', async () => {
  const box = await parkedBox()
  const { id } = await only(box)
  expect(await box.control(`POST /effects/${id}/abandon`)).toMatchObject({
    status: 200,
    value: { id, state: 'failed' },
  })
  expect((await box.control('GET /services/demo/t/a')).value).toMatchObject({ status: 'burst' })
})

it('neither retries nor abandons what has ended', async () => {
  const box = await parkedBox()
  const { id } = await only(box)
  await box.control(`POST /effects/${id}/abandon`)
  for (const verb of ['retry', 'abandon'])
    expect(await box.control(`POST /effects/${id}/${verb}`)).toMatchObject({
      status: 409,
      value: { type: '/_signalbox/problems/effect-settled', effect: id },
    })
})

it('keeps work from who may not see it, and from changes by who may only look', async () => {
  const box = await parkedBox()
  const { id } = await only(box)
  for (const as of ['elsewhere', 'others'])
    expect((await box.control(`GET /effects/${id}`, { as })).status).toBe(404)
  expect((await box.control('GET /effects/unknown')).status).toBe(404)
  expect(await box.control(`POST /effects/${id}/retry`, { as: 'vera' })).toMatchObject({
    status: 403,
    value: { type: '/_signalbox/problems/forbidden', role: 'operator' },
  })
  expect((await box.control(`POST /effects/${id}/abandon`, { as: 'elsewhere' })).status).toBe(404)
  expect(await only(box)).toMatchObject({ id, state: 'parked' })
})
