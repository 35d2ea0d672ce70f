import type * as t from 'io-ts'
import type { AnyStateMachine } from 'xstate'
import type { Canonical } from './canonical.ts'
import type { Actor, Event } from './input.ts'
import type { Json, JsonObject } from './json.ts'
import { createMachineFacade } from './machine.ts'
import type { Machine } from './machine.ts'
import type { Migration, StateValue } from './state.ts'
import { ACKNOWLEDGE, SUPERSEDE } from './step.ts'

/** A command or report of a lifecycle: its payload, what it is called, and samples for plans and walks. */
export interface EventSpec {
  /** Decodes the event; members other than the codec's are dropped, `type` is kept. */
  readonly payload: t.Mixed
  /** What it does, for people: `Pause the service`. */
  readonly words: string
  /** Complete events, one for each way in which the payload matters to a guard; at least one. */
  readonly examples: ReadonlyArray<Event>
}

/** An effect of a lifecycle and the reports by which its outcome returns. */
export interface EffectSpec {
  /** Decodes the effect's params. */
  readonly params: t.Mixed
  readonly words: string
  /** The report for each outcome; an outcome without one is journaled by the host and moves nothing. */
  readonly reports: { readonly done?: string; readonly failed?: string; readonly unknown?: string }
  /** What the report of its success says, where that could say other things as well: plans count on this. */
  readonly aim?: JsonObject
  /** Effects in one lane of a service run one after another; `main` unless said. */
  readonly lane?: string
  /** A settling route does not wait for it. */
  readonly background?: boolean
}

/** What a lifecycle's author says; `defineLifecycle` makes a `Lifecycle` of it. */
export interface LifecycleDefinition<Context extends object> {
  /** `provider/noun`. */
  readonly name: string
  readonly provider: string
  readonly version: number
  readonly machine: AnyStateMachine
  /** Decodes the context; it must be plain JSON and decode to itself. */
  readonly context: t.Type<Context, unknown, unknown>
  /** The command that brings a service into being. */
  readonly creation: string
  readonly commands: Readonly<Record<string, EventSpec>>
  readonly reports: Readonly<Record<string, EventSpec>>
  readonly effects: Readonly<Record<string, EffectSpec>>
  /** What each deadline means, for people. */
  readonly deadlines: Readonly<Record<string, string>>
  /** What each guard demands, for people: `The product must be available to the client.` */
  readonly guards: Readonly<Record<string, string>>
  /** The vendor's statuses. */
  readonly statuses: ReadonlyArray<string>
  /** What each status comes to for who looks at services of several vendors; `unknown` unless said. All of them or none. */
  readonly canonical?: Readonly<Record<string, Canonical>>
  /** The vendor's status of a state. */
  readonly status: (value: StateValue, context: Context) => string
  /** Labels to index; none unless said. */
  readonly labels?: (value: StateValue, context: Context) => Readonly<Record<string, string>>
  /** Keys that only one service may hold while it is in this state; none unless said, none once it is done. */
  readonly claims?: (value: StateValue, context: Context) => ReadonlyArray<string>
  /** Counters this service adds one to while it is in this state; none unless said, none once it is done. */
  readonly quotas?: (value: StateValue, context: Context) => ReadonlyArray<string>
  /** The part of the context that guards can tell apart at an instant: keeps path search finite. */
  readonly facet: (context: Context, at: number) => Json
  /** By the version they start from. */
  readonly migrations?: Readonly<Record<number, Migration>>
  /** Sample callers, one for each kind of caller that guards tell apart. */
  readonly actors: ReadonlyArray<Actor>
}

/** A machine with its codecs, its version and the words for its guards: a definition, complete. Made by `defineLifecycle` only. */
export interface Lifecycle extends Required<
  Omit<LifecycleDefinition<object>, 'machine' | 'context'>
> {
  readonly machine: Machine
  /** The statechart itself, for the statechart library's own tools. */
  readonly chart: AnyStateMachine
  readonly context: t.Mixed
}

/**
 * Checks a definition against its machine and makes a lifecycle of it. Throws when they disagree, since that is a
 * programmer's mistake: an event, effect, guard or deadline that the other side does not know, an actor or a numeric delay.
 */
export const defineLifecycle = <Context extends object>(
  definition: LifecycleDefinition<Context>,
): Lifecycle => {
  const machine = createMachineFacade(definition.machine)
  const mistakes = mistakesOf(definition, machine)
  if (mistakes.length > 0) throw new Error(`lifecycle ${definition.name}: ${mistakes.join('; ')}`)
  const none = (): ReadonlyArray<string> => []
  return {
    canonical: {},
    labels: () => ({}),
    claims: none,
    quotas: none,
    migrations: {},
    // `Context` is what the codec decodes, and every context is decoded before it gets here.
    ...(definition as unknown as LifecycleDefinition<object>),
    machine,
    chart: definition.machine,
  }
}

// -- internals

const mistakesOf = <Context extends object>(
  definition: LifecycleDefinition<Context>,
  machine: Machine,
): ReadonlyArray<string> => {
  const { commands, reports, effects, deadlines, guards, creation, statuses, canonical } =
    definition
  const events = machine.edges.flatMap(({ trigger, event }) => (trigger === 'event' ? [event] : []))
  const reserved: ReadonlyArray<string> = [SUPERSEDE, ACKNOWLEDGE]
  const actions = machine.actions.filter(({ assigns }) => !assigns).map(({ name }) => name)
  const known = (
    record: object,
    names: ReadonlyArray<string>,
    kind: string,
  ): ReadonlyArray<string> =>
    names
      .filter((name) => !Object.hasOwn(record, name))
      .map((name) => `${kind} "${name}" is not declared`)
  return [
    ...machine.unsupported,
    ...known({ ...commands, ...reports }, events, 'event'),
    ...known(guards, machine.guards, 'guard'),
    ...known(deadlines, machine.delays, 'deadline'),
    ...known(
      effects,
      actions.filter((name) => !reserved.includes(name)),
      'effect',
    ),
    ...known(commands, [creation], 'creation'),
    ...known(
      reports,
      Object.values(effects).flatMap((spec) => Object.values(spec.reports)),
      'report',
    ),
    ...machine.delays
      .filter((name) => !/^[A-Za-z]\w*$/.test(name))
      .map((name) => `deadline "${name}" needs a name`),
    ...Object.keys({ ...commands, ...reports })
      .filter(
        (type) =>
          type.startsWith('xstate.') ||
          Object.hasOwn(commands, type) === Object.hasOwn(reports, type),
      )
      .map((type) => `event "${type}" must be a command or a report, and not the machine's own`),
    ...(canonical === undefined
      ? []
      : [...new Set([...statuses, ...Object.keys(canonical)])]
          .filter((status) => !statuses.includes(status) || !Object.hasOwn(canonical, status))
          .map((status) => `status "${status}" must be both listed and mapped`)),
    ...Object.entries({ ...commands, ...reports })
      .filter(([, spec]) => spec.examples.length === 0)
      .map(([type]) => `event "${type}" has no example`),
  ]
}
