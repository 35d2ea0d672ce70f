import type { JournalEntry } from '@signalbox/core'
import type { Backlog, Diagnosis, Store } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { ask } from './ask.ts'
import type { Clock } from './clock.ts'
import { expose } from './exposition.ts'
import type { Change } from './loop.ts'
import { createMeter } from './meter.ts'
import type { Family, Reading } from './meter.ts'
import type { Reply } from './reply.ts'

/** What a host counts of its work. Times are in ms; what is shown is in seconds. */
export interface Metrics {
  readonly answered: (request: {
    readonly plugin: string
    readonly route: string
    readonly status: number
    readonly ms: number
  }) => void
  readonly changed: (change: Change) => void
  /** A command or a report that was refused, by the tag of its failure. */
  readonly refused: (lifecycle: string, input: 'command' | 'report', tag: string) => void
  readonly committed: (batch: {
    readonly size: number
    readonly refused: number
    readonly ms: number
    readonly failed: boolean
  }) => void
  readonly attempted: (attempt: {
    readonly lifecycle: string
    readonly type: string
    readonly outcome: string
    readonly ms: number
  }) => void
  /** Entries that a reader of the event stream was sent who had been shown everything before. */
  readonly fed: (entries: ReadonlyArray<Pick<JournalEntry, 'at'>>) => void
  /** Everything, with what the store says of its work, in the format that an `Accept` header asks for. */
  readonly expose: (accept: string | null) => Promise<Reply>
}

/** Makes the metrics of one host; `more` is what the app around it measures. */
export const createMetrics = ({
  store,
  clock,
  more,
}: {
  readonly store: Store
  readonly clock: Clock
  readonly more: () => ReadonlyArray<Family>
}): Metrics => {
  const meter = createMeter()
  const requests = meter.counter(
    'signalbox_http_requests_total',
    'Requests that were answered; route is empty where none matched.',
    ['plugin', 'route', 'status'],
  )
  const durations = meter.histogram(
    'signalbox_http_request_duration_seconds',
    'Time from the arrival of a request to its answer.',
    ['plugin', 'route'],
    DURATIONS,
  )
  const decisions = meter.counter(
    'signalbox_decisions_total',
    'What commands, reports and deadlines came to; a refusal is named by its kind.',
    ['lifecycle', 'input', 'outcome'],
  )
  const lags = meter.histogram(
    'signalbox_deadline_lag_seconds',
    'How long after its instant a deadline was settled.',
    ['lifecycle'],
    LAGS,
  )
  const sizes = meter.histogram(
    'signalbox_commit_batch_size',
    'Commits that were stored in one durable step.',
    [],
    SIZES,
  )
  const commits = meter.histogram(
    'signalbox_commit_duration_seconds',
    'Time that the store took for one batch of commits.',
    ['outcome'],
    DURATIONS,
  )
  const refusals = meter.counter(
    'signalbox_commits_refused_total',
    'Commits of stored batches that the store refused, such as those that another host overtook.',
    [],
  )
  const attempts = meter.histogram(
    'signalbox_effect_attempt_duration_seconds',
    'Attempts of drivers, by what they came to.',
    ['lifecycle', 'type', 'outcome'],
    ATTEMPTS,
  )
  const feed = meter.histogram(
    'signalbox_event_feed_lag_seconds',
    'Age of an event when it is sent to a reader of the stream who was up to date.',
    [],
    LAGS,
  )
  const diagnosis = remembered(store, clock)

  return {
    answered: ({ plugin, route, status, ms }) => {
      requests(plugin, route, String(status))
      durations(ms / 1_000, plugin, route)
    },
    changed: ({ lifecycle: { name }, decision, cause }) => {
      if (decision === undefined) return decisions(name, cause, 'nothing')
      for (const { kind, outcome, at } of decision.journal) {
        decisions(name, kind, outcome)
        if (kind === 'deadline') lags(Math.max(0, clock.now() - at) / 1_000, name)
      }
    },
    refused: (lifecycle, input, tag) => decisions(lifecycle, input, tag),
    committed: ({ size, refused, ms, failed }) => {
      sizes(size)
      commits(ms / 1_000, failed ? 'failed' : 'stored')
      for (let count = 0; count < refused; count += 1) refusals()
    },
    attempted: ({ lifecycle, type, outcome, ms }) => attempts(ms / 1_000, lifecycle, type, outcome),
    fed: (entries) => {
      const now = clock.now()
      for (const { at } of entries) feed(Math.max(0, now - at) / 1_000)
    },
    expose: async (accept) => {
      const known = await diagnosis()
      return expose([...meter.families(), ...backlogOf(known, clock.now()), ...more()], accept)
    },
  }
}

// -- internals

const DURATIONS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const ATTEMPTS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]

const LAGS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10, 60, 600, 3_600]

const SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256]

// However often it is asked, the store counts its work once in so long.
const DIAGNOSIS_MS = 5_000

const remembered = (store: Store, clock: Clock): (() => Promise<Diagnosis | undefined>) => {
  let known: Promise<Diagnosis | undefined> | undefined
  let since = 0
  return () => {
    const now = clock.now()
    if (known === undefined || now - since >= DIAGNOSIS_MS) {
      since = now
      known = ask(store.diagnose(now)).then((found) => (E.isRight(found) ? found.right : undefined))
    }
    return known
  }
}

const backlogOf = (known: Diagnosis | undefined, now: number): ReadonlyArray<Family> => [
  gauge('signalbox_store_up', 'Whether the store answers.', [
    { labels: {}, value: known === undefined ? 0 : 1 },
  ]),
  ...(known === undefined
    ? []
    : [
        gauge(
          'signalbox_effects',
          `Effects by the state of their work; the store counts up to ${known.bound} of each.`,
          Object.entries(known.effects).map(([work, value]) => ({ labels: { work }, value })),
        ),
        ...waiting(known.due, now, {
          name: 'signalbox_effects_due',
          what: 'Effects that could be worked on now',
        }),
        ...waiting(known.overdue, now, {
          name: 'signalbox_deadlines_overdue',
          what: 'Deadlines that are due and not settled',
        }),
      ]),
]

const waiting = (
  { count, since }: Backlog,
  now: number,
  { name, what }: { readonly name: string; readonly what: string },
): ReadonlyArray<Family> => [
  gauge(name, `${what}, up to a bound.`, [{ labels: {}, value: count }]),
  gauge(`${name}_oldest_seconds`, `${what}: since when the oldest has waited.`, [
    { labels: {}, value: since === undefined ? 0 : Math.max(0, now - since) / 1_000 },
  ]),
]

const gauge = (name: string, help: string, samples: Reading['samples']): Reading => ({
  type: 'gauge',
  name,
  help,
  samples,
})
