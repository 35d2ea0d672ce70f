import type { Effect, JsonObject, Outcome } from '@signalbox/core'
import type { Clock } from './clock.ts'
import type { Driver, Performance } from './driver.ts'

/** How a simulated driver behaves. */
export interface Simulation {
  readonly clock: Clock
  /** At least 0, below 1. */
  readonly random: () => number
  /** How long each effect takes; a function may tell effects apart. */
  readonly latencyMs: number | ((effect: Effect) => number)
  /** The share of attempts that fail, from 0 to 1; such a failure may be tried again. */
  readonly failureRate: number
  /** Says of one effect that it fails for good, with this message; asked when its time has come. */
  readonly failNext?: (effect: Effect) => string | undefined
  /** What the done report says; nothing unless given. */
  readonly results?: (effect: Effect) => JsonObject
  readonly attempts?: number
}

/** Makes a driver that pretends: it takes its time and succeeds, or fails as told. The same effect gives the same result. */
export const simulatedDriver = ({
  clock,
  random,
  latencyMs,
  failureRate,
  failNext,
  results,
  attempts,
}: Simulation): Driver => ({
  ...(attempts !== undefined && { attempts }),
  // It answers in the end, however long its latency.
  timeoutMs: A_WEEK_MS,
  perform: async (effect, { signal }) => {
    await passed(clock, typeof latencyMs === 'number' ? latencyMs : latencyMs(effect), signal)
    const message = failNext?.(effect)
    if (message !== undefined) return { kind: 'failed', message }
    if (random() < failureRate) return SIMULATED_FAILURE
    return doneBy(results, effect)
  },
  rehearse: async (effect) => doneBy(results, effect),
})

// -- internals

const A_WEEK_MS = 604_800_000

const doneBy = (results: Simulation['results'], effect: Effect): Outcome =>
  results === undefined ? { kind: 'done' } : { kind: 'done', result: results(effect) }

const SIMULATED_FAILURE: Performance = { kind: 'failed', message: 'simulated failure', retry: true }

const passed = (clock: Clock, ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Error('called off'))
    const abort = (): void => {
      cancel()
      reject(new Error('called off'))
    }
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', abort)
      resolve()
    })
    signal.addEventListener('abort', abort, { once: true })
  })
