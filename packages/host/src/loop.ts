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
  Lifecycle,
  Refusal,
  Report,
  ServiceRef,
  State,
} from '@signalbox/core'
import { commitOf, emptyCommit } from '@signalbox/core/store'
import type { Commit, Committed, Settlement, Store } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { ask, fromStore } from './ask.ts'
import type { Clock } from './clock.ts'
import type { Committer } from './committer.ts'
import type { Failure } from './failure.ts'
import { busy } from './failure.ts'
import type { KeyedQueue } from './queue.ts'
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
  /** Tells what became of an effect, or news; the settlement is stored with it. */
  readonly report: (
    lifecycle: Lifecycle,
    report: Report,
    settlement?: Settlement,
  ) => Promise<E.Either<Failure, Change>>
}

export interface CommandRequest<Refused> {
  readonly actor: Actor
  readonly rule: (state: State | undefined) => E.Either<Refused, Submission>
  readonly request?: string | undefined
  /** Leases the effects to this host, whatever else it does. */
  readonly settling?: boolean
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
  /** Ids of its effects that are leased to this host. */
  readonly leased: ReadonlyArray<string>
  readonly cause: 'command' | 'report' | 'deadline'
  /** True for the command of a settling route. */
  readonly settling: boolean
  readonly report?: Report
}

interface LoopOptions {
  readonly store: Store
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
  /** A refused command that could not be journaled. */
  readonly unaudited: (failure: Failure) => void
}

/** Makes the loop over a store. What a rule throws is thrown at the caller; nothing is changed then. */
export const createLoop = (options: LoopOptions): Loop => {
  const { store, queue, clock, newId, retryAfterMs } = options

  const commitLeased = async (
    commit: Commit,
    key: string,
    settling: boolean,
  ): Promise<E.Either<Failure, Committed>> => {
    const lease = commit.effects.length === 0 ? undefined : options.lease({ key, settling })
    const committed = await options.committer.commit(
      lease === undefined ? commit : { ...commit, lease },
    )
    return E.mapLeft(fromStore)(committed)
  }

  const apply = async (
    lifecycle: Lifecycle,
    decision: Decision,
    commit: Commit,
    { cause, report, settling = false }: Cause,
  ): Promise<E.Either<Failure, Change>> => {
    const key = refKey(decision.after.ref)
    const { before, after } = decision
    const change = {
      lifecycle,
      key,
      before,
      after,
      decision,
      cause,
      settling,
      ...(report && { report }),
    }
    if (isEmpty(commit)) return E.right({ ...change, leased: [] })
    const committed = await commitLeased(commit, key, settling)
    if (E.isLeft(committed)) return committed
    const made = { ...change, leased: committed.right.leased }
    options.changed(made)
    return E.right(made)
  }

  // The state as it is stored, or as it stands once what is overdue has been settled and stored.
  const read = async (
    lifecycle: Lifecycle,
    ref: ServiceRef,
    at: number,
  ): Promise<E.Either<Failure, State | undefined>> => {
    const restored = await restore(store, lifecycle, ref)
    if (E.isLeft(restored) || !isDue(restored.right, at)) return restored
    const settled = settle(lifecycle, restored.right, at, newId())
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
    queue.run<E.Either<Failure | L, A>>(
      refKey(ref),
      async () => {
        for (let attempt = 0; attempt < options.attempts; attempt += 1) {
          const at = clock.now()
          const state = await read(lifecycle, ref, at)
          const done = E.isLeft(state) ? state : await work(state.right, at)
          if (!(E.isLeft(done) && isConflict(done.left))) return done
        }
        return E.left(busy(retryAfterMs))
      },
      { instead: () => E.left(busy(retryAfterMs)) },
    )

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
      const restored = await restore(store, lifecycle, ref)
      if (E.isLeft(restored) || !isDue(restored.right, clock.now())) return restored
      return inTurn<never, State | undefined>(lifecycle, ref, async (state) => E.right(state))
    },

    submit: (lifecycle, ref, { actor, rule, request, settling = false }) =>
      inTurn(lifecycle, ref, async (state, at) => {
        const visible = state?.done === true ? undefined : state
        const ruled = rule(visible)
        if (E.isLeft(ruled)) return E.left({ _tag: 'Refused', refused: ruled.left } as const)
        const { events, documents = [], limits = {}, detail } = ruled.right
        const own = documents.map((write) => ({ ...write, provider: lifecycle.provider }))
        if (events.length === 0) {
          if (visible === undefined) return E.left({ _tag: 'NotFound', ref } as const)
          const stored =
            own.length === 0
              ? E.right(undefined)
              : await options.committer.commit({ ...emptyCommit, documents: own })
          if (E.isLeft(stored)) return E.left(fromStore(stored.left))
          const key = refKey(ref)
          return E.right({
            lifecycle,
            key,
            before: visible,
            after: visible,
            leased: [],
            cause: 'command',
            settling,
          } as const)
        }
        const commands = events.map((event): Command => ({
          _tag: 'Command',
          ref,
          id: newId(),
          at,
          actor,
          event,
          ...(request === undefined ? {} : { request }),
          ...(detail === undefined ? {} : { detail }),
        }))
        const decided = decideAll(lifecycle, state, commands)
        if (E.isLeft(decided)) {
          await audit(state, commands, decided.left)
          return decided
        }
        const commit = { ...commitOf(decided.right, refKey(ref), limits), documents: own }
        return apply(lifecycle, decided.right, commit, { cause: 'command', settling })
      }),

    report: (lifecycle, report, settlement) =>
      inTurn<never, Change>(lifecycle, report.ref, async (state) => {
        const decided = decide(lifecycle, state, report)
        if (E.isLeft(decided)) return decided
        const commit = commitOf(decided.right, refKey(report.ref))
        const settles = settlement === undefined ? [] : [settlement]
        return apply(lifecycle, decided.right, { ...commit, settles }, { cause: 'report', report })
      }),
  }
}

/** Reads a stored state for its lifecycle. */
const restore = async (
  store: Store,
  lifecycle: Lifecycle,
  ref: ServiceRef,
): Promise<E.Either<Failure, State | undefined>> => {
  const stored = await ask(store.load(ref))
  if (E.isLeft(stored) || stored.right === undefined) return stored
  return restoreState(lifecycle, stored.right)
}

// -- internals

interface Cause {
  readonly cause: Change['cause']
  readonly report?: Report
  readonly settling?: boolean
}

const isDue = (state: State | undefined, at: number): state is State =>
  state !== undefined && !state.done && isOverdue(state, at)

const isConflict = (left: unknown): boolean =>
  typeof left === 'object' && left !== null && '_tag' in left && left._tag === 'RevisionConflict'

const isEmpty = ({ states, journal, settles, documents }: Commit): boolean =>
  states.length + journal.length + settles.length + documents.length === 0
