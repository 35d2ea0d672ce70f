/** Where the host takes its time from. */
export interface Clock {
  /** Ms since the epoch. */
  readonly now: () => number
  /** Calls back once, after at least `ms`; answers the way to cancel it. A timer does not keep a process alive. */
  readonly after: (ms: number, callback: () => void) => () => void
}

/** A clock that stands still until it is told otherwise. */
export interface VirtualClock extends Clock {
  /** Moves on, running every timer that falls due on the way, in order, and what their callbacks start. */
  readonly advance: (ms: number) => Promise<void>
}
