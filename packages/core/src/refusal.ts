import type { Issue } from './issue.ts'
import type { Reason } from './journal.ts'
import type { ServiceRef } from './ref.ts'
import type { StateValue } from './state.ts'

/** Why a stored state cannot be used. */
export type StateRefusal =
  | { readonly _tag: 'WrongLifecycle'; readonly expected: string; readonly actual: string }
  | { readonly _tag: 'NewerVersion'; readonly known: number; readonly actual: number }
  | { readonly _tag: 'UnknownVersion'; readonly known: number; readonly actual: number }
  | { readonly _tag: 'UnknownStatus'; readonly value: StateValue }
  | { readonly _tag: 'CorruptedState'; readonly issues: ReadonlyArray<Issue> }

/** Why an input is not decided in its favour: facts, without sentences for a vendor and without HTTP. */
export type Refusal =
  | StateRefusal
  | { readonly _tag: 'NotFound'; readonly ref: ServiceRef }
  | { readonly _tag: 'AlreadyExists'; readonly ref: ServiceRef }
  | { readonly _tag: 'UnknownCommand'; readonly type: string }
  | { readonly _tag: 'UnknownReport'; readonly type: string }
  | {
      readonly _tag: 'InvalidPayload'
      readonly type: string
      readonly issues: ReadonlyArray<Issue>
    }
  | {
      readonly _tag: 'IllegalMove'
      readonly status: string
      readonly command: string
      readonly reasons: ReadonlyArray<Reason>
    }
  | { readonly _tag: 'MachineFault'; readonly during: string; readonly message: string }

export const wrongLifecycle = (expected: string, actual: string): StateRefusal => ({
  _tag: 'WrongLifecycle',
  expected,
  actual,
})
export const newerVersion = (known: number, actual: number): StateRefusal => ({
  _tag: 'NewerVersion',
  known,
  actual,
})
export const unknownVersion = (known: number, actual: number): StateRefusal => ({
  _tag: 'UnknownVersion',
  known,
  actual,
})
export const unknownStatus = (value: StateValue): StateRefusal => ({ _tag: 'UnknownStatus', value })
export const corruptedState = (issues: ReadonlyArray<Issue>): StateRefusal => ({
  _tag: 'CorruptedState',
  issues,
})
export const notFound = (ref: ServiceRef): Refusal => ({ _tag: 'NotFound', ref })
export const alreadyExists = (ref: ServiceRef): Refusal => ({ _tag: 'AlreadyExists', ref })
export const unknownCommand = (type: string): Refusal => ({ _tag: 'UnknownCommand', type })
export const unknownReport = (type: string): Refusal => ({ _tag: 'UnknownReport', type })
export const invalidPayload = (type: string, issues: ReadonlyArray<Issue>): Refusal => ({
  _tag: 'InvalidPayload',
  type,
  issues,
})
export const illegalMove = (
  status: string,
  command: string,
  reasons: ReadonlyArray<Reason>,
): Refusal => ({
  _tag: 'IllegalMove',
  status,
  command,
  reasons,
})
export const machineFault = (during: string, message: string): Refusal => ({
  _tag: 'MachineFault',
  during,
  message,
})

/** Eliminates a refusal, one case per tag, so that a new tag is a type error wherever it matters. */
export const matchRefusal =
  <A>(cases: {
    readonly [Tag in Refusal['_tag']]: (refusal: Extract<Refusal, { readonly _tag: Tag }>) => A
  }) =>
  (refusal: Refusal): A =>
    // The lookup pairs each tag with its own case, which the type of an index access cannot express.
    (cases[refusal._tag] as (refusal: Refusal) => A)(refusal)
