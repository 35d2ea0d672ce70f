import type { Commit } from '@signalbox/core/store'

/** The latest instant that a commit itself names; before all time when it names none. A stored receipt expires by it. */
export const instantOf = ({ journal, states, effects, settles, parks, retries }: Commit): number =>
  Math.max(
    -Infinity,
    ...journal.map(({ at }) => at),
    ...states.map(({ state }) => state.changedAt),
    ...effects.map(({ at }) => at),
    ...settles.map(({ at }) => at),
    ...parks.map(({ at }) => at),
    ...retries.map(({ at }) => at),
  )
