import { storeClosed, storeUnavailable } from '@signalbox/core/store'
import type { StoreFailure } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'

/** The time between a store's opening and its closing. */
export interface Session {
  /** Runs work when the task is run: what it throws becomes `StoreUnavailable`, and after `close` it does not run. */
  readonly answer: <A>(work: () => A | Promise<A>) => TE.TaskEither<StoreFailure, A>
  /** Ends the session, then lets go of what it held. */
  readonly close: (release: () => void | Promise<void>) => TE.TaskEither<StoreFailure, void>
}

/** Begins a session. */
export const openSession = (): Session => {
  let closed = false
  const answer: Session['answer'] = (work) => async () => {
    if (closed) return E.left(storeClosed)
    try {
      return E.right(await work())
    } catch (thrown) {
      return E.left(storeUnavailable(messageOf(thrown)))
    }
  }
  return {
    answer,
    close: (release) =>
      answer(() => {
        closed = true
        return release()
      }),
  }
}

/** Says what was thrown in words for the operator. */
export const messageOf = (thrown: unknown): string => {
  // Several addresses that were tried in vain make one error without a message of its own.
  if (thrown instanceof AggregateError && thrown.message === '')
    return thrown.errors.map(messageOf).join('; ')
  return thrown instanceof Error ? thrown.message : String(thrown)
}
