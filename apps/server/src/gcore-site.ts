import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '@signalbox/core/store'
import { createHost, virtualClock } from '@signalbox/host'
import type { Host, VirtualClock } from '@signalbox/host'
import { createGcore } from '@signalbox/plugins/gcore'
import type { Billing } from '@signalbox/plugins/gcore'
import * as E from 'fp-ts/lib/Either.js'
import { fraction } from './dice.ts'
import { createIds } from './ids.ts'
import { listen } from './listener.ts'
import type { Listener } from './listener.ts'
import { openStore } from './open-store.ts'
import { plainVerifier } from './secret.ts'

/** How a host is reached: over a socket with SQLite behind it, or by a call with everything in memory. For tests. */
export type Reach = 'socket' | 'memory'

/** A host of Gcore's under a clock that stands still. For tests. */
export interface Site {
  readonly clock: () => VirtualClock
  readonly store: () => Store
  readonly billing: () => Billing
  readonly call: (method: string, path: string, call?: Call) => Promise<Answer>
  /** Ends the host and starts another one over the same store at a later instant; one that is asleep has no workers. */
  readonly restart: (at: number, options?: { readonly asleep?: boolean }) => Promise<void>
  readonly close: () => Promise<void>
}

/** A request: by the reseller 7 unless said, its body as it is or as JSON. */
export interface Call {
  readonly as?: string
  /** The whole header; empty for none. */
  readonly authorization?: string
  readonly body?: unknown
  readonly type?: string
}

/** A response, read. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // Tests say by what they expect of it what it is.
  readonly json: any
}

/** The instant at which sites open. */
export const T0 = Date.parse('2026-11-21T20:00:00Z')

/** Opens a site with one admin (1), resellers 7 and 9, the seller 8 of 7, and the common user 12 of client 3989. */
export const openSite = async (reach: Reach, settings: object, at: number = T0): Promise<Site> => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-'))
  const memory = await openStore({ kind: 'memory' })
  let up = await bringUp(at, true)

  async function bringUp(now: number, started: boolean): Promise<Up> {
    const opened =
      reach === 'memory'
        ? memory
        : await openStore({ kind: 'sqlite', path: join(folder, 'box.db') })
    if (E.isLeft(opened)) throw new Error(JSON.stringify(opened.left))
    const store = opened.right
    const clock = virtualClock(now)
    let billing: Billing | undefined
    const host = await createHost({
      store,
      plugins: [
        createGcore({
          connect: (door) => {
            billing = door
          },
        }),
      ],
      settings: { gcore: settings },
      principals: PRINCIPALS,
      clock,
      newId: createIds(clock.now),
      random: fraction,
      pollMs: 86_400_000,
      log: () => {},
    })
    if (started) await host.start()
    await host.idle()
    const report = host.boot.find(({ ok }) => !ok)
    if (billing === undefined || report !== undefined) throw new Error(JSON.stringify(report))
    const listener =
      reach === 'memory'
        ? undefined
        : await listen({
            host: '127.0.0.1',
            port: 0,
            fetch: host.fetch,
            onError: (error) => {
              throw error
            },
          })
    return { host, clock, store, billing, listener }
  }

  const takeDown = async ({ host, clock, store, listener }: Up): Promise<void> => {
    const drained = host.drain(0)
    await clock.advance(0)
    await drained
    listener?.destroy()
    await listener?.close()
    if (reach === 'socket') await store.close()()
  }

  return {
    clock: () => up.clock,
    store: () => up.store,
    billing: () => up.billing,
    call: async (
      method,
      path,
      { as = '7$s', authorization, body, type = 'application/json' } = {},
    ) => {
      const headers = new Headers()
      if (authorization !== '') headers.set('authorization', authorization ?? `APIKey ${as}`)
      if (body !== undefined) headers.set('content-type', type)
      const init = {
        method,
        headers,
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }
      const response =
        up.listener === undefined
          ? await up.host.fetch(new Request(`http://127.0.0.1${path}`, init))
          : await fetch(`http://127.0.0.1:${up.listener.port}${path}`, init)
      const text = await response.text()
      return {
        status: response.status,
        headers: response.headers,
        text,
        json: text === '' ? undefined : JSON.parse(text),
      }
    },
    restart: async (later, { asleep = false } = {}) => {
      await takeDown(up)
      up = await bringUp(later, !asleep)
    },
    close: async () => {
      await takeDown(up)
      rmSync(folder, { recursive: true })
    },
  }
}

// -- internals

interface Up {
  readonly host: Host
  readonly clock: VirtualClock
  readonly store: Store
  readonly billing: Billing
  readonly listener: Listener | undefined
}

const PRINCIPALS = [
  ['1', 'admin', '*'],
  ['7', 'reseller', '*'],
  ['8', 'seller', '*'],
  ['9', 'reseller', '*'],
  ['12', 'common', ['3989']],
].map(([id, role, tenants]) => ({
  id: String(id),
  provider: 'gcore',
  tenants: tenants === '*' ? ('*' as const) : ['3989'],
  roles: [String(role)],
  verify: plainVerifier('s'),
}))
