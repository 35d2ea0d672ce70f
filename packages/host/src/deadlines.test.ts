import type { Store } from '@signalbox/core/store'
import { memoryStore } from '@signalbox/stores/memory'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { LIT, openHouse, scripted, T0 } from './__fixtures__/house.ts'
import type { House } from './__fixtures__/house.ts'
import { BURNS, demo, lamp } from './__fixtures__/lamp.ts'
import { virtualClock } from './clock.ts'

const lit = async (store: Store, clock = virtualClock(T0)): Promise<House> => {
  const house = await openHouse({
    store,
    clock,
    plugins: [demo({ drivers: { light: scripted(LIT) } })],
  })
  await house.make('a')
  await house.ask('POST /lamps/a/press')
  await house.host.idle()
  return house
}

const stateOf = async (store: Store) => {
  const loaded = await store.load({ provider: 'demo', tenant: 't', id: 'a' })()
  return E.isRight(loaded) ? loaded.right : undefined
}

it('fires at the instant that is due, and not before', async () => {
  const store = memoryStore()
  const { clock } = await lit(store)
  await clock.advance(BURNS - 1)
  expect((await stateOf(store))?.status).toBe('on')
  await clock.advance(1)
  expect(await stateOf(store)).toMatchObject({ status: 'off', changedAt: T0 + BURNS })
})

it('fires on the next host what came due while none ran, at its own instant', async () => {
  const store = memoryStore()
  const { host } = await lit(store)
  await host.drain()
  const clock = virtualClock(T0 + 10 * BURNS)
  const next = await openHouse({ store, clock })
  await next.host.idle()
  expect(await stateOf(store)).toMatchObject({ status: 'off', changedAt: T0 + BURNS })
})

it('fires once when several hosts watch', async () => {
  const store = memoryStore()
  const clock = virtualClock(T0)
  await lit(store, clock)
  await openHouse({ store, clock })
  await openHouse({ store, clock })
  await clock.advance(2 * BURNS)
  const page = await store.journal({ limit: 100 })()
  const fired = E.isRight(page) ? page.right.entries.filter(({ kind }) => kind === 'deadline') : []
  expect(fired).toHaveLength(1)
})

it('tries a deadline whose machine throws again, ever later, and goes on with the others', async () => {
  const store = memoryStore()
  const clock = virtualClock(T0)
  const first = await lit(store, clock)
  await first.make('b')
  await first.ask('POST /lamps/b/press')
  await first.host.idle()
  await first.host.drain()
  let steps = 0
  const broken = {
    ...lamp,
    machine: {
      ...lamp.machine,
      step: (...given: Parameters<typeof lamp.machine.step>) => {
        const [, context] = given
        if ((context as { socket: string }).socket === 'socket of a') {
          steps += 1
          throw new Error('stuck')
        }
        return lamp.machine.step(...given)
      },
    },
  }
  const next = await openHouse({
    store,
    clock,
    plugins: [demo({ change: (mounted) => ({ ...mounted, lifecycles: [broken], routes: [] }) })],
  })
  await clock.advance(BURNS)
  const other = await store.load({ provider: 'demo', tenant: 't', id: 'b' })()
  expect(other).toMatchObject({ right: { status: 'off' } })
  await clock.advance(600_000)
  expect(steps).toBeGreaterThan(3)
  expect(steps).toBeLessThan(15)
  expect(next.lines.filter(({ event }) => event === 'deadline.fault')).toHaveLength(steps)
})

it('sleeps through a store that is away, says so once, and fires when it is back', async () => {
  const store = memoryStore()
  const { host } = await lit(store)
  await host.drain()
  let away = true
  const clock = virtualClock(T0 + BURNS)
  const { lines } = await openHouse({
    clock,
    store: {
      ...store,
      leaseDeadlines: (lease) =>
        away
          ? async () => E.left({ _tag: 'StoreUnavailable', message: 'away' })
          : store.leaseDeadlines(lease),
    },
  })
  await clock.advance(10_000)
  away = false
  await clock.advance(2_000)
  expect((await stateOf(store))?.status).toBe('off')
  expect(lines.map(({ event }) => event).filter((event) => event.startsWith('store.'))).toEqual([
    'store.unreachable',
    'store.reachable',
  ])
})
