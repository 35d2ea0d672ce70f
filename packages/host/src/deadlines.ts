import { refKey } from '@signalbox/core'
import type { DueDeadline, Store } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { ask } from './ask.ts'
import type { Backoff } from './backoff.ts'
import type { Clock } from './clock.ts'
import type { Failure } from './failure.ts'
import type { Log } from './log.ts'
import { thrownDetail } from './log.ts'
import type { Loop } from './loop.ts'
import type { Registry } from './registry.ts'

/** Fires the deadlines that are due, through the loop, at the instants that the states name. */
export interface Deadlines {
  /** Leases and begins what is due; true when there may be more. */
  readonly fire: () => Promise<E.Either<Failure, boolean>>
  /** Takes nothing more and waits for what has begun. */
  readonly stop: () => Promise<void>
}

interface DeadlinesOptions {
  readonly store: Store
  readonly loop: Loop
  readonly registry: Registry
  readonly clock: Clock
  readonly log: Log
  readonly owner: string
  readonly leaseMs: number
  readonly limit: number
  /** For a service whose deadline cannot be decided. */
  readonly backoff: Backoff
}

/** Makes the part of a host that fires deadlines. */
export const createDeadlines = (options: DeadlinesOptions): Deadlines => {
  const { store, loop, registry, clock, log, owner, leaseMs, limit } = options
  const firing = new Map<string, Promise<void>>()
  const faults = new Map<string, Fault>()
  let stopping = false

  const fireOne = async ({ ref, name }: DueDeadline, key: string): Promise<void> => {
    const stored = await ask(store.load(ref))
    const registration =
      E.isRight(stored) && stored.right !== undefined
        ? registry.get(stored.right.lifecycle)
        : undefined
    if (registration === undefined) return
    const fired = await loop.present(registration.lifecycle, ref)
    if (E.isRight(fired)) {
      faults.delete(key)
      return
    }
    const failures = (faults.get(key)?.failures ?? 0) + 1
    faults.set(key, { failures, notBefore: clock.now() + options.backoff(failures) })
    const { left } = fired
    const message = 'message' in left ? left.message : ''
    log('error', 'deadline.fault', { ref: key, name, failure: left._tag, message })
  }

  return {
    fire: async () => {
      if (stopping) return E.right(false)
      const now = clock.now()
      const leased = await ask(store.leaseDeadlines({ owner, now, until: now + leaseMs, limit }))
      if (E.isLeft(leased)) return leased
      for (const due of leased.right) {
        const key = refKey(due.ref)
        if ((faults.get(key)?.notBefore ?? 0) > now) continue
        const fired: Promise<void> = (firing.get(key) ?? Promise.resolve())
          .then(() => fireOne(due, key))
          .catch((thrown: unknown) =>
            log('error', 'deadline.fault', { ref: key, name: due.name, ...thrownDetail(thrown) }),
          )
          .then(() => {
            if (firing.get(key) === fired) firing.delete(key)
          })
        firing.set(key, fired)
      }
      return E.right(leased.right.length === limit)
    },
    stop: async () => {
      stopping = true
      await Promise.all(firing.values())
    },
  }
}

// -- internals

interface Fault {
  readonly failures: number
  readonly notBefore: number
}
