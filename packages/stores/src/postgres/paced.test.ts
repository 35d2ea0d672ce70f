import { expect, it } from 'vitest'
import { paced } from './paced.ts'

// Timers that go off when they are told to.
const timers = () => {
  const waiting: Array<() => void> = []
  return {
    after: (_: number, callback: () => void) => {
      waiting.push(callback)
      return () => {}
    },
    elapse: async () => {
      for (const callback of waiting.splice(0)) callback()
      await settle()
    },
    waiting,
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

it('begins at once, and once more for all that was asked meanwhile', async () => {
  const { after, elapse, waiting } = timers()
  let times = 0
  const ask = paced(after, async () => {
    times += 1
  })
  for (let n = 0; n < 10; n += 1) ask()
  await settle()
  expect(times).toBe(1)
  await elapse()
  expect(times).toBe(2)
  await elapse()
  expect([times, waiting.length]).toEqual([2, 0])
  ask()
  expect(times).toBe(3)
})

it('does not begin again before it is done, however long that takes', async () => {
  const { after, elapse, waiting } = timers()
  const ends: Array<() => void> = []
  const ask = paced(after, () => new Promise((resolve) => ends.push(resolve)))
  ask()
  ask()
  await settle()
  expect([ends.length, waiting.length]).toEqual([1, 0])
  ends[0]?.()
  await settle()
  ask()
  expect(ends).toHaveLength(1)
  await elapse()
  expect(ends).toHaveLength(2)
})
