import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { createHost } from '@signalbox/host'
import type { AnyPlugin, Host } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { bannerOf } from './banner.ts'
import type { Configuration } from './config.ts'
import { createDial } from './dial.ts'
import { fraction } from './dice.ts'
import { draw } from './draw.ts'
import { misconfigured, unavailable } from './failure.ts'
import type { Failure } from './failure.ts'
import { createIds } from './ids.ts'
import { refuseUnfinished } from './import-mark.ts'
import { listen } from './listener.ts'
import type { Listener } from './listener.ts'
import { createLog } from './log.ts'
import type { Log } from './log.ts'
import type { Hinting } from './open-postgres.ts'
import { openStore } from './open-store.ts'
import { openProcessMetrics } from './process-metrics.ts'
import { referencePages } from './reference.ts'
import { systemClock } from './system-clock.ts'
import { openTracer } from './tracing.ts'

/** Runs the server until a signal has ended it, or says why it cannot start. */
export const serve = async (
  configuration: Configuration,
  options: {
    /** Names the configuration in a failure. */
    readonly source: string
    readonly demo: boolean
    readonly plugins: ReadonlyArray<AnyPlugin>
    readonly print: (text: string) => void
  },
): Promise<E.Either<Failure, void>> => {
  const tls = readTls(configuration, options.source)
  if (E.isLeft(tls)) return tls
  const log = createLog(options.print)
  const { store: location, storeTimeoutMs } = configuration
  const store = await openStore(location, storeTimeoutMs, hinting(configuration, log))
  if (E.isLeft(store)) return store
  const whole = await refuseUnfinished(store.right, location)
  if (E.isLeft(whole)) {
    await store.right.close()()
    return whole
  }

  // Timers of the host do not keep a process alive, and neither a drain nor a start may end for want of anything else.
  const alive = setInterval(() => {}, 60_000)
  watchForDefects(log)
  const stopping = stopSignal(log)
  const tracer = await openTracer(configuration.tracing, log)
  const { enabled = true, public: open = false, listen: own } = configuration.metrics ?? {}
  const measured = enabled ? openProcessMetrics() : undefined
  const host = await createHost({
    store: store.right,
    plugins: options.plugins.filter(({ name }) => Object.hasOwn(configuration.settings, name)),
    settings: configuration.settings,
    principals: configuration.principals,
    clock: systemClock,
    newId: createIds(systemClock.now),
    random: fraction,
    log: log.line,
    dial: createDial(),
    draw,
    tracing: tracer.tracing,
    pages: referencePages,
    metrics: !enabled ? 'nobody' : open ? 'anyone' : own === undefined ? 'viewers' : 'nobody',
    ...(measured === undefined ? {} : { families: measured.families }),
    ...leasing(configuration),
    ...(configuration.bodyLimit === undefined ? {} : { bodyLimit: configuration.bodyLimit }),
    ...(configuration.eventReach === undefined ? {} : { eventReach: configuration.eventReach }),
  })
  const { host: address, port } = configuration.listen
  const fetch = tracer.around(host.fetch)
  const scraped =
    enabled && own !== undefined
      ? await tryListen({
          address: own.host ?? '127.0.0.1',
          port: own.port,
          tls: undefined,
          fetch: metricsOf(host),
          log,
        })
      : E.right(undefined)
  const listening = E.isLeft(scraped)
    ? scraped
    : await tryListen({ address, port, tls: tls.right, fetch, log })
  if (E.isRight(listening)) {
    const listener = listening.right
    const started = host.start().then(() => true)
    if (await Promise.race([started, stopping.then(() => false)])) {
      announce(configuration, listener, { log, demo: options.demo, print: options.print })
    }
    await stopping
    await stop({ listener, host, drainMs: configuration.drainMs })
    await tracer.close()
    say(log, 'info', 'stopped')
  }
  if (E.isRight(scraped)) scraped.right?.destroy()
  measured?.close()
  await store.right.close()()
  log.flush()
  clearInterval(alive)
  return E.map(() => undefined)(listening)
}

// -- internals

// Whoever looks at least that often sees the end of a lease before it comes.
const leasing = ({
  leaseMs,
}: Configuration): { readonly leaseMs?: number; readonly pollMs?: number } =>
  leaseMs === undefined ? {} : { leaseMs, pollMs: Math.min(LONGEST_SLEEP_MS, leaseMs / 2) }

const LONGEST_SLEEP_MS = 5_000

const hinting = ({ storeHints: url }: Configuration, log: Log): Hinting | undefined =>
  url === 'off'
    ? undefined
    : {
        ...(url === undefined ? {} : { url }),
        told: (hearing) => {
          if (hearing.heard) return say(log, 'info', 'hints.on')
          const { final, reason } = hearing
          say(log, 'warn', final ? 'hints.off' : 'hints.lost', { reason })
        },
      }

type Pem = { readonly key: string; readonly cert: string } | undefined

const readTls = ({ listen: { tls } }: Configuration, source: string): E.Either<Failure, Pem> => {
  if (tls === undefined) return E.right(undefined)
  const texts: string[] = []
  for (const name of ['key', 'cert'] as const) {
    try {
      texts.push(readFileSync(tls[name], 'utf8'))
    } catch (thrown) {
      return E.left(
        misconfigured(source, `listen.tls.${name}`, `cannot read it: ${wordsOf(thrown)}`),
      )
    }
  }
  const [key = '', cert = ''] = texts
  try {
    createSecureContext({ key, cert })
    return E.right({ key, cert })
  } catch (thrown) {
    return E.left(misconfigured(source, 'listen.tls', `not usable: ${wordsOf(thrown)}`))
  }
}

const tryListen = async (options: {
  readonly address: string
  readonly port: number
  readonly tls: Pem
  readonly fetch: Host['fetch']
  readonly log: Log
}): Promise<E.Either<Failure, Listener>> => {
  const { address, port, tls, fetch, log } = options
  try {
    return E.right(
      await listen({
        host: address,
        port,
        ...(tls === undefined ? {} : { tls }),
        fetch,
        onError: (error) => say(log, 'error', 'server-error', thrownDetail(error)),
      }),
    )
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
    const problem =
      code === 'EADDRINUSE' ? 'the port is taken' : `cannot listen: ${wordsOf(thrown)}`
    return E.left(unavailable(`${bracketed(address)}:${port}`, problem))
  }
}

// Where nothing but the metrics is to be had.
const metricsOf =
  (host: Host): Host['fetch'] =>
  async (request) =>
    request.method === 'GET' && new URL(request.url).pathname === '/metrics'
      ? host.metrics(request)
      : new Response(null, { status: 404 })

const announce = (
  { listen: { host, tls } }: Configuration,
  { port }: Listener,
  {
    log,
    demo,
    print,
  }: { readonly log: Log; readonly demo: boolean; readonly print: (text: string) => void },
): void => {
  const url = `${tls === undefined ? 'http' : 'https'}://${bracketed(host)}:${port}`
  say(log, 'info', 'listening', { host, port, url })
  log.flush()
  if (demo) print(`\n${bannerOf(url)}`)
}

const stop = async ({
  listener,
  host,
  drainMs,
}: {
  readonly listener: Listener
  readonly host: Host
  readonly drainMs: number
}): Promise<void> => {
  const closed = listener.close()
  await host.drain(drainMs)
  // The replies of drained requests are on their way out; what is still open after this was given up by the drain.
  await Promise.race([closed, later(LAST_BYTES_MS)])
  listener.destroy()
}

const LAST_BYTES_MS = 1000

const later = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms).unref())

const stopSignal = (log: Log): Promise<void> =>
  new Promise((resolve) => {
    let askedAt: number | undefined
    const onSignal = (signal: NodeJS.Signals): void => {
      if (askedAt === undefined) {
        askedAt = performance.now()
        say(log, 'info', 'stopping', { signal })
        resolve()
      } else if (performance.now() - askedAt > ONE_KEYSTROKE_MS) {
        log.flush()
        process.exit(SIGNAL_EXIT[signal] ?? 1)
      }
    }
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal)
  })

// One Ctrl-C may arrive twice: from the terminal, and from an npm that hands it on.
const ONE_KEYSTROKE_MS = 250

const SIGNAL_EXIT: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 130, SIGTERM: 143 }

// A rejection that nobody awaits breaks no state that is shared; an exception out of nowhere might have.
const watchForDefects = (log: Log): void => {
  process.on('unhandledRejection', (reason) =>
    say(log, 'error', 'unhandled-rejection', thrownDetail(reason)),
  )
  process.on('uncaughtException', (error) => {
    say(log, 'error', 'uncaught-exception', thrownDetail(error))
    log.flush()
    process.exit(1)
  })
}

const say = (
  log: Log,
  level: 'info' | 'warn' | 'error',
  event: string,
  detail: Readonly<Record<string, string | number>> = {},
): void => log.line({ at: systemClock.now(), level, event, ...detail })

const thrownDetail = (thrown: unknown): Readonly<Record<string, string>> =>
  thrown instanceof Error
    ? { message: thrown.message, stack: thrown.stack ?? '' }
    : { message: String(thrown) }

const wordsOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown)

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)
