import {
  decide,
  decideAll,
  isOverdue,
  refKey,
  refusalEntry,
  restoreState,
  settle,
} from '@signalbox/core'
import type {
  Actor,
  Command,
  Decision,
  Effect,
  Event,
  JsonObject,
  Lifecycle,
  Refusal,
  Report,
  ServiceRef,
  State,
  TraceContext,
} from '@signalbox/core'
import { commitOf, emptyCommit, revisionConflict } from '@signalbox/core/store'
import type { Commit, DocumentWrite, Receipt, Settlement } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { ask, fromStore } from './ask.ts'
import type { Clock } from './clock.ts'
import type { Committer } from './committer.ts'
import type { Failure } from './failure.ts'
import { busy } from './failure.ts'
import { journalOf } from './ledger.ts'
import type { Ledger } from './ledger.ts'
import type { KeyedQueue } from './queue.ts'
import type { Remembering } from './remembering.ts'
import type { Submission } from './route.ts'

/** The one way by which a service changes: load, decide, commit. Inputs of one service are decided in order. */
export interface Loop {
  /** The present state, overdue deadlines settled and stored first; undefined when there is none. Ended ones come too. */
  readonly present: (
    lifecycle: Lifecycle,
    ref: ServiceRef,
  ) => Promise<E.Either<Failure, State | undefined>>
  /** Sends the commands that a rule makes of the present state, which it sees as undefined when absent or done. */
  readonly submit: <Refused>(
    lifecycle: Lifecycle,
    ref: ServiceRef,
    request: CommandRequest<Refused>,
  ) => Promise<E.Either<Failure | Declined<Refused>, Change>>
  /**
   * Sends commands to several services as one change: all of it or nothing. Those of a lifecycle without a ledger are not
   * kept from changing in between, and then all is decided anew.
   */
  readonly submitAll: <Refused>(
    lifecycle: Lifecycle,
    refs: ReadonlyArray<ServiceRef>,
    request: ManyRequest<Refused>,
  ) => Promise<E.Either<Failure | Declined<Refused>, ReadonlyArray<Change>>>
  /** Settles what is overdue for a tenant's services. */
  readonly settleTenant: (lifecycle: Lifecycle, tenant: string) => Promise<E.Either<Failure, void>>
  /** Tells what became of an effect, or news; what is said beside is stored with it, its lines before the report's. */
  readonly report: (
    lifecycle: Lifecycle,
    report: Report,
    beside?: Beside,
  ) => Promise<E.Either<Failure, Change>>
  /** Stores what moves nothing, in the turn of the service: its lines stand where the state says what they say. */
  readonly note: (
    lifecycle: Lifecycle,
    ref: ServiceRef,
    beside: Beside,
  ) => Promise<E.Either<Failure, void>>
}

/** Says of the present state what is stored about the work of a service. */
export type Beside = (
  stored: State | undefined,
) => Partial<Pick<Commit, 'journal' | 'settles' | 'parks' | 'retries' | 'receipt'>>

export interface CommandRequest<Refused> {
  readonly actor: Actor
  readonly rule: (state: State | undefined) => E.Either<Refused, Submission>
  readonly request?: string | undefined
  /** Leases the effects to this host, whatever else it does. */
  readonly settling?: boolean
  /** What is stored with the change, so that the same request is known when it comes again. */
  readonly receipt?: ((made: Made) => Receipt) | undefined
}

/** What a change comes to before it is stored; without a decision nothing was asked. */
export interface Made {
  readonly before: State | undefined
  readonly after: State
  readonly decision?: Decision
  /** Its effects that a driver is to perform. */
  readonly work: ReadonlyArray<Effect>
}

interface ManyRequest<Refused> {
  readonly actor: Actor
  /** Answers one submission for each state, in the same order. */
  readonly rule: (
    states: ReadonlyArray<State | undefined>,
  ) => E.Either<Refused, ReadonlyArray<Submission>>
  readonly request?: string | undefined
}

/** The rule's own refusal. */
export interface Declined<Refused> {
  readonly _tag: 'Refused'
  readonly refused: Refused
}

/** A change that stands, or a command that asked for nothing. */
export interface Change {
  readonly lifecycle: Lifecycle
  /** The `refKey` of the service. */
  readonly key: string
  readonly before: State | undefined
  readonly after: State
  readonly decision?: Decision
  /** Its effects that a driver is to perform; what no driver performs is settled with the change. */
  readonly work: ReadonlyArray<Effect>
  /** Ids of its effects that are leased to this host. */
  readonly leased: ReadonlyArray<string>
  readonly cause: 'command' | 'report' | 'deadline'
  /** True for the command of a settling route. */
  readonly settling: boolean
  readonly report?: Report
}

interface LoopOptions {
  readonly store: Remembering
  readonly committer: Committer
  readonly queue: KeyedQueue
  readonly clock: Clock
  readonly newId: () => string
  /** How often a change is decided anew when another host's comes between. */
  readonly attempts: number
  readonly retryAfterMs: number
  /** The lease that a commit asks for its own effects, if any. */
  readonly lease: (change: { readonly key: string; readonly settling: boolean }) => Commit['lease']
  /** Hears of every change once it stands, before the caller does. */
  readonly changed: (change: Change) => void
  readonly ledgerOf: (lifecycle: Lifecycle) => Ledger | undefined
  /** Tells whether an effect has a driver. */
  readonly isDriven: (effect: Effect) => boolean
  /** Hears of every command and report that is refused as such, journaled or not. */
  readonly refused: (lifecycle: Lifecycle, input: 'command' | 'report', failure: Refusal) => void
  /** What the effects of the present work carry on. */
  readonly carried: () => TraceContext | undefined
  /** A refused command that could not be journaled. */
  readonly unaudited: (failure: Failure) => void
}

/** Makes the loop over a store. What a rule throws is thrown at the caller; nothing is changed then. */
export const createLoop = (options: LoopOptions): Loop => {
  const { store, queue, clock, newId, retryAfterMs } = options

  // What is remembered is known at once. A change comes by here twice, and no promise is made for it.
  const recall = (lifecycle: Lifecycle, ref: ServiceRef): State | undefined => {
    const known = store.recall?.(ref)
    return known?.lifecycle === lifecycle.name ? known : undefined
  }

  const load = async (
    lifecycle: Lifecycle,
    ref: ServiceRef,
  ): Promise<E.Either<Failure, State | undefined>> => {
    const stored = await ask(store.load(ref))
    if (E.isLeft(stored) || stored.right === undefined) return stored
    const state = restoreState(lifecycle, stored.right)
    if (E.isRight(state)) store.decoded?.(stored.right, state.right)
    return state
  }

  // One commit for all decisions, and what the ledger adds to it; answers which of the effects are leased.
  const keep = async (
    lifecycle: Lifecycle,
    decisions: ReadonlyArray<Decision>,
    commit: Commit,
    settling: boolean,
  ): Promise<E.Either<Failure, ReadonlyArray<string>>> => {
    const ref = decisions[0]?.after.ref
    const ledger =
      ref === undefined || commit.states.length === 0 ? undefined : options.ledgerOf(lifecycle)
    const entered =
      ledger === undefined ? E.right(commit) : await enter(lifecycle, ledger, decisions, commit)
    if (E.isLeft(entered)) return entered
    const key = ref === undefined ? '' : refKey(ref)
    const committed = await options.committer.commit(leasing(entered.right, key, settling))
    return E.isLeft(committed)
      ? E.left(unlessEntered(fromStore(committed.left), ref, commit))
      : E.right(committed.right.leased)
  }

  // What nobody performs is settled at once; the rest may be leased to this host.
  const leasing = (commit: Commit, key: string, settling: boolean): Commit => {
    if (commit.effects.length === 0) return commit
    const undriven = commit.effects.filter((effect) => !options.isDriven(effect))
    const waits = commit.effects.length > undriven.length
    const lease = waits ? options.lease({ key, settling }) : undefined
    return {
      ...commit,
      settles: [...commit.settles, ...undriven.map(settledAtOnce)],
      ...(lease && { lease }),
    }
  }

  const enter = async (
    lifecycle: Lifecycle,
    ledger: Ledger,
    decisions: ReadonlyArray<Decision>,
    commit: Commit,
  ): Promise<E.Either<Failure, Commit>> => {
    const tenant = decisions[0]?.after.ref.tenant ?? ''
    const { documents } = commit
    const journal = journalOf(decisions)
    const entered = await ledger.enter({ tenant, decisions, journal, documents })
    if (E.isLeft(entered)) return entered
    const own = ownedBy(lifecycle, entered.right)
    const beside = commit.journal.filter((line) => !journal.includes(line))
    return E.right({
      ...commit,
      journal: [...beside, ...journal],
      documents: [...documents, ...own],
    })
  }

  const changeOf = (
    lifecycle: Lifecycle,
    decision: Decision,
    { cause, report, settling = false }: Cause,
    leased: ReadonlyArray<string>,
  ): Change => {
    const work = decision.effects.filter(options.isDriven)
    return {
      lifecycle,
      key: refKey(decision.after.ref),
      before: decision.before,
      after: decision.after,
      decision,
      work,
      leased: leased.filter((id) => work.some((effect) => effect.id === id)),
      cause,
      settling,
      ...(report && { report }),
    }
  }

  const apply = async (
    lifecycle: Lifecycle,
    decision: Decision,
    commit: Commit,
    cause: Cause,
  ): Promise<E.Either<Failure, Change>> => {
    if (isEmpty(commit)) return E.right(changeOf(lifecycle, decision, cause, []))
    const kept = await keep(lifecycle, [decision], commit, cause.settling === true)
    if (E.isLeft(kept)) return kept
    const change = changeOf(lifecycle, decision, cause, kept.right)
    options.changed(change)
    return E.right(change)
  }

  const applyAll = async (
    lifecycle: Lifecycle,
    decisions: ReadonlyArray<Decision>,
    commit: Commit,
    cause: Cause,
  ): Promise<E.Either<Failure, ReadonlyArray<Change>>> => {
    const changesOf = (leased: ReadonlyArray<string>): ReadonlyArray<Change> =>
      decisions.map((decision) => changeOf(lifecycle, decision, cause, leased))
    if (isEmpty(commit)) return E.right(changesOf([]))
    const kept = await keep(lifecycle, decisions, commit, cause.settling === true)
    if (E.isLeft(kept)) return kept
    const changes = changesOf(kept.right)
    for (const change of changes) options.changed(change)
    return E.right(changes)
  }

  // The state as it is stored, or as it stands once what is overdue has been settled and stored.
  const read = async (
    lifecycle: Lifecycle,
    ref: ServiceRef,
    at: number,
  ): Promise<E.Either<Failure, State | undefined>> => {
    const known = recall(lifecycle, ref)
    const found = known === undefined ? await load(lifecycle, ref) : E.right(known)
    if (E.isLeft(found) || !isDue(found.right, at)) return found
    const settled = settle(lifecycle, found.right, at, newId())
    if (E.isLeft(settled)) return settled
    const commit = commitOf(settled.right, refKey(ref))
    const applied = await apply(lifecycle, settled.right, commit, { cause: 'deadline' })
    return E.map(({ after }: Change) => after)(applied)
  }

  const inTurn = <L, A>(
    lifecycle: Lifecycle,
    ref: ServiceRef,
    work: (state: State | undefined, at: number) => Promise<E.Either<Failure | L, A>>,
  ): Promise<E.Either<Failure | L, A>> =>
    again<L, A>(laneOf(lifecycle, ref), async (at) => {
      if (options.ledgerOf(lifecycle) !== undefined) {
        const settled = await settleAll(lifecycle, ref.tenant, at)
        if (E.isLeft(settled)) return settled
      }
      const known = recall(lifecycle, ref)
      if (known !== undefined && !isDue(known, at)) return await work(known, at)
      const state = await read(lifecycle, ref, at)
      return E.isLeft(state) ? state : await work(state.right, at)
    })

  // Takes a turn in a lane, and decides anew when another host's change comes between.
  const again = <L, A>(
    lane: string,
    work: (at: number) => Promise<E.Either<Failure | L, A>>,
  ): Promise<E.Either<Failure | L, A>> =>
    queue.run<E.Either<Failure | L, A>>(
      lane,
      async () => {
        for (let attempt = 0; attempt < options.attempts; attempt += 1) {
          const done = await work(clock.now())
          if (!(E.isLeft(done) && isConflict(done.left))) return done
        }
        return E.left(busy(retryAfterMs))
      },
      { instead: () => E.left(busy(retryAfterMs)) },
    )

  const laneOf = (lifecycle: Lifecycle, ref: ServiceRef): string =>
    options.ledgerOf(lifecycle) === undefined ? refKey(ref) : refKey({ ...ref, id: '' })

  // Where there is a ledger, all that is overdue for the tenant, as one change.
  const settleAll = async (
    lifecycle: Lifecycle,
    tenant: string,
    at: number,
  ): Promise<E.Either<Failure, void>> => {
    if (options.ledgerOf(lifecycle) === undefined) return E.right(undefined)
    const { provider } = lifecycle
    const overdue = await ask(store.overdue({ provider, tenant, at, limit: MOST_OVERDUE }))
    if (E.isLeft(overdue)) return overdue
    const decisions: Array<Decision> = []
    for (const ref of overdue.right) {
      const stored = await ask(store.load(ref))
      if (E.isLeft(stored)) return stored
      if (stored.right?.lifecycle !== lifecycle.name) continue
      const state = restoreState(lifecycle, stored.right)
      if (E.isLeft(state) || !isDue(state.right, at)) continue
      const settled = settle(lifecycle, state.right, at, newId())
      if (E.isRight(settled)) decisions.push(settled.right)
    }
    if (decisions.length === 0) return E.right(undefined)
    const commit = merged(
      decisions.map((decision) => commitOf(decision, refKey(decision.after.ref))),
    )
    const applied = await applyAll(lifecycle, decisions, commit, { cause: 'deadline' })
    return E.map(() => undefined)(applied)
  }

  // In order, so that two changes of the same services never wait for each other.
  const inTurns = <L, A>(
    lanes: ReadonlyArray<string>,
    work: (at: number) => Promise<E.Either<Failure | L, A>>,
  ): Promise<E.Either<Failure | L, A>> => {
    const [lane, ...others] = lanes
    if (lane === undefined) return work(clock.now())
    return others.length === 0
      ? again(lane, work)
      : queue.run<E.Either<Failure | L, A>>(lane, () => inTurns(others, work), {
          instead: () => E.left(busy(retryAfterMs)),
        })
  }

  const commandsOf = (
    ref: ServiceRef,
    events: ReadonlyArray<Event>,
    {
      actor,
      at,
      request,
      detail,
    }: {
      readonly actor: Actor
      readonly at: number
      readonly request: string | undefined
      readonly detail: JsonObject | undefined
    },
  ): ReadonlyArray<Command> =>
    events.map((event) => ({
      _tag: 'Command',
      ref,
      id: newId(),
      at,
      actor,
      event,
      ...(request === undefined ? {} : { request }),
      ...(detail === undefined ? {} : { detail }),
    }))

  const madeOf = (before: State | undefined, decision: Decision): Made => ({
    before,
    after: decision.after,
    decision,
    work: decision.effects.filter(options.isDriven),
  })

  // The effects of what is traced carry the trace on.
  const decided = (
    lifecycle: Lifecycle,
    state: State | undefined,
    inputs: ReadonlyArray<Command> | Report,
  ): E.Either<Refusal, Decision> => {
    const made =
      '_tag' in inputs ? decide(lifecycle, state, inputs) : decideAll(lifecycle, state, inputs)
    if (E.isLeft(made)) {
      options.refused(lifecycle, '_tag' in inputs ? 'report' : 'command', made.left)
      return made
    }
    const { effects } = made.right
    const trace = effects.length === 0 ? undefined : options.carried()
    return trace === undefined
      ? made
      : E.right({ ...made.right, effects: effects.map((effect) => ({ ...effect, trace })) })
  }

  const audit = async (
    state: State | undefined,
    commands: ReadonlyArray<Command>,
    refused: Refusal,
  ): Promise<void> => {
    if (refused._tag !== 'IllegalMove') return
    const command = commands.find(({ event }) => event.type === refused.command)
    if (command === undefined) return
    const journal = [refusalEntry(state, command, refused)]
    const stored = await options.committer.commit({ ...emptyCommit, journal })
    if (E.isLeft(stored)) options.unaudited(fromStore(stored.left))
  }

  return {
    present: async (lifecycle, ref) => {
      const known = recall(lifecycle, ref)
      const found = known === undefined ? await load(lifecycle, ref) : E.right(known)
      if (E.isLeft(found) || !isDue(found.right, clock.now())) return found
      return inTurn<never, State | undefined>(lifecycle, ref, async (state) => E.right(state))
    },

    submit: (lifecycle, ref, { actor, rule, request, settling = false, receipt }) =>
      inTurn(lifecycle, ref, async (state, at) => {
        const visible = state?.done === true ? undefined : state
        const ruled = rule(visible)
        if (E.isLeft(ruled)) return E.left({ _tag: 'Refused', refused: ruled.left } as const)
        const { events, documents = [], limits = {}, detail } = ruled.right
        const own = ownedBy(lifecycle, documents)
        if (events.length === 0) {
          if (visible === undefined) return E.left({ _tag: 'NotFound', ref } as const)
          const kept = receipt?.({ before: visible, after: visible, work: [] })
          const stored =
            own.length === 0 && kept === undefined
              ? E.right(undefined)
              : await options.committer.commit({
                  ...emptyCommit,
                  documents: own,
                  ...(kept && { receipt: kept }),
                })
          if (E.isLeft(stored)) return E.left(fromStore(stored.left))
          const key = refKey(ref)
          return E.right({
            lifecycle,
            key,
            before: visible,
            after: visible,
            work: [],
            leased: [],
            cause: 'command',
            settling,
          } as const)
        }
        const commands = commandsOf(ref, events, { actor, at, request, detail })
        const made = decided(lifecycle, state, commands)
        if (E.isLeft(made)) {
          await audit(state, commands, made.left)
          return made
        }
        const kept = receipt?.(madeOf(visible, made.right))
        const commit = commitOf(made.right, refKey(ref), limits)
        const whole =
          own.length === 0 && kept === undefined
            ? commit
            : { ...commit, documents: own, ...(kept && { receipt: kept }) }
        return await apply(lifecycle, made.right, whole, { cause: 'command', settling })
      }),

    submitAll: (lifecycle, refs, { actor, rule, request }) => {
      const lanes = [...new Set(refs.map((ref) => laneOf(lifecycle, ref)))].toSorted()
      const tenants = [...new Set(refs.map(({ tenant }) => tenant))]
      return inTurns(lanes, async (at) => {
        const states: Array<State | undefined> = []
        for (const tenant of tenants) {
          const settled = await settleAll(lifecycle, tenant, at)
          if (E.isLeft(settled)) return settled
        }
        for (const ref of refs) {
          const state = await read(lifecycle, ref, at)
          if (E.isLeft(state)) return state
          states.push(state.right)
        }
        const ruled = rule(states.map((state) => (state?.done === true ? undefined : state)))
        if (E.isLeft(ruled)) return E.left({ _tag: 'Refused', refused: ruled.left } as const)
        const decisions: Array<Decision> = []
        const commits: Array<Commit> = []
        for (const [index, ref] of refs.entries()) {
          const { events = [], documents = [], limits = {}, detail } = ruled.right[index] ?? {}
          commits.push({ ...emptyCommit, documents: ownedBy(lifecycle, documents) })
          if (events.length === 0) continue
          const commands = commandsOf(ref, events, { actor, at, request, detail })
          const made = decided(lifecycle, states[index], commands)
          if (E.isLeft(made)) {
            await audit(states[index], commands, made.left)
            return made
          }
          decisions.push(made.right)
          commits.push(commitOf(made.right, refKey(ref), limits))
        }
        return applyAll(lifecycle, decisions, merged(commits), { cause: 'command' })
      })
    },

    settleTenant: (lifecycle, tenant) =>
      again<never, void>(
        laneOf(lifecycle, { provider: lifecycle.provider, tenant, id: '' }),
        (at) => settleAll(lifecycle, tenant, at),
      ),

    report: (lifecycle, report, beside) =>
      inTurn<never, Change>(lifecycle, report.ref, async (state) => {
        const made = decided(lifecycle, state, report)
        if (E.isLeft(made)) return made
        const own = commitOf(made.right, refKey(report.ref))
        const { journal = [], ...more } = beside?.(state) ?? {}
        const commit = { ...own, ...more, journal: [...journal, ...own.journal] }
        return await apply(lifecycle, made.right, commit, { cause: 'report', report })
      }),

    note: (lifecycle, ref, beside) =>
      again<never, void>(laneOf(lifecycle, ref), async () => {
        const stored = await ask(store.load(ref))
        if (E.isLeft(stored)) return stored
        const noted = { ...emptyCommit, ...beside(stored.right) }
        return E.bimap(fromStore, () => undefined)(await options.committer.commit(noted))
      }),
  }
}

// -- internals

const settledAtOnce = ({ id, at }: Effect): Settlement => ({ effect: id, outcome: 'done', at })

interface Cause {
  readonly cause: Change['cause']
  readonly report?: Report
  readonly settling?: boolean
}

// More than this many services of one tenant due at once are settled by the changes that follow.
const MOST_OVERDUE = 500

// A record of the ledger that another has written meanwhile: all is decided anew. The change's own are the plugin's to judge.
const unlessEntered = (
  failure: Failure,
  ref: ServiceRef | undefined,
  { documents }: Commit,
): Failure => {
  if (failure._tag !== 'DocumentConflict' || ref === undefined) return failure
  const { kind, id } = failure.key
  return documents.some((own) => own.kind === kind && own.id === id)
    ? failure
    : revisionConflict(ref, failure.expected, failure.actual)
}

const ownedBy = (
  { provider }: Lifecycle,
  documents: ReadonlyArray<Omit<DocumentWrite, 'provider'>>,
): ReadonlyArray<DocumentWrite> => documents.map((write) => ({ ...write, provider }))

const merged = (commits: ReadonlyArray<Commit>): Commit => ({
  states: commits.flatMap(({ states }) => states),
  journal: commits.flatMap(({ journal }) => journal),
  effects: commits.flatMap(({ effects }) => effects),
  settles: commits.flatMap(({ settles }) => settles),
  parks: commits.flatMap(({ parks }) => parks),
  retries: commits.flatMap(({ retries }) => retries),
  armed: commits.flatMap(({ armed }) => armed),
  cancelled: commits.flatMap(({ cancelled }) => cancelled),
  takes: commits.flatMap(({ takes }) => takes),
  releases: commits.flatMap(({ releases }) => releases),
  quotas: commits.flatMap(({ quotas }) => quotas),
  documents: commits.flatMap(({ documents }) => documents),
})

const isDue = (state: State | undefined, at: number): state is State =>
  state !== undefined && !state.done && isOverdue(state, at)

const isConflict = (left: unknown): boolean =>
  typeof left === 'object' && left !== null && '_tag' in left && left._tag === 'RevisionConflict'

const isEmpty = ({ states, journal, settles, parks, retries, documents }: Commit): boolean =>
  states.length +
    journal.length +
    settles.length +
    parks.length +
    retries.length +
    documents.length ===
  0
