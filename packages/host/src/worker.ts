import { refKey } from '@signalbox/core'
import type { Effect, Outcome, State } from '@signalbox/core'
import { emptyCommit } from '@signalbox/core/store'
import type { PendingEffect, Store } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { ask, fromStore } from './ask.ts'
import type { Backoff } from './backoff.ts'
import type { Clock } from './clock.ts'
import type { Committer } from './committer.ts'
import type { Driver, Performance } from './driver.ts'
import { receiptOf } from './effect-receipt.ts'
import type { Failure } from './failure.ts'
import { thrownDetail } from './log.ts'
import type { Log } from './log.ts'
import type { Beside, Change, Loop } from './loop.ts'
import { lineOf, reportOf, settlementOf, untoldLine } from './outcome.ts'
import type { Metrics } from './metrics.ts'
import { completed, driverOf } from './registry.ts'
import type { Registration, Registry } from './registry.ts'
import type { Tracing } from './tracing.ts'

/** Performs effects through their drivers, outside of any lock, and reports how they ended. */
export interface Worker {
  /** Leases and begins what there is room for; true when there may be more. A left is the store's. */
  readonly fill: () => Promise<E.Either<Failure, boolean>>
  /** Begins what a commit of this host has leased to it, and calls off what the commit superseded. */
  readonly changed: (change: Change) => void
  readonly hasRoom: () => boolean
  /** Takes nothing more, waits for what runs, aborts it when `bound` comes, and gives back what did not end. */
  readonly stop: (bound: Promise<unknown>) => Promise<void>
}

export interface WorkerOptions {
  readonly store: Store
  readonly committer: Committer
  readonly loop: Loop
  readonly registry: Registry
  readonly clock: Clock
  readonly newId: () => string
  readonly log: Log
  readonly metrics: Pick<Metrics, 'attempted'>
  readonly tracing: Pick<Tracing, 'attempt'>
  readonly owner: string
  readonly leaseMs: number
  readonly concurrency: number
  readonly backoff: Backoff
  /** How long an effect whose reports are refused is put aside. */
  readonly quarantineMs: number
  /** An effect ended without a report. */
  readonly ended: (key: string, effect: string, handedOver: boolean) => void
  /** More of the store's effects may be leased now. */
  readonly poke: () => void
  /** One may be leased at an instant. */
  readonly by: (at: number) => void
}

/** Makes the worker of one host. */
export const createWorker = (options: WorkerOptions): Worker => {
  const { store, clock, log, owner, leaseMs, registry } = options
  const running = new Map<string, Running>()
  const blocked = new Set<string>()
  const missing = new Set<string>()
  let stopping = false
  let starved = false
  let renewing = false
  let halt = (): void => {}
  const halted = new Promise<void>((resolve) => {
    halt = resolve
  })

  const begin = (pending: PendingEffect, adopted: boolean): void => {
    const { effect } = pending
    const registration = registry.get(effect.lifecycle)
    if (registration === undefined) {
      // Its lease lapses, so that whoever serves the lifecycle again finds the effect as it was.
      if (!missing.has(effect.lifecycle))
        log('warn', 'effect.unserved', { lifecycle: effect.lifecycle, effect: effect.id })
      missing.add(effect.lifecycle)
      return
    }
    if (running.has(effect.id)) return
    const key = refKey(effect.ref)
    const run: Running = {
      effect,
      key,
      attempt: pending.attempts + 1,
      error: pending.error,
      controller: new AbortController(),
      registration,
      lost: false,
    }
    const done = perform(run)
      .catch((thrown: unknown) =>
        log('error', 'effect.fault', { ...about(run), ...thrownDetail(thrown) }),
      )
      .then(() => {
        running.delete(effect.id)
        const waited = blocked.delete(key) || starved
        starved = false
        if (!adopted || waited) options.poke()
      })
    running.set(effect.id, Object.assign(run, { done }))
    renew()
  }

  const perform = async (run: Running): Promise<void> => {
    const { effect, registration, attempt } = run
    const driver = driverOf(registration, effect)
    if (driver === undefined) return close(run, { kind: 'done' }, {})
    const attempts = driver.attempts ?? MOST_ATTEMPTS
    // Other than what is put aside when a host stops, it has had its last attempt, and its time since.
    if (attempt > attempts && run.error === UNREPORTED)
      return exhaust(run, driver, { kind: 'unknown', message: UNREPORTED }, attempt - 1)
    return options.tracing.attempt(
      effect,
      attempt,
      () => measured(run, driver),
      (performance) => conclude(run, driver, performance),
    )
  }

  const measured = async (run: Running, driver: Driver): ReturnType<typeof attemptOf> => {
    const since = clock.now()
    const performance = await attemptOf(run, driver, options)
    const { lifecycle, type } = run.effect
    const ms = clock.now() - since
    options.metrics.attempted({ lifecycle, type, outcome: performance.kind, ms })
    return performance
  }

  const conclude = async (run: Running, driver: Driver, performance: Attempted): Promise<void> => {
    const { attempt } = run
    const attempts = driver.attempts ?? MOST_ATTEMPTS
    switch (performance.kind) {
      case 'interrupted':
        return putAside(run, 0, 'the host stopped')
      case 'accepted':
        return performance.withinMs === undefined
          ? close(run, { kind: 'done' }, { handedOver: true })
          : putAside(run, performance.withinMs, UNREPORTED)
      case 'exhausted':
        return exhaust(run, driver, { ...performance, kind: 'failed' })
      case 'failed':
        if (performance.retry !== true) return tell(run, performance)
        if (attempt >= attempts) return exhaust(run, driver, performance)
        return putAside(run, waitOf(performance, options.backoff(attempt)), performance.message)
      case 'unknown':
        return run.lost ? release(run) : tell(run, performance)
      case 'done':
        return tell(run, performance)
    }
  }

  const exhaust = (
    run: Running,
    { onExhausted }: Driver,
    outcome: Exclude<Outcome, { readonly kind: 'done' }>,
    attempts = run.attempt,
  ): Promise<void> =>
    onExhausted === 'park' ? park(run, { attempts, error: outcome.message }) : tell(run, outcome)

  const tell = async (run: Running, told: Outcome): Promise<void> => {
    const { effect, registration } = run
    const outcome = completed(registration, effect, told)
    const at = clock.now()
    const report = reportOf(registration.lifecycle, effect, outcome, { id: options.newId(), at })
    if (report === undefined) return close(run, outcome, { told: true })
    const reported = await insist(run, () =>
      options.loop.report(registration.lifecycle, report, (stored) =>
        kept(run, stored, outcome, at),
      ),
    )
    if (E.isRight(reported)) return
    const failure = reported.left
    switch (failure._tag) {
      case 'EffectSettled':
      case 'ReceiptExists':
        return release(run)
      case 'NotFound':
        return close(run, outcome, { told: true, type: report.event.type })
      case 'Unavailable':
      case 'Busy':
        log('error', 'effect.untold', { ...about(run), ...wordsOf(failure) })
        return release(run)
      case 'InvalidPayload':
        if (outcome.kind === 'done') {
          log('error', 'effect.result', { ...about(run), ...wordsOf(failure) })
          return tell(run, {
            kind: 'failed',
            message: `the driver's result was refused: ${spell(failure)}`,
          })
        }
    }
    log('error', 'effect.quarantined', { ...about(run), ...wordsOf(failure) })
    release(run)
    return putAside(run, options.quarantineMs, `the report was refused: ${failure._tag}`)
  }

  // Settles without a report; what happened and moves nothing is journaled if it is `told`.
  const close = async (
    run: Running,
    outcome: Outcome,
    {
      told = false,
      type,
      handedOver = false,
    }: { readonly told?: boolean; readonly type?: string; readonly handedOver?: boolean },
  ): Promise<void> => {
    const { effect, registration } = run
    const at = clock.now()
    const closed = await insist(run, async (): Promise<E.Either<Failure, unknown>> => {
      if (!told) {
        const settles = [settlementOf(effect, outcome, at)]
        return E.mapLeft(fromStore)(await options.committer.commit({ ...emptyCommit, settles }))
      }
      return options.loop.note(registration.lifecycle, effect.ref, (stored) => ({
        ...kept(run, stored, outcome, at),
        journal: [untoldLine(effect, stored, outcome, { id: options.newId(), at, type })],
      }))
    })
    if (E.isLeft(closed) && !isOver(closed.left))
      log('error', 'effect.untold', { ...about(run), ...wordsOf(closed.left) })
    options.ended(run.key, effect.id, handedOver || E.isLeft(closed))
  }

  // Parked work blocks its lane until somebody sees to it: whoever waits for it is told so.
  const park = async (
    run: Running,
    detail: { readonly attempts: number; readonly error: string },
  ): Promise<void> => {
    if (run.lost) return release(run)
    const { effect, registration } = run
    const at = clock.now()
    const parked = await insist(run, () =>
      options.loop.note(registration.lifecycle, effect.ref, (stored) => ({
        parks: [{ effect: effect.id, at, error: detail.error }],
        journal: [
          lineOf(effect, stored, {
            id: options.newId(),
            at,
            kind: 'report',
            type: 'effect.exhausted',
            outcome: 'unchanged',
            detail,
          }),
        ],
      })),
    )
    if (E.isRight(parked)) log('warn', 'effect.exhausted', { ...about(run), ...detail })
    else if (!isOver(parked.left))
      log('error', 'effect.untold', { ...about(run), ...wordsOf(parked.left) })
    release(run)
  }

  const putAside = async (run: Running, afterMs: number, error: string): Promise<void> => {
    const notBefore = clock.now() + afterMs
    const deferred = await ask(
      store.deferEffect({ effect: run.effect.id, owner, notBefore, error }),
    )
    if (E.isLeft(deferred))
      log('error', 'effect.untold', { ...about(run), ...wordsOf(deferred.left) })
    else options.by(notBefore)
  }

  const insist = async <A>(
    run: Running,
    work: () => Promise<E.Either<Failure, A>>,
  ): Promise<E.Either<Failure, A>> => {
    for (let attempt = 1; ; attempt += 1) {
      const done = await work()
      const passing = E.isLeft(done) && ['Unavailable', 'Busy'].includes(done.left._tag)
      if (!passing || stopping || attempt >= MOST_INSISTENCE) return done
      if (attempt >= MOST_PATIENCE) release(run)
      const wait = new Promise<void>((resolve) => clock.after(options.backoff(attempt), resolve))
      await Promise.race([wait, halted])
    }
  }

  // Whoever waits for its report is told that none has come: it comes later, or from elsewhere.
  const release = ({ key, effect }: Running): void => options.ended(key, effect.id, true)

  const renew = (): void => {
    if (renewing || running.size === 0) return
    renewing = true
    clock.after(Math.ceil(leaseMs / 3), () => {
      renewing = false
      void prolong().then(renew)
    })
  }

  const prolong = async (): Promise<void> => {
    const runs = [...running.values()]
    if (runs.length === 0) return
    const until = clock.now() + leaseMs
    const held = await ask(
      store.renewEffects({ owner, until, ids: runs.map(({ effect }) => effect.id) }),
    )
    if (E.isLeft(held)) return
    const kept = new Set(held.right)
    for (const run of runs)
      if (!kept.has(run.effect.id) && running.has(run.effect.id)) {
        run.lost = true
        run.controller.abort('the lease was lost')
      }
  }

  return {
    hasRoom: () => !stopping && running.size < options.concurrency,
    fill: async () => {
      const limit = options.concurrency - running.size
      if (limit <= 0) starved = true
      if (stopping || limit <= 0) return E.right(false)
      const now = clock.now()
      const leased = await ask(store.leaseEffects({ owner, now, until: now + leaseMs, limit }))
      if (E.isLeft(leased)) return leased
      for (const pending of leased.right) begin(pending, false)
      return E.right(leased.right.length === limit)
    },
    changed: ({ key, before, after, work, leased, report }) => {
      const reported = report?.effect && running.get(report.effect.id)
      if (reported !== undefined) {
        reported.lost = true
        reported.controller.abort('the work was settled')
      }
      if (before !== undefined && after.generation > before.generation)
        for (const run of running.values())
          if (run.key === key && run.effect.generation < after.generation)
            run.controller.abort('the work was superseded')
      if (work.length === 0) return
      const mine = work.filter(({ id }) => leased.includes(id))
      for (const effect of mine) begin(firstOf(effect), true)
      if (mine.length === work.length) return
      blocked.add(key)
      options.poke()
    },
    stop: async (bound) => {
      stopping = true
      halt()
      const ended = Promise.all([...running.values()].map(({ done }) => done))
      await Promise.race([ended, bound])
      for (const run of running.values()) run.interrupt?.()
      await Promise.all([...running.values()].map(({ done }) => done))
    },
  }
}

// -- internals

interface Running {
  readonly effect: Effect
  readonly key: string
  readonly attempt: number
  /** What the attempt before came to. */
  readonly error: string | undefined
  readonly controller: AbortController
  readonly registration: Registration
  /** True once another owner may perform it. */
  lost: boolean
  /** Ends the attempt, unless it has ended. */
  interrupt?: () => void
  done?: Promise<void>
}

const MOST_ATTEMPTS = 5

// With the backoff in between, a store that is away for some minutes does not cost a second performance.
const MOST_INSISTENCE = 10

// A request that waits for what cannot be stored is answered after some seconds, however long it might wait.
const MOST_PATIENCE = 3

// Kept as the error of an effect that was handed over, and by it known again.
const UNREPORTED = 'accepted, and no report came in time'

const waitOf = (
  performance: Extract<Performance, { readonly kind: 'failed' }>,
  backoffMs: number,
): number => ('afterMs' in performance ? Math.max(performance.afterMs, backoffMs) : backoffMs)

// Timers of the platform go off at once beyond this.
const LONGEST_TIMER_MS = 2 ** 31 - 1

const firstOf = (effect: Effect): PendingEffect => ({
  effect,
  work: 'leased',
  attempts: 0,
  notBefore: effect.at,
  error: undefined,
})

type Attempted = Performance | { readonly kind: 'interrupted' }

const attemptOf = (
  run: Running,
  driver: Driver,
  { clock, log }: Pick<WorkerOptions, 'clock' | 'log'>,
): Promise<Attempted> =>
  new Promise((resolve) => {
    const { effect, attempt, controller } = run
    const timeoutMs = Math.min(driver.timeoutMs ?? 30_000, LONGEST_TIMER_MS)
    const end = (performance: Attempted): void => {
      cancel()
      resolve(performance)
    }
    const cancel = clock.after(timeoutMs, () => {
      end({ kind: 'unknown', message: `no answer within ${timeoutMs} ms` })
      controller.abort('the attempt took too long')
    })
    run.interrupt = () => {
      end({ kind: 'interrupted' })
      controller.abort('the host stopped')
    }
    const performed = async (): Promise<Performance> =>
      driver.perform(effect, { attempt, signal: controller.signal })
    performed().then(end, (thrown: unknown) => {
      if (!controller.signal.aborted)
        log('warn', 'driver.thrown', { ...about(run), ...thrownDetail(thrown) })
      end({ kind: 'unknown', message: thrownDetail(thrown).message })
    })
  })

// Only who may report by itself may repeat what it has reported.
const kept = (
  { effect, registration }: Running,
  stored: State | undefined,
  outcome: Outcome,
  at: number,
): ReturnType<Beside> => ({
  settles: [settlementOf(effect, outcome, at)],
  ...(driverOf(registration, effect)?.verifies !== undefined && {
    receipt: receiptOf(effect, stored, outcome, at),
  }),
})

// Somebody else was first.
const isOver = ({ _tag }: Failure): boolean => _tag === 'EffectSettled' || _tag === 'ReceiptExists'

const about = ({ effect, key }: Running): { readonly [member: string]: string } => ({
  effect: effect.id,
  type: effect.type,
  ref: key,
})

const wordsOf = (failure: Failure): { readonly failure: string; readonly detail: string } => ({
  failure: failure._tag,
  detail:
    'message' in failure
      ? failure.message
      : failure._tag === 'InvalidPayload'
        ? spell(failure)
        : '',
})

const spell = ({ issues }: Extract<Failure, { readonly _tag: 'InvalidPayload' }>): string =>
  issues.map(({ path, expected }) => `${path}: ${expected} expected`).join(', ')
