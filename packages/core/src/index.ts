export { Deadline, until } from './deadline.ts'
export { decide, decideAll, isOverdue, refusalEntry, settle } from './decide.ts'
export type { Decision, Exchange } from './decide.ts'
export { diagram } from './diagram.ts'
export { Effect, effect, OutcomeKind } from './effect.ts'
export type { Outcome } from './effect.ts'
export { explain } from './explain.ts'
export { Actor } from './input.ts'
export type { Command, DeadlinePassed, Event, Input, Report } from './input.ts'
export { issuesOf, misfitsOf } from './issue.ts'
export type { Issue, Misfit } from './issue.ts'
export { Json, JsonObject } from './json.ts'
export type { JsonArray } from './json.ts'
export { JournalEntry, Reason } from './journal.ts'
export { described, jsonSchemaOf } from './json-schema.ts'
export type { JsonSchema } from './json-schema.ts'
export { defineLifecycle } from './lifecycle.ts'
export type { EffectSpec, EventSpec, Lifecycle, LifecycleDefinition } from './lifecycle.ts'
export { ACKNOWLEDGE, createMachineFacade, SUPERSEDE } from './machine.ts'
export type {
  Candidate,
  Edge,
  Emission,
  GuardLeaf,
  Machine,
  Node,
  Step,
  Verdict,
} from './machine.ts'
export type { Move } from './moves.ts'
export { plan, wayTo, wayToCommand } from './plan.ts'
export type { Offer, PlanOptions, WayStep } from './plan.ts'
export { refKey, sameRef, ServiceRef } from './ref.ts'
export { matchRefusal } from './refusal.ts'
export type { Refusal, StateRefusal } from './refusal.ts'
export { restoreState } from './restore.ts'
export { State, StateValue } from './state.ts'
export type { Migration } from './state.ts'
export { struct } from './struct.ts'
export type { StructType } from './struct.ts'
export { wholeNumber } from './whole-number.ts'
