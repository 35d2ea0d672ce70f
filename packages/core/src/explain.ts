import type { Verdict } from './guard.ts'
import type { Actor, Event } from './input.ts'
import type { Reason } from './journal.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { State } from './state.ts'

/**
 * Says in words why the present state does not take an event: each guard that said no, or that no state here knows the
 * event. The event is complete, with `at` and `actor`. Empty when it is taken.
 */
export const explain = (
  lifecycle: Lifecycle,
  state: State,
  event: Event & { readonly at: number; readonly actor?: Actor },
): ReadonlyArray<Reason> => {
  const candidates = lifecycle.machine.candidates(state.value, state.context, event)
  const open = candidates.filter(({ edge }) => edge.targets.length > 0 || edge.actions.length > 0)
  if (open.length === 0)
    return [{ words: `"${event.type}" is not possible while the status is "${state.status}".` }]
  if (open.some(({ passed }) => passed)) return []
  const obstacles = open.map(({ verdicts }) => verdicts.filter(({ passed }) => !passed))
  // Where one way needs all that another does and more, only the other's obstacles count.
  const failing = obstacles.filter((way) => !obstacles.some((other) => isWithin(other, way))).flat()
  return [
    ...new Map(failing.map((verdict) => [`${verdict.negated}${verdict.name}`, verdict])).values(),
  ].map(({ name, negated }) => ({
    guard: name,
    words: negated ? `Not: ${lifecycle.guards[name]}` : (lifecycle.guards[name] ?? name),
  }))
}

// -- internals

const isWithin = (less: ReadonlyArray<Verdict>, more: ReadonlyArray<Verdict>): boolean =>
  less.length < more.length &&
  less.every(({ name, negated }) =>
    more.some((other) => other.name === name && other.negated === negated),
  )
