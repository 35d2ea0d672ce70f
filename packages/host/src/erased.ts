import type { Lifecycle, ServiceRef, State } from '@signalbox/core'
import type { Page, StateQuery } from '@signalbox/core/store'
import type * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import type { Failure } from './failure.ts'
import type { Decoded, Incoming } from './incoming.ts'
import type { Principal } from './principal.ts'
import type { Reply } from './reply.ts'
import type { BodySpec, Documented, Route, RouteExamples, Settled, Submission } from './route.ts'

/** A request of which the host knows that its parts are what the route's codecs and hooks made. */
export type AnyDecoded = Decoded<unknown, unknown, unknown, unknown, unknown>

/** A route as the host calls it: with the parts that the route itself has made. */
export type ErasedRoute = ErasedBase &
  (
    | {
        readonly kind: 'command'
        readonly lifecycle: Lifecycle
        readonly commands: ReadonlyArray<string>
        readonly ref: (request: AnyDecoded) => ServiceRef
        readonly submit: (
          request: AnyDecoded,
          state: State | undefined,
        ) => E.Either<Reply, Submission>
        readonly repeat?: (request: AnyDecoded, failure: Failure) => boolean
        readonly settleMs?: number
        readonly reply: (request: AnyDecoded, settled: Settled) => Reply
        readonly refuse?: (request: AnyDecoded, failure: Failure) => Reply
      }
    | {
        readonly kind: 'read'
        readonly lifecycle: Lifecycle
        readonly ref: (request: AnyDecoded) => ServiceRef
        readonly reply: (request: AnyDecoded, state: State) => Reply | Promise<Reply>
        readonly refuse?: (request: AnyDecoded, failure: Failure) => Reply
      }
    | {
        readonly kind: 'list'
        readonly lifecycle: Lifecycle
        readonly list: (request: AnyDecoded) => E.Either<Reply, Omit<StateQuery, 'lifecycle'>>
        readonly reply: (request: AnyDecoded, page: Page<State>) => Reply | Promise<Reply>
      }
    | { readonly kind: 'handle'; readonly handle: (request: AnyDecoded) => Promise<Reply> }
  )

/** Looks at a route from the host's side: it hands each function only what the same route has made. */
export const erased = (route: Route): ErasedRoute => route as unknown as ErasedRoute

// -- internals

interface ErasedBase {
  readonly name: string
  readonly summary: string
  readonly method: Route['method']
  readonly path: string
  readonly responses?: Readonly<Record<number, t.Any | null>>
  readonly responseType?: string
  readonly examples?: RouteExamples
  readonly documented?: Documented
  readonly rehearsable?: boolean | ((request: Incoming) => boolean)
  readonly params?: t.Type<unknown, unknown, unknown>
  readonly query?: t.Type<unknown, unknown, unknown>
  readonly body?: BodySpec<unknown>
  readonly sight?: (
    request: Incoming & { readonly principal: Principal; readonly params: unknown },
  ) => Promise<E.Either<Reply, unknown>> | E.Either<Reply, unknown>
  readonly prepare?: (request: AnyDecoded) => Promise<E.Either<Reply, unknown>>
}
