import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JournalEntry } from '@signalbox/core'
import type { PendingEffect, Store } from '@signalbox/core/store'
import { createHost } from '@signalbox/host'
import type { Host } from '@signalbox/host'
import { gcore } from '@signalbox/plugins/gcore'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { answering, cutting, openReceiver, silent } from './__fixtures__/receiver.ts'
import type { Answer, Receiver } from './__fixtures__/receiver.ts'
import { createDial } from './dial.ts'
import type { Resolve } from './dial.ts'
import { must } from './house.ts'
import { createIds } from './ids.ts'
import { listen } from './listener.ts'
import { openStore } from './open-store.ts'
import { plainVerifier } from './secret.ts'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import { systemClock } from './system-clock.ts'
import { exchange } from './wire.ts'
import type { WireReply } from './wire.ts'

const SECRET = `whsec_${btoa('the secret that both sides share now')}`
const OLD_SECRET = `whsec_${btoa('the secret that both sides had before')}`
const LOOPBACK = { allow: ['127.0.0.1'], allowHttp: true }

let cwd = ''
let open: Array<() => Promise<unknown> | void> = []

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  open = []
})

afterEach(async () => {
  for (const close of open.toReversed()) await close()
  rmSync(cwd, { recursive: true })
})

const receiving = async (...answers: ReadonlyArray<Answer>): Promise<Receiver> => {
  const receiver = await openReceiver(SECRET, ...answers)
  open.push(receiver.close)
  return receiver
}

interface House {
  readonly store: Store
  readonly host: Host
  readonly url: string
  /** Activates the service, or pauses it. */
  readonly move: (status: 'paused' | 'active') => Promise<WireReply>
  readonly control: (call: string) => Promise<WireReply>
  readonly effects: () => Promise<ReadonlyArray<PendingEffect>>
  readonly journal: () => Promise<ReadonlyArray<JournalEntry>>
  /** Waits until the last effect is in this state of work. */
  readonly until: (work: PendingEffect['work']) => Promise<PendingEffect>
}

// A host over a file and real sockets whose services are moved by a webhook.
const housed = async (
  driver: Readonly<Record<string, unknown>>,
  { resolve }: { readonly resolve?: Resolve } = {},
): Promise<House> => {
  const store = must(await openStore({ kind: 'sqlite', path: join(cwd, 'box.db') }))
  const host = await createHost({
    store,
    plugins: [gcore],
    settings: { gcore: { clients: [CLIENT], driver: { ...WEBHOOK, ...driver } } },
    principals: [
      { ...RESELLER, verify: plainVerifier(RESELLER.secret) },
      { ...OPERATOR, verify: plainVerifier(OPERATOR.secret) },
    ],
    clock: systemClock,
    newId: createIds(systemClock.now),
    random: () => 0.5,
    log: () => {},
    dial: createDial(resolve),
    retryBaseMs: 4,
    retryMaxMs: 20,
  })
  await host.start()
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    fetch: host.fetch,
    onError: () => {},
  })
  open.push(async () => {
    listener.destroy()
    await listener.close()
    await host.drain(100)
    must(await store.close()())
  })
  const url = `http://127.0.0.1:${listener.port}`
  const effects: House['effects'] = async () => must(await store.effects({ limit: 100 })()).items
  return {
    store,
    host,
    url,
    effects,
    move: (status) => move(url, status),
    control: (call) => {
      const [method = '', path = ''] = call.split(' ')
      const headers = { authorization: `Bearer ${OPERATOR.secret}` }
      return exchange(url, `/_signalbox/v1${path}`, { method, headers })
    },
    journal: async () => must(await store.journal({ limit: 100 })()).entries,
    until: async (work) => {
      await expect.poll(async () => (await effects()).at(-1)?.work, PATIENCE).toBe(work)
      const [held] = (await effects()).slice(-1)
      if (held === undefined) throw new Error('there is no effect')
      return held
    },
  }
}

const PATIENCE = { timeout: 10_000, interval: 5 }

const RESELLER = {
  id: '7',
  provider: 'gcore',
  secret: 'reseller',
  tenants: '*',
  roles: ['reseller'],
} as const

const OPERATOR = {
  id: 'olga',
  provider: 'signalbox',
  secret: 'operator',
  tenants: '*',
  roles: ['operator'],
} as const

const CLIENT = {
  id: 1001,
  name: 'A',
  email: 'a@example.com',
  companyName: 'A',
  reseller: 7,
  services: { CDN: { id: 5000 } },
}

const WEBHOOK = {
  kind: 'webhook',
  url: 'https://hooks.example/in',
  secret: SECRET,
  reach: LOOPBACK,
}

const move = (url: string, status: string): Promise<WireReply> =>
  exchange(url, '/iam/clients/1001/services/5000', {
    method: 'PATCH',
    headers: { authorization: 'apikey 7$reseller', 'content-type': 'application/json' },
    body: JSON.stringify({ status }),
  })

// Signs a report as the receiver does, by the scheme's own package.
const report = (
  callback: string,
  members: Readonly<Record<string, unknown>>,
  secret = SECRET,
): Promise<WireReply> => {
  const body = JSON.stringify(members)
  const at = new Date()
  return exchange('', callback, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': `msg_${members['outcome']}`,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(secret).sign(`msg_${members['outcome']}`, at, body),
    },
    body,
  })
}

it('hands an effect to a receiver that verifies it, and takes its answer for the outcome', async () => {
  const receiver = await receiving(answering(200, '{"outcome":"done"}'))
  const { move, until } = await housed({ url: receiver.url, secret: [OLD_SECRET, SECRET] })
  expect((await move('active')).status).toBe(200)
  const { effect } = await until('done')
  expect(receiver.deliveries).toHaveLength(1)
  expect(receiver.deliveries[0]).toMatchObject({
    id: effect.id,
    headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
    event: {
      id: effect.id,
      type: 'signalbox.effect.provision',
      source: '/_signalbox/v1/services/gcore/1001/5000',
      subject: 'gcore/1001/5000',
      data: { effect: effect.id, attempt: 1, params: effect.params },
    },
  })
})

it.each<readonly [string, Answer]>([
  ['is in trouble', answering(500)],
  ['is busy', answering(429, '', { 'retry-after': '0' })],
  ['breaks off', cutting],
  [
    'breaks off in the middle',
    (response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{"outcome":', () => response.destroy())
    },
  ],
  ['is too slow', silent],
  ['talks without end', answering(200, 'x'.repeat(100_000))],
  ['says something else', answering(200, '<html>')],
])('sends the same webhook again while the receiver %s', async (_, trouble) => {
  const receiver = await receiving(trouble, trouble, answering(204))
  const { move, until } = await housed({ url: receiver.url, timeoutMs: 100 })
  await move('active')
  const { effect, attempts } = await until('done')
  expect(receiver.deliveries.map(({ id, event }) => [id, event.data.attempt])).toEqual([
    [effect.id, 1],
    [effect.id, 2],
    [effect.id, 3],
  ])
  expect(attempts).toBe(2)
})

it('takes a report that comes later, from whom it was handed to and from nobody else', async () => {
  const receiver = await receiving(answering(202))
  const { url, move, until, effects, journal } = await housed({ url: receiver.url })
  await move('active')
  await until('pending')
  await expect.poll(() => receiver.deliveries.length, PATIENCE).toBe(1)
  const [held] = await effects()
  const id = held?.effect.id ?? ''
  const callback = `${url}/_signalbox/v1/effects/${id}/report`
  const done = { effect: id, outcome: 'done' }
  expect((await report(callback, done, OLD_SECRET)).status).toBe(401)
  expect((await report(callback.replace(id, 'nobody'), done)).status).toBe(401)
  expect((await until('pending')).effect.id).toBe(id)
  const reported = await report(callback, done)
  expect([reported.status, JSON.parse(reported.text)]).toEqual([200, { effect: id, stale: false }])
  await until('done')
  const before = (await journal()).length
  expect((await report(callback, done)).status).toBe(200)
  expect((await report(callback, { ...done, outcome: 'failed' })).status).toBe(409)
  expect((await journal()).length).toBe(before)
  expect(receiver.deliveries).toHaveLength(1)
})

it('parks what nobody ever reports, shows it, and does it when it is retried', async () => {
  const receiver = await receiving(answering(202), answering(202), answering(204))
  const { move, until, control, journal } = await housed({
    url: receiver.url,
    attempts: 2,
    reportWithinMs: 20,
  })
  await move('active')
  const { effect, error } = await until('parked')
  expect(error).toBe('accepted, and no report came in time')
  expect(receiver.deliveries.map(({ id }) => id)).toEqual([effect.id, effect.id])
  // The next one waits in its lane.
  expect((await move('paused')).status).toBe(200)
  const listed = await control('GET /effects?work=parked')
  expect(JSON.parse(listed.text)).toMatchObject({
    items: [{ id: effect.id, state: 'parked', lastError: error }],
  })
  expect((await control(`POST /effects/${effect.id}/retry`)).status).toBe(200)
  await until('done')
  expect(receiver.deliveries.map(({ id }) => id).slice(0, 3)).toEqual(Array(3).fill(effect.id))
  expect((await journal()).filter(({ type }) => type.startsWith('effect.'))).toMatchObject([
    { type: 'effect.exhausted', effect: effect.id, detail: { attempts: 2, error } },
    {
      type: 'effect.retry',
      effect: effect.id,
      actor: { id: 'signalbox/olga', roles: ['operator'] },
    },
  ])
})

it('parks at once what a receiver does not want any more, and opens the lane when it is abandoned', async () => {
  const receiver = await receiving(answering(410), answering(204))
  const { move, until, control, effects, journal } = await housed({ url: receiver.url })
  await move('active')
  const { effect, attempts } = await until('parked')
  expect(attempts).toBe(1)
  await move('paused')
  expect((await control(`POST /effects/${effect.id}/abandon`)).status).toBe(200)
  await until('done')
  expect((await effects()).map(({ work }) => work)).toEqual(['failed', 'done'])
  expect(receiver.deliveries.map(({ event }) => event.type)).toEqual([
    'signalbox.effect.provision',
    'signalbox.effect.suspend',
  ])
  expect((await journal()).find(({ type }) => type === 'effect.abandon')).toMatchObject({
    effect: effect.id,
    actor: { id: 'signalbox/olga' },
  })
  expect((await control(`POST /effects/${effect.id}/retry`)).status).toBe(409)
})

it.each<readonly [string, string, Resolve]>([
  ['a name that means loopback', 'http://hooks.example', async () => ['127.0.0.1']],
  ['a name that means both', 'http://hooks.example', async () => ['10.0.0.1', '::1']],
  ['an address of the older kind in a newer one', 'http://[::ffff:127.0.0.1]', async () => []],
  ['an address as a number', 'http://2130706433', async () => []],
  ['localhost', 'http://localhost', async () => ['127.0.0.1', '::1']],
  ['metadata', 'http://169.254.169.254', async () => []],
])('refuses to reach %s', async (_, origin, resolve) => {
  const receiver = await receiving(answering(204))
  const url = `${origin}:${receiver.port}/in`
  const { move, until } = await housed({ url, reach: { allowHttp: true } }, { resolve })
  await move('active')
  const { error, attempts } = await until('parked')
  expect(error).toBe(`${new URL(url).host} may not be reached`)
  expect(attempts).toBe(1)
  expect(receiver.deliveries).toEqual([])
})

it('refuses plain http unless it is allowed, and follows no redirect', async () => {
  const elsewhere = await receiving(answering(204))
  const receiver = await receiving(answering(307, '', { location: elsewhere.url }))
  const plain = await housed({ url: receiver.url, reach: { allow: ['127.0.0.1'] } })
  await plain.move('active')
  await plain.until('parked')
  expect(receiver.deliveries).toEqual([])
  await open.pop()?.()
  rmSync(join(cwd, 'box.db'), { force: true })
  const { move, until } = await housed({ url: receiver.url, attempts: 2 })
  await move('active')
  const { error } = await until('parked')
  expect(error).toBe(`127.0.0.1:${receiver.port} answered 307`)
  expect([receiver.deliveries.length, elsewhere.deliveries.length]).toEqual([2, 0])
})

it('sends the same webhook again when it is killed between the answer and the commit', async () => {
  const servers: ServerProcess[] = []
  open.push(async () => {
    for (const server of servers) {
      server.kill('SIGKILL')
      await server.ended
    }
  })
  // The first answer comes when nobody is there any more to keep it.
  const receiver = await receiving(
    (response) => {
      servers[0]?.kill('SIGKILL')
      answering(200, '{"outcome":"done"}')(response, receiver.deliveries[0] as never)
    },
    answering(200, '{"outcome":"done"}'),
  )
  writeFileSync(
    join(cwd, 'signalbox.config.json'),
    JSON.stringify({
      store: 'sqlite:box.db',
      leaseMs: 1_000,
      principals: [RESELLER],
      providers: {
        gcore: {
          clients: [CLIENT],
          driver: { ...WEBHOOK, url: receiver.url, secret: { env: 'HOOK_SECRET' } },
        },
      },
    }),
  )
  const env = { PORT: '0', HOOK_SECRET: SECRET }
  const first = await startServer([], { cwd, env })
  servers.push(first)
  expect((await move(first.url, 'active')).status).toBe(200)
  expect(await first.ended).toMatchObject({ signal: 'SIGKILL' })
  expect(receiver.deliveries).toHaveLength(1)

  const second = await startServer([], { cwd, env })
  servers.push(second)
  // The dead one's lease ends first.
  await expect.poll(() => receiver.deliveries.length, { timeout: 30_000, interval: 20 }).toBe(2)
  expect(new Set(receiver.deliveries.map(({ id }) => id)).size).toBe(1)
  second.kill('SIGTERM')
  const { stdout } = await second.ended
  expect(`${first.stdout()}${stdout}`).not.toContain(SECRET.slice(6))

  const store = must(await openStore({ kind: 'sqlite', path: join(cwd, 'box.db') }))
  const { items } = must(await store.effects({ limit: 10 })())
  expect(items.map(({ effect, work }) => [effect.id, work])).toEqual([
    [receiver.deliveries[0]?.id, 'done'],
  ])
  must(await store.close()())
}, 60_000)
