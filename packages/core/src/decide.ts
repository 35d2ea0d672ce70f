import * as E from 'fp-ts/lib/Either.js'
import type { Deadline } from './deadline.ts'
import { decode } from './decode.ts'
import type { Effect } from './effect.ts'
import { explain } from './explain.ts'
import type { Command, DeadlinePassed, Event, Input, Report } from './input.ts'
import { sameJson } from './json.ts'
import type { JsonObject } from './json.ts'
import type { JournalEntry } from './journal.ts'
import type { EventSpec, Lifecycle } from './lifecycle.ts'
import type { ServiceRef } from './ref.ts'
import * as refusal from './refusal.ts'
import type { Refusal } from './refusal.ts'
import { issuesOf } from './issue.ts'
import type { State } from './state.ts'
import type { Step } from './step.ts'

/** What an input comes to: the next state and everything that must be stored with it, atomically. */
export interface Decision {
  readonly before: State | undefined
  readonly after: State
  /** False when nothing of the service changed: then only the journal, if anything, is worth storing. */
  readonly changed: boolean
  readonly effects: ReadonlyArray<Effect>
  /** Deadlines open now that were not open before. */
  readonly armed: ReadonlyArray<Deadline>
  /** Deadlines open before that are open no more: fired or cancelled. */
  readonly cancelled: ReadonlyArray<Deadline>
  readonly claims: Exchange
  readonly quotas: Exchange
  readonly journal: ReadonlyArray<JournalEntry>
}

/** Keys gained and given up. */
export interface Exchange {
  readonly take: ReadonlyArray<string>
  readonly release: ReadonlyArray<string>
}

/**
 * Decides one input for one service, or says why not. Pure and total: it performs nothing and never throws. Deadlines
 * that are due at the input's instant fire first, each at its own instant, so that nothing is ever judged by an overdue state.
 */
export const decide = (
  lifecycle: Lifecycle,
  state: State | undefined,
  input: Input,
): E.Either<Refusal, Decision> => decideAll(lifecycle, state, [input])

/** Decides several inputs for one service as one change: all of them, or the first refusal. */
export const decideAll = (
  lifecycle: Lifecycle,
  state: State | undefined,
  inputs: ReadonlyArray<Input>,
): E.Either<Refusal, Decision> => {
  let progress = state && start(state)
  for (const input of inputs) {
    const next = advance(lifecycle, progress, input)
    if (E.isLeft(next)) return next
    progress = next.right
  }
  return progress === undefined
    ? E.left(refusal.machineFault('decide', 'no input was given'))
    : conclude(lifecycle, state, progress)
}

/**
 * Fires every deadline that is due at an instant, in order of due time. The decision is unchanged when none is. The id
 * makes the ids of effects and journal entries.
 */
export const settle = (
  lifecycle: Lifecycle,
  state: State,
  at: number,
  id: string,
): E.Either<Refusal, Decision> => {
  const settled = fireDue(lifecycle, start(state), at, id)
  return E.isLeft(settled) ? settled : conclude(lifecycle, state, settled.right)
}

/** Tells whether a deadline is due: its instant itself counts. */
export const isOverdue = (state: State, at: number): boolean =>
  state.deadlines.some(({ dueAt }) => dueAt <= at)

/** Makes the journal's line for a command that was refused. */
export const refusalEntry = (
  state: State | undefined,
  command: Command,
  refused: Refusal,
): JournalEntry => ({
  id: `${command.id}.refused`,
  ref: command.ref,
  at: command.at,
  kind: 'command',
  type: command.event.type,
  outcome: 'refused',
  from: state?.status ?? null,
  to: state?.status ?? null,
  revision: state?.revision ?? 0,
  generation: state?.generation ?? 0,
  actor: command.actor,
  ...(command.request === undefined ? {} : { request: command.request }),
  ...(command.detail === undefined ? {} : { detail: command.detail }),
  reasons: refused._tag === 'IllegalMove' ? refused.reasons : [{ words: refused._tag }],
})

// -- internals

interface Progress {
  readonly state: State
  readonly effects: ReadonlyArray<Effect>
  readonly journal: ReadonlyArray<JournalEntry>
  readonly changed: boolean
  /** The one that the service has once something of it has changed. */
  readonly revision: number
}

const NONE: ReadonlyArray<never> = Object.freeze([])

// A machine that arms a deadline due at once, for ever, is a mistake; this many in one decision is far beyond any use.
const MOST_DEADLINES = 1000

const start = (state: State): Progress => ({
  state,
  effects: NONE,
  journal: NONE,
  changed: false,
  revision: state.revision + 1,
})

const advance = (
  lifecycle: Lifecycle,
  progress: Progress | undefined,
  input: Input,
): E.Either<Refusal, Progress> => {
  if (progress === undefined || (progress.state.done && input._tag !== 'Report'))
    return create(lifecycle, progress, input)
  const at = Math.max(input.at, progress.state.changedAt)
  const settled = fireDue(lifecycle, progress, at, input.id)
  if (E.isLeft(settled)) return settled
  const applied = apply(lifecycle, settled.right, input, at)
  return E.isLeft(applied) ? applied : fireDue(lifecycle, applied.right, at, input.id)
}

const apply = (
  lifecycle: Lifecycle,
  progress: Progress,
  input: Input,
  at: number,
): E.Either<Refusal, Progress> => {
  switch (input._tag) {
    case 'Command':
      return applyCommand(lifecycle, progress, input, at)
    case 'Report':
      return applyReport(lifecycle, progress, input, at)
    case 'Deadline':
      return E.right(progress)
  }
}

const applyCommand = (
  lifecycle: Lifecycle,
  progress: Progress,
  command: Command,
  at: number,
): E.Either<Refusal, Progress> => {
  const decoded = decodeEvent(lifecycle.commands, command.event, refusal.unknownCommand)
  if (E.isLeft(decoded)) return decoded
  const { type } = command.event
  if (type === lifecycle.creation) return E.left(refusal.alreadyExists(command.ref))
  const event = { ...decoded.right, type, at, actor: command.actor }
  const { state } = progress
  const step = run(lifecycle, state, event)
  if (E.isLeft(step)) return step
  if (step.right.handled)
    return record(lifecycle, progress, step.right, { input: command, type, at })
  const reasons = attempt('explain', () => explain(lifecycle, state, event))
  return E.isLeft(reasons)
    ? reasons
    : E.left(refusal.illegalMove(state.status, type, reasons.right))
}

const applyReport = (
  lifecycle: Lifecycle,
  progress: Progress,
  report: Report,
  at: number,
): E.Either<Refusal, Progress> => {
  const decoded = decodeEvent(lifecycle.reports, report.event, refusal.unknownReport)
  if (E.isLeft(decoded)) return decoded
  const { type } = report.event
  const { state } = progress
  const cause = { input: report, type, at }
  if (report.effect !== undefined && report.effect.generation < state.generation)
    return E.right(note(progress, cause, 'stale'))
  if (state.done) return E.right(note(progress, cause, 'ignored'))
  const step = run(lifecycle, state, { ...decoded.right, type, at })
  if (E.isLeft(step)) return step
  return step.right.handled
    ? record(lifecycle, progress, step.right, cause)
    : E.right(note(progress, cause, 'ignored'))
}

const note = (progress: Progress, cause: Cause, outcome: JournalEntry['outcome']): Progress => ({
  ...progress,
  journal: append(progress.journal, entry(cause, progress, progress.state, outcome, NONE)),
})

const fireDue = (
  lifecycle: Lifecycle,
  from: Progress,
  at: number,
  id: string,
): E.Either<Refusal, Progress> => {
  let progress = from
  for (let fired = 0; fired < MOST_DEADLINES; fired += 1) {
    const due = firstDue(progress.state.deadlines, at)
    if (due === undefined) return E.right(progress)
    const next = fire(lifecycle, progress, due, id)
    if (E.isLeft(next)) return next
    progress = next.right
  }
  return E.left(refusal.machineFault('deadlines', `more than ${MOST_DEADLINES} fired at once`))
}

const firstDue = (deadlines: ReadonlyArray<Deadline>, at: number): Deadline | undefined => {
  let first: Deadline | undefined
  for (const open of deadlines)
    if (open.dueAt <= at && (first === undefined || isEarlier(open, first))) first = open
  return first
}

const isEarlier = (a: Deadline, b: Deadline): boolean =>
  a.dueAt === b.dueAt ? a.name < b.name : a.dueAt < b.dueAt

const fire = (
  lifecycle: Lifecycle,
  progress: Progress,
  due: Deadline,
  id: string,
): E.Either<Refusal, Progress> => {
  const { state, revision } = progress
  const at = Math.max(due.dueAt, due.armedAt)
  const deadlines = state.deadlines.filter((open) => open !== due)
  const spent = { ...progress, state: { ...state, deadlines, revision }, changed: true }
  const event = lifecycle.machine.deadlineEvent(state.value, due.name, at)
  if (event === undefined) return E.right(spent)
  const { name, dueAt, generation } = due
  const input: DeadlinePassed = {
    _tag: 'Deadline',
    ref: state.ref,
    id,
    at,
    name,
    dueAt,
    generation,
  }
  const step = run(lifecycle, spent.state, event)
  if (E.isLeft(step)) return step
  return step.right.handled
    ? record(lifecycle, spent, step.right, { input, type: name, at })
    : E.right(spent)
}

const create = (
  lifecycle: Lifecycle,
  previous: Progress | undefined,
  input: Input,
): E.Either<Refusal, Progress> => {
  if (input._tag !== 'Command' || input.event.type !== lifecycle.creation)
    return E.left(refusal.notFound(input.ref))
  const decoded = decodeEvent(lifecycle.commands, input.event, refusal.unknownCommand)
  if (E.isLeft(decoded)) return decoded
  const { type } = input.event
  const at = Math.max(input.at, previous?.state.changedAt ?? 0)
  const begun = attempt(type, () =>
    lifecycle.machine.begin({ ...decoded.right, type, at, actor: input.actor, ref: input.ref }),
  )
  if (E.isLeft(begun)) return begun
  const empty: Progress = {
    state: blankState(lifecycle, input.ref, begun.right, at, previous?.state),
    effects: previous?.effects ?? NONE,
    journal: previous?.journal ?? NONE,
    changed: true,
    revision: previous?.revision ?? 1,
  }
  const made = record(lifecycle, empty, begun.right, { input, type, at, created: true })
  return E.isLeft(made) ? made : fireDue(lifecycle, made.right, at, input.id)
}

const blankState = (
  lifecycle: Lifecycle,
  ref: ServiceRef,
  step: Step,
  at: number,
  previous: State | undefined,
): State => ({
  ref,
  lifecycle: lifecycle.name,
  version: lifecycle.version,
  value: step.value,
  status: '',
  context: {},
  deadlines: [],
  labels: {},
  done: false,
  revision: previous?.revision ?? 0,
  generation: (previous?.generation ?? 0) + 1,
  createdAt: at,
  changedAt: at,
})

interface Cause {
  readonly input: Input
  readonly type: string
  readonly at: number
  readonly created?: boolean
}

// Applies a step of the machine: the state it leads to, with effects and deadlines drawn from its emissions.
const record = (
  lifecycle: Lifecycle,
  progress: Progress,
  step: Step,
  cause: Cause,
): E.Either<Refusal, Progress> => {
  const { state } = progress
  const superseded = step.emissions.some(({ kind }) => kind === 'supersede')
  const generation = state.generation + (superseded ? 1 : 0)
  let effects: ReadonlyArray<Effect> = NONE
  let deadlines = state.deadlines
  for (const emission of step.emissions) {
    if (emission.kind === 'cancel') deadlines = without(deadlines, emission.name)
    if (emission.kind === 'arm') {
      deadlines = without(deadlines, emission.name)
      const dueAt = cause.at + emission.delay
      if (Number.isFinite(dueAt))
        deadlines = append(deadlines, { name: emission.name, dueAt, armedAt: cause.at, generation })
    }
    if (emission.kind === 'effect') {
      const made = makeEffect(lifecycle, state.ref, emission, {
        id: `${cause.input.id}.${progress.effects.length + effects.length}`,
        generation,
        at: cause.at,
      })
      if (E.isLeft(made)) return made
      effects = append(effects, made.right)
    }
  }
  // The context is the machine's own; that it is plain JSON is held by the lifecycle's codec and its model test.
  const context = step.context as JsonObject
  const quiet =
    cause.created !== true &&
    !superseded &&
    effects.length === 0 &&
    deadlines === state.deadlines &&
    sameJson(step.value, state.value) &&
    sameJson(context, state.context)
  const next = quiet
    ? E.right(state)
    : attempt('state', (): State => ({
        ref: state.ref,
        lifecycle: state.lifecycle,
        version: lifecycle.version,
        value: step.value,
        status: lifecycle.status(step.value, context),
        context,
        deadlines: step.done ? [] : deadlines,
        labels: lifecycle.labels(step.value, context),
        done: step.done,
        revision: progress.revision,
        generation,
        createdAt: state.createdAt,
        changedAt: cause.at,
      }))
  if (E.isLeft(next)) return next
  const before = cause.created === true ? undefined : progress
  const outcome = quiet ? 'unchanged' : 'moved'
  const line = entry(cause, before, next.right, outcome, effects)
  return E.right({
    state: next.right,
    effects: progress.effects.length === 0 ? effects : [...progress.effects, ...effects],
    journal: append(progress.journal, line),
    changed: progress.changed || !quiet,
    revision: progress.revision,
  })
}

// Most lists are empty before and have one item after; a list that grows would take room for many.
const append = <A>(items: ReadonlyArray<A>, item: A): ReadonlyArray<A> =>
  items.length === 0 ? [item] : [...items, item]

const without = (deadlines: ReadonlyArray<Deadline>, name: string): ReadonlyArray<Deadline> =>
  deadlines.filter((open) => open.name !== name)

const conclude = (
  lifecycle: Lifecycle,
  before: State | undefined,
  { state: after, effects, journal, changed }: Progress,
): E.Either<Refusal, Decision> =>
  attempt('claims', () => {
    const known = before?.deadlines ?? NONE
    return {
      before,
      after,
      changed,
      // Work asked for before a new generation began never starts.
      effects: effects.every(({ generation }) => generation === after.generation)
        ? effects
        : effects.filter(({ generation }) => generation === after.generation),
      armed: lacking(after.deadlines, known),
      cancelled: lacking(known, after.deadlines),
      claims: exchange(held(before, lifecycle.claims), held(after, lifecycle.claims)),
      quotas: exchange(held(before, lifecycle.quotas), held(after, lifecycle.quotas)),
      // A line that was written before the change tells of it, too.
      journal: journal.every(({ revision }) => revision === after.revision)
        ? journal
        : journal.map((line) => ({ ...line, revision: after.revision })),
    }
  })

const held = (state: State | undefined, keys: Lifecycle['claims']): ReadonlyArray<string> =>
  state === undefined || state.done ? NONE : keys(state.value, state.context)

const exchange = (before: ReadonlyArray<string>, after: ReadonlyArray<string>): Exchange =>
  before.length === 0 && after.length === 0
    ? NO_EXCHANGE
    : { take: lacking(after, before), release: lacking(before, after) }

const NO_EXCHANGE: Exchange = Object.freeze({ take: NONE, release: NONE })

// Those of one list that are not in the other: most often none.
const lacking = <A>(items: ReadonlyArray<A>, others: ReadonlyArray<A>): ReadonlyArray<A> => {
  let missing: ReadonlyArray<A> = NONE
  for (const item of items) if (!others.includes(item)) missing = append(missing, item)
  return missing
}

const entry = (
  { input, type, at }: Cause,
  progress: Progress | undefined,
  next: State,
  outcome: JournalEntry['outcome'],
  effects: ReadonlyArray<Effect>,
): JournalEntry => {
  const line: { -readonly [Member in keyof JournalEntry]: JournalEntry[Member] } = {
    id: `${input.id}.${progress?.journal.length ?? 0}`,
    ref: input.ref,
    at,
    kind: KINDS[input._tag],
    type,
    outcome,
    from: progress?.state.status ?? null,
    to: next.status,
    revision: next.revision,
    generation: next.generation,
  }
  if (input._tag === 'Command') {
    line.actor = input.actor
    if (input.request !== undefined) line.request = input.request
    if (input.detail !== undefined) line.detail = input.detail
  }
  if (input._tag === 'Report' && input.effect !== undefined) line.effect = input.effect.id
  if (effects.length > 0) line.effects = effects.map(({ id }) => id)
  return line
}

const KINDS = { Command: 'command', Report: 'report', Deadline: 'deadline' } as const

const makeEffect = (
  lifecycle: Lifecycle,
  ref: ServiceRef,
  emission: { readonly type: string; readonly params: unknown },
  { id, generation, at }: { readonly id: string; readonly generation: number; readonly at: number },
): E.Either<Refusal, Effect> => {
  const spec = Object.hasOwn(lifecycle.effects, emission.type)
    ? lifecycle.effects[emission.type]
    : undefined
  if (spec === undefined)
    return E.left(refusal.machineFault(emission.type, 'the lifecycle declares no such effect'))
  const params = decode(spec.params, emission.params ?? {})
  if (E.isLeft(params))
    return E.left(
      refusal.machineFault(
        emission.type,
        issuesOf(params.left)
          .map(({ path, expected }) => `${path}: ${expected}`)
          .join(', '),
      ),
    )
  return E.right({
    id,
    ref,
    lifecycle: lifecycle.name,
    type: emission.type,
    params: params.right as JsonObject,
    generation,
    lane: spec.lane ?? 'main',
    at,
  })
}

const decodeEvent = (
  specs: Readonly<Record<string, EventSpec>>,
  event: Event,
  unknown: (type: string) => Refusal,
): E.Either<Refusal, object> => {
  const spec = Object.hasOwn(specs, event.type) ? specs[event.type] : undefined
  if (spec === undefined) return E.left(unknown(event.type))
  const payload = decode<object>(spec.payload, event)
  return E.isLeft(payload)
    ? E.left(refusal.invalidPayload(event.type, issuesOf(payload.left)))
    : payload
}

const run = (lifecycle: Lifecycle, state: State, event: Event): E.Either<Refusal, Step> =>
  attempt(event.type, () => lifecycle.machine.step(state.value, state.context, event))

const attempt = <A>(during: string, work: () => A): E.Either<Refusal, A> => {
  try {
    return E.right(work())
  } catch (thrown) {
    return E.left(
      refusal.machineFault(during, thrown instanceof Error ? thrown.message : String(thrown)),
    )
  }
}
