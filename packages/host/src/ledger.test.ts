import type { JournalEntry } from '@signalbox/core'
import type { Store } from '@signalbox/core/store'
import { memoryStore } from '@signalbox/stores/memory'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { LIT, openHouse, scripted } from './__fixtures__/house.ts'
import type { House } from './__fixtures__/house.ts'
import { BURNS, demo, lamp } from './__fixtures__/lamp.ts'
import type { Services } from './plugin.ts'

const ann = { id: 'ann', provider: 'demo', tenants: '*', roles: ['member'] } as const

const refOf = (id: string) => ({ provider: 'demo', tenant: 't', id })

interface Opened extends House {
  readonly services: Services
  /** What the ledger was asked to enter, as `ids` of the services of each change. */
  readonly entered: Array<ReadonlyArray<JournalEntry>>
  readonly tally: () => Promise<unknown>
}

// Counts the changes of a tenant's lamps in one record.
const open = async (store: Store = memoryStore()): Promise<Opened> => {
  const entered: Array<ReadonlyArray<JournalEntry>> = []
  const got: Array<Services> = []
  const plugin = demo({
    drivers: { light: scripted(LIT) },
    change: (mounted, { services }) => {
      got.push(services)
      return {
        ...mounted,
        ledgers: [
          {
            lifecycle: lamp,
            enter: async ({ tenant, journal }) => {
              const found = await services.document('tally', tenant)()
              if (E.isLeft(found)) return found
              entered.push(journal)
              const body = { changes: Number(found.right?.body['changes'] ?? 0) + 1 }
              const expected = found.right?.revision ?? 0
              return E.right([{ kind: 'tally', id: tenant, tenant, body, expected }])
            },
          },
        ],
      }
    },
  })
  const house = await openHouse({ store, plugins: [plugin] })
  const [services] = got
  if (services === undefined) throw new Error('the plugin was not set up')
  const tally = async (): Promise<unknown> => {
    const found = await services.document('tally', 't')()
    return E.isRight(found) ? found.right?.body['changes'] : found.left
  }
  return { ...house, services, entered, tally }
}

it('enters every change in the same commit, though many come at once', async () => {
  const { make, ask, tally, host } = await open()
  const ids = Array.from({ length: 40 }, (_, index) => `l${index}`)
  const made = await Promise.all(ids.map(make))
  expect(made.every(({ status }) => status === 201)).toBe(true)
  await Promise.all(ids.map((id) => ask(`POST /lamps/${id}/press`)))
  await host.idle()
  // Each was made, pressed and lit.
  expect(await tally()).toBe(120)
})

it('decides anew when another host has written its record', async () => {
  const store = memoryStore()
  const { make, tally } = await open(store)
  const other = await open(store)
  await Promise.all(['a', 'b', 'c'].flatMap((id) => [make(id), other.make(`${id}2`)]))
  expect(await tally()).toBe(6)
})

it('settles what is overdue for a tenant as one change, in order of instant', async () => {
  const store = memoryStore()
  const first = await open(store)
  for (const id of ['10', '9', '8']) {
    await first.make(id)
    await first.ask(`POST /lamps/${id}/press`)
    await first.host.idle()
    if (id === '10') await first.clock.advance(5)
  }
  const drained = first.host.drain(0)
  await first.clock.advance(2 * BURNS)
  await drained
  const before = first.entered.length
  expect(await first.services.settle(lamp, { tenant: 't' })()).toEqual(E.right(undefined))
  const [change, ...others] = first.entered.slice(before)
  expect(others).toEqual([])
  expect(change?.map(({ ref, kind }) => [ref.id, kind])).toEqual([
    ['10', 'deadline'],
    ['8', 'deadline'],
    ['9', 'deadline'],
  ])
})

it('changes several services at once or none of them', async () => {
  const { services, make, tally } = await open()
  await make('a')
  await make('b')
  const refs = [refOf('a'), refOf('b'), refOf('c')]
  const document = { provider: 'demo', kind: 'note', id: '1', tenant: 't', body: {} }
  const send = (...types: ReadonlyArray<string>) =>
    services.submitAll(lamp, refs, ann, (states) =>
      states[2] === undefined
        ? E.right(
            types.map((type) => ({
              events: [type === 'lamp.make' ? { type, socket: 's' } : { type }],
              documents: [document],
            })),
          )
        : E.left('there already'),
    )()
  expect(await send('lamp.press', 'lamp.make', 'lamp.make')).toMatchObject({
    left: { _tag: 'AlreadyExists' },
  })
  expect(await services.load(lamp, refOf('a'))()).toMatchObject({ right: { status: 'off' } })
  expect(await services.document('note', '1')()).toEqual(E.right(undefined))
  expect(await send('lamp.press', 'lamp.press', 'lamp.make')).toMatchObject({
    right: [{ status: 'lighting' }, { status: 'lighting' }, { status: 'off' }],
  })
  expect(await services.document('note', '1')()).toMatchObject({ right: { revision: 3 } })
  expect(await send()).toEqual(E.left({ _tag: 'Refused', refused: 'there already' }))
  expect(await tally()).toBeGreaterThanOrEqual(3)
})

it('tells a plugin of every admitted request, with the beginning of its body', async () => {
  const heard: Array<unknown> = []
  const { ask, make } = await openHouse({
    store: memoryStore(),
    plugins: [
      demo({
        change: (mounted) => ({
          ...mounted,
          audit: async ({ principal, route, begin }, { status }) => {
            const text = new TextDecoder().decode(await begin(8))
            heard.push([principal.id, route, status, text])
            throw new Error('a pity')
          },
        }),
      }),
    ],
  })
  expect((await make('a')).status).toBe(201)
  await ask('POST /lamps', '{"id": oh')
  await ask('PUT /lamps/a', 'never read')
  await ask('POST /lamps/a/echo', 'x', { 'x-key': 'wrong' })
  await ask('POST /lamps/x/press', 'not read by its route')
  expect(heard).toEqual([
    ['ann', 'make', 201, '{"id":"a'],
    ['ann', 'make', 400, '{"id": o'],
    ['ann', 'press', 404, 'not read'],
  ])
})
