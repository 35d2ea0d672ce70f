import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { Deadline } from './deadline.ts'
import { JsonObject } from './json.ts'
import type { Json } from './json.ts'
import type { Lifecycle } from './lifecycle.ts'
import { ServiceRef } from './ref.ts'
import * as refusal from './refusal.ts'
import type { StateRefusal } from './refusal.ts'

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

/**
 * Reads a stored state for a lifecycle: decodes the envelope, brings an older version forward step by step, and checks
 * value and context. Refuses with `WrongLifecycle`, `NewerVersion`, `UnknownVersion`, `UnknownStatus` or
 * `CorruptedState`; never throws.
 */
export const restoreState = (
  lifecycle: Lifecycle,
  stored: unknown,
): E.Either<StateRefusal, State> => {
  const envelope = Envelope.decode(stored)
  if (E.isLeft(envelope)) return E.left(refusal.corruptedState(issuesOf(envelope.left)))
  const { lifecycle: name, version } = envelope.right
  if (name !== lifecycle.name) return E.left(refusal.wrongLifecycle(lifecycle.name, name))
  if (version > lifecycle.version) return E.left(refusal.newerVersion(lifecycle.version, version))
  const current = migrate(lifecycle, envelope.right)
  if (E.isLeft(current)) return current
  const decoded = State.decode(current.right)
  if (E.isLeft(decoded)) return E.left(refusal.corruptedState(issuesOf(decoded.left)))
  const state = decoded.right
  const context = lifecycle.context.decode(state.context)
  if (E.isLeft(context)) return E.left(refusal.corruptedState(issuesOf(context.left, ['context'])))
  if (!lifecycle.machine.has(state.value)) return E.left(refusal.unknownStatus(state.value))
  return E.right(state)
}

/** Renders the failures of a codec as `path: reason` facts; the path is dotted and starts at the decoded value. */
export const issuesOf = (
  errors: t.Errors,
  under: ReadonlyArray<string> = [],
): ReadonlyArray<refusal.Issue> =>
  errors.map((error) => ({
    path: [
      ...under,
      ...error.context
        .slice(1)
        .flatMap(({ key }, index) => (isPart(error.context[index]) ? [] : [key])),
    ]
      .filter((key) => key !== '')
      .join('.'),
    expected: error.message ?? error.context.at(-1)?.type.name ?? 'something else',
  }))

// -- internals

// The members of an intersection or a union are numbered in the library's paths, but not in the value.
const isPart = (parent: t.ContextEntry | undefined): boolean => {
  let type: unknown = parent?.type
  // Wrappers stand in the path in place of what they wrap.
  while (type instanceof t.ReadonlyType || type instanceof t.RefinementType) type = type.type
  return type instanceof t.IntersectionType || type instanceof t.UnionType
}

const Envelope = t.intersection([t.type({ lifecycle: t.string, version: t.Integer }), JsonObject])

const migrate = (lifecycle: Lifecycle, stored: JsonObject): E.Either<StateRefusal, Json> => {
  let state = stored
  for (;;) {
    const version = state['version']
    if (version === lifecycle.version) return E.right(state)
    const migration = typeof version === 'number' ? lifecycle.migrations[version] : undefined
    if (typeof version !== 'number' || migration === undefined)
      return E.left(
        refusal.unknownVersion(lifecycle.version, typeof version === 'number' ? version : -1),
      )
    const next = migration(state)
    if (E.isLeft(next)) return E.left(refusal.corruptedState([{ path: '', expected: next.left }]))
    state = { ...next.right, version: version + 1 }
  }
}
