import type { CommitFailure, StoreFailure } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import type { Failure } from './failure.ts'
import { unavailable } from './failure.ts'

/** Asks the store; its failure becomes `Unavailable`, also when an adapter throws. */
export const ask = async <A>(
  question: TE.TaskEither<StoreFailure, A>,
): Promise<E.Either<Failure, A>> => {
  try {
    return E.mapLeft(fromStore)(await question())
  } catch (thrown) {
    return E.left(unavailable(thrown instanceof Error ? thrown.message : String(thrown)))
  }
}

/** A store's failure in the host's words; the refusal of a commit stays as it is. */
export const fromStore = (failure: StoreFailure | CommitFailure): Failure => {
  if (failure._tag === 'StoreClosed') return unavailable('the store is closed')
  return failure._tag === 'StoreUnavailable' ? unavailable(failure.message) : failure
}
