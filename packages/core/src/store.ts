import type * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import type { Deadline } from './deadline.ts'
import type { Decision } from './decide.ts'
import type { Document, DocumentKey, DocumentQuery, DocumentWrite } from './document.ts'
import type { Effect, OutcomeKind } from './effect.ts'
import type { StoreFailure, CommitFailure } from './failure.ts'
import type { JournalEntry } from './journal.ts'
import type { Receipt } from './receipt.ts'
import type { ServiceRef } from './ref.ts'
import type { State } from './state.ts'

export type { Document, DocumentKey, DocumentQuery, DocumentWrite } from './document.ts'
export { byCodePoint, byTenantAndId } from './order.ts'
export type { Located } from './order.ts'
export type { Receipt } from './receipt.ts'
export {
  claimTaken,
  documentConflict,
  effectSettled,
  quotaExceeded,
  receiptExists,
  revisionConflict,
  storeClosed,
  storeUnavailable,
} from './failure.ts'
export type { CommitFailure, StoreFailure } from './failure.ts'

/**
 * The port through which everything durable goes. Adapters live in `@signalbox/stores`; each passes its contract suite.
 * All instants are ms since the epoch and come from the caller: a store has no clock. A left is always a `StoreFailure`:
 * the store could not answer, and whether a commit took place is then unknown to the caller. A cursor that the store did
 * not make is a left too. Names, ids and keys are well-formed Unicode without NUL.
 */
export interface Store {
  /** True when nobody else writes what it holds while it is open, so that its one user may keep what it was told. */
  readonly exclusive?: boolean
  /**
   * Calls back when another user of the store may have added to its journal, or left work that can be leased. A hint and no
   * more: it may be missed, come late, or come for nothing. Absent when nobody can tell. Answers the way to stop it.
   */
  readonly watch?: (hinted: (of: Hint) => void) => () => void
  /** The stored state as it was written, or undefined. Not decoded against a lifecycle: see `restoreState`. */
  readonly load: (ref: ServiceRef) => TE.TaskEither<StoreFailure, State | undefined>
  /**
   * Commits a batch in one durable step and answers each commit by itself, in order: a refused one leaves no trace, the
   * others stand. A later commit of the batch sees the earlier ones. Resolves only when everything accepted is durable.
   */
  readonly commit: (
    batch: ReadonlyArray<Commit>,
  ) => TE.TaskEither<StoreFailure, ReadonlyArray<E.Either<CommitFailure, Committed>>>
  /** A page of states in ascending order of (tenant, id) by code point. */
  readonly list: (query: StateQuery) => TE.TaskEither<StoreFailure, Page<State>>
  /** Refs that hold a deadline due at or before `at`, in order of due time. */
  readonly overdue: (query: OverdueQuery) => TE.TaskEither<StoreFailure, ReadonlyArray<ServiceRef>>
  /** Journal entries after a cursor, in an order that never changes and into which no late commit slips. */
  readonly journal: (query: JournalQuery) => TE.TaskEither<StoreFailure, JournalPage>
  /** The ref key that holds a claim. */
  readonly claim: (key: string) => TE.TaskEither<StoreFailure, string | undefined>
  /** How many services count against a quota. */
  readonly quota: (key: string) => TE.TaskEither<StoreFailure, number>
  readonly receipt: (key: string) => TE.TaskEither<StoreFailure, Receipt | undefined>
  /**
   * Leases pending effects to an owner: of each (ref, lane) the oldest unsettled one only, once `notBefore` has come and
   * no other lease runs. An expired lease may be taken over. Those that could be leased first come first.
   */
  readonly leaseEffects: (lease: Lease) => TE.TaskEither<StoreFailure, ReadonlyArray<PendingEffect>>
  /** Prolongs leases still held by the owner, and never shortens one; answers the ids that are. */
  readonly renewEffects: (renewal: Renewal) => TE.TaskEither<StoreFailure, ReadonlyArray<string>>
  /** Gives a leased effect back, to be tried again not before an instant; counts the attempt. Ignored when the owner lost it. */
  readonly deferEffect: (deferral: Deferral) => TE.TaskEither<StoreFailure, void>
  /** An effect with the state of its work, or undefined. */
  readonly effect: (id: string) => TE.TaskEither<StoreFailure, PendingEffect | undefined>
  /** A page of effects, newest last, settled ones included. */
  readonly effects: (query: EffectQuery) => TE.TaskEither<StoreFailure, Page<PendingEffect>>
  /** Leases due deadlines to an owner, so that several hosts do not all try the same ones. A commit that closes one ends its lease. */
  readonly leaseDeadlines: (lease: Lease) => TE.TaskEither<StoreFailure, ReadonlyArray<DueDeadline>>
  /** The earliest instant at which an effect or a deadline can be leased, or undefined when none ever can. May be in the past. */
  readonly nextWake: () => TE.TaskEither<StoreFailure, number | undefined>
  /** A provider's own record: a flavor, a client, an archive. */
  readonly document: (key: DocumentKey) => TE.TaskEither<StoreFailure, Document | undefined>
  /** A page of one kind of a provider's records, in ascending order of id by code point. */
  readonly documents: (query: DocumentQuery) => TE.TaskEither<StoreFailure, Page<Document>>
  /** Takes `count` successive numbers of a sequence and answers the first; never below `floor`, never twice. */
  readonly allocate: (request: {
    readonly sequence: string
    readonly count: number
    readonly floor: number
  }) => TE.TaskEither<StoreFailure, number>
  /** The number after the last one that was taken of a sequence; undefined as long as none was. Takes nothing. */
  readonly upcoming: (sequence: string) => TE.TaskEither<StoreFailure, number | undefined>
  /** What an operator asks of a store: its schema, its clock, and the work that waits in it at an instant. Changes nothing. */
  readonly diagnose: (at: number) => TE.TaskEither<StoreFailure, Diagnosis>
  /** Answers when the store can serve. */
  readonly ping: () => TE.TaskEither<StoreFailure, void>
  /** Ends the store's use of its handle; calls after it fail. */
  readonly close: () => TE.TaskEither<StoreFailure, void>
}

/** What there may be more of. */
export type Hint = 'journal' | 'work'

/**
 * One atomic change. Every list may be empty. Its parts apply in this order, each list from first to last, and the first
 * that cannot be applied refuses the commit: receipt, states, effects, settles, parks, retries, lease, releases, takes,
 * quotas, documents, cancelled, armed, journal.
 */
export interface Commit {
  readonly states: ReadonlyArray<StateWrite>
  readonly journal: ReadonlyArray<JournalEntry>
  /** An effect whose id is stored already is left as it is. Its `notBefore` is at first its own instant. */
  readonly effects: ReadonlyArray<Effect>
  /** Leases those of the commit's own effects that are the oldest of their lane to the committing host at once. */
  readonly lease?: { readonly owner: string; readonly until: number }
  /**
   * Effects whose outcome this commit records. One that is settled already, or unknown because it was pruned after it
   * settled, refuses the commit with `EffectSettled`; a superseded one may still be settled, once.
   */
  readonly settles: ReadonlyArray<Settlement>
  /**
   * Effects that are given up until somebody looks at them. One that is settled, superseded or unknown refuses the commit
   * with `EffectSettled`.
   */
  readonly parks: ReadonlyArray<Parking>
  /**
   * Effects, parked or not, that are to be tried again from an instant on as if never tried before; a lease of theirs
   * ends. One that is settled, superseded or unknown refuses the commit with `EffectSettled`.
   */
  readonly retries: ReadonlyArray<Retry>
  readonly armed: ReadonlyArray<{ readonly ref: ServiceRef; readonly deadline: Deadline }>
  readonly cancelled: ReadonlyArray<{ readonly ref: ServiceRef; readonly name: string }>
  readonly takes: ReadonlyArray<Claim>
  readonly releases: ReadonlyArray<Claim>
  readonly quotas: ReadonlyArray<QuotaChange>
  readonly documents: ReadonlyArray<DocumentWrite>
  readonly receipt?: Receipt
}

/**
 * Writes a state over the revision it was decided on; 0 when there was none. Unsettled effects of the ref with a
 * generation below the state's become `superseded`.
 */
export interface StateWrite {
  readonly state: State
  readonly expected: number
}

/** The outcome of an effect, as it is kept; `message` for people takes the place of the last attempt's error. */
export interface Settlement {
  readonly effect: string
  readonly outcome: OutcomeKind
  readonly at: number
  readonly message?: string
}

/**
 * Makes an unsettled effect `parked`: its lease ends, the attempt is counted, the error is kept, and its `notBefore` is
 * the instant. It is never leased, and nothing behind it in its lane is, until it is retried, settled or superseded.
 */
export interface Parking {
  readonly effect: string
  readonly at: number
  readonly error: string
}

/** Makes an unsettled effect `pending` from an instant on, its attempts counted anew; its last error stays for people. */
export interface Retry {
  readonly effect: string
  readonly at: number
}

/** A key that only one holder may have; the holder is a `refKey` or another unique name. Taking what one holds already is allowed. */
export interface Claim {
  readonly key: string
  readonly holder: string
}

/** Changes a counter, which never falls below 0; with a limit, a change that ends above it is refused with `QuotaExceeded`. */
export interface QuotaChange {
  readonly key: string
  readonly by: number
  readonly limit?: number
}

/** A commit that stands: `cursor` follows its last journal entry, if it had one. */
export interface Committed {
  readonly cursor: string | undefined
  /** The ids of its own effects that are leased to the committing host; the others wait for their lane. */
  readonly leased: ReadonlyArray<string>
}

/** A page and, if there is more, the opaque cursor that leads on. */
export interface Page<A> {
  readonly items: ReadonlyArray<A>
  readonly next: string | undefined
}

/** Asks for states. `done` states are left out unless asked for. `limit` is at least 1. */
export interface StateQuery {
  readonly provider: string
  readonly lifecycle?: string
  readonly tenant?: string
  readonly statuses?: ReadonlyArray<string>
  readonly label?: { readonly name: string; readonly value: string }
  readonly done?: 'exclude' | 'include' | 'only'
  /** The cursor of the page before. */
  readonly after?: string
  /** With a tenant: only ids greater than this one. */
  readonly afterId?: string
  readonly limit: number
}

export interface OverdueQuery {
  readonly provider: string
  readonly tenant?: string
  readonly at: number
  readonly limit: number
}

export interface JournalQuery {
  readonly after?: string
  /** Asks for the end: no entries, and the cursor behind the last of the whole journal that can be shown now. */
  readonly latest?: true
  readonly limit: number
  readonly provider?: string
  readonly tenant?: string
  readonly ref?: ServiceRef
}

/** `cursor` stands after the last entry read: the same as `after` when there was none, so that a reader can wait on it. */
export interface JournalPage {
  readonly entries: ReadonlyArray<JournalEntry & { readonly cursor: string }>
  readonly cursor: string | undefined
  readonly more: boolean
}

export interface Lease {
  readonly owner: string
  readonly now: number
  readonly until: number
  readonly limit: number
}

export interface Renewal {
  readonly owner: string
  readonly ids: ReadonlyArray<string>
  readonly until: number
}

export interface Deferral {
  readonly effect: string
  readonly owner: string
  readonly notBefore: number
  readonly error: string
}

/** An effect with the state of its work. `attempts` counts the attempts that were deferred or ended in parking. */
export interface PendingEffect {
  readonly effect: Effect
  readonly work: Work
  readonly attempts: number
  readonly notBefore: number
  readonly error: string | undefined
}

/** `parked` is open as `pending` and `leased` are: neither settled nor superseded. */
export type Work = 'pending' | 'leased' | 'parked' | 'superseded' | OutcomeKind

export interface EffectQuery {
  readonly ref?: ServiceRef
  /** Only effects that are neither settled nor superseded. */
  readonly open?: boolean
  readonly work?: Work
  readonly provider?: string
  readonly tenant?: string
  readonly after?: string
  readonly limit: number
}

export interface DueDeadline {
  readonly ref: ServiceRef
  readonly name: string
  readonly dueAt: number
  readonly generation: number
}

/** How a store is. Every count stops at `bound`. */
export interface Diagnosis {
  /** The version of what is stored, 0 when nothing is, and the newest that this release knows; absent for a store without one. */
  readonly schema?: { readonly version: number; readonly known: number }
  /** What the store's own clock said while it answered, in ms since the epoch; absent when it has none. */
  readonly clock?: number
  readonly bound: number
  readonly effects: Readonly<Record<Exclude<Work, 'done' | 'superseded'>, number>>
  /** Effects that could be leased by the instant of the question. */
  readonly due: Backlog
  /** Deadlines that are due by the instant of the question, leased or not. */
  readonly overdue: Backlog
}

/** How much is late, and since which instant the oldest of it is. */
export interface Backlog {
  readonly count: number
  readonly since: number | undefined
}

/** A commit that changes nothing, to add to. */
export const emptyCommit: Commit = {
  states: [],
  journal: [],
  effects: [],
  settles: [],
  parks: [],
  retries: [],
  armed: [],
  cancelled: [],
  takes: [],
  releases: [],
  quotas: [],
  documents: [],
}

/** Makes the commit of a decision; `limits` bounds the counters it adds to, by key. */
export const commitOf = (
  decision: Decision,
  holder: string,
  limits: Readonly<Record<string, number>> = {},
): Commit => {
  const { before, after, changed, armed, cancelled, claims, quotas } = decision
  const { ref } = after
  return {
    ...emptyCommit,
    states: changed ? [{ state: after, expected: before?.revision ?? 0 }] : [],
    journal: decision.journal,
    effects: decision.effects,
    armed: armed.map((deadline) => ({ ref, deadline })),
    cancelled: cancelled
      .filter(({ name }) => !armed.some((open) => open.name === name))
      .map(({ name }) => ({ ref, name })),
    takes: claims.take.map((key) => ({ key, holder })),
    releases: claims.release.map((key) => ({ key, holder })),
    quotas: [
      ...quotas.take.map((key) => {
        const limit = limits[key]
        return limit === undefined ? { key, by: 1 } : { key, by: 1, limit }
      }),
      ...quotas.release.map((key) => ({ key, by: -1 })),
    ],
  }
}
