import type { Clock } from '@signalbox/host'

/** Bounds how often somebody may try to log in. */
export interface Attempts {
  /**
   * Runs an attempt for a username, one after another, and notes whether it failed. Instead of running one that is too many
   * it answers how long to wait, in whole seconds.
   */
  readonly run: <A>(
    username: string,
    attempt: () => Promise<{ readonly failed: boolean; readonly value: A }>,
  ) => Promise<{ readonly value: A } | { readonly waitSeconds: number }>
}

/** Makes the bounds: 5 attempts in 60 s and 3 failures in 3600 s by username, in windows that slide. */
export const createAttempts = (clock: Clock): Attempts => {
  const entries = new Map<string, Entry>()
  const entryOf = (username: string): Entry => {
    const known = entries.get(username)
    if (known !== undefined) return known
    if (entries.size >= MOST_KNOWN) forget(entries, clock.now())
    const entry: Entry = { attempts: [], failures: [], last: Promise.resolve() }
    entries.set(username, entry)
    return entry
  }
  return {
    run: async (username, attempt) => {
      const entry = entryOf(username)
      const turn = entry.last.then(async () => {
        const now = clock.now()
        entry.attempts = entry.attempts.filter((at) => now - at < ATTEMPT_MS)
        entry.failures = entry.failures.filter((at) => now - at < FAILURE_MS)
        const waitMs = Math.max(
          wait(entry.attempts, MOST_ATTEMPTS, ATTEMPT_MS, now),
          wait(entry.failures, MOST_FAILURES, FAILURE_MS, now),
        )
        if (waitMs > 0) return { waitSeconds: Math.ceil(waitMs / 1000) }
        entry.attempts.push(now)
        const { failed, value } = await attempt()
        if (failed) entry.failures.push(now)
        return { value }
      })
      entry.last = turn.catch(() => {})
      return turn
    },
  }
}

// -- internals

interface Entry {
  attempts: Array<number>
  failures: Array<number>
  last: Promise<unknown>
}

const MOST_ATTEMPTS = 5
const ATTEMPT_MS = 60_000
const MOST_FAILURES = 3
const FAILURE_MS = 3_600_000
const MOST_KNOWN = 10_000

// How long until one of too many leaves the window.
const wait = (
  times: ReadonlyArray<number>,
  most: number,
  windowMs: number,
  now: number,
): number => {
  const leaves = times.at(-most)
  return times.length < most || leaves === undefined ? 0 : leaves + windowMs - now
}

// What no bound rests on any more goes first; then whoever came first, so that names without end do not fill the memory.
const forget = (entries: Map<string, Entry>, now: number): void => {
  for (const [username, { attempts, failures }] of entries)
    if ([...attempts, ...failures].every((at) => now - at >= FAILURE_MS)) entries.delete(username)
  for (const username of entries.keys()) {
    if (entries.size < MOST_KNOWN) return
    entries.delete(username)
  }
}
