import type { Event, Json, JsonObject, Lifecycle, ServiceRef, State } from '@signalbox/core'
import type { Document, DocumentWrite, Page, StateQuery, Store } from '@signalbox/core/store'
import type * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import type * as t from 'io-ts'
import type { Clock } from './clock.ts'
import type { Dial } from './dial.ts'
import type { Driver } from './driver.ts'
import type { Failure } from './failure.ts'
import type { Generic } from './generic.ts'
import type { Audited, Incoming, Malformed } from './incoming.ts'
import type { Ledger } from './ledger.ts'
import type { Description } from './openapi.ts'
import type { Credentials, Principal } from './principal.ts'
import type { Reply } from './reply.ts'
import type { Route, Settled, Submission } from './route.ts'

/** The version of the plugin contract this host speaks. */
export const CONTRACT = 1

/** One provider's translator: a value. */
export interface Plugin<Settings = unknown> {
  /** The provider's name; refs, principals and settings are found by it. */
  readonly name: string
  /** Its own version, such as `1.4.0`: shown by the control plane. */
  readonly version?: string
  readonly contract: number
  /** Decodes the provider's part of the configuration. */
  readonly settings: t.Type<Settings, unknown, unknown>
  /** Runs once, at boot. What it throws is reported, and the other plugins serve. */
  readonly setup: (tools: Tools<Settings>) => Mounted | Promise<Mounted>
}

/** What a plugin's setup gives the host. */
export interface Mounted {
  readonly lifecycles: ReadonlyArray<Lifecycle>
  /** Path prefixes that belong to the plugin, such as `/iam`; every request below one is answered by it. */
  readonly mounts: ReadonlyArray<string>
  readonly routes: ReadonlyArray<Route>
  /** Rewrites a raw pathname before the route table is asked; undefined is an unknown path. */
  readonly locate?: (pathname: string, headers: Headers) => Located | undefined
  /** Fills the path of one of its routes for a service, as a vendor's client would send it; unless given it stays a pattern. */
  readonly pathOf?: (path: string, ref: ServiceRef) => string
  /** Whether the caller is looked at before or after 404 and 405 are answered. */
  readonly order: 'admit-first' | 'route-first'
  /** Says who calls, or answers in the vendor's words. Role checks that go by path belong here too. */
  readonly admit: (request: Incoming) => Promise<E.Either<Reply, Principal>>
  /** True when HEAD is GET without its body. */
  readonly head: boolean
  /** Answers OPTIONS on a known path; unless given it is a wrong method. `allow` includes what `head` adds. */
  readonly options?: (request: Incoming, allow: ReadonlyArray<string>) => Reply
  readonly answers: Answers
  /** By effect type. An effect without a driver is settled as done, without a report. */
  readonly drivers: Readonly<Record<string, Driver>>
  /** What the description of its routes says beside them; without it they are not described. */
  readonly description?: Description
  /** How its lifecycles are served to the control plane, at most one for each; a lifecycle without one is shown, and changed by native routes only. */
  readonly generics?: ReadonlyArray<Generic>
  /** At most one for a lifecycle. */
  readonly ledgers?: ReadonlyArray<Ledger>
  /**
   * Hears of every admitted request once its reply is known and before it is sent. What it throws is logged, and the reply
   * stands.
   */
  readonly audit?: (request: Audited, reply: Reply) => Promise<void>
  /**
   * Asked about a path that lies below no plugin's mount, before the host answers that there is nothing; undefined passes it
   * on. It admits by itself, and gets no body.
   */
  readonly fallback?: (request: Incoming) => Promise<Reply | undefined>
  /**
   * Makes the same once more for one rehearsal, over services whose writes are thrown away. Its routes, ledgers, generics,
   * `admit` and `audit` must change nothing but by these services: what else it keeps, it keeps by itself. Its drivers perform
   * nothing. A plugin without it cannot be rehearsed by its own routes, and what its ledgers and generics look up for
   * the control plane's rehearsals they must not write.
   */
  readonly rehearsed?: (tools: Pick<Tools<unknown>, 'services' | 'log'>) => Mounted
  /**
   * Runs when the host has started its workers and before it is ready. When it fails it is tried again until it succeeds, and
   * the plugin's paths answer 503 meanwhile: whatever it had done by then must do no harm a second time.
   */
  readonly start?: () => Promise<void>
  /** Runs when the host stops, after the last request. */
  readonly stop?: () => Promise<void>
}

/** What `locate` makes of a pathname. */
export interface Located {
  readonly path: string
  readonly values?: Readonly<Record<string, string>>
}

/** The vendor's words for everything that is not a route's own reply. */
export interface Answers {
  readonly notFound: (request: Incoming) => Reply
  readonly methodNotAllowed: (request: Incoming, allow: ReadonlyArray<string>) => Reply
  readonly malformed: (request: Incoming, malformed: Malformed) => Reply
  readonly refuse: (request: Incoming, failure: Failure) => Reply
  /** The last word on every reply: headers that all of them carry. */
  readonly finish?: (request: Incoming, reply: Reply) => Reply
}

/** What the host gives a plugin. */
export interface Tools<Settings> {
  readonly settings: Settings
  readonly credentials: Credentials
  readonly clock: Clock
  /** A new unique id. */
  readonly newId: () => string
  /** At least 0, below 1. */
  readonly random: () => number
  /** Writes a line to the host's log; `event` is a short name, never a sentence with values in it. */
  readonly log: (event: string, detail?: Readonly<Record<string, Json>>) => void
  readonly services: Services
  /** Sends HTTP requests; a host that was given no dial refuses them all. */
  readonly dial: Dial
  /** The mounts of every plugin and the host's own paths, once the host has booted; none before. */
  readonly mounts: () => ReadonlyArray<string>
}

/** What the journal keeps of a write that is no command: `id` and `tenant` name what was written. */
export interface Note {
  /** In the form `noun.verb`. */
  readonly type: string
  readonly tenant: string
  readonly id: string
  readonly principal: Principal
  readonly request?: string
  readonly detail?: JsonObject
}

/** The door into the host's loop, for what a route cannot say as data. */
export interface Services {
  /** The present state, overdue deadlines settled and stored first; undefined when absent or done. */
  readonly load: (
    lifecycle: Lifecycle,
    ref: ServiceRef,
  ) => TE.TaskEither<Failure, State | undefined>
  /** A page of present states, overdue deadlines settled and stored first. */
  readonly list: (
    lifecycle: Lifecycle,
    query: Omit<StateQuery, 'lifecycle'>,
  ) => TE.TaskEither<Failure, Page<State>>
  /** Sends commands to one service, like a command route: `rule` is its `submit`; what it refuses comes back as it is. */
  readonly submit: <Refused>(
    lifecycle: Lifecycle,
    ref: ServiceRef,
    principal: Principal,
    rule: (state: State | undefined) => E.Either<Refused, Submission>,
    options?: { readonly settleMs?: number; readonly request?: string },
  ) => TE.TaskEither<Failure | { readonly _tag: 'Refused'; readonly refused: Refused }, Settled>
  /**
   * Sends commands to several services as one change, all of it or nothing: `rule` answers one submission for each state.
   * The submissions' documents are stored with it.
   */
  readonly submitAll: <Refused>(
    lifecycle: Lifecycle,
    refs: ReadonlyArray<ServiceRef>,
    principal: Principal,
    rule: (
      states: ReadonlyArray<State | undefined>,
    ) => E.Either<Refused, ReadonlyArray<Submission>>,
    options?: { readonly request?: string },
  ) => TE.TaskEither<
    Failure | { readonly _tag: 'Refused'; readonly refused: Refused },
    ReadonlyArray<State>
  >
  /** Settles and stores whatever is overdue, for one tenant or for all. */
  readonly settle: (
    lifecycle: Lifecycle,
    query?: { readonly tenant?: string },
  ) => TE.TaskEither<Failure, void>
  /** Sends news that no effect asked for. */
  readonly report: (
    lifecycle: Lifecycle,
    ref: ServiceRef,
    event: Event,
  ) => TE.TaskEither<Failure, State>
  /** Reads one of the plugin's own records. */
  readonly document: (kind: string, id: string) => TE.TaskEither<Failure, Document | undefined>
  readonly documents: (query: {
    readonly kind: string
    readonly tenant?: string
    readonly after?: string
    readonly limit: number
  }) => TE.TaskEither<Failure, Page<Document>>
  /** Writes the plugin's own records, all or none, and with them a line of the journal if a note is given. */
  readonly write: (
    documents: ReadonlyArray<Omit<DocumentWrite, 'provider'>>,
    note?: Note,
  ) => TE.TaskEither<Failure, void>
  readonly claim: Store['claim']
  readonly quota: Store['quota']
  /** Takes numbers from a sequence of the plugin's own. */
  readonly allocate: Store['allocate']
}

/** Types a plugin; the value is returned as it is. */
export const definePlugin = <Settings>(plugin: Plugin<Settings>): Plugin<Settings> => plugin
