import type * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { Deadline } from './deadline.ts'
import { JsonObject } from './json.ts'
import { ServiceRef } from './ref.ts'

/** Where a machine is: a state's name, or regions and nested states by name. Plain data. */
export type StateValue = string | { readonly [region: string]: StateValue }

/** Accepts a state value of any machine; whether a machine has it is checked by `restoreState`. */
export const StateValue: t.Type<StateValue> = t.recursion('StateValue', () =>
  t.union([t.string, t.record(t.string, StateValue)]),
)

/**
 * Our own stored form of one service; never a snapshot of the machine's library. Everything in it is plain JSON.
 */
export const State = t.readonly(
  t.strict({
    ref: ServiceRef,
    lifecycle: t.string,
    version: t.number,
    value: StateValue,
    /** The vendor's word, derived from value and context, indexed for lists. */
    status: t.string,
    context: JsonObject,
    deadlines: t.readonlyArray(Deadline),
    /** Indexed for lists; derived from value and context. */
    labels: t.record(t.string, t.string),
    /** True when the machine has ended: the record stays, lists leave it out, a creation may take its place. */
    done: t.boolean,
    /** Counts the stored changes, from 1. */
    revision: t.number,
    /** Counts the generations of work, from 1. */
    generation: t.number,
    createdAt: t.number,
    /** The instant of the last change of any kind. */
    changedAt: t.number,
  }),
  'State',
)
export type State = t.TypeOf<typeof State>

/** Turns a state of version n into version n + 1, or says why it cannot be. */
export type Migration = (state: JsonObject) => E.Either<string, JsonObject>
