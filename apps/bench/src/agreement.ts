import { isDeepStrictEqual } from 'node:util'
import { ACKNOWLEDGE, createMachineFacade, decide, SUPERSEDE } from '@signalbox/core'
import type { Decision, Lifecycle } from '@signalbox/core'
import type { Attempt } from '@signalbox/core/testing'
import * as E from 'fp-ts/lib/Either.js'
import { transition } from 'xstate'
import { inputOf, legalMovesOf } from './legal-moves.ts'

/**
 * Takes every attempt of a walk with the engine in use and with the library's public functions, and compares the whole
 * decisions or refusals; and every transition with `transition` itself. Answers how many were the same; throws at the
 * first that is not.
 */
export const agreementOf = (lifecycle: Lifecycle, attempts: ReadonlyArray<Attempt>): number => {
  const open = { ...lifecycle, machine: createMachineFacade(lifecycle.chart, 'public') }
  for (const attempt of attempts) {
    const input = inputOf(attempt)
    const own = decide(lifecycle, attempt.from, input)
    if (!isDeepStrictEqual(own, decide(open, attempt.from, input)))
      throw new Error(`${lifecycle.name}: ${JSON.stringify(input)} comes to something else`)
  }
  for (const { state, input, event } of legalMovesOf(lifecycle, attempts)) {
    const own = decide(lifecycle, state, input)
    const { value, context } = state
    const [snapshot, actions] = transition(
      lifecycle.chart,
      lifecycle.chart.resolveState({ value, context }),
      event,
    )
    const theirs = {
      value: snapshot.value,
      context: snapshot.context,
      done: snapshot.status === 'done',
      effects: actions
        .filter(({ type }) => !OWN.has(type) && !type.startsWith('xstate.'))
        .map(({ type, params }) => ({ type, params: params ?? {} })),
    }
    const ours = E.map(({ after, effects }: Decision) => ({
      value: after.value,
      context: after.context,
      done: after.done,
      effects: effects.map(({ type, params }) => ({ type, params })),
    }))(own)
    if (!isDeepStrictEqual(ours, E.right(theirs)))
      throw new Error(`${lifecycle.name}: ${event.type} comes to something else in the library`)
  }
  return attempts.length
}

// -- internals

// Actions that are ours alone: they ask for nothing to be performed.
const OWN: ReadonlySet<string> = new Set([SUPERSEDE, ACKNOWLEDGE])
