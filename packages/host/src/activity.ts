import type { Store } from '@signalbox/core/store'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import type { Schedule } from './schedule.ts'

/** Knows whether anything goes on that needs no clock to move. */
export interface Activity {
  /** The same store, with its calls counted. */
  readonly watch: (store: Store) => Store
  /** Resolves when no call is open and none follows from what has ended. */
  readonly idle: () => Promise<void>
}

/** Counts calls of a store, for clocks that stand still. */
export const createActivity = (schedule: Schedule): Activity => {
  let open = 0
  let begun = 0
  const turn = (): Promise<void> => new Promise((resolve) => schedule(resolve))
  const counted =
    (call: Call): Call =>
    (...given) =>
    async () => {
      open += 1
      begun += 1
      try {
        return await call(...given)()
      } finally {
        open -= 1
      }
    }
  return {
    watch: (store) =>
      // Every member of a store that is a function is such a call, but for its hints, and keeps its own type.
      Object.fromEntries(
        Object.entries(store).map(([name, member]) => [
          name,
          typeof member === 'function' && name !== 'watch' ? counted(member as Call) : member,
        ]),
      ) as unknown as Store,
    idle: async () => {
      for (let quiet = 0; quiet < QUIET_TURNS;) {
        const before = begun
        await turn()
        quiet = open === 0 && begun === before ? quiet + 1 : 0
      }
    },
  }
}

// -- internals

type Call = (...given: ReadonlyArray<unknown>) => TE.TaskEither<unknown, unknown>

// A promise chain between two calls may span a few turns: reading a body, checking a secret.
const QUIET_TURNS = 5
