import { storeClosed, storeUnavailable } from '@signalbox/core/store'
import type { StoreFailure } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'

/** The time between a store's opening and its closing. */
export interface Session {
  /** Runs work when the task is run: what it throws becomes `StoreUnavailable`, and after `close` it does not run. */
  readonly answer: <A>(work: () => A) => TE.TaskEither<StoreFailure, A>
  /** Ends the session, then lets go of what it held. */
  readonly close: (release: () => void) => TE.TaskEither<StoreFailure, void>
}

/** Begins a session. */
export const openSession = (): Session => {
  let closed = false
  const answer: Session['answer'] = (work) => () =>
    Promise.resolve(closed ? E.left(storeClosed) : E.tryCatch(work, toStoreFailure))
  return {
    answer,
    close: (release) =>
      answer(() => {
        closed = true
        release()
      }),
  }
}

/** Says what was thrown in words for the operator. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown)

// -- internals

const toStoreFailure = (thrown: unknown): StoreFailure => storeUnavailable(messageOf(thrown))
