import type { Event } from './input.ts'
import type { StateValue } from './state.ts'

/** The action name by which a transition starts a new generation: work asked for before it no longer counts. */
export const SUPERSEDE = 'supersede'

/** The action name of a command that is accepted and changes nothing. */
export const ACKNOWLEDGE = 'acknowledge'

/** What a transition asks for, as data. */
export type Emission =
  | { readonly kind: 'effect'; readonly type: string; readonly params: unknown }
  | { readonly kind: 'arm'; readonly name: string; readonly delay: number }
  | { readonly kind: 'cancel'; readonly name: string }
  | { readonly kind: 'supersede' }
  | { readonly kind: 'acknowledge' }

/** The machine after one event. */
export interface Step {
  readonly value: StateValue
  readonly context: object
  readonly done: boolean
  /** False when the present state does not handle the event; then everything else is as before. */
  readonly handled: boolean
  readonly emissions: ReadonlyArray<Emission>
}

/** What runs a chart. Both functions are pure; what a guard, an assign, a delay or params throw, they throw. */
export interface Engine {
  readonly begin: (input: unknown) => Step
  readonly step: (value: StateValue, context: object, event: Event) => Step
}

/** Makes an emission of a named action without a body. */
export const emissionOf = (type: string, params: unknown): Emission => {
  if (type === SUPERSEDE) return { kind: 'supersede' }
  if (type === ACKNOWLEDGE) return { kind: 'acknowledge' }
  return { kind: 'effect', type, params }
}
