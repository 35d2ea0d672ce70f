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

interface PoppyHouse {
  readonly url: string
  readonly receiver: Receiver
  readonly id: string
  readonly send: (call: string, body?: unknown) => Promise<WireReply>
  readonly shown: () => Promise<{
    readonly status: string
    readonly errors: ReadonlyArray<{ readonly message: string }>
  }>
  /** The work of the service, the oldest first, as the control plane shows it. */
  readonly work: () => Promise<ReadonlyArray<{ readonly id: string; readonly state: string }>>
  readonly control: (call: string) => Promise<WireReply>
}

// A server of Poppy with one service, which its receiver has provisioned at once.
const poppyHouse = async (
  settings: object,
  ...answers: ReadonlyArray<Answer>
): Promise<PoppyHouse> => {
  let taken = 0
  const answer: Answer = (response, delivery) => {
    // That a DNS is to point elsewhere is no matter of these tests.
    if (delivery.event.type === 'signalbox.effect.pointDns')
      return answering(204)(response, delivery)
    taken += 1
    ;[answering(204), ...answers].at(taken - 1)?.(response, delivery)
  }
  const house = await serving(
    (driver) => ({
      principals: [
        { id: 't', provider: 'poppy', secret: 'token', tenants: ['acme-7'] },
        { id: 'op', provider: 'poppy', secret: 'ops', tenants: '*', roles: ['operator'] },
        { id: 'olga', provider: 'signalbox', secret: 'olga', tenants: '*', roles: ['operator'] },
      ],
      providers: {
        poppy: {
          ...settings,
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
    answer,
  )
  const { url } = house.server
  const send: PoppyHouse['send'] = (call, body) => {
    const [method = '', path = ''] = call.split(' ')
    const token = path.startsWith('/admin') ? 'ops' : 'token'
    return exchange(url, `/v1.0/acme-7${path}`, {
      method,
      headers: { 'x-auth-token': token },
      body: body === undefined ? null : JSON.stringify(body),
    })
  }
  const created = await send('POST /services', {
    name: 'shop',
    domains: [{ domain: 'www.shop-a.com' }],
    origins: [{ origin: 'o.shop-a.com' }],
    flavor_id: 'cdn',
  })
  const id = created.headers.get('location')?.split('/').at(-1) ?? ''
  const shown: PoppyHouse['shown'] = async () =>
    JSON.parse((await send(`GET /services/${id}`)).text)
  await expect.poll(async () => (await shown()).status, PATIENCE).toBe('deployed')
  const control: PoppyHouse['control'] = (call) => {
    const [method = '', path = ''] = call.split(' ')
    const headers = { authorization: 'Bearer olga' }
    return exchange(url, `/_signalbox/v1${path}`, { method, headers })
  }
  return {
    url,
    receiver: house.receiver,
    id,
    send,
    shown,
    work: async () => JSON.parse((await control('GET /effects?limit=100')).text).items,
    control,
  }
}

// The ids of what was sent after the first provisioning, in order.
const sentOf = ({ receiver: { deliveries } }: PoppyHouse): ReadonlyArray<string> =>
  deliveries
    .filter(({ event }) => event.type !== 'signalbox.effect.pointDns')
    .map(({ id }) => id)
    .slice(1)

it("takes the vendor's own status call for the end of accepted work, and sends it no more", async () => {
  const house = await poppyHouse({}, answering(202), answering(204))
  const { url, id, send, shown, work } = house
  await send(`PATCH /services/${id}`, [{ op: 'replace', path: '/name', value: 'other' }])
  await expect.poll(() => sentOf(house).length, PATIENCE).toBe(1)
  expect((await shown()).status).toBe('update_in_progress')
  const status = { project_id: 'acme-7', service_id: id, status: 'deployed' }
  expect((await send('POST /admin/services/status', status)).status).toBe(201)
  expect((await shown()).status).toBe('deployed')
  const update = sentOf(house)[0] ?? ''
  const held = (await work()).find((each) => each.id === update)
  expect(held?.state).toBe('superseded')
  // The receiver's own report comes too late to count, and is taken all the same.
  const late = await report(url, update, { outcome: 'failed', message: 'no room' })
  expect([late.status, JSON.parse(late.text)]).toEqual([200, { effect: update, stale: true }])
  expect((await shown()).status).toBe('deployed')
  await send(`PATCH /services/${id}`, [])
  await expect.poll(async () => (await shown()).status, PATIENCE).toBe('deployed')
  expect(sentOf(house)).toHaveLength(2)
  expect(sentOf(house)[1]).not.toBe(update)
})

it('sends new work under a new id where the status call of Poppy begins anew', async () => {
  const house = await poppyHouse({}, answering(202), answering(204))
  const { send, url } = house
  const created = await send('POST /services', {
    name: 'second',
    domains: [{ domain: 'www.shop-b.com' }],
    origins: [{ origin: 'o.shop-b.com' }],
    flavor_id: 'cdn',
  })
  const id = created.headers.get('location')?.split('/').at(-1)
  const shown = async (): Promise<string> =>
    JSON.parse((await send(`GET /services/${id}`)).text).status
  await expect.poll(() => sentOf(house).length, PATIENCE).toBe(1)
  const status = { project_id: 'acme-7', service_id: id, status: 'deployed' }
  expect((await send('POST /admin/services/status', status)).status).toBeLessThan(300)
  await expect.poll(shown, PATIENCE).toBe('deployed')
  const [first = '', second, ...more] = sentOf(house)
  expect([second === first, more]).toEqual([false, []])
  const late = await report(url, first, { outcome: 'failed', message: 'no room' })
  expect([late.status, JSON.parse(late.text).stale]).toEqual([200, true])
  expect(await shown()).toBe('deployed')
})

it.each([
  ['parked', answering(410)],
  ['accepted', answering(202)],
])(
  'ends the wait of Poppy at effectTimeout, and with it the work that was %s',
  async (_, answer) => {
    const house = await poppyHouse({ effectTimeout: 1 }, answer, answering(204))
    const { url, id, send, shown, work, control } = house
    await send(`PATCH /services/${id}`, [])
    await expect.poll(async () => (await shown()).status, PATIENCE).toBe('failed')
    expect((await shown()).errors).toEqual([{ message: 'Timed out after 1 s' }])
    // Nobody does it any more, nor can anybody ask for it, and what is reported of it moves nothing.
    const effect = sentOf(house)[0] ?? ''
    const held = (await work()).find((each) => each.id === effect)
    expect(held?.state).toBe('superseded')
    expect((await control(`POST /effects/${effect}/retry`)).status).toBe(409)
    const late = await report(url, effect, { outcome: 'done' })
    expect([late.status, JSON.parse(late.text).stale]).toEqual([200, true])
    expect((await shown()).status).toBe('failed')
    // The next change brings both together again.
    await send(`PATCH /services/${id}`, [])
    await expect.poll(async () => (await shown()).status, PATIENCE).toBe('deployed')
    expect(new Set(sentOf(house)).size).toBe(2)
  },
)

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
