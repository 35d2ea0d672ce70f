import type { AnyStateMachine } from 'xstate'
import type { Event } from './input.ts'
import { emissionOf } from './step.ts'
import type { Emission } from './step.ts'

/**
 * Runs an action: answers the context after it, and adds what it asks for to the emissions. What its body or its params throw,
 * it throws.
 */
export type Action = (context: object, event: Event, emissions: Array<Emission>) => object

/** Makes an action of a chart ready to be run. */
export const actionOf = (chart: AnyStateMachine, action: unknown): Action => {
  if (isArming(action)) return arming(chart, action)
  if (isCancelling(action)) return cancelling(action)
  const name = actionName(action)
  const params: unknown = typeof action === 'object' ? (action as Parametric).params : undefined
  const paramsOf = typeof params === 'function' ? (params as ParamsOf) : () => params
  const body = bodyOf(chart, name)
  if (isAssign(body)) return assigning(body.assignment, paramsOf)
  return (context, event, emissions) => {
    emissions.push(emissionOf(name, paramsOf({ context, event })))
    return context
  }
}

/** The name of an action in a chart, or that of the library's own kind of action. */
export const actionName = (action: unknown): string =>
  typeof action === 'string'
    ? action
    : typeof action === 'function'
      ? ((action as { type?: string }).type ?? action.name)
      : (action as { type: string }).type

/** Tells whether a name is that of an action that changes the context. */
export const assigns = (chart: AnyStateMachine, name: string): boolean =>
  isAssign(bodyOf(chart, name))

/** Tells an action that arms or cancels a deadline, which the chart's author has written as `after`. */
export const isDeadline = (action: unknown): boolean => isArming(action) || isCancelling(action)

/** The name of the deadline that an event of the library stands for, or undefined if it stands for none. */
export const deadlineName = (eventType: string): string | undefined =>
  eventType.startsWith(AFTER)
    ? eventType.slice(AFTER.length, eventType.indexOf('.', AFTER.length))
    : undefined

/** Says what of an action a lifecycle must not use: one that has no name, or is of a kind that does more than assign. */
export const unsupportedAction = (
  chart: AnyStateMachine,
  action: unknown,
): ReadonlyArray<string> => {
  if (isArming(action))
    return ['function', 'number'].includes(typeof delayOf(chart, action))
      ? []
      : [`a delay "${action.delay}" without a body`]
  if (isCancelling(action)) return []
  if (typeof action === 'function') return ['an action without a name']
  const name = actionName(action)
  const body = bodyOf(chart, name)
  return isObjectLike(body) && 'resolve' in body && !isAssign(body)
    ? [`an action "${name}" that is neither an effect nor an assign`]
    : []
}

// -- internals

const AFTER = 'xstate.after.'

interface Args {
  readonly context: object
  readonly event: Event
}

type ParamsOf = (args: Args) => unknown

interface Parametric {
  readonly params?: unknown
}

// The library's own actions are functions that carry what they were made of.
interface Arming {
  readonly type: 'xstate.raise'
  readonly event: { readonly type: string }
  readonly delay: string | number
}

interface Cancelling {
  readonly type: 'xstate.cancel'
  readonly sendId: string
}

interface Assign {
  readonly assignment: Assigner | Readonly<Record<string, unknown>>
}

type Assigner = (args: Args, params: unknown) => object

const arming = (chart: AnyStateMachine, action: Arming): Action => {
  const name = deadlineName(action.event.type) ?? ''
  const delay = delayOf(chart, action)
  const delayAt = typeof delay === 'function' ? (delay as (args: Args) => unknown) : () => delay
  return (context, event, emissions) => {
    const ms = delayAt({ context, event })
    if (typeof ms !== 'number') throw new Error(`The delay '${name}' is not a number`)
    emissions.push({ kind: 'arm', name, delay: ms })
    return context
  }
}

const cancelling = ({ sendId }: Cancelling): Action => {
  const emission: Emission = { kind: 'cancel', name: deadlineName(sendId) ?? '' }
  return (context, _, emissions) => {
    emissions.push(emission)
    return context
  }
}

const assigning = (assignment: Assign['assignment'], paramsOf: ParamsOf): Action => {
  if (typeof assignment === 'function')
    return (context, event) => {
      const args = { context, event }
      return { ...context, ...assignment(args, paramsOf(args)) }
    }
  const members = Object.entries(assignment)
  return (context, event) => {
    const args = { context, event }
    const params = paramsOf(args)
    const next: Record<string, unknown> = { ...context }
    for (const [member, value] of members)
      next[member] = typeof value === 'function' ? (value as Assigner)(args, params) : value
    return next
  }
}

const bodyOf = (chart: AnyStateMachine, name: string): unknown =>
  (chart.implementations.actions as Readonly<Record<string, unknown>>)[name]

const delayOf = (chart: AnyStateMachine, { delay }: Arming): unknown =>
  typeof delay === 'string'
    ? (chart.implementations.delays as Readonly<Record<string, unknown>>)[delay]
    : delay

const isArming = (action: unknown): action is Arming =>
  isObjectLike(action) &&
  action['type'] === 'xstate.raise' &&
  isObjectLike(action['event']) &&
  deadlineName(String(action['event']['type'])) !== undefined &&
  action['delay'] !== undefined

const isCancelling = (action: unknown): action is Cancelling =>
  isObjectLike(action) &&
  action['type'] === 'xstate.cancel' &&
  deadlineName(String(action['sendId'])) !== undefined

const isAssign = (body: unknown): body is Assign =>
  isObjectLike(body) && body['type'] === 'xstate.assign' && 'assignment' in body

const isObjectLike = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'function' || (typeof value === 'object' && value !== null)
