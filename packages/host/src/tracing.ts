import type { Effect, TraceContext } from '@signalbox/core'

/** What a line of the log belongs to. */
export interface Belonging {
  /** The id of a request. */
  readonly request?: string
  /** The ids of a trace and of a span in it, in hexadecimal digits. */
  readonly trace?: string
  readonly span?: string
}

/** What became of a request, for its span. */
export interface Answering {
  readonly id: string
  readonly method: string
  /** Absent where no plugin answers. */
  readonly plugin?: string | undefined
  readonly route?: string | undefined
  /** The route's path as a pattern. */
  readonly path?: string | undefined
}

/**
 * Follows what belongs together through everything that is asynchronous, which takes a platform's own means: an app gives
 * it. Ids of requests and traces are followed, and nothing else of a request.
 */
export interface Tracing {
  /** Runs what a request asks for. */
  readonly request: <A>(id: string, work: () => Promise<A>) => Promise<A>
  /** Says of the request that is being answered which route does it. */
  readonly answered: (request: Answering) => void
  /**
   * Runs one attempt at an effect, and then what follows from it. Both belong to the trace that the effect carries, and to
   * no request.
   */
  readonly attempt: <A extends { readonly kind: string }>(
    effect: Effect,
    attempt: number,
    work: () => Promise<A>,
    then: (done: A) => Promise<void>,
  ) => Promise<void>
  /** Runs what goes on for its own sake, whoever woke it. */
  readonly apart: <A>(work: () => A) => A
  /** What the present work belongs to. */
  readonly current: () => Belonging
  /** The trace context of the present work, as it goes on to others; undefined when nothing is traced. */
  readonly carried: () => TraceContext | undefined
}

/** Follows nothing: what a host does that nobody gave the means. */
export const noTracing: Tracing = {
  request: (_, work) => work(),
  answered: () => {},
  attempt: async (_effect, _attempt, work, then) => then(await work()),
  apart: (work) => work(),
  current: () => NOTHING,
  carried: () => undefined,
}

// -- internals

const NOTHING: Belonging = {}
