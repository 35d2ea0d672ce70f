import { expect, it } from 'vitest'
import { createGate } from './gate.ts'

it('is idle while nobody is in it, and waits for the last one to leave', async () => {
  const gate = createGate()
  await gate.idle()
  const [first, second] = [gate.enter(), gate.enter()]
  let idle = false
  const waiting = gate.idle().then(() => (idle = true))
  first()
  first()
  await Promise.resolve()
  expect([gate.isIdle(), idle]).toEqual([false, false])
  second()
  await waiting
  expect([gate.isIdle(), idle]).toEqual([true, true])
})
