import { exponential } from '@signalbox/host'
import type { Tools } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'

/** Work that has to succeed some day, whatever is away for a while. */
export interface Attempts {
  /** Does work that has just failed again, after longer and longer waits, until it answers true. It never rejects. */
  readonly again: (work: () => Promise<boolean>) => void
  /** Begins nothing any more. */
  readonly stop: () => void
}

/** Makes attempts that wait up to a minute, by the host's clock and dice. */
export const createAttempts = ({
  clock,
  random,
}: Pick<Tools<unknown>, 'clock' | 'random'>): Attempts => {
  const backoff = exponential({ baseMs: 1000, maxMs: 60_000, random })
  let stopped = false
  const attempt = (work: () => Promise<boolean>, number: number): void => {
    clock.after(backoff(number), async () => {
      if (stopped || (await work())) return
      attempt(work, number + 1)
    })
  }
  return {
    again: (work) => attempt(work, 1),
    stop: () => {
      stopped = true
    },
  }
}

/** Tells whether what was sent was refused by what passes: a store that cannot answer, or too much at once. */
export const isPassing = (sent: E.Either<{ readonly _tag: string }, unknown>): boolean =>
  E.isLeft(sent) && ['Unavailable', 'Busy', 'RevisionConflict'].includes(sent.left._tag)
