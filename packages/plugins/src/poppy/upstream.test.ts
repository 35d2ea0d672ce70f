import type { JournalEntry } from '@signalbox/core'
import type { PendingEffect } from '@signalbox/core/store'
import { virtualClock } from '@signalbox/host'
import { memoryStore } from '@signalbox/stores/memory'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { createLine } from '../__fixtures__/line.ts'
import { openBench, T0 } from './__fixtures__/bench.ts'
import type { Bench } from './__fixtures__/bench.ts'

const SHOP = {
  name: 'shop & co',
  domains: [{ domain: 'www.shop-a.com' }],
  origins: [{ origin: 'o.shop-a.com' }],
  flavor_id: 'cdn',
}

const SERVICES = '/v1.0/acme-7/services'

// Two hosts on one clock: the front carries its services to the back, where they get ids of their own.
const pair = async (driver: object = {}) => {
  const clock = virtualClock(T0)
  const back = await openBench(memoryStore(), {}, undefined, { clock, firstId: 50_000_001 })
  const line = createLine((request) => back.host.fetch(request))
  const settings = {
    driver: { kind: 'upstream', url: 'https://cdn.back.example', token: 'ANN', ...driver },
  }
  const front = await openBench(memoryStore(), settings as object, undefined, {
    clock,
    dial: line.dial,
  })
  return { clock, back, front, line, settings }
}

const idOf = (location: string | null): string => location?.split('/').at(-1) ?? ''

const create = async ({ send }: Bench, body: object = SHOP): Promise<string> => {
  const answer = await send('ann', `POST ${SERVICES}`, body)
  expect(answer.status).toBe(202)
  return idOf(answer.headers.get('location'))
}

interface Shown {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly errors: ReadonlyArray<{ readonly message: string }>
  readonly links: ReadonlyArray<{ readonly href: string; readonly rel: string }>
}

const show = async ({ ask }: Bench, id: string): Promise<Shown | undefined> => {
  const { status, value } = await ask('ann', `GET ${SERVICES}/${id}`)
  return status === 200 ? (value as Shown) : undefined
}

const all = async ({ ask }: Bench): Promise<ReadonlyArray<Shown>> =>
  ((await ask('ann', `GET ${SERVICES}?limit=20`)).value as { services: ReadonlyArray<Shown> })
    .services

const effects = async ({ store }: Bench): Promise<ReadonlyArray<PendingEffect>> => {
  const page = await store.effects({ limit: 100 })()
  return E.isRight(page) ? page.right.items : []
}

const count = (entries: ReadonlyArray<JournalEntry>, type: string): number =>
  entries.filter((entry) => entry.type === type && entry.kind === 'command').length

const deployed = async (made: Awaited<ReturnType<typeof pair>>, body: object = SHOP) => {
  const id = await create(made.front, body)
  await made.clock.advance(5_000)
  expect((await show(made.front, id))?.status).toBe('deployed')
  return id
}

const rename = (name: string) => [{ op: 'replace', path: '/name', value: name }]

describe('an upstream of Poppy', () => {
  it('is where a service is created, and what it says of it is shown here', async () => {
    const made = await pair()
    const { front, back, clock } = made
    const id = await create(front)
    await clock.advance(50)
    expect((await show(front, id))?.status).toBe('create_in_progress')
    expect((await all(back)).map(({ status }) => status)).toEqual(['create_in_progress'])
    await clock.advance(5_000)
    const [there] = await all(back)
    const here = await show(front, id)
    expect([here?.status, there?.status, here?.name]).toEqual([
      'deployed',
      'deployed',
      'shop &amp; co',
    ])
    expect(here?.id).not.toBe(there?.id)
    const urlOf = (shown: Shown | undefined) =>
      shown?.links.find(({ rel }) => rel === 'access_url')?.href
    expect(urlOf(here)).toBe(urlOf(there))
    expect(urlOf(here)).toMatch(/^www\.shop-a\.com\.cdn/)
  })

  it('is where a service is changed, purged and deleted', async () => {
    const made = await pair()
    const { front, back, clock } = made
    const id = await deployed(made)
    expect((await front.send('ann', `PATCH ${SERVICES}/${id}`, rename('other'))).status).toBe(202)
    await clock.advance(5_000)
    expect([(await show(front, id))?.status, (await all(back))[0]?.name]).toEqual([
      'deployed',
      'other',
    ])
    for (const query of ['all=true', 'url=/a%20b&hard=false']) {
      const purged = await front.send('ann', `DELETE ${SERVICES}/${id}/assets?${query}`)
      expect(purged.status).toBe(202)
      await clock.advance(5_000)
      expect((await show(front, id))?.status).toBe('deployed')
    }
    const entries = (await back.journal()).filter(({ type }) => type === 'service.purge')
    expect(entries).toHaveLength(2)
    expect(made.line.sent).toContain(
      `DELETE ${SERVICES}/${(await all(back))[0]?.id}/assets?url=%2Fa%20b&hard=false`,
    )
    await front.send('ann', `DELETE ${SERVICES}/${id}`)
    await clock.advance(5_000)
    expect([await show(front, id), await all(back)]).toEqual([undefined, []])
    expect(count(await back.journal(), 'service.delete')).toBe(1)
  })

  it('gives a shared domain a place of its own', async () => {
    const made = await pair()
    const domains = [
      { domain: 'shop', protocol: 'https', certificate: 'shared' },
      { domain: 'www.shop-a.com', protocol: 'http' },
    ]
    const id = await deployed(made, { ...SHOP, domains })
    const urls = (await show(made.front, id))?.links
      .filter(({ rel }) => rel === 'access_url')
      .map(({ href }) => href)
    expect(urls).toEqual([
      expect.stringMatching(/^shop\.scdn\d\.secure\.example\.net$/),
      expect.stringMatching(/^www\.shop-a\.com\.cdn/),
    ])
    // A change by what is shown there leaves it where it is.
    await made.front.send('ann', `PATCH ${SERVICES}/${id}`, rename('other'))
    await made.clock.advance(5_000)
    expect((await show(made.front, id))?.status).toBe('deployed')
  })

  it('refuses in its own words', async () => {
    const { front, back, clock } = await pair()
    await back.send('bob', 'POST /v1.0/beta-1/services', SHOP)
    const id = await create(front)
    await clock.advance(5_000)
    expect(await show(front, id)).toMatchObject({
      status: 'failed',
      errors: [
        { message: 'the upstream answered 400: Domain www.shop-a.com has already been taken' },
      ],
    })
    expect(await all(back)).toEqual([])
  })

  it('that fails at the work says why', async () => {
    const { front, back, clock } = await pair()
    back.provider.failNext('no room at the edge')
    const id = await create(front)
    await clock.advance(5_000)
    expect(await show(front, id)).toMatchObject({
      status: 'failed',
      errors: [{ message: 'no room at the edge' }],
    })
    // The next change is another attempt, at the same service.
    await front.send('ann', `PATCH ${SERVICES}/${id}`, [])
    await clock.advance(5_000)
    expect((await show(front, id))?.status).toBe('deployed')
    expect(await all(back)).toHaveLength(1)
  })

  it.each(['POST', 'PATCH', 'DELETE'])(
    'is asked what it has done when its answer to %s is lost, and not told twice',
    async (lost) => {
      const made = await pair()
      const { front, back, clock, line } = made
      let once = true
      line.turn(({ method }) => {
        if (method !== lost || !once) return 'fine'
        once = false
        return 'cut'
      })
      const id = await deployed(made)
      await front.send('ann', `PATCH ${SERVICES}/${id}`, rename('other'))
      await clock.advance(5_000)
      expect(await show(front, id)).toMatchObject({ status: 'deployed', name: 'other' })
      await front.send('ann', `DELETE ${SERVICES}/${id}`)
      await clock.advance(5_000)
      expect([await show(front, id), await all(back), once]).toEqual([undefined, [], false])
      const entries = await back.journal()
      expect(
        ['service.create', 'service.update', 'service.delete'].map((type) => count(entries, type)),
      ).toEqual([1, 1, 1])
    },
  )

  it.each([
    ['hard', 'hard=true'],
    ['soft', 'hard=false'],
  ])(
    'is sent a %s purge again whose answer is lost, so that content is purged at least once',
    async (_, query) => {
      const made = await pair()
      const { front, back, clock, line } = made
      const id = await deployed(made)
      let once = true
      line.turn(({ method }) => {
        if (method !== 'DELETE' || !once) return 'fine'
        once = false
        return 'cut'
      })
      await front.send('ann', `DELETE ${SERVICES}/${id}/assets?url=/a&${query}`)
      await clock.advance(30_000)
      expect(await show(front, id)).toMatchObject({ status: 'deployed', errors: [] })
      const purges = line.sent.filter((call) => call.startsWith('DELETE '))
      expect(new Set(purges).size).toBe(1)
      expect(purges[0]).toContain(`/assets?url=%2Fa&${query}`)
      const done = (await back.journal()).filter(({ type }) => type === 'service.purged')
      expect(done.length).toBe(2)
      expect((await effects(front)).map(({ work }) => work)).not.toContain('parked')
    },
  )

  it('keeps apart two services that are alike', async () => {
    const made = await pair()
    const { front, back, clock, line } = made
    const shared = {
      ...SHOP,
      domains: [{ domain: 'shop', protocol: 'https', certificate: 'shared' }],
    }
    const first = await deployed(made, shared)
    line.turn(({ method }) => (method === 'POST' ? 'cut' : 'fine'))
    const second = await create(front, shared)
    await clock.advance(5_000)
    expect((await show(front, second))?.status).toBe('deployed')
    expect(await all(back)).toHaveLength(2)
    expect(count(await back.journal(), 'service.create')).toBe(2)
    line.turn('fine')
    await front.send('ann', `DELETE ${SERVICES}/${second}`)
    await front.send('ann', `PATCH ${SERVICES}/${first}`, rename('first'))
    await clock.advance(10_000)
    expect(await show(front, first)).toMatchObject({ status: 'deployed', name: 'first' })
    expect((await all(back)).map(({ name }) => name)).toEqual(['first'])
    expect(count(await back.journal(), 'service.create')).toBe(2)
  })

  it('is left with the service it has when that is asked for anew', async () => {
    const { front, back, clock } = await pair()
    await create(back)
    await clock.advance(5_000)
    const id = await create(front)
    await clock.advance(5_000)
    expect((await show(front, id))?.status).toBe('deployed')
    expect(await all(back)).toHaveLength(1)
  })

  it('gets a service again that it has lost', async () => {
    const made = await pair()
    const { front, back, clock } = made
    const id = await deployed(made)
    await back.send('ann', `DELETE ${SERVICES}/${(await all(back))[0]?.id}`)
    await clock.advance(5_000)
    await front.send('ann', `PATCH ${SERVICES}/${id}`, rename('again'))
    await clock.advance(5_000)
    expect((await show(front, id))?.status).toBe('deployed')
    expect((await all(back)).map(({ name }) => name)).toEqual(['again'])
  })

  it('is waited for while it is at work on something else', async () => {
    const made = await pair()
    const { front, back, clock } = made
    const id = await deployed(made)
    const there = (await all(back))[0]?.id
    back.provider.hang()
    await back.send('ann', `PATCH ${SERVICES}/${there}`, rename('theirs'))
    await front.send('ann', `PATCH ${SERVICES}/${id}`, rename('ours'))
    await clock.advance(30_000)
    expect((await show(front, id))?.status).toBe('update_in_progress')
    back.provider.release()
    await clock.advance(60_000)
    expect(await show(front, id)).toMatchObject({ status: 'deployed', name: 'ours' })
    expect((await all(back))[0]?.name).toBe('ours')
  })

  it('is tried again while it is away, and a restart here changes nothing of that', async () => {
    const { front, back, clock, line, settings } = await pair()
    line.turn('down')
    const id = await create(front)
    await clock.advance(30_000)
    const drained = front.host.drain(0)
    await clock.advance(0)
    await drained
    const again = await openBench(front.store, settings as object, undefined, {
      clock,
      dial: line.dial,
      firstId: 90_000_001,
    })
    line.turn('fine')
    await clock.advance(60_000)
    expect((await show(again, id))?.status).toBe('deployed')
    expect(count(await back.journal(), 'service.create')).toBe(1)
  })

  it('is given up in the end, and what it was asked is kept where it can be seen', async () => {
    const { front, clock, line } = await pair({ attempts: 3 })
    line.turn('down')
    const id = await create(front)
    await clock.advance(60_000)
    expect((await effects(front)).filter(({ work }) => work === 'parked')).toMatchObject([
      { effect: { type: 'provision' }, error: 'the upstream has not answered: connection refused' },
    ])
    expect((await show(front, id))?.status).toBe('create_in_progress')
    // The service's own bound still holds.
    await clock.advance(600_000)
    expect((await show(front, id))?.errors).toEqual([{ message: 'Timed out after 600 s' }])
  })

  it('gets a deletion after a creation that nobody knows the end of', async () => {
    const { front, back, clock, line } = await pair()
    line.turn(({ method }) => (method === 'POST' ? 'cut' : 'fine'))
    back.provider.hang()
    const id = await create(front)
    await clock.advance(10)
    await front.send('ann', `DELETE ${SERVICES}/${id}`)
    await clock.advance(5_000)
    back.provider.release()
    await clock.advance(30_000)
    expect([await show(front, id), await all(back)]).toEqual([undefined, []])
  })

  it('knows a project by another name, if it is told so', async () => {
    const { front, back, clock } = await pair({ projects: { 'acme-7': 'beta-1' }, token: 'BOB' })
    const id = await create(front)
    await clock.advance(5_000)
    expect((await show(front, id))?.status).toBe('deployed')
    expect((await back.ask('bob', 'GET /v1.0/beta-1/services')).value).toMatchObject({
      services: [{ project_id: 'beta-1' }],
    })
  })

  it('that does not take the token is left to the operator, who does not see it', async () => {
    const { front, clock, line } = await pair({ token: 'no-such-token' })
    await create(front)
    await clock.advance(5_000)
    const kept = await effects(front)
    expect(kept.map(({ work, error }) => [work, error])).toContainEqual([
      'parked',
      'the upstream answered 401: Authentication required.',
    ])
    expect(line.headers[0]).toMatchObject({ 'x-auth-token': 'no-such-token' })
    expect(JSON.stringify([kept, await front.journal(), front.lines])).not.toContain('no-such')
  })

  it('is logged in to where tokens do not last, and again when they have ended', async () => {
    const { front, back, clock, line } = await pair({
      token: undefined,
      login: { username: 'ann', apiKey: 'ANN' },
    })
    const logins = (): number => line.sent.filter((call) => call === 'POST /v2.0/tokens').length
    // Making a token takes time of its own, which no clock holds.
    const until = async (status: string | undefined): Promise<void> => {
      for (let turn = 0; turn < 500 && (await show(front, id))?.status !== status; turn += 1) {
        await clock.advance(100)
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    }
    const id = await create(front)
    await until('deployed')
    expect([(await show(front, id))?.status, logins()]).toEqual(['deployed', 1])
    // A day later it counts no more.
    await clock.advance(86_400_000)
    await front.send('ann', `DELETE ${SERVICES}/${id}`)
    await until(undefined)
    expect([await show(front, id), logins()]).toEqual([undefined, 2])
    expect(await all(back)).toEqual([])
    expect(count(await back.journal(), 'service.delete')).toBe(1)
  })

  it.each([
    [{ login: { username: 'ann', password: 'wrong' } }, 'Invalid credentials.'],
    [{ login: { username: 'ann' } }, 'Invalid credentials.'],
  ])('that refuses a login is left to the operator: %j', async (login, words) => {
    const { front, clock } = await pair({ token: undefined, ...login })
    await create(front)
    const held = async () => (await effects(front)).map(({ work, error }) => [work, error])
    for (let turn = 0; turn < 500 && !(await held()).flat().includes('parked'); turn += 1) {
      await clock.advance(100)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    expect(await held()).toContainEqual(['parked', `the upstream answered 401: ${words}`])
  })

  it.each([{}, { token: 'x', login: { username: 'ann', password: 'x' } }])(
    'needs a token or a login: %j',
    async (credentials) => {
      const driver = { kind: 'upstream', url: 'https://cdn.back.example', ...credentials }
      const front = await openBench(memoryStore(), { driver } as object)
      expect(front.host.boot).toMatchObject([
        { ok: false, reason: 'driver: either a token or a login is needed' },
      ])
    },
  )

  it('makes certificates, and takes them back', async () => {
    const { front, back, clock } = await pair()
    const wanted = {
      flavor_id: 'cdn',
      cert_type: 'san',
      domain_name: 'www.shop-a.com',
      project_id: 'acme-7',
    }
    const path = '/v1.0/acme-7/ssl_certificate/www.shop-a.com'
    await front.send('ann', 'POST /v1.0/acme-7/ssl_certificate', wanted)
    await clock.advance(5_000)
    const [here, there] = [
      await front.ask('ann', `GET ${path}`),
      await back.ask('ann', `GET ${path}`),
    ]
    expect(here.value).toMatchObject({ status: 'deployed', cert_details: { mock: {} } })
    expect(here.value).toEqual(there.value)
    await front.send('ann', `DELETE ${path}`)
    await clock.advance(5_000)
    expect((await back.ask('ann', `GET ${path}`)).status).toBe(404)
  })
})
