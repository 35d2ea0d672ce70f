import type { Effect } from '@signalbox/core'
import { expect, it } from 'vitest'
import { virtualClock } from './clock.ts'
import { simulatedDriver } from './simulated-driver.ts'
import type { Simulation } from './simulated-driver.ts'

const effect: Effect = {
  id: 'e',
  ref: { provider: 'demo', tenant: 't', id: 'a' },
  lifecycle: 'demo/lamp',
  type: 'light',
  params: { socket: 'S' },
  generation: 1,
  lane: 'main',
  at: 0,
}

const perform = async (simulation: Partial<Simulation>, signal = new AbortController().signal) => {
  const clock = virtualClock(0)
  const driver = simulatedDriver({
    clock,
    random: () => 0.5,
    latencyMs: 100,
    failureRate: 0,
    ...simulation,
  })
  const performed = driver.perform(effect, { attempt: 1, signal })
  const settled = performed.then(
    (performance) => ({ performance, at: clock.now() }),
    (thrown: Error) => ({ thrown: thrown.message, at: clock.now() }),
  )
  await clock.advance(1_000)
  return settled
}

it('takes its time and succeeds with the result it is given', async () => {
  const results = ({ params }: Effect) => ({ in: params['socket'] ?? null })
  expect(await perform({ results })).toEqual({
    performance: { kind: 'done', result: { in: 'S' } },
    at: 100,
  })
  expect(await perform({ latencyMs: () => 7 })).toEqual({ performance: { kind: 'done' }, at: 7 })
})

it('fails by the dice, so that another attempt may help', async () => {
  const failed = { kind: 'failed', message: 'simulated failure', retry: true }
  expect(await perform({ failureRate: 0.51 })).toMatchObject({ performance: failed })
  expect(await perform({ failureRate: 0.5 })).toMatchObject({ performance: { kind: 'done' } })
})

it('fails for good when told so', async () => {
  expect(await perform({ failNext: () => 'no bulb' })).toMatchObject({
    performance: { kind: 'failed', message: 'no bulb' },
  })
})

it('stops when it is called off', async () => {
  const controller = new AbortController()
  const performed = perform({}, controller.signal)
  controller.abort()
  expect(await performed).toEqual({ thrown: 'called off', at: 0 })
  expect(await perform({}, AbortSignal.abort())).toMatchObject({ thrown: 'called off' })
})
