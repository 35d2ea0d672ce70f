import { decideAll } from '@signalbox/core'
import type { Command, Event, Lifecycle, Reason, State } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import type { Failure } from '../failure.ts'
import type { GenericRequest, GenericRule, Obstacle } from '../generic.ts'
import { commandOf, examplesOf, genericOf, ruleOf } from './generic.ts'
import type { Found } from './site.ts'

/** A command as a caller sends it, with all that was looked up for it; of one command there may be several. */
export interface Sendable {
  readonly type: string
  /** True when the control plane takes it, and not only a native route. */
  readonly here: boolean
  readonly example: Event
  /** What it would submit in a state. Pure. */
  readonly rule: GenericRule
}

/** Who would send, and the request's id. */
export type Sender = Pick<GenericRequest, 'principal' | 'actor' | 'id'>

/** Every command of the lifecycle as a caller could send it to a service, by this API or, where that does not take it, natively. */
export const sendablesOf = async (
  { lifecycle, state, provider }: Found,
  sender: Sender,
): Promise<E.Either<Failure, ReadonlyArray<Sendable>>> => {
  const generic = genericOf(provider.mounted, lifecycle)
  const sendables: Array<Sendable> = []
  for (const type of Object.keys(lifecycle.commands)) {
    if (type === lifecycle.creation) continue
    const command = commandOf(generic, type)
    const examples = generic.fitting?.[type]?.(state) ?? []
    for (const example of examples.length > 0 ? examples : examplesOf(generic, type)) {
      const request = { ...sender, ref: state.ref, event: example }
      const rule =
        command === undefined ? E.right(alwaysSent(example)) : await ruleOf(command, request)
      if (E.isLeft(rule) && rule.left._tag === 'Failed') return E.left(rule.left.failure)
      const known = E.isRight(rule) ? rule.right : () => rule
      sendables.push({ type, here: command !== undefined, example, rule: known })
    }
  }
  return E.right(sendables)
}

/** Why a state does not take a command at an instant; nothing when it does. */
export const standsAgainst = (
  lifecycle: Lifecycle,
  { rule }: Sendable,
  state: State,
  { actor, id, at }: Pick<Sender, 'actor' | 'id'> & { readonly at: number },
): E.Either<Failure, ReadonlyArray<Reason>> => {
  const submission = rule(state)
  if (E.isLeft(submission))
    return submission.left._tag === 'Failed'
      ? E.left(submission.left.failure)
      : E.right(reasonsOf(submission.left))
  const { events } = submission.right
  const { ref } = state
  const decided =
    events.length > 0 &&
    decideAll(
      lifecycle,
      state,
      events.map((event): Command => ({ _tag: 'Command', ref, id, at, actor, event })),
    )
  if (decided === false || E.isRight(decided)) return E.right([])
  const { left } = decided
  return E.right(left._tag === 'IllegalMove' ? left.reasons : [{ words: left._tag }])
}

// -- internals

const alwaysSent =
  (event: Event): GenericRule =>
  () =>
    E.right({ events: [event] })

const reasonsOf = (
  obstacle: Exclude<Obstacle, { readonly _tag: 'Failed' }>,
): ReadonlyArray<Reason> =>
  obstacle._tag === 'Against'
    ? obstacle.reasons
    : obstacle.errors.map(({ pointer, rule }) => ({ words: `${pointer}: ${rule}` }))
