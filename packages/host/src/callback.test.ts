import type { JournalEntry } from '@signalbox/core'
import type { PendingEffect, Store } from '@signalbox/core/store'
import { memoryStore } from '@signalbox/stores/memory'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { LIT, openHouse, scripted, T0 } from './__fixtures__/house.ts'
import type { Answer, House } from './__fixtures__/house.ts'
import { BURNS, demo } from './__fixtures__/lamp.ts'
import type { Driver, Performance } from './driver.ts'
import { isSigned, signedHeaders } from './signature.ts'

const SECRET = `whsec_${btoa('a secret of twenty-four bytes or more')}`
const OTHER = `whsec_${btoa('the secret of another driver altogether')}`

interface Handed extends House {
  readonly store: Store
  readonly effect: () => Promise<PendingEffect | undefined>
  readonly journal: () => Promise<ReadonlyArray<JournalEntry>>
  readonly status: () => Promise<unknown>
  /** Sends a report of the effect, signed. */
  readonly report: (report: unknown, more?: Sending) => Promise<Answer>
}

interface Sending {
  readonly secret?: string
  readonly effect?: string
  readonly headers?: Record<string, string>
  readonly signedAt?: number
}

// A lamp whose light was handed over to a receiver that has answered so.
const handed = async (
  answer: Performance = { kind: 'accepted', withinMs: 600_000 },
  more: Partial<Driver> = {},
): Promise<Handed> => {
  const store = memoryStore()
  const light: Driver = {
    ...scripted(answer),
    onExhausted: 'park',
    verifies: (message) => isSigned([SECRET], message),
    ...more,
  }
  const house = await openHouse({ store, plugins: [demo({ drivers: { light } })] })
  await house.make('a')
  await house.ask('POST /lamps/a/press')
  await house.host.idle()
  const effect = async (): Promise<PendingEffect | undefined> => {
    const page = await store.effects({ limit: 10 })()
    return E.isRight(page) ? page.right.items.find((one) => one.effect.type === 'light') : undefined
  }
  const own = (await effect())?.effect.id ?? ''
  return {
    ...house,
    store,
    effect,
    journal: async () => {
      const page = await store.journal({ limit: 100 })()
      return E.isRight(page) ? page.right.entries : []
    },
    status: async () => ((await house.ask('GET /lamps/a')).value as { status: string }).status,
    report: async (report, { secret = SECRET, effect: id = own, headers, signedAt } = {}) => {
      const members = typeof report === 'object' ? { effect: own, ...report } : report
      const body = typeof members === 'string' ? members : JSON.stringify(members)
      const at = signedAt ?? house.clock.now()
      return house.ask(`POST /_signalbox/v1/effects/${id}/report`, body, {
        ...signedHeaders([secret], { id: 'msg_1', at, body }),
        ...headers,
      })
    },
  }
}

const DONE = { outcome: 'done', result: { brightness: 7 } }

it('moves the service by a report that comes later, once it is durable', async () => {
  const { report, status, effect, journal, clock } = await handed()
  expect(await status()).toBe('lighting')
  await clock.advance(1_000)
  const answer = await report(DONE)
  const id = (await effect())?.effect.id
  expect(answer).toMatchObject({ status: 200, value: { effect: id, stale: false } })
  expect([await status(), (await effect())?.work]).toEqual(['on', 'done'])
  expect((await journal()).at(-1)).toMatchObject({
    type: 'lamp.lit',
    outcome: 'moved',
    effect: id,
    at: T0 + 1_000,
  })
})

it('fails the service by a report that says so', async () => {
  const { report, status, ask, effect } = await handed()
  expect((await report({ outcome: 'failed', message: 'no bulb' })).status).toBe(200)
  expect(await status()).toBe('burst')
  expect((await ask('GET /lamps/a')).value).toMatchObject({ context: { note: 'no bulb' } })
  expect(await effect()).toMatchObject({ work: 'failed', error: 'no bulb' })
})

it('takes the same report again without a change, and no other one after it', async () => {
  const { report, status, journal, clock } = await handed()
  await report(DONE)
  const before = await journal()
  await clock.advance(1_000)
  const again = await report({ result: { brightness: 7 }, outcome: 'done' })
  expect(again).toMatchObject({ status: 200, value: { stale: false } })
  for (const other of [
    { outcome: 'done', result: { brightness: 8 } },
    { outcome: 'done' },
    { outcome: 'failed' },
  ])
    expect(await report(other)).toMatchObject({
      status: 409,
      value: { type: '/_signalbox/problems/already-reported' },
    })
  expect(await journal()).toEqual(before)
  expect(await status()).toBe('on')
})

it('knows a report again that the receiver has answered with at first', async () => {
  const { report, status } = await handed({ kind: 'done', result: { brightness: 7 } })
  expect(await status()).toBe('on')
  expect((await report(DONE)).status).toBe(200)
  expect((await report({ outcome: 'done', result: { brightness: 8 } })).status).toBe(409)
})

it('takes one of two reports that come at once, and says of the other what it is', async () => {
  const { report, journal } = await handed()
  const answers = await Promise.all([report(DONE), report({ outcome: 'failed' }), report(DONE)])
  expect(answers.map(({ status }) => status)).toEqual([200, 409, 200])
  expect((await journal()).filter(({ kind }) => kind === 'report')).toHaveLength(1)
})

it('answers the same to a wrong signature as to an effect that is not there', async () => {
  const { report, status, effect, journal } = await handed()
  const before = await journal()
  const refused = [
    await report(DONE, { effect: 'nobody' }),
    await report(DONE, { effect: 'no%00body' }),
    await report(DONE, { effect: 'nobody', secret: `whsec_${'A'.repeat(32)}` }),
    await report(DONE, { secret: OTHER }),
    await report(DONE, { signedAt: T0 - 301_000 }),
    await report(DONE, { signedAt: T0 + 301_000 }),
    await report(DONE, { headers: { 'webhook-id': 'msg_2' } }),
    await report('not json', { secret: OTHER }),
  ]
  const bodies = refused.map(({ status: code, value, headers }) => [
    code,
    (value as { type: string }).type,
    headers.get('www-authenticate'),
  ])
  for (const body of bodies)
    expect(body).toEqual([
      401,
      '/_signalbox/problems/unsigned',
      'StandardWebhooks realm="signalbox"',
    ])
  expect(new Set(refused.map(({ value }) => JSON.stringify(value))).size).toBe(1)
  expect([await status(), (await effect())?.work]).toEqual(['lighting', 'pending'])
  expect(await journal()).toEqual(before)
  expect((await report(DONE, { signedAt: T0 - 300_000 })).status).toBe(200)
})

it('takes no report of work that is handed over to nobody who signs', async () => {
  const { store, ask, report } = await handed()
  await ask('POST /lamps/a/override')
  await ask('POST /lamps/a/polish')
  const page = await store.effects({ limit: 10 })()
  const polish = E.isRight(page)
    ? page.right.items.find((one) => one.effect.type === 'polish')
    : undefined
  expect((await report(DONE, { effect: polish?.effect.id ?? '' })).status).toBe(401)
})

it('names the member of a report that the service does not take, and changes nothing', async () => {
  const { report, status, effect } = await handed()
  const told = async (given: unknown): Promise<unknown> => {
    const { status: code, value } = await report(given)
    return [
      code,
      ...(value as { errors: ReadonlyArray<{ pointer: string }> }).errors.map(
        ({ pointer }) => pointer,
      ),
    ]
  }
  expect(await told({ outcome: 'done', result: { brightness: 'very' } })).toEqual([
    422,
    '/result/brightness',
  ])
  expect(await told({ outcome: 'done' })).toEqual([422, '/result/brightness'])
  expect(await told({ outcome: 'perhaps' })).toEqual([422, '/outcome'])
  expect(await told({ outcome: 'done', result: 7 })).toEqual([422, '/result'])
  expect(await told({ ...DONE, sender: 'me' })).toEqual([422, '/sender'])
  expect(await told({ ...DONE, effect: 'another' })).toEqual([422, '/effect'])
  expect(await told({ ...DONE, effect: undefined })).toEqual([422, '/effect'])
  expect(await told('[')).toEqual([422, ''])
  expect([await status(), (await effect())?.work]).toEqual(['lighting', 'pending'])
})

it('takes JSON alone, of a bounded size', async () => {
  const { report } = await handed()
  expect((await report(DONE, { headers: { 'content-type': 'text/plain' } })).status).toBe(415)
  expect((await report({ ...DONE, message: 'x'.repeat(65_536) })).status).toBe(413)
})

it('journals a report that the service has moved on from, and says that it was stale', async () => {
  const { report, ask, status, journal, effect } = await handed()
  await ask('POST /lamps/a/override')
  expect((await effect())?.work).toBe('superseded')
  expect(await report(DONE)).toMatchObject({ status: 200, value: { stale: true } })
  expect((await journal()).at(-1)).toMatchObject({ type: 'lamp.lit', outcome: 'stale' })
  expect(await status()).toBe('off')
  expect(await report(DONE)).toMatchObject({ status: 200, value: { stale: true } })
  expect((await report({ outcome: 'failed' })).status).toBe(409)
})

it('fills in what the receiver need not know, by whichever way it reports', async () => {
  const completes: Driver['completes'] = (_, outcome) =>
    outcome.kind === 'done' ? { ...outcome, result: { brightness: 3, ...outcome.result } } : outcome
  const later = await handed(undefined, { completes })
  expect((await later.report({ outcome: 'done' })).status).toBe(200)
  expect(await later.status()).toBe('on')
  const atOnce = await handed({ kind: 'done' }, { completes })
  expect(await atOnce.status()).toBe('on')
  expect((await atOnce.report({ outcome: 'done' })).status).toBe(200)
  expect((await atOnce.report({ outcome: 'done', result: { brightness: 3 } })).status).toBe(200)
})

it('settles work that is parked', async () => {
  const { report, status, effect } = await handed({ kind: 'exhausted', message: 'gone' })
  expect((await effect())?.work).toBe('parked')
  expect((await report(DONE)).status).toBe(200)
  expect([await status(), (await effect())?.work]).toEqual(['on', 'done'])
})

it('opens the lane that the work has blocked', async () => {
  const store = memoryStore()
  const light = scripted(LIT)
  const check: Driver = {
    ...scripted({ kind: 'exhausted', message: 'gone' }, { kind: 'done' }),
    onExhausted: 'park',
    verifies: (message) => isSigned([SECRET], message),
  }
  const plugins = [demo({ drivers: { light, check } })]
  const { make, ask, host, clock } = await openHouse({ store, plugins })
  await make('a')
  await ask('POST /lamps/a/press')
  await host.idle()
  await clock.advance(BURNS)
  await ask('POST /lamps/a/press')
  await host.idle()
  expect(light.calls).toHaveLength(1)
  const page = await store.effects({ work: 'parked', limit: 1 })()
  const effect = E.isRight(page) ? (page.right.items[0]?.effect.id ?? '') : ''
  const body = JSON.stringify({ effect, outcome: 'done' })
  const headers = { ...signedHeaders([SECRET], { id: 'msg_1', at: clock.now(), body }) }
  const answer = await ask(`POST /_signalbox/v1/effects/${effect}/report`, body, headers)
  expect(answer).toMatchObject({ status: 200, value: { stale: false } })
  await host.idle()
  expect(light.calls).toHaveLength(2)
})

it('calls off the attempt that still waits for an answer', async () => {
  const store = memoryStore()
  let signal: AbortSignal | undefined
  const light: Driver = {
    verifies: (message) => isSigned([SECRET], message),
    perform: (_, attempt) => {
      signal = attempt.signal
      return new Promise(() => {})
    },
  }
  const house = await openHouse({ store, plugins: [demo({ drivers: { light } })] })
  await house.make('a')
  await house.ask('POST /lamps/a/press')
  const page = await store.effects({ limit: 1 })()
  const id = E.isRight(page) ? (page.right.items[0]?.effect.id ?? '') : ''
  const body = JSON.stringify({ effect: id, ...DONE })
  const headers = { ...signedHeaders([SECRET], { id: 'msg_1', at: T0, body }) }
  expect(signal?.aborted).toBe(false)
  expect((await house.ask(`POST /_signalbox/v1/effects/${id}/report`, body, headers)).status).toBe(
    200,
  )
  expect(signal?.aborted).toBe(true)
})

it('says to come again while the store is away', async () => {
  const { report, status, store } = await handed()
  expect(await status()).toBe('lighting')
  await store.close()()
  expect((await report(DONE)).status).toBe(503)
})
