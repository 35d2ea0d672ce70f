import type { Commit, CommitFailure, Committed, Store, StoreFailure } from '@signalbox/core/store'
import { storeUnavailable } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import type { Clock } from './clock.ts'
import type { Metrics } from './metrics.ts'
import type { Schedule } from './schedule.ts'

/** Stores commits, several in one durable step where several are ready. */
export interface Committer {
  readonly commit: (commit: Commit) => Promise<E.Either<StoreFailure | CommitFailure, Committed>>
  readonly counters: () => CommitCounters
  /** Resolves when everything handed over so far is answered. */
  readonly flush: () => Promise<void>
}

/** How many commits went to the store, and in how many batches. */
export interface CommitCounters {
  readonly commits: number
  readonly batches: number
}

/**
 * Makes a committer without a timer: whatever is ready in one turn shares a batch, and while a batch is on its way the
 * next one gathers.
 */
export const createCommitter = ({
  store,
  schedule,
  largest,
  clock,
  metrics,
}: {
  readonly store: Store
  readonly schedule: Schedule
  readonly largest: number
  readonly clock: Clock
  readonly metrics: Pick<Metrics, 'committed'>
}): Committer => {
  let gathered: Array<Waiting> = []
  let busy = false
  let commits = 0
  let batches = 0
  const idlers: Array<() => void> = []
  const send = async (): Promise<void> => {
    const batch = gathered.slice(0, largest)
    gathered = gathered.slice(largest)
    commits += batch.length
    batches += 1
    const since = clock.now()
    const answers = await answersOf(store, batch)
    let refused = 0
    batch.forEach(({ resolve }, index) => {
      const answer = answers(index)
      if (E.isLeft(answer)) refused += 1
      resolve(answer)
    })
    // Nothing was stored when all of a batch has the store's own failure.
    const failed = refused === batch.length && isFailure(answers(0))
    const ms = clock.now() - since
    metrics.committed({ size: batch.length, refused: failed ? 0 : refused, ms, failed })
    if (gathered.length > 0) return schedule(() => void send())
    busy = false
    for (const idler of idlers.splice(0)) idler()
  }
  return {
    commit: (commit) =>
      new Promise((resolve) => {
        gathered.push({ commit, resolve })
        if (busy) return
        busy = true
        schedule(() => void send())
      }),
    counters: () => ({ commits, batches }),
    flush: () => (busy ? new Promise((resolve) => idlers.push(resolve)) : Promise.resolve()),
  }
}

// -- internals

type Answer = E.Either<StoreFailure | CommitFailure, Committed>

interface Waiting {
  readonly commit: Commit
  readonly resolve: (answer: Answer) => void
}

const isFailure = (answer: Answer): boolean =>
  E.isLeft(answer) &&
  (answer.left._tag === 'StoreUnavailable' || answer.left._tag === 'StoreClosed')

const answersOf = async (
  store: Store,
  batch: ReadonlyArray<Waiting>,
): Promise<(index: number) => Answer> => {
  try {
    const answered = await store.commit(batch.map(({ commit }) => commit))()
    if (E.isLeft(answered)) return () => answered
    return (index) => answered.right[index] ?? E.left(storeUnavailable('a commit was not answered'))
  } catch (thrown) {
    return () => E.left(storeUnavailable(thrown instanceof Error ? thrown.message : String(thrown)))
  }
}
