/** Calls back once everything that is ready at this moment has had its turn. */
export type Schedule = (work: () => void) => void

/** The platform's own: after the events at hand where it can say so, otherwise after the shortest timer. */
export const platformSchedule: Schedule = (work) => {
  if (platform.setImmediate === undefined) setTimeout(work, 0)
  else platform.setImmediate(work)
}

// -- internals

// Not part of the web platform, yet the only call that says what is meant without a wait.
const platform = globalThis as { readonly setImmediate?: (work: () => void) => unknown }
