/** Where the host takes its time from. */
export interface Clock {
  /** Ms since the epoch. */
  readonly now: () => number
  /** Calls back once, after at least `ms`; answers the way to cancel it. A timer does not keep a process alive. */
  readonly after: (ms: number, callback: () => void) => () => void
  /** Offered by clocks that stand still: a host says how to wait for all it has started; answers the way to leave. */
  readonly join?: (idle: () => Promise<void>) => () => void
}

/** A clock that stands still until it is told otherwise. */
export interface VirtualClock extends Clock {
  /** Moves on, running every timer that falls due on the way, in order, and what their callbacks start. */
  readonly advance: (ms: number) => Promise<void>
}

/** Makes a clock that starts at an instant and moves by `advance` only. */
export const virtualClock = (startMs: number): VirtualClock => {
  let now = startMs
  let count = 0
  const timers = new Set<Timer>()
  const members = new Set<() => Promise<void>>()
  const idle = async (): Promise<void> => {
    for (let turn = 0; turn < TURNS; turn += 1) await Promise.resolve()
    for (const member of members) await member()
  }
  return {
    now: () => now,
    after: (ms, callback) => {
      const timer = { at: now + Math.max(0, ms), order: (count += 1), callback }
      timers.add(timer)
      return () => {
        timers.delete(timer)
      }
    },
    join: (member) => {
      members.add(member)
      return () => {
        members.delete(member)
      }
    },
    advance: async (ms) => {
      const end = now + ms
      await idle()
      for (let next = dueBy(timers, end); next !== undefined; next = dueBy(timers, end)) {
        timers.delete(next)
        now = Math.max(now, next.at)
        next.callback()
        await idle()
      }
      now = Math.max(now, end)
    },
  }
}

// -- internals

interface Timer {
  readonly at: number
  readonly order: number
  readonly callback: () => void
}

// Enough for what a callback starts without a host; a host says by itself when it is idle.
const TURNS = 16

const dueBy = (timers: ReadonlySet<Timer>, end: number): Timer | undefined => {
  let first: Timer | undefined
  for (const timer of timers)
    if (timer.at <= end && (first === undefined || isBefore(timer, first))) first = timer
  return first
}

const isBefore = (a: Timer, b: Timer): boolean =>
  a.at < b.at || (a.at === b.at && a.order < b.order)
