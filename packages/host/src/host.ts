import type { Store } from '@signalbox/core/store'
import { createActivity } from './activity.ts'
import { createApp } from './app.ts'
import type { App, Connection, Target } from './app.ts'
import { exponential } from './backoff.ts'
import { bootPlugins, RESERVED } from './boot.ts'
import type { AnyPlugin, BootReport } from './boot.ts'
import { createCallback } from './callback.ts'
import type { Clock } from './clock.ts'
import { createCommitter } from './committer.ts'
import type { CommitCounters } from './committer.ts'
import { createControl } from './control/control.ts'
import { createDeliveries } from './control/deliveries.ts'
import { readersBy } from './control/maker.ts'
import { SIGNALBOX } from './control/role.ts'
import type { Provider, Site } from './control/site.ts'
import { createSubscriptions } from './control/subscriptions.ts'
import { createTokens } from './control/tokens.ts'
import { createCredentials } from './credentials.ts'
import type { ConfiguredPrincipal } from './credentials.ts'
import { createDeadlines } from './deadlines.ts'
import { noDial } from './dial.ts'
import type { Dial } from './dial.ts'
import type { Draw } from './draw.ts'
import { createEffectCommands } from './effect-commands.ts'
import { createFallback } from './fallback.ts'
import { createGate } from './gate.ts'
import { readiness } from './health.ts'
import type { Phase } from './health.ts'
import { createLog, thrownDetail } from './log.ts'
import type { LogLine } from './log.ts'
import { createLoop } from './loop.ts'
import type { Change } from './loop.ts'
import type { Family } from './meter.ts'
import { createMetrics } from './metrics.ts'
import { createMetricsReply } from './metrics-reply.ts'
import type { MetricsAccess } from './metrics-reply.ts'
import { openapi } from './openapi.ts'
import type { DescribedApi, Page } from './page.ts'
import { createPipeline } from './pipeline.ts'
import type { Mounted } from './plugin.ts'
import { createKeyedQueue } from './queue.ts'
import type { ReachSettings } from './reach.ts'
import type { Registry } from './registry.ts'
import { createRehearsals } from './rehearsal/rehearsals.ts'
import type { Stage } from './rehearsal/stage.ts'
import { remembering } from './remembering.ts'
import { json } from './reply.ts'
import { toResponse } from './response.ts'
import { platformSchedule } from './schedule.ts'
import type { Schedule } from './schedule.ts'
import { createServices } from './services.ts'
import { createSettlements } from './settlement.ts'
import { createStarts } from './starts.ts'
import { noTracing } from './tracing.ts'
import type { Tracing } from './tracing.ts'
import { createWaker } from './waker.ts'
import { within } from './within.ts'
import { createWorker } from './worker.ts'

/** What a host is made of. Times are in ms. */
export interface HostOptions {
  /** Open; it stays the caller's to close, after `drain`. */
  readonly store: Store
  readonly plugins: ReadonlyArray<AnyPlugin>
  /** By plugin name; a plugin without any gets an empty object to decode. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly principals: ReadonlyArray<ConfiguredPrincipal>
  readonly clock: Clock
  /** Unique over all hosts of the store. */
  readonly newId: () => string
  /** At least 0, below 1. */
  readonly random: () => number
  readonly log: (line: LogLine) => void
  /** Sends what drivers send over HTTP; without it everything is refused. */
  readonly dial?: Dial
  /** Draws lifecycles for the control plane; without it, it shows none of them as a picture. */
  readonly draw?: Draw
  /** Where subscriptions may have events sent, beside public addresses over https. */
  readonly eventReach?: ReachSettings
  /** Follows requests through what they set off; without it nothing is followed. */
  readonly tracing?: Tracing
  /** Who may read the metrics at `/metrics`: a viewer of everything unless said, or nobody. */
  readonly metrics?: MetricsAccess
  /** What the app measures beside; it is shown with the rest. */
  readonly families?: () => ReadonlyArray<Family>
  /** What the app shows beside, such as a reference of the API. */
  readonly pages?: ReadonlyArray<Page>
  /** The largest body in bytes, where a route says nothing else; 1 MiB unless said. */
  readonly bodyLimit?: number
  /** Owns the leases; unique among the running hosts of a store. */
  readonly hostId?: string
  /** 10,000 unless said. */
  readonly leaseMs?: number
  /** Runs work after what is ready now; commits of one such turn share a batch. */
  readonly schedule?: Schedule
  /** How many effects run at once; 64 unless said. */
  readonly effectConcurrency?: number
  /** The first wait before an effect is tried again, doubled each time; 500 unless said. */
  readonly retryBaseMs?: number
  /** 60,000 unless said. */
  readonly retryMaxMs?: number
  /** How many commits share a batch at most; 256 unless said. */
  readonly batchLimit?: number
  /** How many changes of one service wait at most; 256 unless said. */
  readonly queueLimit?: number
  /** The longest sleep between two looks at the store; 5,000 unless said. */
  readonly pollMs?: number
  /** The bound of a plugin's setup, and of its start; 30,000 unless said. */
  readonly setupMs?: number
}

/** A host that has booted. */
export interface Host {
  readonly app: App
  readonly fetch: (request: Request, connection?: Connection) => Promise<Response>
  /** What became of each plugin; one whose `start` fails turns bad later, and good again when it succeeds after all. */
  readonly boot: BootReport
  /** Starts the workers and the plugins; until then the host serves requests but is not ready. */
  readonly start: () => Promise<void>
  /** Refuses new requests, ends those that are in, stops the workers; work that outlasts the bound goes to the next host. */
  readonly drain: (boundMs?: number) => Promise<void>
  readonly counters: () => CommitCounters
  /** Answers the metrics, whoever asks. */
  readonly metrics: (request: Request) => Promise<Response>
  /** Resolves when nothing goes on that a clock which stands still would not hold up. */
  readonly idle: () => Promise<void>
}

/** Boots the plugins over a store. A plugin that cannot be booted is reported; the others serve. */
export const createHost = async ({
  plugins,
  settings,
  principals,
  clock,
  newId,
  random,
  dial: given = noDial,
  draw,
  eventReach,
  tracing = noTracing,
  metrics: access = 'viewers',
  families = () => [],
  pages = [],
  bodyLimit = 1_048_576,
  hostId = newId(),
  leaseMs = 10_000,
  schedule = platformSchedule,
  effectConcurrency = 64,
  retryBaseMs = 500,
  retryMaxMs = 60_000,
  batchLimit = 256,
  queueLimit = 256,
  pollMs = 5_000,
  setupMs = 30_000,
  ...options
}: HostOptions): Promise<Host> => {
  const log = createLog(clock, options.log, tracing.current)
  const dial = carrying(given, tracing)
  const activity = createActivity(schedule)
  const watched = clock.join === undefined ? options.store : activity.watch(options.store)
  const store = remembering(watched)
  const metrics = createMetrics({ store, clock, more: families })
  const unjoin = clock.join?.(activity.idle)
  const registry: Registry = new Map()
  const listeners: Array<(change: Change) => void> = []
  const watchers = new Set<() => void>()
  const draining = new AbortController()
  const backoff = exponential({ baseMs: retryBaseMs, maxMs: retryMaxMs, random })
  const committer = createCommitter({ store, schedule, largest: batchLimit, clock, metrics })
  const settlements = createSettlements(clock)
  let phase: Phase = 'starting'

  const loop = createLoop({
    store,
    committer,
    queue: createKeyedQueue(clock, queueLimit),
    clock,
    newId,
    attempts: ATTEMPTS,
    retryAfterMs: RETRY_AFTER_MS,
    lease: ({ key, settling }) =>
      settling || settlements.isWatched(key) || (phase === 'serving' && worker.hasRoom())
        ? { owner: hostId, until: clock.now() + leaseMs }
        : undefined,
    refused: ({ name }, input, { _tag }) => metrics.refused(name, input, _tag),
    carried: tracing.carried,
    changed: (change) => {
      metrics.changed(change)
      for (const listener of listeners) listener(change)
    },
    ledgerOf: ({ name }) => registry.get(name)?.ledger,
    isDriven: ({ lifecycle, type }) => Object.hasOwn(registry.get(lifecycle)?.drivers ?? {}, type),
    unaudited: ({ _tag }) => log('error', 'journal.missed', { failure: _tag }),
  })
  const poke = (): void => waker.poke()
  const worker = createWorker({
    store,
    committer,
    loop,
    registry,
    clock,
    newId,
    log,
    metrics,
    tracing,
    owner: hostId,
    leaseMs,
    concurrency: effectConcurrency,
    backoff,
    quarantineMs: QUARANTINE_MS,
    ended: settlements.ended,
    poke,
    by: (at) => waker.by(at),
  })
  const deadlines = createDeadlines({
    store,
    loop,
    registry,
    clock,
    log,
    owner: hostId,
    leaseMs,
    limit: effectConcurrency,
    backoff: exponential({ baseMs: leaseMs, maxMs: QUARANTINE_MS, random }),
  })
  const waker = createWaker({
    store,
    clock,
    log,
    passes: [() => tracing.apart(worker.fill), () => tracing.apart(deadlines.fire)],
    longestMs: pollMs,
  })
  listeners.push(settlements.changed, worker.changed, ({ decision }) => {
    for (const { dueAt } of decision?.armed ?? []) waker.by(dueAt)
    for (const watcher of watchers) watcher()
  })
  const unwatch = store.watch?.((of) => {
    if (of === 'work') return poke()
    for (const watcher of watchers) watcher()
  })

  const shared = {
    store,
    loop,
    committer,
    settlements,
    settling: createKeyedQueue(clock, queueLimit),
    clock,
    newId,
    log,
    retryAfterMs: RETRY_AFTER_MS,
  }
  let mounts: ReadonlyArray<string> = []
  const booted = await bootPlugins(plugins, {
    settings,
    clock,
    setupMs,
    toolsOf: (plugin, given) => ({
      settings: given,
      credentials: createCredentials(plugin, principals),
      clock,
      newId,
      random,
      log: (event, detail) => log('info', event, { ...detail, plugin }),
      services: createServices(plugin, shared),
      dial,
      mounts: () => mounts,
    }),
  })
  const starts = createStarts({ clock, log, ms: setupMs, backoff })
  const reports = (): BootReport =>
    booted.map((boot) => {
      const { plugin } = boot
      const reason = 'reason' in boot ? boot.reason : starts.failure(plugin)
      return reason === undefined ? { plugin, ok: true } : { plugin, ok: false, reason }
    })
  const providers = (): ReadonlyArray<Provider> =>
    booted.map((boot, index) => {
      const reason = 'reason' in boot ? boot.reason : starts.failure(boot.plugin)
      const mounted = 'mounted' in boot && reason === undefined ? boot.mounted : undefined
      return { name: boot.plugin, version: plugins[index]?.version, mounted, reason }
    })
  const rehearsals = createRehearsals({
    ...shared,
    shared,
    providers,
    attempts: ATTEMPTS,
    queueLimit,
    bodyLimit,
  })
  const targets = booted.map((boot): Target => {
    const { plugin } = boot
    if ('reason' in boot) {
      log('error', 'plugin.failed', { plugin, reason: boot.reason })
      return {
        plugin,
        mounts: boot.mounts,
        pipeline: () => undefined,
        fallback: () => undefined,
      }
    }
    const { mounted } = boot
    for (const lifecycle of mounted.lifecycles)
      registry.set(lifecycle.name, {
        lifecycle,
        drivers: mounted.drivers,
        ledger: mounted.ledgers?.find((ledger) => ledger.lifecycle === lifecycle),
      })
    const real = createPipeline(plugin, mounted, { ...shared, bodyLimit })
    const pipeline = rehearsals.ofPlugin(plugin, mounted, real)
    const fallback = rehearsals.ofFallback(plugin, mounted, createFallback(plugin, mounted, log))
    log('info', 'plugin.mounted', { plugin, mounts: mounted.mounts })
    return {
      plugin,
      mounts: mounted.mounts,
      pipeline: () => (starts.failure(plugin) === undefined ? pipeline : undefined),
      fallback: () => (starts.failure(plugin) === undefined ? fallback : undefined),
    }
  })
  mounts = [...RESERVED, ...targets.flatMap((target) => target.mounts)]
  const controlOver = (
    on: Pick<Stage, 'shared' | 'registry'>,
    reach: Pick<Site, 'providers' | 'changes' | 'subscribed'>,
    wake: () => void,
  ): Mounted => {
    const over = { ...on.shared, registry: on.registry, poke: wake }
    return createControl({
      site: { ...on.shared, ...reach, draining: draining.signal, metrics },
      credentials: createCredentials(SIGNALBOX, principals),
      effects: createEffectCommands(over),
      callback: createCallback(over),
      reach: eventReach,
      draw,
    })
  }
  const changes: Site['changes'] = {
    subscribe: (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
  }
  const subscribed = (): void => deliveries.look()
  const control = controlOver({ shared, registry }, { providers, changes, subscribed }, poke)
  const controls = rehearsals.ofControl(
    control,
    createPipeline(SIGNALBOX, control, { ...shared, bodyLimit }),
    (stage) => controlOver(stage, { providers: () => stage.providers, ...NO_CHANGES }, () => {}),
  )
  const deliveries = createDeliveries({
    site: { store, changes },
    subscriptions: createSubscriptions(shared),
    readerOf: readersBy(createCredentials(SIGNALBOX, principals), createTokens(shared)),
    clock,
    log,
    dial,
    reach: eventReach,
    owner: hostId,
    leaseMs,
    pollMs,
    backoff: exponential({ baseMs: RETRY_AFTER_MS, maxMs: QUARANTINE_MS, random }),
  })
  const metricsReply = createMetricsReply({
    expose: metrics.expose,
    admit: control.admit,
    open: access === 'anyone',
  })
  const running = booted.flatMap((boot) => ('mounted' in boot ? [boot] : []))
  const gate = createGate()
  const app = createApp({
    targets: [
      {
        plugin: SIGNALBOX,
        mounts: control.mounts,
        pipeline: () => controls,
        fallback: () => undefined,
      },
      ...targets,
    ],
    pages,
    documents: () => [
      ...documentOf(SIGNALBOX, control),
      ...running.flatMap(({ plugin, mounted }) => documentOf(plugin, mounted)),
    ],
    describe: (name) => {
      const mounted =
        name === SIGNALBOX ? control : running.find(({ plugin }) => plugin === name)?.mounted
      const description = mounted?.description
      return mounted === undefined || description === undefined
        ? undefined
        : json(200, openapi(mounted.routes, description))
    },
    ready: () => readiness(store, phase, reports()),
    metrics: access === 'nobody' ? undefined : metricsReply,
    measured: metrics.answered,
    tracing,
    gate,
    clock,
    newId,
    log,
  })

  const start = async (): Promise<void> => {
    if (phase !== 'starting') return
    waker.start()
    // Nothing is sent by who was given no way out.
    if (given !== noDial) deliveries.start()
    await Promise.all(
      running.map(({ plugin, mounted }) => starts.begin(plugin, () => mounted.start?.())),
    )
    if (phase === 'starting') phase = 'serving'
  }

  const stop = async (boundMs: number): Promise<void> => {
    phase = 'draining'
    starts.stop()
    draining.abort()
    gate.shut()
    log('info', 'host.draining')
    let cancel = (): void => {}
    const bound = new Promise<void>((resolve) => {
      cancel = clock.after(boundMs, resolve)
    })
    await Promise.race([gate.empty(), bound])
    waker.stop()
    await worker.stop(bound)
    await deadlines.stop()
    await deliveries.stop()
    await committer.flush()
    cancel()
    await Promise.all(
      running.map(async ({ plugin, mounted }) => {
        try {
          const late = `its stop took more than ${STOP_MS} ms`
          await within(() => mounted.stop?.(), clock, { ms: STOP_MS, late })
        } catch (thrown) {
          log('error', 'plugin.stop', { plugin, ...thrownDetail(thrown) })
        }
      }),
    )
    unwatch?.()
    unjoin?.()
    log('info', 'host.drained')
  }
  let drained: Promise<void> | undefined

  return {
    app,
    fetch: (request, connection = {}) => {
      const response = app.fetch(request, connection)
      return response instanceof Promise ? response : Promise.resolve(response)
    },
    get boot() {
      return reports()
    },
    start,
    drain: (boundMs = 10_000) => (drained ??= stop(boundMs)),
    counters: committer.counters,
    metrics: async (request) =>
      toResponse(await metrics.expose(request.headers.get('accept')), request.method).response,
    idle: activity.idle,
  }
}

// -- internals

const documentOf = (name: string, { description }: Mounted): ReadonlyArray<DescribedApi> =>
  description === undefined
    ? []
    : [{ name, title: description.title, href: `/_signalbox/openapi/${name}.json` }]

// Whatever is sent on behalf of what is traced says so.
const carrying =
  (dial: Dial, { carried }: Tracing): Dial =>
  (request) => {
    const trace = carried()
    return dial(
      trace === undefined ? request : { ...request, headers: { ...request.headers, ...trace } },
    )
  }

// A rehearsal is over before anything changes that somebody could wait for.
const NO_CHANGES: Pick<Site, 'changes' | 'subscribed'> = {
  changes: { subscribe: () => () => {} },
  subscribed: () => {},
}

const RETRY_AFTER_MS = 1_000

// How often a change is decided anew when others come between.
const ATTEMPTS = 8

const STOP_MS = 5_000

// A defect in a plugin is not cured by trying again at once.
const QUARANTINE_MS = 300_000
