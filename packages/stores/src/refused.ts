import type { CommitFailure } from '@signalbox/core/store'

/** Makes the changes of one part of a commit in turn, up to the first that is refused, and answers why it is. */
export const firstRefused = <A>(
  parts: ReadonlyArray<A>,
  change: (part: A) => CommitFailure | undefined,
): CommitFailure | undefined => {
  for (const part of parts) {
    const refused = change(part)
    if (refused !== undefined) return refused
  }
  return undefined
}
