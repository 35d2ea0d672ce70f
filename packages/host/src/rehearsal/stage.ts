import { storeUnavailable } from '@signalbox/core/store'
import type { Store } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import type { Clock } from '../clock.ts'
import type { Committer } from '../committer.ts'
import type { Provider } from '../control/site.ts'
import type { Log } from '../log.ts'
import { createLoop } from '../loop.ts'
import type { Change } from '../loop.ts'
import type { Mounted } from '../plugin.ts'
import { createKeyedQueue } from '../queue.ts'
import type { Registry } from '../registry.ts'
import { createServices } from '../services.ts'
import type { ServicesOptions } from '../services.ts'
import { createSettlements } from '../settlement.ts'
import { createForecast } from './forecast.ts'
import { overlay } from './overlay.ts'

/** What a stage is built from: the host's own, which it changes nothing of. */
export interface StageOptions {
  readonly store: Store
  readonly clock: Clock
  readonly newId: () => string
  readonly log: Log
  readonly attempts: number
  readonly retryAfterMs: number
  readonly queueLimit: number
}

/** Where one request is rehearsed: a host in little, over what the store holds. */
export interface Stage {
  readonly shared: ServicesOptions
  readonly registry: Registry
  /** As they were given, those that can be rehearsed made anew. */
  readonly providers: ReadonlyArray<Provider>
  /** What has changed so far, in order. */
  readonly changes: ReadonlyArray<Change>
}

/** Builds a stage for a request that some providers may have to do with. */
export const buildStage = (options: StageOptions, providers: ReadonlyArray<Provider>): Stage => {
  const { clock, newId, retryAfterMs, queueLimit } = options
  const store = overlay(options.store)
  const log: Log = (level, event, detail) => options.log(level, event, { ...detail, dryRun: true })
  const registry: Registry = new Map()
  const changes: Array<Change> = []
  const settlements = createSettlements(clock)
  const committer = committerOf(store)
  const loop = createLoop({
    store,
    committer,
    queue: createKeyedQueue(clock, queueLimit),
    clock,
    newId,
    attempts: options.attempts,
    retryAfterMs,
    lease: () => undefined,
    refused: () => {},
    carried: () => undefined,
    changed: (change) => {
      changes.push(change)
      settlements.changed(change)
      forecast.changed(change)
    },
    ledgerOf: ({ name }) => registry.get(name)?.ledger,
    isDriven: ({ lifecycle, type }) => Object.hasOwn(registry.get(lifecycle)?.drivers ?? {}, type),
    unaudited: () => {},
  })
  const forecast = createForecast({
    registry,
    loop: () => loop,
    committer,
    settlements,
    clock,
    newId,
  })
  const shared: ServicesOptions = {
    store,
    loop,
    committer,
    settlements,
    settling: createKeyedQueue(clock, queueLimit),
    clock,
    newId,
    log,
    retryAfterMs,
  }
  const made = providers.map((provider): Provider => {
    const { name, mounted } = provider
    if (mounted === undefined) return provider
    const anew = mounted.rehearsed?.({
      services: createServices(name, shared),
      log: (event, detail) => log('info', event, { ...detail, plugin: name }),
    })
    register(registry, anew ?? mounted)
    return { ...provider, mounted: anew ?? mounted }
  })
  return { shared, registry, providers: made, changes }
}

// -- internals

const register = (registry: Registry, { lifecycles, drivers, ledgers }: Mounted): void => {
  for (const lifecycle of lifecycles)
    registry.set(lifecycle.name, {
      lifecycle,
      drivers,
      ledger: ledgers?.find((ledger) => ledger.lifecycle === lifecycle),
    })
}

const committerOf = (store: Store): Committer => ({
  commit: async (commit) =>
    E.flatMap(
      ([answer]: ReadonlyArray<Awaited<ReturnType<Committer['commit']>>>) =>
        answer ?? E.left(storeUnavailable('a commit was not answered')),
    )(await store.commit([commit])()),
  counters: () => ({ commits: 0, batches: 0 }),
  flush: async () => {},
})
