import * as E from 'fp-ts/lib/Either.js'
import type { Deadline } from './deadline.ts'
import type { Effect } from './effect.ts'
import { explain } from './explain.ts'
import type { Command, DeadlinePassed, Event, Input, Report } from './input.ts'
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
  let progress: E.Either<Refusal, Progress | undefined> = E.right(state && start(state))
  for (const input of inputs) {
    if (E.isLeft(progress)) return progress
    progress = advance(lifecycle, progress.right, input)
  }
  if (E.isLeft(progress)) return progress
  return progress.right === undefined
    ? E.left(refusal.machineFault('decide', 'no input was given'))
    : E.right(conclude(lifecycle, state, progress.right))
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
  return E.isLeft(settled) ? settled : E.right(conclude(lifecycle, state, settled.right))
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
}

// A machine that arms a deadline due at once, for ever, is a mistake; this many in one decision is far beyond any use.
const MOST_DEADLINES = 1000

const start = (state: State): Progress => ({ state, effects: [], journal: [], changed: false })

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
  const event = decodeEvent(lifecycle.commands, command.event, refusal.unknownCommand)
  if (E.isLeft(event)) return event
  if (event.right.type === lifecycle.creation) return E.left(refusal.alreadyExists(command.ref))
  const full = { ...event.right, at, actor: command.actor }
  const { state } = progress
  return E.flatMap(run(lifecycle, state, full), (step) =>
    step.handled
      ? record(lifecycle, progress, step, { input: command, type: full.type, at })
      : E.flatMap(
          attempt('explain', () => explain(lifecycle, state, full)),
          (reasons) => E.left(refusal.illegalMove(state.status, full.type, reasons)),
        ),
  )
}

const applyReport = (
  lifecycle: Lifecycle,
  progress: Progress,
  report: Report,
  at: number,
): E.Either<Refusal, Progress> => {
  const event = decodeEvent(lifecycle.reports, report.event, refusal.unknownReport)
  if (E.isLeft(event)) return event
  const { state } = progress
  const note = (outcome: JournalEntry['outcome']): Progress => ({
    ...progress,
    journal: [
      ...progress.journal,
      entry({ input: report, type: report.event.type, at }, progress, state, outcome, []),
    ],
  })
  if (report.effect !== undefined && report.effect.generation < state.generation)
    return E.right(note('stale'))
  if (state.done) return E.right(note('ignored'))
  return E.flatMap(run(lifecycle, state, { ...event.right, at }), (step) =>
    step.handled
      ? record(lifecycle, progress, step, { input: report, type: event.right.type, at })
      : E.right(note('ignored')),
  )
}

const fireDue = (
  lifecycle: Lifecycle,
  from: Progress,
  at: number,
  id: string,
): E.Either<Refusal, Progress> => {
  let progress = from
  for (let fired = 0; fired < MOST_DEADLINES; fired += 1) {
    const due = progress.state.deadlines
      .filter(({ dueAt }) => dueAt <= at)
      .toSorted((a, b) => a.dueAt - b.dueAt || (a.name < b.name ? -1 : 1))[0]
    if (due === undefined) return E.right(progress)
    const next = fire(lifecycle, progress, due, id)
    if (E.isLeft(next)) return next
    progress = next.right
  }
  return E.left(refusal.machineFault('deadlines', `more than ${MOST_DEADLINES} fired at once`))
}

const fire = (
  lifecycle: Lifecycle,
  progress: Progress,
  due: Deadline,
  id: string,
): E.Either<Refusal, Progress> => {
  const { state } = progress
  const at = Math.max(due.dueAt, due.armedAt)
  const without = { ...state, deadlines: state.deadlines.filter((open) => open !== due) }
  const event = lifecycle.machine.deadlineEvent(state.value, due.name, at)
  const spent = { ...progress, state: without, changed: true }
  if (event === undefined) return E.right(spent)
  const input: DeadlinePassed = {
    _tag: 'Deadline',
    ref: state.ref,
    id,
    at,
    name: due.name,
    dueAt: due.dueAt,
    generation: due.generation,
  }
  return E.flatMap(run(lifecycle, without, event), (step) =>
    step.handled ? record(lifecycle, spent, step, { input, type: due.name, at }) : E.right(spent),
  )
}

const create = (
  lifecycle: Lifecycle,
  previous: Progress | undefined,
  input: Input,
): E.Either<Refusal, Progress> => {
  if (input._tag !== 'Command' || input.event.type !== lifecycle.creation)
    return E.left(refusal.notFound(input.ref))
  const event = decodeEvent(lifecycle.commands, input.event, refusal.unknownCommand)
  if (E.isLeft(event)) return event
  const at = Math.max(input.at, previous?.state.changedAt ?? 0)
  const begun = attempt(event.right.type, () =>
    lifecycle.machine.begin({ ...event.right, at, actor: input.actor, ref: input.ref }),
  )
  return E.flatMap(begun, (step) => {
    const blank = blankState(lifecycle, input.ref, step, at, previous?.state)
    const empty: Progress = {
      state: blank,
      effects: previous?.effects ?? [],
      journal: previous?.journal ?? [],
      changed: true,
    }
    return E.flatMap(
      record(lifecycle, empty, step, { input, type: input.event.type, at, created: true }),
      (made) => fireDue(lifecycle, made, at, input.id),
    )
  })
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
  const effects: Array<Effect> = []
  let deadlines = state.deadlines
  for (const emission of step.emissions) {
    if (emission.kind === 'cancel')
      deadlines = deadlines.filter(({ name }) => name !== emission.name)
    if (emission.kind === 'arm') {
      deadlines = deadlines.filter(({ name }) => name !== emission.name)
      const dueAt = cause.at + emission.delay
      if (Number.isFinite(dueAt))
        deadlines = [...deadlines, { name: emission.name, dueAt, armedAt: cause.at, generation }]
    }
    if (emission.kind === 'effect') {
      const made = makeEffect(lifecycle, state.ref, emission, {
        id: `${cause.input.id}.${progress.effects.length + effects.length}`,
        generation,
        at: cause.at,
      })
      if (E.isLeft(made)) return made
      effects.push(made.right)
    }
  }
  return attempt('state', () => {
    // The context is the machine's own; that it is plain JSON is held by the lifecycle's codec and its model test.
    const context = step.context as JsonObject
    const quiet =
      cause.created !== true &&
      !superseded &&
      effects.length === 0 &&
      deadlines === state.deadlines &&
      same(step.value, state.value) &&
      same(context, state.context)
    const next: State = quiet
      ? state
      : {
          ...state,
          version: lifecycle.version,
          value: step.value,
          context,
          status: lifecycle.status(step.value, context),
          labels: lifecycle.labels(step.value, context),
          deadlines: step.done ? [] : deadlines,
          done: step.done,
          generation,
          changedAt: cause.at,
        }
    const line = entry(
      cause,
      cause.created === true ? undefined : progress,
      next,
      quiet ? 'unchanged' : 'moved',
      effects.map(({ id }) => id),
    )
    return {
      state: next,
      effects: [...progress.effects, ...effects],
      journal: [...progress.journal, line],
      changed: progress.changed || !quiet,
    }
  })
}

const conclude = (
  lifecycle: Lifecycle,
  before: State | undefined,
  { state, effects, journal, changed }: Progress,
): Decision => {
  const revision = changed ? (before?.revision ?? 0) + 1 : state.revision
  const after: State = changed ? { ...state, revision } : state
  const held = (from: State | undefined, keys: Lifecycle['claims']): ReadonlyArray<string> =>
    from === undefined || from.done ? [] : keys(from.value, from.context)
  const known = before?.deadlines ?? []
  return {
    before,
    after,
    changed,
    // Work asked for before a new generation began never starts.
    effects: effects.filter(({ generation }) => generation === after.generation),
    armed: after.deadlines.filter((open) => !known.includes(open)),
    cancelled: known.filter((open) => !after.deadlines.includes(open)),
    claims: exchange(held(before, lifecycle.claims), held(after, lifecycle.claims)),
    quotas: exchange(held(before, lifecycle.quotas), held(after, lifecycle.quotas)),
    journal: journal.map((line) => ({ ...line, revision })),
  }
}

const exchange = (before: ReadonlyArray<string>, after: ReadonlyArray<string>): Exchange => ({
  take: after.filter((key) => !before.includes(key)),
  release: before.filter((key) => !after.includes(key)),
})

const entry = (
  { input, type, at }: Cause,
  progress: Progress | undefined,
  next: State,
  outcome: JournalEntry['outcome'],
  effects: ReadonlyArray<string>,
): JournalEntry => ({
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
  ...(input._tag === 'Command' ? { actor: input.actor } : {}),
  ...(input._tag === 'Command' && input.request !== undefined ? { request: input.request } : {}),
  ...(input._tag === 'Command' && input.detail !== undefined ? { detail: input.detail } : {}),
  ...(input._tag === 'Report' && input.effect !== undefined ? { effect: input.effect.id } : {}),
  ...(effects.length > 0 ? { effects } : {}),
})

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
  const params = spec.params.decode(emission.params ?? {})
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
): E.Either<Refusal, Event> => {
  const spec = Object.hasOwn(specs, event.type) ? specs[event.type] : undefined
  if (spec === undefined) return E.left(unknown(event.type))
  const payload: E.Either<Parameters<typeof issuesOf>[0], object> = spec.payload.decode(event)
  return E.isLeft(payload)
    ? E.left(refusal.invalidPayload(event.type, issuesOf(payload.left)))
    : E.right({ ...payload.right, type: event.type })
}

const run = (lifecycle: Lifecycle, state: State, event: Event): E.Either<Refusal, Step> =>
  attempt(event.type, () => lifecycle.machine.step(state.value, state.context, event))

const attempt = <A>(during: string, work: () => A): E.Either<Refusal, A> =>
  E.tryCatch(work, (thrown) =>
    refusal.machineFault(during, thrown instanceof Error ? thrown.message : String(thrown)),
  )

const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)
