import type { Store } from '@signalbox/core/store'
import { createHost, virtualClock } from '@signalbox/host'
import type { ConfiguredPrincipal, Connection, Dial, Host, LogLine, VirtualClock } from '@signalbox/host'
import { createZosconnect } from '../index.ts'
import type { ZosconnectOptions } from '../index.ts'

/** A host with the plugin alone, over a store in memory and a clock that stands still. */
export interface Bench {
  readonly host: Host
  readonly store: Store
  readonly clock: VirtualClock
  readonly log: ReadonlyArray<LogLine>
  /** Sends a request to `http://h:9080`, with a zip where bytes are given. */
  readonly send: (
    call: string,
    options?: {
      readonly body?: Uint8Array | string
      readonly headers?: Readonly<Record<string, string>>
      readonly connection?: Connection
    },
  ) => Promise<Answer>
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: unknown
}

/** What a bench is made with. */
export interface BenchOptions extends ZosconnectOptions {
  readonly settings?: Readonly<Record<string, unknown>>
  readonly principals?: ReadonlyArray<ConfiguredPrincipal>
  readonly store?: Store
  readonly dial?: Dial
  /** Shared by benches that work together. */
  readonly clock?: VirtualClock
}

/** Makes benches that boot and start a host; no TLS and no authentication unless the settings say so. */
export const createBench =
  (open: () => Store) =>
  async ({
  settings = {},
  principals = [],
  store = open(),
  dial,
  clock = virtualClock(Date.UTC(2026, 10, 21)),
  ...options
}: BenchOptions = {}): Promise<Bench> => {
  const log: Array<LogLine> = []
  const host = await createHost({
    store,
    plugins: [createZosconnect(options)],
    settings: { zosconnect: { requireSecure: false, requireAuth: false, ...settings } },
    principals,
    clock,
    newId: () => crypto.randomUUID(),
    random: () => 0.5,
    log: (line) => log.push(line),
    ...(dial !== undefined && { dial }),
  })
  await host.start()
  await host.idle()
  return {
    host,
    store,
    clock,
    log,
    send: async (call, { body, headers = {}, connection } = {}) => {
      const [method = 'GET', path = '/'] = call.split(' ')
      const request = new Request(`http://h:9080${path}`, {
        method,
        headers: {
          ...(body instanceof Uint8Array && { 'content-type': 'application/zip' }),
          ...headers,
        },
        ...(body !== undefined && { body: body as Uint8Array<ArrayBuffer> | string }),
      })
      const response = await host.fetch(request, connection)
      const text = await response.text()
      return {
        status: response.status,
        headers: response.headers,
        text,
        body: text === '' ? undefined : (JSON.parse(text) as unknown),
      }
    },
  }
}

/** A principal whose password is its id backwards. */
export const principal = (id: string, roles: ReadonlyArray<string>): ConfiguredPrincipal => ({
  id,
  provider: 'zosconnect',
  tenants: '*',
  roles,
  verify: async (secret) => secret === [...id].reverse().join(''),
})

/** The header by which a principal shows itself. */
export const basic = (id: string, password = [...id].reverse().join('')) => ({
  authorization: `Basic ${btoa(`${id}:${password}`)}`,
})

/** Moves the clock on, step by step, until a request that waits for it is answered. */
export const during = async <A>({ clock }: Bench, request: Promise<A>): Promise<A> => {
  let answered = false
  const done = request.finally(() => {
    answered = true
  })
  while (!answered) {
    await clock.advance(50)
    // Hashing an archive takes time of its own.
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return done
}
