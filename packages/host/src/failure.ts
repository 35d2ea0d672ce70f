import type { Refusal } from '@signalbox/core'
import type { CommitFailure } from '@signalbox/core/store'

/**
 * Why a request about a service ends without its change: the core's refusals, the store's refusals of a commit, and the
 * host's own. A plugin turns each into its vendor's words.
 */
export type Failure =
  | Refusal
  | CommitFailure
  /** The store cannot answer; nothing is known to have changed. */
  | { readonly _tag: 'Unavailable'; readonly message: string }
  /** Too many changes of this service at once, or the host is draining: the same request may succeed later. */
  | { readonly _tag: 'Busy'; readonly retryAfterMs: number }
  /**
   * The request asks to be rehearsed and cannot be, or prefers a handling that nobody knows: it is not carried out either.
   */
  | { readonly _tag: 'Unrehearsable'; readonly because: 'route' | 'preference' }
  /** A defect in a plugin or in the host; `message` is for the log and never for the client. */
  | { readonly _tag: 'Fault'; readonly message: string }

/** Eliminates a failure, one case per tag, so that a new tag is a type error in every plugin. */
export const matchFailure =
  <A>(cases: {
    readonly [Tag in Failure['_tag']]: (failure: Extract<Failure, { readonly _tag: Tag }>) => A
  }) =>
  (failure: Failure): A =>
    // The lookup pairs each tag with its own case, which the type of an index access cannot express.
    (cases[failure._tag] as (failure: Failure) => A)(failure)

export const unavailable = (message: string): Failure => ({ _tag: 'Unavailable', message })
export const busy = (retryAfterMs: number): Failure => ({ _tag: 'Busy', retryAfterMs })
export const fault = (message: string): Failure => ({ _tag: 'Fault', message })
