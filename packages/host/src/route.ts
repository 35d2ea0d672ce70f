import type { Event, Json, JsonObject, Lifecycle, Report, ServiceRef, State } from '@signalbox/core'
import type { DocumentWrite, Page, StateQuery } from '@signalbox/core/store'
import type * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import type { Failure } from './failure.ts'
import type { Decoded, Incoming } from './incoming.ts'
import type { Principal } from './principal.ts'
import type { Reply } from './reply.ts'

/** A codec of what the wire gives. */
type Codec<A> = t.Type<A, unknown, unknown>

/** What a route reads as its body. */
export type BodySpec<A> =
  | {
      readonly kind: 'json'
      readonly codec: Codec<A>
      /** What the description of the route says instead, where `codec` leaves the judging to the route. */
      readonly documented?: t.Any
      /** Accepted media types, compared without parameters; any type and none unless given. */
      readonly mediaTypes?: ReadonlyArray<string>
      /** An empty body decodes as this value; without it, it is `InvalidJson`. */
      readonly ifEmpty?: unknown
      /** In bytes; the host's limit unless said. */
      readonly limit?: number
    }
  | {
      readonly kind: 'bytes'
      readonly codec: Codec<A>
      /** What the description of the route says of the bytes, where they are text of a form. */
      readonly documented?: t.Any
      readonly mediaTypes?: ReadonlyArray<string>
      readonly limit?: number
    }

interface RouteBase<Params, Query, Body, Sight, Prepared> {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  /**
   * The whole pathname, mount included, as `locate` leaves it, in Hono's pattern syntax, on the raw path: each parameter is
   * decoded once, alone. Of two routes that match, the one listed first answers.
   */
  readonly path: string
  /** Unique in the plugin: the operation's id. */
  readonly name: string
  /** One line for people. */
  readonly summary: string
  readonly params?: Codec<Params>
  /** Decodes an object of the query's members; one given several times is a list. */
  readonly query?: Codec<Query>
  readonly body?: BodySpec<Body>
  /** What it answers by status, for its description; null where there is no body. */
  readonly responses?: Readonly<Record<number, t.Any | null>>
  /** The media type of what it answers; `application/json` unless said. */
  readonly responseType?: string
  /** What its description shows: a body that is sent, and bodies that are answered, by status. */
  readonly examples?: RouteExamples
  /** What its description says where nothing above does. */
  readonly documented?: Documented
  /**
   * False for a route that cannot be rehearsed: it acts on the world by itself, or its reply is a secret that is worth
   * nothing unless it is kept. A dry run of it is refused as `Unrehearsable`.
   */
  readonly rehearsable?: boolean | ((request: Incoming) => boolean)
  /** What must be known or refused before the query and the body are looked at: sight and permission. */
  readonly sight?: (
    request: Incoming & { readonly principal: Principal; readonly params: Params },
  ) => Promise<E.Either<Reply, Sight>> | E.Either<Reply, Sight>
  /** What must be known or refused once all is decoded, and cannot be told from the service's state alone. */
  readonly prepare?: (
    request: Decoded<Params, Query, Body, Sight, undefined>,
  ) => Promise<E.Either<Reply, Prepared>>
}

/** Examples of what goes over the wire; parameters as their text is read. */
export interface RouteExamples {
  readonly params?: JsonObject
  readonly query?: JsonObject
  readonly body?: Json
  readonly responses?: Readonly<Record<number, Json>>
}

/** What a description says of a route that the route reads or writes by itself. It judges no request. */
export interface Documented {
  /** Sentences for people, in CommonMark. */
  readonly description?: string
  readonly params?: t.Any
  readonly query?: t.Any
  /** Headers that it reads, beside those by which callers are known. */
  readonly headers?: t.Any
  /** Bodies by media type, instead of the one of `body`; null stands for bytes. */
  readonly bodies?: Readonly<Record<string, t.Any | null>>
  /** Whether there must be a body, where `bodies` are given; there need not be one unless said. */
  readonly bodyRequired?: boolean
  /** What an answer means, by its status. */
  readonly meanings?: Readonly<Record<number, string>>
  /** The header `Location` of answers, by their status: what it leads to. */
  readonly locations?: Readonly<Record<number, string>>
}

/** A path and a method that are answered without a route of their own, as a description shows them. */
export interface Operation {
  readonly method: string
  /** As a route's. */
  readonly path: string
  readonly name: string
  readonly summary: string
  readonly params?: t.Any
  readonly query?: t.Any
  readonly body?: BodySpec<unknown>
  readonly responses?: Readonly<Record<number, t.Any | null>>
  readonly responseType?: string
  readonly examples?: RouteExamples
  readonly documented?: Documented
}

/** What a command asks for: the events, decided together as one change, and what is stored with it. */
export interface Submission {
  /** None: nothing is asked, and the reply is given on the present state. */
  readonly events: ReadonlyArray<Event>
  readonly documents?: ReadonlyArray<DocumentWrite>
  /** Bounds of the counters that the change adds to. */
  readonly limits?: Readonly<Record<string, number>>
  /** What the journal keeps of the commands beside who, when and what. */
  readonly detail?: JsonObject
}

/** What became of a command. */
export interface Settled {
  readonly before: State | undefined
  readonly state: State
  /** The reports that came in while a settling route waited, oldest first. */
  readonly reports: ReadonlyArray<Report>
  /** False when a settling route stopped waiting before the work had ended. */
  readonly finished: boolean
}

/** A route that sends a command to one service. */
export interface CommandRoute<Params, Query, Body, Sight, Prepared> extends RouteBase<
  Params,
  Query,
  Body,
  Sight,
  Prepared
> {
  readonly lifecycle: Lifecycle
  /** The types of the commands it may send. */
  readonly commands: ReadonlyArray<string>
  readonly ref: (request: Decoded<Params, Query, Body, Sight, Prepared>) => ServiceRef
  /**
   * Says what to ask of the service in its present state, overdue deadlines settled. Pure: it runs again when another
   * change comes between. A left is the reply, and nothing changes.
   */
  readonly submit: (
    request: Decoded<Params, Query, Body, Sight, Prepared>,
    state: State | undefined,
  ) => E.Either<Reply, Submission>
  /** True for a failure that preparing and submitting anew may cure; it is tried a few times before the failure stands. */
  readonly repeat?: (
    request: Decoded<Params, Query, Body, Sight, Prepared>,
    failure: Failure,
  ) => boolean
  /** Waits for the work that the command asks for, at most so many ms, before replying. */
  readonly settleMs?: number
  readonly reply: (
    request: Decoded<Params, Query, Body, Sight, Prepared>,
    settled: Settled,
  ) => Reply
  /** Instead of the plugin's `refuse`. */
  readonly refuse?: (
    request: Decoded<Params, Query, Body, Sight, Prepared>,
    failure: Failure,
  ) => Reply
}

/** A route that shows one service; a service that is absent or done is refused as `NotFound`. */
export interface ReadRoute<Params, Query, Body, Sight, Prepared> extends RouteBase<
  Params,
  Query,
  Body,
  Sight,
  Prepared
> {
  readonly lifecycle: Lifecycle
  readonly ref: (request: Decoded<Params, Query, Body, Sight, Prepared>) => ServiceRef
  readonly reply: (
    request: Decoded<Params, Query, Body, Sight, Prepared>,
    state: State,
  ) => Reply | Promise<Reply>
  readonly refuse?: (
    request: Decoded<Params, Query, Body, Sight, Prepared>,
    failure: Failure,
  ) => Reply
}

/** A route that shows a page of services. */
export interface ListRoute<Params, Query, Body, Sight, Prepared> extends RouteBase<
  Params,
  Query,
  Body,
  Sight,
  Prepared
> {
  readonly lifecycle: Lifecycle
  readonly list: (
    request: Decoded<Params, Query, Body, Sight, Prepared>,
  ) => E.Either<Reply, Omit<StateQuery, 'lifecycle'>>
  readonly reply: (
    request: Decoded<Params, Query, Body, Sight, Prepared>,
    page: Page<State>,
  ) => Reply | Promise<Reply>
}

/** The one hatch: what cannot be said as data. */
export interface HandleRoute<Params, Query, Body, Sight, Prepared> extends RouteBase<
  Params,
  Query,
  Body,
  Sight,
  Prepared
> {
  readonly handle: (request: Decoded<Params, Query, Body, Sight, Prepared>) => Promise<Reply>
}

/** A route with the types of its parts forgotten: what a plugin lists and the host mounts. */
export type Route =
  | ({ readonly kind: 'command' } & CommandRoute<never, never, never, never, never>)
  | ({ readonly kind: 'read' } & ReadRoute<never, never, never, never, never>)
  | ({ readonly kind: 'list' } & ListRoute<never, never, never, never, never>)
  | ({ readonly kind: 'handle' } & HandleRoute<never, never, never, never, never>)

/** Makes a route that sends a command. */
export const command = <P = undefined, Q = undefined, B = undefined, S = undefined, A = undefined>(
  route: CommandRoute<P, Q, B, S, A>,
): Route => erase({ kind: 'command', ...route })

/** Makes a route that shows one service. */
export const read = <P = undefined, Q = undefined, B = undefined, S = undefined, A = undefined>(
  route: ReadRoute<P, Q, B, S, A>,
): Route => erase({ kind: 'read', ...route })

/** Makes a route that shows a page of services. */
export const list = <P = undefined, Q = undefined, B = undefined, S = undefined, A = undefined>(
  route: ListRoute<P, Q, B, S, A>,
): Route => erase({ kind: 'list', ...route })

/** Makes a route of the hatch. */
export const handle = <P = undefined, Q = undefined, B = undefined, S = undefined, A = undefined>(
  route: HandleRoute<P, Q, B, S, A>,
): Route => erase({ kind: 'handle', ...route })

// -- internals

// The host hands each function of a route only what the route's own codecs and hooks made, so forgetting is safe.
const erase = (route: object): Route => route as Route
