import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { decode } from './decode.ts'
import { issuesOf } from './issue.ts'
import { JsonObject } from './json.ts'
import type { Json } from './json.ts'
import type { Lifecycle } from './lifecycle.ts'
import * as refusal from './refusal.ts'
import type { StateRefusal } from './refusal.ts'
import { State } from './state.ts'

/**
 * Reads a stored state for a lifecycle: decodes the envelope, brings an older version forward step by step, and checks
 * value and context. Refuses with `WrongLifecycle`, `NewerVersion`, `UnknownVersion`, `UnknownStatus` or
 * `CorruptedState`; never throws.
 */
export const restoreState = (
  lifecycle: Lifecycle,
  stored: unknown,
): E.Either<StateRefusal, State> => {
  const envelope = decode(Envelope, stored)
  if (E.isLeft(envelope)) return E.left(refusal.corruptedState(issuesOf(envelope.left)))
  const { lifecycle: name, version } = envelope.right
  if (name !== lifecycle.name) return E.left(refusal.wrongLifecycle(lifecycle.name, name))
  if (version > lifecycle.version) return E.left(refusal.newerVersion(lifecycle.version, version))
  const current = migrate(lifecycle, envelope.right)
  if (E.isLeft(current)) return current
  const decoded = decode(State, current.right)
  if (E.isLeft(decoded)) return E.left(refusal.corruptedState(issuesOf(decoded.left)))
  const state = decoded.right
  const context: t.Validation<unknown> = decode(lifecycle.context, state.context)
  if (E.isLeft(context)) return E.left(refusal.corruptedState(issuesOf(context.left, ['context'])))
  if (!lifecycle.machine.has(state.value)) return E.left(refusal.unknownStatus(state.value))
  return E.right(state)
}

// -- internals

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
    // A migration is its author's code: one that throws must not take the reader down.
    const next = E.flatten(E.tryCatch(() => migration(state), String))
    if (E.isLeft(next)) return E.left(refusal.corruptedState([{ path: '', expected: next.left }]))
    state = { ...next.right, version: version + 1 }
  }
}
