import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { answering, openReceiver } from './__fixtures__/receiver.ts'
import type { Answer, Receiver } from './__fixtures__/receiver.ts'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import { exchange } from './wire.ts'
import type { WireReply } from './wire.ts'

const SECRET = `whsec_${btoa('the secret that both sides share now')}`

const PATIENCE = { timeout: 20_000, interval: 10 }

let cwd = ''
let receiver: Receiver | undefined
let server: ServerProcess | undefined

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
})

afterEach(async () => {
  server?.kill('SIGKILL')
  await server?.ended
  await receiver?.close()
  rmSync(cwd, { recursive: true })
})

// A server whose provider hands its work to a receiver that answers as said.
const serving = async (
  configuration: (driver: Readonly<Record<string, unknown>>) => object,
  ...answers: ReadonlyArray<Answer>
): Promise<{ readonly server: ServerProcess; readonly receiver: Receiver }> => {
  const received = await openReceiver(SECRET, ...answers)
  receiver = received
  const driver = {
    kind: 'webhook',
    url: received.url,
    secret: { env: 'HOOK_SECRET' },
    callback: 'https://signalbox.example',
    reach: { allow: ['127.0.0.1'], allowHttp: true },
  }
  const file = { store: 'sqlite:box.db', ...configuration(driver) }
  writeFileSync(join(cwd, 'signalbox.config.json'), JSON.stringify(file))
  const started = await startServer([], { cwd, env: { PORT: '0', HOOK_SECRET: SECRET } })
  server = started
  return { server: started, receiver: received }
}

const saying = (report: object): Answer => answering(200, JSON.stringify(report))

const report = (base: string, effect: string, members: object): Promise<WireReply> => {
  const body = JSON.stringify({ effect, ...members })
  const at = new Date()
  return exchange(base, `/_signalbox/v1/effects/${effect}/report`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': `msg_${effect}`,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(SECRET).sign(`msg_${effect}`, at, body),
    },
    body,
  })
}

it('lets a receiver start and stop the services of z/OS Connect', async () => {
  const house = await serving(
    (driver) => ({
      principals: [],
      providers: {
        zosconnect: {
          requireSecure: false,
          requireAuth: false,
          driver,
          services: [{ name: 'placeOrder', provider: 'CICS-1.0' }],
        },
      },
    }),
    answering(204),
    answering(204),
    saying({
      outcome: 'failed',
      message: 'the region is busy',
      result: { code: 409, status: 'stopped' },
    }),
    answering(202),
  )
  const { url } = house.server
  const put = (status: string) =>
    exchange(url, `/zosConnect/services/placeOrder?status=${status}`, { method: 'PUT' })
  const shown = async (): Promise<string> =>
    JSON.parse((await exchange(url, '/zosConnect/services/placeOrder')).text).zosConnect
      .serviceStatus
  // What is installed is to be started, and nobody knows whether it is.
  await expect.poll(shown, PATIENCE).toBe('Started')
  expect((await put('stopped')).status).toBe(200)
  expect(await shown()).toBe('Stopped')
  const refused = await put('started')
  expect([refused.status, refused.text]).toEqual([
    409,
    expect.stringContaining('the region is busy'),
  ])
  expect(await shown()).toBe('Stopped')
  // Taken on, and reported later: the client waits for that.
  const started = put('started')
  const { deliveries } = house.receiver
  await expect.poll(() => deliveries.length, PATIENCE).toBe(4)
  expect(deliveries.map(({ event }) => event.type)).toEqual([
    'signalbox.effect.provider.start',
    'signalbox.effect.provider.stop',
    'signalbox.effect.provider.start',
    'signalbox.effect.provider.start',
  ])
  const last = deliveries.at(-1)?.id ?? ''
  expect((await report(url, last, { outcome: 'done' })).status).toBe(200)
  expect((await started).status).toBe(200)
  expect(await shown()).toBe('Started')
})

it('lets a receiver do the work of Poppy', async () => {
  const accessUrls = [
    {
      domain: 'www.shop-a.com',
      operatorUrl: 'www.shop-a.com.edge.example.net',
      providerUrl: 'e7.edge.example.net',
      shared: false,
    },
  ]
  const house = await serving(
    (driver) => ({
      principals: [{ id: 't', provider: 'poppy', secret: 'token', tenants: ['acme-7'] }],
      providers: {
        poppy: {
          driver,
          seedFlavors: [
            {
              id: 'cdn',
              providers: [
                { provider: 'mock', links: [{ href: 'http://m.example', rel: 'provider_url' }] },
              ],
            },
          ],
        },
      },
    }),
    answering(202),
    answering(204),
    saying({ outcome: 'failed', message: 'the edge is full' }),
    answering(204),
  )
  const { url } = house.server
  const send = (call: string, body?: unknown): Promise<WireReply> => {
    const [method = '', path = ''] = call.split(' ')
    return exchange(url, `/v1.0/acme-7/services${path}`, {
      method,
      headers: { 'x-auth-token': 'token' },
      body: body === undefined ? null : JSON.stringify(body),
    })
  }
  const created = await send('POST ', {
    name: 'shop',
    domains: [{ domain: 'www.shop-a.com' }],
    origins: [{ origin: 'o.shop-a.com' }],
    flavor_id: 'cdn',
  })
  const id = created.headers.get('location')?.split('/').at(-1) ?? ''
  const shown = async (): Promise<{
    readonly status: string
    readonly errors: ReadonlyArray<{ readonly message: string }>
    readonly links: ReadonlyArray<{ readonly href: string; readonly rel: string }>
  }> => JSON.parse((await send(`GET /${id}`)).text)
  const status = async (): Promise<string> => (await shown()).status
  const { deliveries } = house.receiver
  // Taken on, and reported later.
  await expect.poll(() => deliveries.length, PATIENCE).toBe(1)
  const provision = deliveries[0]?.id ?? ''
  expect(await status()).toBe('create_in_progress')
  const result = { accessUrls, logUrl: null }
  expect((await report(url, provision, { outcome: 'done', result })).status).toBe(200)
  expect((await shown()).links).toContainEqual({
    href: 'www.shop-a.com.edge.example.net',
    rel: 'access_url',
  })
  // It need not say again what stays as it was.
  await send(`PATCH /${id}`, [{ op: 'replace', path: '/name', value: 'other' }])
  await expect.poll(status, PATIENCE).toBe('deployed')
  expect((await shown()).links).toContainEqual({
    href: 'www.shop-a.com.edge.example.net',
    rel: 'access_url',
  })
  await send(`PATCH /${id}`, [])
  await expect.poll(status, PATIENCE).toBe('failed')
  expect((await shown()).errors).toEqual([{ message: 'the edge is full' }])
  await send(`DELETE /${id}`)
  await expect.poll(async () => (await send(`GET /${id}`)).status, PATIENCE).toBe(404)
  expect(deliveries.map(({ event }) => event.type)).toEqual([
    'signalbox.effect.provision',
    'signalbox.effect.update',
    'signalbox.effect.update',
    'signalbox.effect.remove',
  ])
})

it('lets a receiver do the work of Gcore', async () => {
  const house = await serving(
    (driver) => ({
      principals: [{ id: '7', provider: 'gcore', secret: 's', tenants: '*', roles: ['reseller'] }],
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
              services: { DNS: { id: 5000 } },
            },
          ],
        },
      },
    }),
    answering(204),
  )
  const call = (method: string, body: string | null = null) =>
    exchange(house.server.url, '/iam/clients/1001/services/5000', {
      method,
      headers: { authorization: 'APIKey 7$s', 'content-type': 'application/json' },
      body,
    })
  await call('PUT', '{"status":"trial"}')
  await call('PUT', '{"status":"paused"}')
  expect(JSON.parse((await call('GET')).text)).toMatchObject({ status: 'paused' })
  await expect.poll(() => house.receiver.deliveries.length, PATIENCE).toBe(2)
  const work = { service: 5000, product: 'DNS', client: 1001 }
  expect(house.receiver.deliveries.map(({ event }) => [event.type, event.data.params])).toEqual([
    ['signalbox.effect.provision', { ...work, plan: 'trial' }],
    ['signalbox.effect.suspend', work],
  ])
})
