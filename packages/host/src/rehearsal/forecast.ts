import type { Effect, Outcome } from '@signalbox/core'
import { emptyCommit } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import type { Clock } from '../clock.ts'
import type { Committer } from '../committer.ts'
import { thrownDetail } from '../log.ts'
import type { Change, Loop } from '../loop.ts'
import { reportOf, settlementOf } from '../outcome.ts'
import { completed, driverOf } from '../registry.ts'
import type { Registration, Registry } from '../registry.ts'
import type { Settlements } from '../settlement.ts'

/** Stands in for the worker of a rehearsal: it says how work would end, and performs none. */
export interface Forecast {
  /** Every change passes here, after the settlements. */
  readonly changed: (change: Change) => void
}

interface ForecastOptions {
  readonly registry: Registry
  readonly loop: () => Loop
  readonly committer: Committer
  readonly settlements: Settlements
  readonly clock: Pick<Clock, 'now'>
  readonly newId: () => string
}

/**
 * Makes a forecast: work that a reply waits for is reported as its driver says it would end. Other work begins once the
 * reply is given, and so after the rehearsal.
 */
export const createForecast = ({
  registry,
  loop,
  committer,
  settlements,
  clock,
  newId,
}: ForecastOptions): Forecast => {
  const waiting: Array<Task> = []
  let running: Promise<void> | undefined

  const tell = async ({ key, effect }: Task): Promise<void> => {
    const registration = registry.get(effect.lifecycle)
    if (registration === undefined) return
    const { lifecycle } = registration
    const outcome = completed(registration, effect, await foretold(registration, effect))
    const at = clock.now()
    const settles = [settlementOf(effect, outcome, at)]
    const report = reportOf(lifecycle, effect, outcome, { id: newId(), at })
    if (report === undefined) await committer.commit({ ...emptyCommit, settles })
    else if (E.isRight(await loop().report(lifecycle, report, () => ({ settles })))) return
    settlements.ended(key, effect.id, false)
  }

  const run = async (): Promise<void> => {
    // The change that asks for it has yet to be told to whoever waits.
    await Promise.resolve()
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift())
      if (settlements.isWatched(task.key)) await tell(task)
    running = undefined
  }

  return {
    changed: ({ lifecycle, key, work }) => {
      if (!settlements.isWatched(key)) return
      for (const effect of work)
        if (lifecycle.effects[effect.type]?.background !== true) waiting.push({ key, effect })
      if (waiting.length > 0) running ??= run()
    },
  }
}

// -- internals

interface Task {
  readonly key: string
  readonly effect: Effect
}

const foretold = async (registration: Registration, effect: Effect): Promise<Outcome> => {
  try {
    const driver = driverOf(registration, effect)
    return driver?.rehearse === undefined ? { kind: 'done' } : await driver.rehearse(effect)
  } catch (thrown) {
    return { kind: 'unknown', message: thrownDetail(thrown).message }
  }
}
