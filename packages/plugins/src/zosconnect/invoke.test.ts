import { memoryStore } from '@signalbox/stores/memory'
import { describe, expect, it } from 'vitest'
import { manifest, sar } from './__fixtures__/archive.ts'
import { basic, createBench, during, principal } from './__fixtures__/bench.ts'
import type { Bench } from './__fixtures__/bench.ts'
import { serviceFailure } from './index.ts'
import type { Invocation, Provider, ProviderFactory } from './index.ts'

const bench = createBench(memoryStore)

const S = '/zosConnect/services'
const X = `${S}/x`
const JSON_TYPE = { 'content-type': 'application/json' }

const error = (errorMessage: string): string => JSON.stringify({ errorMessage })

const simulated = async (
  properties: Readonly<Record<string, string | number>> = {},
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Bench> => {
  const made = await bench({ settings: { simulated: true, ...settings } })
  const body = sar(manifest('x', 'signalbox.simulated', properties))
  expect((await made.send(`POST ${S}`, { body })).status).toBe(201)
  return made
}

const own = async (
  invoke: Provider['invoke'],
  more: Partial<Provider> = {},
  options: Parameters<typeof bench>[0] = {},
): Promise<Bench> => {
  const factory: ProviderFactory = {
    providers: ['own'],
    register: async () => ({
      getProviderName: () => 'Own provider',
      getData: () => ({}),
      start: () => 'started',
      stop: () => 'stopped',
      status: () => 'started',
      invoke,
      ...more,
    }),
  }
  const made = await bench({ factories: [factory], ...options })
  await made.send(`POST ${S}`, {
    body: sar(manifest('x', 'own')),
    headers: basic('ADMIN'),
  })
  return made
}

const statistics = async ({ send }: Bench, name = 'x'): Promise<unknown> =>
  ((await send(`GET ${S}/${name}?action=getStatistics`)).body as Record<string, unknown>)[name]

describe('an invoke', () => {
  it.each([
    ['PUT', '?action=invoke', JSON_TYPE],
    ['POST', '?action=invoke', JSON_TYPE],
    ['PUT', '', JSON_TYPE],
    ['POST', '', { 'content-type': 'application/json; charset=utf-8' }],
  ])('goes to the provider by %s %s', async (method, query, headers) => {
    const { send } = await simulated()
    const answer = await send(`${method} ${X}${query}`, { body: '{"a":[1,"<b>"]}', headers })
    expect([answer.status, answer.text]).toEqual([200, '{"a":[1,"<b>"]}'])
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('needs no body and no type', async () => {
    const seen: Array<Invocation> = []
    const made = await own((request) => {
      seen.push(request)
      return { body: 'ok' }
    })
    expect((await made.send(`PUT ${X}?action=invoke`)).text).toBe('"ok"')
    const bytes = new TextEncoder().encode('{"a":1}')
    const headers = { 'content-type': '' }
    expect((await made.send(`POST ${X}?action=invoke`, { body: bytes, headers })).status).toBe(200)
    expect(seen.map((request) => 'payload' in request)).toEqual([false, true])
  })

  it('tells the provider who calls, and keeps the credentials', async () => {
    const seen: Array<Invocation> = []
    const made = await own(
      (request) => {
        seen.push(request)
        return { status: 202, body: { done: true }, headers: { 'X-Job': '7', Connection: 'close' } }
      },
      {},
      {
        principals: [principal('ADMIN', ['a'])],
        settings: { requireAuth: true },
      },
    )
    const headers = { ...basic('ADMIN'), ...JSON_TYPE, cookie: 'c=1', 'x-request-id': 'r-1' }
    const answer = await made.send(`PUT ${X}`, { body: '{}', headers })
    expect([answer.status, answer.text]).toEqual([202, '{"done":true}'])
    expect(answer.headers.get('x-job')).toBe('7')
    expect(answer.headers.get('connection')).toBeNull()
    expect(seen[0]).toMatchObject({
      payload: {},
      principal: { id: 'ADMIN', roles: ['a'] },
      requestId: 'r-1',
      headers: { 'x-request-id': 'r-1' },
    })
    expect(Object.keys(seen[0]?.headers ?? {})).not.toContain('authorization')
    expect(Object.keys(seen[0]?.headers ?? {})).not.toContain('cookie')
  })

  it.each([
    ['notjson', 'is not valid JSON'],
    ['[]', 'is an array'],
    ['"a"', 'is a string'],
    ['1', 'is a number'],
    ['true', 'is a boolean'],
    ['null', 'is null'],
    [`${'{"a":'.repeat(300)}1${'}'.repeat(300)}`, 'is nested more than 200 deep'],
  ])('takes a JSON object only, and not %s', async (body, reason) => {
    const made = await simulated()
    for (const call of [`PUT ${X}`, `POST ${X}?action=invoke`]) {
      const answer = await made.send(call, { body, headers: JSON_TYPE })
      expect([answer.status, answer.text]).toEqual([
        400,
        error(
          `BAQR0417W: The request payload could not be parsed. A JSON object format payload is expected. Error: the payload ${reason}.`,
        ),
      ])
    }
    expect(await statistics(made)).toMatchObject({ InvokeRequestCount: '0' })
  })

  it('is bounded in size and is neither encoded nor of another type', async () => {
    const { send } = await simulated({}, { maxInvokeBytes: 100 })
    const big = { body: `{"a":"${'x'.repeat(100)}"}`, headers: JSON_TYPE }
    expect((await send(`PUT ${X}`, big)).status).toBe(413)
    const encoded = { ...JSON_TYPE, 'content-encoding': 'gzip' }
    expect((await send(`PUT ${X}`, { body: '{}', headers: encoded })).status).toBe(415)
    expect((await send(`PUT ${X}?action=invoke`, { headers: encoded })).status).toBe(200)
    const text = { 'content-type': 'text/plain' }
    expect((await send(`PUT ${X}?action=invoke`, { body: '{}', headers: text })).status).toBe(415)
    const huge = await simulated({}, { maxInvokeBytes: 8 * 1024 * 1024 })
    const body = `{"a":"${'x'.repeat(6 * 1024 * 1024)}"}`
    expect((await huge.send(`PUT ${X}`, { body, headers: JSON_TYPE })).status).toBe(200)
    const zip = { 'content-type': 'application/zip' }
    expect((await huge.send(`PUT ${X}`, { body, headers: zip })).status).toBe(413)
  })

  it('is for what is installed, and for a level of its own', async () => {
    const made = await bench({
      principals: [principal('CALLER', ['c']), principal('OPS', ['o']), principal('ADMIN', ['a'])],
      settings: {
        requireAuth: true,
        simulated: true,
        services: [{ name: 'x', provider: 'signalbox.simulated' }],
        authorization: { admin: ['a'], operations: ['o'], reader: [], invoke: ['c'] },
      },
    })
    const as = async (id: string, call: string): Promise<number> =>
      (await made.send(call, { body: '{}', headers: { ...basic(id), ...JSON_TYPE } })).status
    for (const call of [`PUT ${X}`, `POST ${X}?action=invoke`]) {
      expect(await as('CALLER', call)).toBe(200)
      expect(await as('ADMIN', call)).toBe(200)
      expect(await as('OPS', call)).toBe(403)
    }
    expect(await as('CALLER', `PUT ${S}/nope`)).toBe(404)
    expect(await as('CALLER', `PUT ${X}?action=stop`)).toBe(403)
  })
})

describe('admission', () => {
  it('ends with a stop, while what runs completes and the stop does not wait', async () => {
    const made = await simulated({ latencyMs: 2000 })
    const { send } = made
    const running = send(`PUT ${X}?action=invoke`, { body: '{"n":1}', headers: JSON_TYPE })
    await made.host.idle()
    const stop = await send(`PUT ${X}?status=stopped`)
    expect([stop.status, stop.text]).toEqual([200, expect.stringContaining('"Stopped"')])
    const late = await send(`PUT ${X}?action=invoke`)
    expect([late.status, late.text]).toEqual([
      503,
      error('signalbox.service-stopped: Service x is stopped and cannot be invoked.'),
    ])
    const first = await during(made, running)
    expect([first.status, first.text]).toEqual([200, '{"n":1}'])
    expect(await statistics(made)).toMatchObject({ InvokeRequestCount: '1' })
  })

  it('is open while the status is unknown and started was wanted', async () => {
    const { send } = await simulated({ failStatus: 500 })
    expect((await send(`GET ${X}`)).text).toContain('"Unknown"')
    expect((await send(`PUT ${X}?action=invoke`)).status).toBe(200)
  })

  it('is shut while the status is unknown and stopped was wanted', async () => {
    const { send } = await simulated({ failStop: 500, failStatus: 500 })
    expect((await send(`PUT ${X}?status=stopped`)).status).toBe(500)
    const answer = await send(`PUT ${X}?action=invoke`)
    expect([answer.status, answer.text]).toEqual([
      503,
      error(
        'signalbox.service-unknown: The status of service x is unknown and it cannot be invoked.',
      ),
    ])
  })

  it('lets a draining service be deleted; its provider goes when the last invoke has ended', async () => {
    const calls: Array<string> = []
    let finish = (): void => {}
    const factory: ProviderFactory = {
      providers: ['own'],
      register: async () => ({
        getProviderName: () => 'own',
        getData: () => ({}),
        start: () => 'started',
        stop: () => 'stopped',
        status: () => 'stopped',
        invoke: () =>
          new Promise((resolve) => {
            finish = () => resolve({ body: {} })
          }),
      }),
      deregister: async () => void calls.push('deregister'),
    }
    const made = await bench({ factories: [factory] })
    await made.send(`POST ${S}`, { body: sar(manifest('x', 'own')) })
    const running = made.send(`PUT ${X}?action=invoke`)
    await made.host.idle()
    await made.send(`PUT ${X}?status=stopped`)
    expect((await made.send(`DELETE ${X}`)).status).toBe(200)
    expect(calls).toEqual([])
    finish()
    expect((await running).status).toBe(200)
    await made.host.idle()
    expect(calls).toEqual(['deregister'])
  })

  it('lets go of a provider whose invokes never end, after the bound of a drain', async () => {
    const calls: Array<string> = []
    const factory: ProviderFactory = {
      providers: ['own'],
      register: async () => ({
        getProviderName: () => 'own',
        getData: () => ({}),
        start: () => 'started',
        stop: () => 'stopped',
        status: () => 'stopped',
        invoke: () => new Promise(() => {}),
      }),
      deregister: async () => void calls.push('deregister'),
    }
    const settings = { invokeTimeoutMs: 100, drainTimeoutMs: 1000 }
    const made = await bench({ factories: [factory], settings })
    await made.send(`POST ${S}`, { body: sar(manifest('x', 'own')) })
    await during(made, made.send(`PUT ${X}?action=invoke`))
    await made.send(`PUT ${X}?status=stopped`)
    expect((await made.send(`DELETE ${X}`)).status).toBe(200)
    await made.clock.advance(900)
    expect(calls).toEqual([])
    await made.clock.advance(200)
    expect(calls).toEqual(['deregister'])
  })
})

describe('a provider that fails an invoke', () => {
  it('answers its own code and body as it is, or its words, or ours', async () => {
    const thrown: Array<unknown> = [
      serviceFailure('x', 422, { errorMessage: '<own> & body' }),
      serviceFailure('no <room>', 507),
      serviceFailure('odd', 200),
      new Error('secret'),
    ]
    const made = await own(() => {
      throw thrown.shift()
    })
    const answers = []
    for (let turn = 0; turn < 4; turn += 1) {
      const { status, text } = await made.send(`PUT ${X}?action=invoke`)
      answers.push([status, text])
    }
    expect(answers).toEqual([
      [422, '{"errorMessage":"<own> & body"}'],
      [507, error('no &lt;room&gt;')],
      [500, error('odd')],
      [500, error('BAQR7033E: Internal server error.')],
    ])
    expect(await statistics(made)).toMatchObject({ InvokeRequestCount: '4' })
  })

  it.each([
    ['a status that is none', () => ({ status: 99, body: {} })],
    ['a body that is no JSON', () => ({ body: 1n as never })],
    ['a header that cannot be sent', () => ({ body: {}, headers: { 'a b': 'c' } })],
    ['nothing', () => undefined as never],
  ])('is at fault when it replies %s', async (_, invoke) => {
    const made = await own(invoke)
    const answer = await made.send(`PUT ${X}?action=invoke`)
    expect([answer.status, answer.text]).toEqual([500, error('BAQR7033E: Internal server error.')])
  })

  it('is told when it is too late, and what it says then is nobody’s', async () => {
    const signals: Array<AbortSignal> = []
    const made = await own(
      async ({ signal }) => {
        signals.push(signal)
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('stopped')))
        })
      },
      {},
      { settings: { invokeTimeoutMs: 700 } },
    )
    const answer = await during(made, made.send(`PUT ${X}?action=invoke`))
    expect([answer.status, answer.text]).toEqual([
      503,
      error('BAQR0433W: The asynchronous request has timed out after 700 milliseconds.'),
    ])
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    expect(await statistics(made)).toMatchObject({ InvokeRequestCount: '1' })
  })
})

describe('the shipped providers', () => {
  it('have no driver for what they stand in for', async () => {
    const { send } = await bench()
    await send(`POST ${S}`, { body: sar() })
    const answer = await send(`PUT ${S}/placeOrder`, { body: '{}', headers: JSON_TYPE })
    expect([answer.status, answer.text]).toEqual([
      503,
      error('signalbox.no-driver: Service placeOrder has no driver and cannot be invoked.'),
    ])
  })

  it('may stand in by another provider, which the settings name', async () => {
    const driver = { provider: 'signalbox.simulated', properties: { reply: '{"order":7}' } }
    const settings = { simulated: true, providerSettings: { 'CICS-1.0': { driver } } }
    const { send } = await bench({ settings })
    await send(`POST ${S}`, { body: sar() })
    const answer = await send(`PUT ${S}/placeOrder`, { body: '{}', headers: JSON_TYPE })
    expect([answer.status, answer.text]).toEqual([200, '{"order":7}'])
    for (const wrong of [{ provider: 'Nope' }, { provider: 'IMS-1.0' }, 7]) {
      const providerSettings = { 'CICS-1.0': { driver: wrong } }
      const { host } = await bench({ settings: { providerSettings } })
      expect(host.boot[0]?.ok).toBe(false)
    }
  })

  it('tell the time of a zone', async () => {
    const { send } = await bench({ settings: { referenceService: true } })
    const answer = await send(`POST ${S}/dateTimeService?action=invoke`)
    expect(answer.text).toBe('{"time":"12:00:00 AM","config":"","date":"Nov 21, 2026"}')
    const zoned = (timezone: string) =>
      send(`POST ${S}`, { body: sar(manifest('z', 'zOSConnectReference', { timezone })) })
    expect((await zoned('Nowhere/Else')).status).toBe(400)
    await zoned('America/New_York')
    expect((await send(`PUT ${S}/z?action=invoke`)).text).toBe(
      '{"time":"7:00:00 PM","config":"","date":"Nov 20, 2026"}',
    )
  })

  it('simulate a reply, a latency and a failure', async () => {
    const replies = await simulated({ reply: '[1]' })
    expect((await replies.send(`PUT ${X}?action=invoke`)).text).toBe('[1]')
    const fails = await simulated({ failInvoke: 429 })
    const answer = await fails.send(`PUT ${X}?action=invoke`)
    expect([answer.status, answer.text]).toEqual([429, error('The simulated invoke fails.')])
    const made = await bench({ settings: { simulated: true } })
    const body = sar(manifest('x', 'signalbox.simulated', { reply: '{' }))
    expect((await made.send(`POST ${S}`, { body })).status).toBe(400)
  })

  it('time out when they are slow', async () => {
    const made = await simulated({ latencyMs: 900 }, { invokeTimeoutMs: 300 })
    const answer = await during(made, made.send(`PUT ${X}?action=invoke`))
    expect([answer.status, answer.text]).toEqual([
      503,
      error('BAQR0433W: The asynchronous request has timed out after 300 milliseconds.'),
    ])
  })
})

describe('statistics', () => {
  it('count since the registration, as strings', async () => {
    const made = await simulated()
    for (let turn = 0; turn < 3; turn += 1) await made.send(`PUT ${X}?action=invoke`)
    const shown = await made.send(`GET ${X}?action=getStatistics`)
    expect([shown.status, shown.text]).toEqual([
      200,
      '{"x":{"ServiceProvider":"signalbox.simulated","InvokeRequestCount":"3","TimeOfRegistrationWithZosConnect":"2026-11-21 00:00:00:000 GMT","ServiceStatistics":{}}}',
    ])
    await made.send(`PUT ${X}?status=stopped`)
    await made.clock.advance(1589)
    await made.send(`PUT ${X}`, { body: sar(manifest('x', 'signalbox.simulated')) })
    expect(await statistics(made)).toMatchObject({
      InvokeRequestCount: '0',
      TimeOfRegistrationWithZosConnect: '2026-11-21 00:00:01:589 GMT',
    })
  })

  it('of many are those of one provider where it is named', async () => {
    const { send } = await simulated()
    await send(`POST ${S}`, { body: sar() })
    const all = (await send('GET /zosConnect/operations/getStatistics')).body as object
    expect(Object.keys(all)).toEqual(['placeOrder', 'x'])
    const cics = await send('GET /zosConnect/operations/getStatistics?provider=CICS-1.0')
    expect(Object.keys(cics.body as object)).toEqual(['placeOrder'])
    const none = await send('GET /zosConnect/operations/getStatistics?provider=none')
    expect([none.status, none.text]).toEqual([200, '{}'])
    const twice = await send('GET /zosConnect/operations/getStatistics?provider=a&provider=b')
    expect(twice.status).toBe(400)
    expect((await send('GET /zosConnect/operations%2FgetStatistics')).status).toBe(404)
    const post = await send('POST /zosConnect/operations/getStatistics')
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
  })

  it('hold what the provider counts, or nothing when it fails or says no object', async () => {
    const given: Array<() => never> = [
      () => ({ hits: 1 }) as never,
      () => {
        throw new Error('no')
      },
      () => 7 as never,
    ]
    const made = await own(() => ({ body: {} }), { getStatistics: () => given.shift()?.() ?? {} })
    expect(await statistics(made)).toMatchObject({ ServiceStatistics: { hits: 1 } })
    expect(await statistics(made)).toMatchObject({ ServiceStatistics: {} })
    expect(await statistics(made)).toMatchObject({ ServiceStatistics: {} })
  })

  it('are for operators, and leave out what others may see', async () => {
    const made = await bench({
      principals: [principal('OPS', ['o']), principal('READER', ['r'])],
      settings: {
        requireAuth: true,
        services: [
          { name: 'open', provider: 'CICS-1.0' },
          { name: 'salary', provider: 'CICS-1.0' },
        ],
        authorization: {
          operations: ['o'],
          reader: ['r'],
          services: { salary: { admin: ['p'], reader: ['r'] } },
        },
      },
    })
    const ask = (id: string, path: string) => made.send(`GET ${path}`, { headers: basic(id) })
    const many = '/zosConnect/operations/getStatistics'
    expect(Object.keys((await ask('OPS', many)).body as object)).toEqual(['open'])
    expect((await ask('READER', many)).status).toBe(403)
    expect((await ask('READER', `${S}/salary?action=getStatistics`)).status).toBe(403)
    expect((await ask('READER', `${S}/salary?action=status`)).status).toBe(200)
  })
})
