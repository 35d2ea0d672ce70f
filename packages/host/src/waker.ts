import type { Store } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { ask } from './ask.ts'
import type { Clock } from './clock.ts'
import type { Failure } from './failure.ts'
import type { Log } from './log.ts'

/** Wakes the workers: at once when poked, and when the store says that something can be leased. */
export interface Waker {
  readonly start: () => void
  readonly poke: () => void
  /** Makes sure to be awake at an instant. */
  readonly by: (at: number) => void
  readonly stop: () => void
}

interface WakerOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** Each leases and begins what it can, and says whether there may be more. */
  readonly passes: ReadonlyArray<() => Promise<E.Either<Failure, boolean>>>
  /** The longest sleep: other hosts do not say what they leave behind. */
  readonly longestMs: number
}

/** Makes the one sleeper of a host. */
export const createWaker = ({ store, clock, log, passes, longestMs }: WakerOptions): Waker => {
  let awake = false
  let passing = false
  let again = false
  let down = false
  let wakeAt = Infinity
  let sooner = Infinity
  let cancel = (): void => {}

  const sleepUntil = (at: number): void => {
    if (!awake) return
    cancel()
    wakeAt = at
    cancel = clock.after(at - clock.now(), poke)
  }

  const poke = (): void => {
    if (!awake) return
    again = true
    if (passing) return
    passing = true
    void work()
  }

  const work = async (): Promise<void> => {
    let sleep = await round()
    while (awake && again) sleep = await round()
    passing = false
    const at = Math.min(clock.now() + sleep, sooner)
    sooner = Infinity
    sleepUntil(at)
  }

  // Answers how long nothing more is to be done, in ms.
  const round = async (): Promise<number> => {
    again = false
    for (const pass of passes) {
      const passed = await pass()
      if (E.isLeft(passed)) return unreachable(passed.left)
      if (passed.right) again = true
    }
    const wake = await ask(store.nextWake())
    if (E.isLeft(wake)) return unreachable(wake.left)
    if (down) log('info', 'store.reachable')
    down = false
    if (wake.right === undefined) return longestMs
    return Math.min(longestMs, Math.max(wake.right - clock.now(), SHORTEST_MS))
  }

  const unreachable = (failure: Failure): number => {
    if (!down) log('error', 'store.unreachable', { failure: failure._tag })
    down = true
    again = false
    return UNREACHABLE_MS
  }

  return {
    start: () => {
      awake = true
      poke()
    },
    poke,
    by: (at) => {
      if (passing) sooner = Math.min(sooner, at)
      else if (at < wakeAt) sleepUntil(at)
    },
    stop: () => {
      awake = false
      cancel()
    },
  }
}

// -- internals

// Something is due, but was not to be had just now: another host has it, or there is no room.
const SHORTEST_MS = 50
const UNREACHABLE_MS = 1_000
