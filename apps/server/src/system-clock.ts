import type { Clock } from '@signalbox/host'

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    let timer: NodeJS.Timeout
    const wait = (left: number): void => {
      const step = Math.min(Math.max(left, 0), LONGEST)
      timer = setTimeout(() => (left > step ? wait(left - step) : callback()), step)
      timer.unref()
    }
    wait(ms)
    return () => clearTimeout(timer)
  },
}

// -- internals

// The most that a timer of Node holds; one that is set beyond it fires at once.
const LONGEST = 2 ** 31 - 1
