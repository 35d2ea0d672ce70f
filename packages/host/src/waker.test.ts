import { memoryStore } from '@signalbox/stores/memory'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { virtualClock } from './clock.ts'
import { createWaker } from './waker.ts'

const open = (pass: (times: number) => boolean | void) => {
  const clock = virtualClock(0)
  const at: Array<number> = []
  const waker = createWaker({
    store: memoryStore(),
    clock,
    log: () => {},
    longestMs: 5_000,
    passes: [
      async () => {
        at.push(clock.now())
        return E.right(pass(at.length) === true)
      },
    ],
  })
  return { clock, waker, at }
}

it('looks when it starts, when it is poked, and after its longest sleep', async () => {
  const { clock, waker, at } = open(() => {})
  waker.poke()
  await clock.advance(10)
  expect(at).toEqual([])
  waker.start()
  await clock.advance(100)
  waker.poke()
  await clock.advance(10_000)
  expect(at).toEqual([10, 110, 5_110, 10_110])
  waker.stop()
  waker.poke()
  await clock.advance(10_000)
  expect(at).toHaveLength(4)
})

it('wakes by an instant it is told of, also while it looks', async () => {
  const { clock, waker, at } = open((times) => {
    if (times === 1) waker.by(700)
  })
  waker.start()
  await clock.advance(1_000)
  waker.by(1_200)
  waker.by(1_500)
  await clock.advance(1_000)
  expect(at).toEqual([0, 700, 1_200])
})

it('looks again at once while there may be more', async () => {
  const { clock, waker, at } = open((times) => times < 3)
  waker.start()
  await clock.advance(1)
  expect(at).toEqual([0, 0, 0])
})
