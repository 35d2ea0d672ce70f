import { expect, it } from 'vitest'
import { virtualClock } from './clock.ts'

it('stands still until it is told to move', async () => {
  const clock = virtualClock(5)
  let fired = false
  clock.after(10, () => (fired = true))
  await clock.advance(9)
  expect([clock.now(), fired]).toEqual([14, false])
  await clock.advance(1)
  expect([clock.now(), fired]).toEqual([15, true])
})

it('runs timers in order of their instant, those of one instant in order of their making', async () => {
  const clock = virtualClock(0)
  const seen: Array<string> = []
  const note = (name: string) => () => seen.push(`${name} ${clock.now()}`)
  clock.after(20, note('late'))
  clock.after(10, note('first'))
  clock.after(10, note('second'))
  const cancel = clock.after(15, note('never'))
  cancel()
  await clock.advance(100)
  expect(seen).toEqual(['first 10', 'second 10', 'late 20'])
  expect(clock.now()).toBe(100)
})

it('runs what callbacks start, at its own instant', async () => {
  const clock = virtualClock(0)
  const seen: Array<number> = []
  const again = async (): Promise<void> => {
    await Promise.resolve()
    seen.push(clock.now())
    clock.after(10, () => void again())
  }
  clock.after(10, () => void again())
  await clock.advance(35)
  expect(seen).toEqual([10, 20, 30])
})

it('waits between timers for whoever has joined', async () => {
  const clock = virtualClock(0)
  const seen: Array<string> = []
  const leave = clock.join?.(async () => {
    await new Promise((resolve) => setTimeout(resolve, 1))
    seen.push(`idle ${clock.now()}`)
  })
  clock.after(10, () => seen.push('timer'))
  await clock.advance(20)
  leave?.()
  await clock.advance(20)
  expect(seen).toEqual(['idle 0', 'timer', 'idle 10'])
})
