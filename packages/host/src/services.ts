import type { JournalEntry, Lifecycle, Report, ServiceRef, State } from '@signalbox/core'
import { refKey } from '@signalbox/core'
import { emptyCommit } from '@signalbox/core/store'
import type { Page, StateQuery, Store } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { ask, fromStore } from './ask.ts'
import type { Clock } from './clock.ts'
import type { Committer } from './committer.ts'
import type { Failure } from './failure.ts'
import { busy, fault } from './failure.ts'
import type { Log } from './log.ts'
import { thrownDetail } from './log.ts'
import type { CommandRequest, Declined, Loop } from './loop.ts'
import type { Note, Services } from './plugin.ts'
import { actorOf } from './principal.ts'
import type { KeyedQueue } from './queue.ts'
import { restoreState } from '@signalbox/core'
import type { Settled } from './route.ts'
import type { Settlements } from './settlement.ts'

/** What the services of every plugin share. */
export interface ServicesOptions {
  readonly store: Store
  readonly loop: Loop
  readonly committer: Committer
  readonly settlements: Settlements
  /** Where settling commands on one service wait for each other. */
  readonly settling: KeyedQueue
  readonly clock: Clock
  readonly newId: () => string
  readonly log: Log
  readonly retryAfterMs: number
}

/** Makes one plugin's door into the loop; records and sequences are its own. */
export const createServices = (provider: string, options: ServicesOptions): Services => {
  const { store, loop, committer, clock, newId, log } = options
  return {
    load: (lifecycle, ref) => async () => E.map(unlessDone)(await loop.present(lifecycle, ref)),
    list: (lifecycle, query) => () => listStates(lifecycle, query, options),
    submit: (lifecycle, ref, principal, rule, { settleMs, request } = {}) =>
      caught(log, () =>
        send(options, lifecycle, ref, { actor: actorOf(principal), rule, request }, settleMs),
      ),
    submitAll: (lifecycle, refs, principal, rule, { request } = {}) =>
      caught(log, async () => {
        const actor = actorOf(principal)
        const sent = await loop.submitAll(lifecycle, refs, { actor, rule, request })
        return E.map((changes: ReadonlyArray<{ readonly after: State }>) =>
          changes.map(({ after }) => after),
        )(sent)
      }),
    settle:
      (lifecycle, { tenant } = {}) =>
      () =>
        settleOverdue(lifecycle, tenant, options),
    report: (lifecycle, ref, event) => async () => {
      const report: Report = { _tag: 'Report', ref, id: newId(), at: clock.now(), event }
      return E.map(({ after }: { after: State }) => after)(await loop.report(lifecycle, report))
    },
    document: (kind, id) => () => ask(store.document({ provider, kind, id })),
    documents: (query) => () => ask(store.documents({ ...query, provider })),
    write: (documents, note) => async () => {
      const own = documents.map((write) => ({ ...write, provider }))
      const journal =
        note === undefined ? [] : [lineOf(note, { provider, id: newId(), at: clock.now() })]
      const written = await committer.commit({ ...emptyCommit, documents: own, journal })
      return E.bimap(fromStore, () => undefined)(written)
    },
    claim: store.claim,
    quota: store.quota,
    allocate: (request) =>
      store.allocate({ ...request, sequence: `${provider}/${request.sequence}` }),
  }
}

/** Sends commands to one service and, with a bound, waits for the work they ask for. What a rule throws is thrown. */
export const send = async <Refused>(
  { loop, settlements, settling, clock, retryAfterMs }: ServicesOptions,
  lifecycle: Lifecycle,
  ref: ServiceRef,
  request: CommandRequest<Refused>,
  settleMs?: number,
): Promise<E.Either<Failure | Declined<Refused>, Settled>> => {
  if (settleMs === undefined) {
    const sent = await loop.submit(lifecycle, ref, request)
    if (E.isLeft(sent)) return sent
    const { before, after } = sent.right
    return E.right({ before: unlessDone(before), state: after, reports: [], finished: true })
  }
  const key = refKey(ref)
  const until = clock.now() + settleMs
  return settling.run<E.Either<Failure | Declined<Refused>, Settled>>(
    key,
    async () => {
      const watch = settlements.watch(key)
      try {
        const sent = await loop.submit(lifecycle, ref, { ...request, settling: true })
        if (E.isLeft(sent)) return sent
        const watched = await watch.until(sent.right, until)
        return E.right({ before: unlessDone(sent.right.before), ...watched })
      } finally {
        watch.close()
      }
    },
    { instead: () => E.left(busy(retryAfterMs)), waitMs: settleMs },
  )
}

/** A page of present states, what is overdue settled first; a state that cannot be read is logged and left out. */
export const listStates = async (
  lifecycle: Lifecycle,
  query: Omit<StateQuery, 'lifecycle'>,
  { store, loop, clock, log }: Pick<ServicesOptions, 'store' | 'loop' | 'clock' | 'log'>,
): Promise<E.Either<Failure, Page<State>>> => {
  const { provider, tenant } = query
  const due = {
    provider,
    at: clock.now(),
    limit: MOST_OVERDUE,
    ...(tenant !== undefined && { tenant }),
  }
  const overdue = await ask(store.overdue(due))
  if (E.isLeft(overdue)) return overdue
  const settled = await Promise.all(overdue.right.map((ref) => loop.present(lifecycle, ref)))
  const away = settled.find((one) => E.isLeft(one) && one.left._tag === 'Unavailable')
  if (away !== undefined && E.isLeft(away)) return away
  const page = await ask(store.list({ ...query, lifecycle: lifecycle.name }))
  if (E.isLeft(page)) return page
  const items = page.right.items.flatMap((stored) => {
    const restored = restoreState(lifecycle, stored)
    if (E.isRight(restored)) return [restored.right]
    log('error', 'state.unreadable', { ref: refKey(stored.ref), failure: restored.left._tag })
    return []
  })
  return E.right({ items, next: page.right.next })
}

// Settles what is overdue until nothing is, one change for each service or, with a ledger, for each tenant.
const settleOverdue = async (
  lifecycle: Lifecycle,
  tenant: string | undefined,
  { store, loop, clock }: Pick<ServicesOptions, 'store' | 'loop' | 'clock'>,
): Promise<E.Either<Failure, void>> => {
  const query = { provider: lifecycle.provider, at: clock.now(), limit: MOST_OVERDUE }
  let before = ''
  for (;;) {
    const overdue = await ask(store.overdue({ ...query, ...(tenant !== undefined && { tenant }) }))
    if (E.isLeft(overdue)) return overdue
    // What cannot be settled comes again: it is left to be shown as it stands.
    const keys = overdue.right.map(refKey).join(' ')
    if (keys === '' || keys === before) return E.right(undefined)
    before = keys
    const settled = await Promise.all(overdue.right.map((ref) => loop.present(lifecycle, ref)))
    const away = settled.find((one) => E.isLeft(one) && one.left._tag === 'Unavailable')
    if (away !== undefined && E.isLeft(away)) return away
  }
}

// -- internals

// More than this many due at once are left to the deadlines' own worker.
const MOST_OVERDUE = 500

const lineOf = (
  { type, tenant, id, principal, request, detail }: Note,
  made: { readonly provider: string; readonly id: string; readonly at: number },
): JournalEntry => ({
  id: made.id,
  ref: { provider: made.provider, tenant, id },
  at: made.at,
  kind: 'command',
  type,
  outcome: 'moved',
  from: null,
  to: null,
  revision: 0,
  generation: 0,
  actor: actorOf(principal),
  ...(request === undefined ? {} : { request }),
  ...(detail === undefined ? {} : { detail }),
})

const unlessDone = (state: State | undefined): State | undefined =>
  state?.done === true ? undefined : state

const caught =
  <L, A>(log: Log, work: () => Promise<E.Either<L, A>>): TE.TaskEither<L | Failure, A> =>
  async () => {
    try {
      return await work()
    } catch (thrown) {
      const detail = thrownDetail(thrown)
      log('error', 'rule.thrown', detail)
      return E.left(fault(detail.message))
    }
  }
