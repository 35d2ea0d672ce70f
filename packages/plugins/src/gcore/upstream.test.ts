import type { JournalEntry } from '@signalbox/core'
import type { PendingEffect, Store } from '@signalbox/core/store'
import { virtualClock } from '@signalbox/host'
import { memoryStore } from '@signalbox/stores/memory'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { createLine } from '../__fixtures__/line.ts'
import { bootWith, CDN, CLIENT, DAY, HOUR, PRINCIPALS, SETTINGS, T0 } from './__fixtures__/house.ts'

const boot = bootWith(memoryStore)

const clientWith = (id: number, status: string) => ({
  ...CLIENT,
  services: { CDN: { id, status } },
})
const BACK_CDN = '/iam/clients/3989/services/555'

// Two hosts on one clock: the front asks the back, on which the same client has services of other ids.
const pair = async (driver: object = {}, status = 'active') => {
  const clock = virtualClock(T0)
  const back = await boot(
    { ...SETTINGS, clients: [clientWith(555, status)] },
    PRINCIPALS,
    memoryStore(),
    T0,
    false,
    {
      clock,
    },
  )
  const line = createLine((request) => back.host.fetch(request))
  const front = await boot(
    {
      ...SETTINGS,
      clients: [clientWith(21797, status)],
      driver: { kind: 'upstream', url: 'https://api.example', apiKey: '7$s', ...driver },
    },
    PRINCIPALS,
    memoryStore(),
    T0,
    false,
    { clock, dial: line.dial },
  )
  await clock.advance(0)
  return { clock, back, front, line }
}

const effects = async (store: Store): Promise<ReadonlyArray<PendingEffect>> => {
  const page = await store.effects({ limit: 100 })()
  return E.isRight(page) ? page.right.items : []
}

const journal = async (store: Store): Promise<ReadonlyArray<JournalEntry>> => {
  const page = await store.journal({ limit: 1000 })()
  return E.isRight(page) ? page.right.entries : []
}

const put = (status: string) => ({ body: JSON.stringify({ status }) })

describe('an upstream of Gcore', () => {
  it('is requested to do what a status asks for, by client and product', async () => {
    const { clock, back, front, line } = await pair()
    expect((await front.call('PUT', CDN, put('paused'))).json.status).toBe('paused')
    await clock.advance(0)
    expect((await back.get(BACK_CDN)).json.status).toBe('paused')
    expect((await front.call('PUT', CDN, put('active'))).json.status).toBe('active')
    await clock.advance(0)
    expect((await back.get(BACK_CDN)).json.status).toBe('active')
    expect(line.sent.filter((call) => call.startsWith('PUT'))).toEqual([
      `PUT ${BACK_CDN}`,
      `PUT ${BACK_CDN}`,
    ])
    expect((await effects(front.store)).filter(({ work }) => work === 'pending')).toEqual([])
  })

  it('is not told what it has come to by itself', async () => {
    const { clock, back, front, line } = await pair()
    const dns = (await front.get('/iam/clients/3989/services')).json.find(
      ({ name }: { name: string }) => name === 'DNS',
    )
    await front.call('PUT', `/iam/clients/3989/services/${dns.id}`, put('trial'))
    await clock.advance(0)
    const there = (await back.get('/iam/clients/3989/services')).json.find(
      ({ name }: { name: string }) => name === 'DNS',
    )
    expect(there.status).toBe('trial')
    const told = line.sent.length
    await clock.advance(15 * DAY)
    expect((await front.get(`/iam/clients/3989/services/${dns.id}`)).json.status).toBe('trialend')
    expect((await back.get(`/iam/clients/3989/services/${there.id}`)).json.status).toBe('trialend')
    expect(line.sent.slice(told).filter((call) => call.startsWith('PUT'))).toEqual([])
  })

  it('is left as it is by clients that begin as they are there', async () => {
    const { front, line } = await pair({}, 'paused')
    expect((await front.get(CDN)).json.status).toBe('paused')
    expect(line.sent.filter((call) => call === `PUT ${BACK_CDN}`)).toEqual([])
  })

  it('refuses in its own words, which the journal has', async () => {
    const { clock, back, front } = await pair()
    await front.call('PUT', CDN, { ...put('deleted'), as: '1$s' })
    await clock.advance(0)
    expect((await back.get(BACK_CDN)).json.status).toBe('active')
    const message = 'the upstream answered 400: status: Status "deleted" is set by the system.'
    expect((await journal(front.store)).filter(({ type }) => type === 'wipe.failed')).toMatchObject(
      [{ detail: { message } }],
    )
    expect((await effects(front.store)).filter(({ work }) => work === 'failed')).toMatchObject([
      { error: message },
    ])
  })

  it('has to know the client and the product', async () => {
    const { clock, front, line } = await pair({ clients: { '3989': 77 } })
    await front.call('PUT', CDN, put('paused'))
    await clock.advance(0)
    expect(line.sent).toContain('GET /iam/clients/77/services')
    expect((await journal(front.store)).at(-1)).toMatchObject({
      type: 'suspend.failed',
      detail: { message: 'the upstream answered 404: Not found.' },
    })
  })

  it('is asked what it has done when its answer is lost, and not told twice', async () => {
    const { clock, back, front, line } = await pair()
    line.turn(({ method }) => (method === 'PUT' ? 'cut' : 'fine'))
    await front.call('PUT', CDN, put('paused'))
    await clock.advance(0)
    expect((await effects(front.store)).at(-1)).toMatchObject({ work: 'done' })
    const commands = (await journal(back.store)).filter(({ type }) => type === 'service.pause')
    expect(commands).toHaveLength(1)
  })

  it('is not told again what it has done when more has been asked here meanwhile', async () => {
    const { clock, back, front, line } = await pair()
    let weather: 'fine' | 'down' = 'fine'
    line.turn(({ method }) => {
      if (method !== 'PUT') return weather
      weather = 'down'
      return 'cut'
    })
    await front.call('PUT', CDN, put('paused'))
    await clock.advance(0)
    await front.call('PUT', CDN, put('active'))
    line.turn('fine')
    await clock.advance(HOUR)
    expect((await back.get(BACK_CDN)).json.status).toBe('active')
    expect(line.sent.filter((call) => call.startsWith('PUT'))).toHaveLength(2)
  })

  it('is tried again while it is away, and spared what has been taken back meanwhile', async () => {
    const { clock, back, front, line } = await pair()
    line.turn('down')
    await front.call('PUT', CDN, put('paused'))
    await front.call('PUT', CDN, put('active'))
    await clock.advance(HOUR / 60)
    line.turn('fine')
    const told = line.sent.length
    await clock.advance(HOUR)
    expect(line.sent.slice(told).filter((call) => call.startsWith('PUT'))).toEqual([])
    expect((await effects(front.store)).filter(({ work }) => work !== 'done')).toEqual([])
    expect((await back.get(BACK_CDN)).json.status).toBe('active')
  })

  it('is given up in the end, and what it was asked is kept where it can be seen', async () => {
    const { clock, front, line } = await pair({ attempts: 3 })
    line.turn('down')
    await front.call('PUT', CDN, put('paused'))
    await clock.advance(HOUR)
    expect((await effects(front.store)).filter(({ work }) => work === 'parked')).toMatchObject([
      {
        effect: { type: 'suspend' },
        error: 'the upstream has not answered: connection refused',
      },
    ])
    expect((await front.get(CDN)).json.status).toBe('paused')
  })

  it('that does not take the key is left to the operator, who does not see it', async () => {
    const { clock, front, line } = await pair({ apiKey: '7$no-such-secret' })
    await front.call('PUT', CDN, put('paused'))
    await clock.advance(0)
    const kept = await effects(front.store)
    expect(kept.filter(({ work }) => work === 'parked').map(({ error }) => error)).toContain(
      'the upstream answered 401: Bad token: 7',
    )
    expect(line.headers[0]).toMatchObject({ authorization: 'APIKey 7$no-such-secret' })
    expect(JSON.stringify([kept, await journal(front.store), front.lines])).not.toContain('no-such')
  })
})

describe('an operator as the driver of Gcore', () => {
  it('is left alone with the work, which nobody waits for', async () => {
    const front = await boot({ driver: { kind: 'manual' } })
    expect((await front.call('PUT', CDN, put('paused'))).json.status).toBe('paused')
    await front.clock.advance(0)
    expect((await effects(front.store)).at(-1)).toMatchObject({ work: 'done' })
  })
})
