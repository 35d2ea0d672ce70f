import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, expect, inject, it } from 'vitest'
import { answering, openReceiver } from './__fixtures__/receiver.ts'
import type { Receiver } from './__fixtures__/receiver.ts'
import { makeDatabase } from './database.ts'
import type { Database } from './database.ts'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import { exchange } from './wire.ts'
import type { WireReply } from './wire.ts'

const SECRET = `whsec_${btoa('the secret that both sides share now')}`

const PATIENCE = { timeout: 20_000, interval: 10 }

let cwd = ''
let database: Database
let receiver: Receiver
const servers: Array<ServerProcess> = []

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  database = await makeDatabase(inject('postgres'))
  receiver = await openReceiver(SECRET, answering(202))
})

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.kill('SIGKILL')
    await server.ended
  }
  await receiver.close()
  await database.drop()
  rmSync(cwd, { recursive: true })
})

type Driver = Readonly<Record<string, unknown>>

// Two servers of one database, whose receiver accepts all work and reports it later.
const pair = async (
  configure: (driver: Driver) => object,
): Promise<readonly [ServerProcess, ServerProcess]> => {
  const driver = {
    kind: 'webhook',
    url: receiver.url,
    secret: SECRET,
    reach: { allow: ['127.0.0.1'], allowHttp: true },
  }
  writeFileSync(join(cwd, 'signalbox.config.json'), JSON.stringify(configure(driver)))
  const start = async (): Promise<ServerProcess> => {
    const env = { PORT: '0', SIGNALBOX_STORE: database.url }
    const server = await startServer([], { cwd, env })
    servers.push(server)
    return server
  }
  return [await start(), await start()]
}

const GCORE = (driver: Driver): object => ({
  principals: [
    { id: '7', provider: 'gcore', secret: 'r', tenants: '*', roles: ['reseller'] },
    { id: 'olga', provider: 'signalbox', secret: 'olga', tenants: '*', roles: ['operator'] },
  ],
  providers: {
    gcore: {
      driver,
      clients: [
        {
          id: 1001,
          name: 'A',
          email: 'a@example.com',
          companyName: 'A',
          reseller: 7,
          services: { CDN: { id: 5000 } },
        },
      ],
    },
  },
})

const ZOSCONNECT = (driver: Driver): object => ({
  principals: [],
  providers: {
    zosconnect: {
      requireSecure: false,
      requireAuth: false,
      spiTimeoutMs: 100,
      statusTimeoutMs: 100,
      driver,
      services: [{ name: 'box', provider: 'CICS-1.0', status: 'stopped' }],
    },
  },
})

const report = (base: string, effect: string, outcome: string): Promise<WireReply> => {
  const body = JSON.stringify({ effect, outcome })
  const at = new Date()
  return exchange(base, `/_signalbox/v1/effects/${effect}/report`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': `msg_${outcome}`,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(SECRET).sign(`msg_${outcome}`, at, body),
    },
    body,
  })
}

const move = ({ url }: ServerProcess, status: string): Promise<WireReply> =>
  exchange(url, '/iam/clients/1001/services/5000', {
    method: 'PATCH',
    headers: { authorization: 'apikey 7$r', 'content-type': 'application/json' },
    body: JSON.stringify({ status }),
  })

const work = async ({ url }: ServerProcess): Promise<ReadonlyArray<string>> => {
  const headers = { authorization: 'Bearer olga' }
  const { text } = await exchange(url, '/_signalbox/v1/effects', { headers })
  const { items } = JSON.parse(text) as {
    readonly items: ReadonlyArray<{ readonly type: string; readonly state: string }>
  }
  return items.map(({ type, state }) => `${type} ${state}`)
}

it('takes the report of accepted work at any server, once, and goes on with what waited behind it', async () => {
  const [one, two] = await pair(GCORE)
  expect((await move(one, 'active')).status).toBe(200)
  await expect.poll(() => receiver.deliveries.length, PATIENCE).toBe(1)
  expect((await move(one, 'paused')).status).toBe(200)
  const first = receiver.deliveries[0]?.id ?? ''
  // At both at once, and of two outcomes one is taken.
  const replies = await Promise.all([
    report(one.url, first, 'failed'),
    report(two.url, first, 'done'),
  ])
  expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 409])
  const stands = replies[0]?.status === 200 ? 'failed' : 'done'
  for (const server of [one, two]) {
    expect((await report(server.url, first, stands)).status).toBe(200)
    const other = stands === 'done' ? 'failed' : 'done'
    expect((await report(server.url, first, other)).status).toBe(409)
  }
  // The next work of the lane is sent, by whichever of them it is.
  await expect.poll(() => receiver.deliveries.length, PATIENCE).toBe(2)
  const second = receiver.deliveries[1]?.id ?? ''
  expect(second).not.toBe(first)
  expect((await report(two.url, second, 'done')).status).toBe(200)
  for (const server of [one, two])
    expect(await work(server)).toEqual([`provision ${stands}`, 'suspend done'])
  expect(receiver.deliveries).toHaveLength(2)
})

it('shows at every server what was reported at another one than a client waits at, which has the client look', async () => {
  const [one, two] = await pair(ZOSCONNECT)
  const shown = async ({ url }: ServerProcess): Promise<string> =>
    JSON.parse((await exchange(url, '/zosConnect/services/box')).text).zosConnect.serviceStatus
  // What is declared as stopped is stopped first.
  await expect.poll(() => receiver.deliveries.length, PATIENCE).toBe(1)
  expect((await report(two.url, receiver.deliveries[0]?.id ?? '', 'done')).status).toBe(200)
  const waiting = exchange(one.url, '/zosConnect/services/box?status=started', { method: 'PUT' })
  await expect.poll(() => receiver.deliveries.length, PATIENCE).toBe(2)
  expect((await report(two.url, receiver.deliveries[1]?.id ?? '', 'done')).status).toBe(200)
  const { status, headers } = await waiting
  expect([status, headers.get('retry-after')]).toEqual([503, '1'])
  expect([await shown(one), await shown(two)]).toEqual(['Started', 'Started'])
  expect(receiver.deliveries).toHaveLength(2)
})
