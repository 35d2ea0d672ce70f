import * as t from 'io-ts'
import type { JsonObject } from './json.ts'
import type { ServiceRef } from './ref.ts'

/** Who asks: the principal's id and roles, as guards and the journal see them. */
export const Actor = t.readonly(
  t.strict({ id: t.string, roles: t.readonlyArray(t.string) }),
  'Actor',
)
export type Actor = t.TypeOf<typeof Actor>

/** What happened or is asked: a type in the form `noun.verb`, its payload beside it. */
export interface Event {
  readonly type: string
  readonly [member: string]: unknown
}

/** A client's request; the only input that comes from outside. */
export interface Command {
  readonly _tag: 'Command'
  readonly ref: ServiceRef
  /** Unique per input; effects and journal entries derive their ids from it. */
  readonly id: string
  /** When it arrived, in ms since the epoch. */
  readonly at: number
  readonly actor: Actor
  readonly event: Event
  /** The request that carried it, for the journal. */
  readonly request?: string
  /** What else the journal keeps of it. */
  readonly detail?: JsonObject
}

/** What the world says: the outcome of an effect, or news that no effect asked for. */
export interface Report {
  readonly _tag: 'Report'
  readonly ref: ServiceRef
  readonly id: string
  readonly at: number
  /** The effect it answers; absent for news. A report of an older generation is journaled and ignored. */
  readonly effect?: { readonly id: string; readonly generation: number }
  readonly event: Event
}

/** An open deadline has passed. */
export interface DeadlinePassed {
  readonly _tag: 'Deadline'
  readonly ref: ServiceRef
  readonly id: string
  /** The clock's present instant; the move itself happens at the deadline's due time. */
  readonly at: number
  readonly name: string
  readonly dueAt: number
  readonly generation: number
}

/** Everything a decision can be about; three doors, so that no client can forge a report or a deadline. */
export type Input = Command | Report | DeadlinePassed
