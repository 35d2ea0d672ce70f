import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '@signalbox/core/store'
import { createHost, virtualClock } from '@signalbox/host'
import type { Host, VirtualClock } from '@signalbox/host'
import { afterEach, beforeEach, expect, inject, it } from 'vitest'
import { makeDatabase } from './database.ts'
import type { Database } from './database.ts'
import { DEMO_SECRETS, demoConfiguration } from './demo.ts'
import { must } from './house.ts'
import { createIds } from './ids.ts'
import { openStore } from './open-store.ts'
import { PLUGINS } from './plugins.ts'
import { startServer } from './server-process.ts'

interface Hosted {
  readonly host: Host
  readonly store: Store
  readonly clock: VirtualClock
  readonly heard: () => boolean
}

let cwd = ''
let database: Database
const closers: Array<() => Promise<unknown>> = []

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  database = await makeDatabase(inject('postgres'))
})

afterEach(async () => {
  for (const close of closers.splice(0)) await close()
  await database.drop()
  rmSync(cwd, { recursive: true })
})

// A host of the demo whose clock stands still: it looks at nothing by itself.
const open = async (hostId: string, effectConcurrency = 8): Promise<Hosted> => {
  let heard = false
  const store = must(
    await openStore({ kind: 'postgres', url: database.url }, undefined, {
      told: (hearing) => {
        heard = hearing.heard
      },
    }),
  )
  closers.push(store.close())
  const clock = virtualClock(1_800_000_000_000)
  const demo = must(demoConfiguration({ environment: {}, options: {} }))
  const host = await createHost({
    store,
    plugins: PLUGINS,
    settings: demo.settings,
    principals: demo.principals,
    clock,
    newId: createIds(clock.now),
    random: () => 0.5,
    log: () => {},
    hostId,
    effectConcurrency,
  })
  const started = host.start()
  // What the demo begins with takes its time.
  await clock.advance(10_000)
  await started
  await expect.poll(() => heard, PATIENT).toBe(true)
  await host.idle()
  return { host, store, clock, heard: () => heard }
}

const PATIENT = { timeout: 15_000, interval: 5 }

const ask = (
  { host }: Hosted,
  path: string,
  { method = 'GET', body, headers = {} }: Asked,
): Promise<Response> =>
  host.fetch(
    new Request(`http://host.test${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
  )

interface Asked {
  readonly method?: string
  readonly body?: object
  readonly headers?: Record<string, string>
}

const pauseOrResume = async (at: Hosted, status: 'paused' | 'active'): Promise<void> => {
  const headers = { authorization: `apikey 7$${DEMO_SECRETS.gcoreReseller}` }
  const path = '/iam/clients/3989/services/21797'
  const changed = await ask(at, path, { method: 'PATCH', body: { status }, headers })
  expect(changed.status, await changed.text()).toBe(200)
}

const createService = async (at: Hosted, name: string): Promise<void> => {
  const body = {
    name,
    domains: [{ domain: `www.${name}-site.com` }],
    origins: [{ origin: `origin.${name}-site.com` }],
    flavor_id: 'cdn',
  }
  const headers = { 'x-auth-token': DEMO_SECRETS.poppyTenant }
  const made = await ask(at, '/v1.0/110011/services', { method: 'POST', body, headers })
  expect(made.status, await made.text()).toBe(202)
}

const owners = async (): Promise<ReadonlyArray<unknown>> =>
  (await database.ask('select owner from signalbox.effect where open order by owner')).map(
    ({ owner }) => owner,
  )

it('tells of a change in the event stream of another host that has no time to look', async () => {
  const [one, two] = [await open('one'), await open('two')]
  const headers = { authorization: `Bearer ${DEMO_SECRETS.controlOperator}` }
  const events = await ask(two, '/_signalbox/v1/events?limit=500', { headers })
  const { next } = (await events.json()) as { next: string }
  const stream = await ask(two, `/_signalbox/v1/events/stream?after=${next}`, { headers })
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const reading = (async (): Promise<void> => {
    for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read())
      text += read.value
  })()
  await two.host.idle()
  // What an older transaction on the same server holds back is told with the next change.
  for (let turn = 0; !text.includes('service.pause'); turn += 1) {
    expect(turn).toBeLessThan(20)
    await pauseOrResume(one, turn % 2 === 0 ? 'paused' : 'active')
    await expect.poll(() => text.includes('data: '), PATIENT).toBe(true)
  }
  await two.host.drain()
  await reading
})

it('takes at once the work that another host has no room for', async () => {
  const [one] = [await open('one', 1), await open('two')]
  // The first stays in its hand for as long as its clock stands still.
  await createService(one, 'first')
  await createService(one, 'second')
  await expect.poll(owners, PATIENT).toEqual(['one', 'two'])
})

it('takes at once the work that another host lets go of when it stops', async () => {
  const [one] = [await open('one'), await open('two')]
  await createService(one, 'first')
  expect(await owners()).toEqual(['one'])
  const drained = one.host.drain(0)
  await one.clock.advance(0)
  await drained
  await expect.poll(owners, PATIENT).toEqual(['two'])
})

const pgbouncer = inject('pgbouncer')

it('looks now and then behind PgBouncer and says so once, unless it is told where the server is', async ({
  skip,
}) => {
  if ('missing' in pgbouncer) return skip(pgbouncer.missing)
  const url = new URL(pgbouncer.url)
  url.pathname = new URL(database.url).pathname
  const start = async (env: Record<string, string>, event: string): Promise<string> => {
    const server = await startServer([], {
      cwd,
      env: { PORT: '0', SIGNALBOX_STORE: url.href, ...env },
    })
    try {
      await server.logged(event)
    } finally {
      server.kill('SIGTERM')
    }
    const { code, stdout } = await server.ended
    expect(code).toBe(0)
    return stdout
  }
  const pooled = await start({}, 'hints.off')
  expect(pooled.match(/"event":"hints\..*/g)).toEqual([expect.stringContaining('pooler')])
  const direct = await start({ SIGNALBOX_STORE_HINTS: database.url }, 'hints.on')
  expect(direct.match(/"event":"hints\.\w+/g)).toEqual(['"event":"hints.on'])
  const off = await start({ SIGNALBOX_STORE_HINTS: 'off' }, 'listening')
  expect(off).not.toContain('hints.')
})
