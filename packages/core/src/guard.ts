import { and, not, or } from 'xstate'
import type { AnyStateMachine } from 'xstate'
import type { Event } from './input.ts'

/** A named guard inside an edge's guard; `negated` when it stands under `not`. */
export interface GuardLeaf {
  readonly name: string
  readonly negated: boolean
}

/** A guard of an edge, judged. */
export interface Verdict extends GuardLeaf {
  readonly passed: boolean
}

/** Asks a guard. What its body throws, it throws. */
export type Check = (context: object, event: Event) => boolean

/** A guard of an edge as the chart says it: a name, a name with params, or parts joined by `and`, `or` and `not`. */
export type Guard = unknown

/** Makes a guard ready to be asked: its parts in order, and no more of them than the answer needs. */
export const checkOf = (chart: AnyStateMachine, guard: Guard): Check => {
  if (guard === undefined) return always
  if (isComposite(guard)) return joined(chart, guard)
  const body = bodyOf(chart, guard)
  if (isComposite(body)) return joined(chart, body)
  if (typeof body !== 'function') return never
  const params: unknown = isObject(guard) ? guard['params'] : undefined
  return typeof params === 'function'
    ? (context, event) => Boolean(body({ context, event }, params({ context, event })))
    : (context, event) => Boolean(body({ context, event }, params))
}

/** Lists the named guards in a guard, in the order in which they are asked. */
export const leavesOf = (guard: Guard, negated = false): ReadonlyArray<GuardLeaf> =>
  guardsIn(guard, negated).map(({ leaf }) => leaf)

/** Makes ready to ask each named guard in a guard by itself, whatever the others say. */
export const judgeOf = (
  chart: AnyStateMachine,
  guard: Guard,
): ((context: object, event: Event) => ReadonlyArray<Verdict>) => {
  const leaves = guardsIn(guard, false).map(({ leaf, part }) => ({
    leaf,
    check: checkOf(chart, part),
  }))
  return (context, event) =>
    leaves.map(({ leaf, check }) => ({ ...leaf, passed: check(context, event) !== leaf.negated }))
}

/** Says what of a guard a lifecycle must not use: one that has no name or no body, or looks at the state. */
export const unsupportedGuards = (chart: AnyStateMachine, guard: Guard): ReadonlyArray<string> =>
  guardsIn(guard, false).flatMap(({ leaf, part }) => {
    if (typeof part === 'function') return ['a guard without a name']
    const body = bodyOf(chart, part)
    if (isComposite(body)) return unsupportedGuards(chart, body)
    if (typeof body !== 'function') return [`a guard "${leaf.name}" without a body`]
    return 'check' in body ? [`a guard "${leaf.name}" that looks at the state`] : []
  })

// -- internals

type Body = (args: unknown, params?: unknown) => unknown

interface Composite {
  readonly check: unknown
  readonly guards: ReadonlyArray<Guard>
}

// The library's composite guards are functions that carry their parts; what tells them apart is their `check`.
const CHECKS = {
  and: (and([]) as unknown as Composite).check,
  or: (or([]) as unknown as Composite).check,
  not: (not('never') as unknown as Composite).check,
}

const always: Check = () => true

const never: Check = () => false

const joined = (chart: AnyStateMachine, { check, guards }: Composite): Check => {
  const parts = guards.map((part) => checkOf(chart, part))
  if (check === CHECKS.and) return (context, event) => parts.every((part) => part(context, event))
  if (check === CHECKS.or) return (context, event) => parts.some((part) => part(context, event))
  return (context, event) => parts.every((part) => !part(context, event))
}

const guardsIn = (
  guard: Guard,
  negated: boolean,
): ReadonlyArray<{ readonly leaf: GuardLeaf; readonly part: Guard }> => {
  if (guard === undefined) return []
  if (isComposite(guard))
    return guard.guards.flatMap((part) =>
      guardsIn(part, guard.check === CHECKS.not ? !negated : negated),
    )
  return [{ leaf: { name: nameOf(guard), negated }, part: guard }]
}

const bodyOf = (chart: AnyStateMachine, guard: Guard): Composite | Body | undefined =>
  typeof guard === 'function'
    ? (guard as Body)
    : (chart.implementations.guards as Record<string, Composite | Body>)[nameOf(guard)]

const nameOf = (guard: Guard): string =>
  typeof guard === 'string' ? guard : (guard as { type: string }).type

const isComposite = (guard: Guard): guard is Composite =>
  typeof guard === 'function' && 'check' in guard && 'guards' in guard

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
