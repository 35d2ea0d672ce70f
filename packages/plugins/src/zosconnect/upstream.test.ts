import { memoryStore } from '@signalbox/stores/memory'
import type { PendingEffect, Store } from '@signalbox/core/store'
import { virtualClock } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { createLine } from '../__fixtures__/line.ts'
import type { Weather } from '../__fixtures__/line.ts'
import { aar, manifest, packageXml, sar } from './__fixtures__/archive.ts'
import { basic, createBench, during, principal } from './__fixtures__/bench.ts'
import type { Bench, BenchOptions } from './__fixtures__/bench.ts'

const bench = createBench(memoryStore)

const S = '/zosConnect/services'
const X = `${S}/x`

const statusIn = (body: unknown): string =>
  (body as { zosConnect: { serviceStatus: string } }).zosConnect.serviceStatus

const wordsIn = (body: unknown): string => (body as { errorMessage: string }).errorMessage

// Two hosts on one clock: the front forwards to the back, on which a service is installed that both know.
const pair = async ({
  properties = {},
  driver = {},
  ...front
}: {
  readonly properties?: Readonly<Record<string, string | number>>
  readonly driver?: Readonly<Record<string, unknown>>
} & BenchOptions = {}) => {
  const clock = virtualClock(Date.UTC(2026, 10, 21))
  const back = await bench({
    clock,
    settings: { simulated: true, requireAuth: true },
    principals: [principal('FRONT', ['zosConnectAccess'])],
  })
  const send: Bench['send'] = (call, options = {}) =>
    back.send(call, { ...options, headers: { ...basic('FRONT'), ...options.headers } })
  const line = createLine((request) => back.host.fetch(request))
  const made = await bench({
    clock,
    dial: line.dial,
    ...front,
    settings: {
      driver: {
        kind: 'upstream',
        url: 'https://back.example',
        user: 'FRONT',
        password: 'TNORF',
        ...driver,
      },
      ...front.settings,
    },
  })
  await send(`POST ${S}`, { body: sar(manifest('x', 'signalbox.simulated', properties)) })
  await during(made, made.send(`POST ${S}`, { body: sar(manifest('x')) }))
  return { front: made, back: { ...back, send }, line, clock }
}

const effects = async (store: Store): Promise<ReadonlyArray<PendingEffect>> => {
  const page = await store.effects({ limit: 100 })()
  return E.isRight(page) ? page.right.items : []
}

const told = async (store: Store, type: string): Promise<number> => {
  const page = await store.journal({ limit: 1000 })()
  const entries = E.isRight(page) ? page.right.entries : []
  return entries.filter((entry) => entry.type === type && entry.kind === 'command').length
}

describe('an upstream of z/OS Connect', () => {
  it('is where services are stopped and started', async () => {
    const { front, back } = await pair()
    for (const [call, status] of [
      [`PUT ${X}?status=stopped`, 'Stopped'],
      [`PUT ${X}?action=start`, 'Started'],
    ] as const) {
      const answer = await front.send(call)
      expect([answer.status, statusIn(answer.body)]).toEqual([200, status])
      expect(statusIn((await back.send(`GET ${X}`)).body)).toBe(status)
      expect(statusIn((await front.send(`GET ${X}`)).body)).toBe(status)
    }
    expect(await told(back.store, 'service.stop')).toBe(1)
    expect(await told(back.store, 'service.start')).toBe(1)
  })

  it('is asked for the status, which is news here when it has changed there', async () => {
    const { front, back } = await pair()
    await back.send(`PUT ${X}?status=stopped`)
    expect(statusIn((await front.send(`GET ${X}?action=status`)).body)).toBe('Stopped')
    await front.host.idle()
    // Stopped, and no more work than to say so: it may be deleted.
    expect((await front.send(`DELETE ${X}`)).status).toBe(200)
    expect((await back.send(`GET ${X}`)).status).toBe(200)
  })

  it('decides what a service does that is deployed here', async () => {
    const { front, back } = await pair()
    await back.send(`PUT ${X}?status=stopped`)
    await front.send(`PUT ${X}?status=stopped`)
    await front.send(`DELETE ${X}`)
    const deployed = await front.send(`POST ${S}`, { body: sar(manifest('x')) })
    expect([deployed.status, statusIn(deployed.body)]).toEqual([201, 'Started'])
    expect(statusIn((await back.send(`GET ${X}`)).body)).toBe('Started')
  })

  it('refuses in its own words', async () => {
    const { front } = await pair({ properties: { failStop: 418 } })
    const refused = await front.send(`PUT ${X}?status=stopped`)
    expect([refused.status, wordsIn(refused.body)]).toEqual([
      418,
      expect.stringContaining('The simulated stop fails.'),
    ])
    expect(statusIn((await front.send(`GET ${X}`)).body)).toBe('Started')
  })

  it('does not know what is not installed there', async () => {
    const { front, back } = await pair()
    await back.send(`PUT ${X}?status=stopped`)
    await back.send(`DELETE ${X}`)
    const refused = await front.send(`PUT ${X}?status=started`)
    expect([refused.status, wordsIn(refused.body)]).toEqual([
      404,
      'the upstream answered 404: BAQR0431W: Service x is not available.',
    ])
    expect(statusIn((await front.send(`GET ${X}`)).body)).toBe('Unknown')
  })

  it('is asked what it has done when its answer is lost, and not told twice', async () => {
    const { front, back, line } = await pair()
    line.turn(({ method }) => (method === 'PUT' ? 'cut' : 'fine'))
    const answer = await front.send(`PUT ${X}?status=stopped`)
    expect([answer.status, statusIn(answer.body)]).toEqual([200, 'Stopped'])
    expect(await told(back.store, 'service.stop')).toBe(1)
  })

  it('is asked later when it cannot be asked at once, and not told twice', async () => {
    const { front, back, line } = await pair()
    let weather: Weather = 'fine'
    line.turn(({ method }) => {
      const now = weather
      if (method === 'PUT') weather = 'down'
      return method === 'PUT' ? 'cut' : now
    })
    const asked = front.send(`PUT ${X}?status=stopped`)
    front.clock.after(5_000, () => {
      weather = 'fine'
    })
    const answer = await during(front, asked)
    expect([answer.status, statusIn(answer.body)]).toEqual([200, 'Stopped'])
    expect(await told(back.store, 'service.stop')).toBe(1)
    expect(line.sent.filter((call) => call.startsWith('PUT'))).toHaveLength(1)
  })

  it('is tried again while it is away', async () => {
    const { front, back, line } = await pair()
    line.turn('down')
    front.clock.after(20_000, () => line.turn('fine'))
    const answer = await during(front, front.send(`PUT ${X}?status=stopped`))
    expect([answer.status, statusIn(answer.body)]).toEqual([200, 'Stopped'])
    expect(await told(back.store, 'service.stop')).toBe(1)
  })

  it('is given up in the end, and what it was asked is kept where it can be seen', async () => {
    const { front, line, clock } = await pair({ driver: { attempts: 3 } })
    line.turn('down')
    const late = await during(front, front.send(`PUT ${X}?status=stopped`))
    expect([late.status, wordsIn(late.body)]).toEqual([503, expect.stringContaining('BAQR0433W')])
    await clock.advance(3_600_000)
    const [parked] = (await effects(front.store)).filter(({ work }) => work === 'parked')
    expect([parked?.effect.type, parked?.error]).toEqual([
      'provider.stop',
      'the upstream has not answered: connection refused',
    ])
    const tries = line.sent.length
    await clock.advance(3_600_000)
    expect(line.sent).toHaveLength(tries)
  })

  it('is waited for as long as it asks', async () => {
    let busy = true
    const clock = virtualClock(0)
    const line = createLine(async (request) =>
      request.method === 'GET'
        ? Response.json({ zosConnect: { serviceStatus: busy ? 'Started' : 'Stopped' } })
        : Response.json(
            { errorMessage: 'Service x is changing &amp; busy.' },
            { status: 503, headers: { 'retry-after': '30' } },
          ),
    )
    const front = await bench({
      clock,
      dial: line.dial,
      settings: { driver: { kind: 'upstream', url: 'https://back.example' } },
    })
    await during(front, front.send(`POST ${S}`, { body: sar(manifest('x')) }))
    const asked = during(front, front.send(`PUT ${X}?status=stopped`))
    await new Promise((resolve) => clock.after(29_000, () => resolve(undefined)))
    const [open] = (await effects(front.store)).filter(({ attempts }) => attempts > 0)
    expect(open?.error).toBe('the upstream answered 503: Service x is changing & busy.')
    const puts = line.sent.filter((call) => call.startsWith('PUT')).length
    busy = false
    expect((await asked).status).toBe(200)
    expect(puts).toBe(1)
  })

  it('tells what to follow after a restart, and work under way goes on', async () => {
    const { front, back, line, clock } = await pair()
    line.turn('down')
    void front.send(`PUT ${X}?status=stopped`)
    await clock.advance(1_000)
    await during(front, front.host.drain(0))
    const again = await bench({
      clock,
      dial: line.dial,
      store: front.store,
      settings: {
        driver: {
          kind: 'upstream',
          url: 'https://back.example',
          user: 'FRONT',
          password: 'TNORF',
        },
      },
    })
    line.turn('fine')
    await clock.advance(120_000)
    expect(statusIn((await back.send(`GET ${X}`)).body)).toBe('Stopped')
    expect(statusIn((await again.send(`GET ${X}`)).body)).toBe('Stopped')
  })

  it('is brought to the status that was wanted last after a restart, if the settings say so', async () => {
    const { front, back, line, clock } = await pair()
    await back.send(`PUT ${X}?status=stopped`)
    await during(front, front.host.drain(0))
    await bench({
      clock,
      dial: line.dial,
      store: front.store,
      settings: {
        restart: 'last',
        driver: { kind: 'upstream', url: 'https://back.example', user: 'FRONT', password: 'TNORF' },
      },
    })
    await clock.advance(0)
    expect(statusIn((await back.send(`GET ${X}`)).body)).toBe('Started')
  })

  it('holds up no service of the settings while it is away', async () => {
    const line = createLine(async () => new Response())
    line.turn('down')
    const front = await bench({
      dial: line.dial,
      settings: {
        driver: { kind: 'upstream', url: 'https://back.example' },
        services: ['a', 'b', 'c'].map((name) => ({ name, provider: 'CICS-1.0' })),
      },
    })
    const listed = (await front.send(`GET ${S}`)).body
    expect(listed).toMatchObject({ zosConnectServices: [{}, {}, {}] })
  })

  it.each([
    ['apis', 'apis/catalog', aar()],
    ['apiRequesters', 'apiRequesters/catalog', aar(packageXml({ requester: true }), {})],
  ])('is where %s are stopped too', async (collection, item, body) => {
    const { front, back } = await pair()
    await back.send(`POST /zosConnect/${collection}`, { body })
    await front.send(`POST /zosConnect/${collection}`, { body })
    const answer = await front.send(`PUT /zosConnect/${item}?status=stopped`)
    expect(answer.body).toMatchObject({ status: 'Stopped' })
    expect((await back.send(`GET /zosConnect/${item}`)).body).toMatchObject({ status: 'Stopped' })
  })

  it('is told of a name with a slash as it is', async () => {
    const { front, back, line } = await pair()
    const body = sar(manifest('My/v1'))
    await back.send(`POST ${S}`, { body })
    await front.send(`POST ${S}`, { body })
    await front.send(`PUT ${S}/My%2Fv1?status=stopped`)
    expect(line.sent.at(-1)).toBe(`PUT ${S}/My%2Fv1?status=stopped`)
    expect(statusIn((await back.send(`GET ${S}/My%2Fv1`)).body)).toBe('Stopped')
  })

  it('may be of the first level, which knows actions', async () => {
    const { front, back, line } = await pair({ driver: { verbs: 'action' } })
    expect(statusIn((await front.send(`PUT ${X}?status=stopped`)).body)).toBe('Stopped')
    expect(line.sent.at(-1)).toBe(`PUT ${X}?action=stop`)
    expect(statusIn((await back.send(`GET ${X}`)).body)).toBe('Stopped')
  })

  it('that does not take the credentials is left to the operator, who does not see them', async () => {
    const { front, line } = await pair({ driver: { password: 'no-such-password' } })
    const late = await during(front, front.send(`PUT ${X}?status=stopped`))
    expect(late.status).toBe(503)
    const parked = (await effects(front.store)).filter(({ work }) => work === 'parked')
    expect(parked.map(({ error }) => error)).toEqual([expect.stringContaining('answered 401')])
    const page = await front.store.journal({ limit: 1000 })()
    const written = JSON.stringify([page, await effects(front.store), front.log, late.text])
    expect(line.headers[0]).toMatchObject({ authorization: expect.stringMatching(/^Basic /) })
    expect(written).not.toContain('no-such-password')
    expect(written).not.toContain(btoa('FRONT:no-such-password'))
  })

  it('is not reached where the settings do not let it', async () => {
    const { front, line } = await pair({ driver: { url: 'http://back.example' } })
    expect((await during(front, front.send(`PUT ${X}?status=stopped`))).status).toBe(503)
    expect(line.sent).toEqual([])
  })
})
