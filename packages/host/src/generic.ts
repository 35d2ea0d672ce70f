import type { Actor, Event, Lifecycle, Reason, ServiceRef, State } from '@signalbox/core'
import type * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import type { Failure } from './failure.ts'
import type { Principal } from './principal.ts'
import type { Submission } from './route.ts'

/** How a lifecycle is served to callers of the control plane, who do not speak the vendor's language. */
export interface Generic {
  readonly lifecycle: Lifecycle
  /** The roles that guards see of a caller; its role in the control plane unless given. */
  readonly roles?: (principal: Principal) => Actor['roles']
  /** By command type. A command that is not here is sent by the vendor's own routes only. */
  readonly commands: Readonly<Record<string, GenericCommand>>
  /** Examples of what only native routes send, by command type, where the lifecycle's own do not fit each service; none when nothing fits. */
  readonly fitting?: Readonly<Record<string, (state: State) => ReadonlyArray<Event>>>
}

/** How one command is carried out; without members it is sent as it comes. */
export interface GenericCommand {
  /** What a caller sends beside `type`; the command's own payload unless given. */
  readonly payload?: t.Mixed
  /** Complete examples of what a caller sends, to plan with; the command's own unless given. */
  readonly examples?: ReadonlyArray<Event>
  /**
   * Looks up what the command needs and its caller does not say, checks what its native route checks, and answers the rule
   * that says what to submit in a state. The rule is pure: it runs again when another change comes between.
   */
  readonly prepare?: (request: GenericRequest) => Promise<E.Either<Obstacle, GenericRule>>
  /** True for a failure that preparing anew may cure. */
  readonly repeat?: (failure: Failure) => boolean
}

/** What is asked: `event` is decoded by the payload, its `type` beside it. */
export interface GenericRequest {
  readonly ref: ServiceRef
  readonly event: Event
  readonly principal: Principal
  readonly actor: Actor
  /** The request's id. */
  readonly id: string
}

/** Says what to submit in a state. */
export type GenericRule = (state: State | undefined) => E.Either<Obstacle, Submission>

/** Why a command is not sent: what is wrong with the payload, by JSON Pointer; what stands against it; or a failure. */
export type Obstacle =
  | {
      readonly _tag: 'Invalid'
      readonly errors: ReadonlyArray<{ readonly pointer: string; readonly rule: string }>
    }
  | { readonly _tag: 'Against'; readonly reasons: ReadonlyArray<Reason> }
  | { readonly _tag: 'Failed'; readonly failure: Failure }
