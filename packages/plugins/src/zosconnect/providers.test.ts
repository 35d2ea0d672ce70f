import { memoryStore } from '@signalbox/stores/memory'
import { describe, expect, it } from 'vitest'
import { manifest, sar } from './__fixtures__/archive.ts'
import { createBench, during } from './__fixtures__/bench.ts'
import { serviceFailure } from './index.ts'
import type { Provider, ProviderFactory, ProviderHost } from './index.ts'

const bench = createBench(memoryStore)

const S = '/zosConnect/services'
const X = `${S}/x`

const statusIn = (body: unknown): string =>
  (body as { zosConnect: { serviceStatus: string } }).zosConnect.serviceStatus

const simulated = async (
  properties: Readonly<Record<string, string | number>>,
  settings: Readonly<Record<string, unknown>> = {},
) => {
  const made = await bench({ settings: { simulated: true, ...settings } })
  const body = sar(manifest('x', 'signalbox.simulated', properties))
  return { ...made, deployed: await made.send(`POST ${S}`, { body }) }
}

const recorded = (
  provider: (host: ProviderHost) => Partial<Provider> = () => ({}),
  factory: Partial<ProviderFactory> = {},
) => {
  const calls: Array<string> = []
  const made: ProviderFactory = {
    providers: ['own'],
    register: async ({ name, version }, host) => {
      calls.push(`register ${name} ${version ?? ''}`.trim())
      return {
        getProviderName: () => 'Own provider',
        getData: () => ({}),
        start: () => {
          calls.push('start')
          return 'started'
        },
        stop: () => {
          calls.push('stop')
          return 'stopped'
        },
        status: () => 'started',
        invoke: () => ({ body: {} }),
        ...provider(host),
      }
    },
    deregister: async () => void calls.push('deregister'),
    ...factory,
  }
  return { calls, factories: [made] }
}

const own = (version = '1') => sar(`${manifest('x', 'own')}\nversion: "${version}"`)

describe('a simulated provider', () => {
  it('is offered by a setting only', async () => {
    const { send } = await bench()
    const body = sar(manifest('x', 'signalbox.simulated'))
    expect((await send(`POST ${S}`, { body })).status).toBe(503)
  })

  it('fails to start with its own code, and the status is what it says', async () => {
    const { send } = await simulated({ failStart: 418, initial: 'stopped' })
    const answer = await send(`PUT ${X}?status=started`)
    expect([answer.status, answer.text]).toEqual([
      418,
      '{"errorMessage":"The simulated start fails."}',
    ])
    expect(statusIn((await send(`GET ${X}`)).body)).toBe('Stopped')
  })

  it('is deployed even if it does not start', async () => {
    const { deployed } = await simulated({ failStart: 418, initial: 'stopped' })
    expect([deployed.status, statusIn(deployed.body)]).toEqual([201, 'Stopped'])
  })

  it('says another status than was asked for, or none', async () => {
    const { send } = await simulated({ afterStart: 'stopped', failStatus: 500 })
    const start = await send(`PUT ${X}?status=started`)
    expect([start.status, statusIn(start.body)]).toEqual([200, 'Stopped'])
    const details = await send(`GET ${X}`)
    expect([details.status, statusIn(details.body)]).toEqual([200, 'Unknown'])
  })

  it('can be deleted though it neither stops nor says how it is', async () => {
    const { send } = await simulated({ failStop: 500, failStatus: 500 })
    expect((await send(`DELETE ${X}`)).status).toBe(409)
    expect((await send(`PUT ${X}?status=stopped`)).status).toBe(500)
    expect((await send(`DELETE ${X}`)).text).toBe('{"name":"x"}')
  })

  it.each([
    ['failStart', '999'],
    ['failStart', 'x'],
    ['initial', 'paused'],
    ['startMs', '-1'],
  ])('refuses the property %s of %s', async (name, value) => {
    const { deployed, send } = await simulated({ [name]: value })
    expect(deployed.status).toBe(400)
    expect(deployed.body).toMatchObject({
      errorMessage: 'signalbox.archive-invalid: The archive is not usable.',
      errorDetails: expect.stringContaining(name),
    })
    expect((await send(`GET ${X}`)).status).toBe(404)
  })
})

describe('a call that takes too long', () => {
  it('is answered with a timeout, and its end is news', async () => {
    const made = await bench({ settings: { simulated: true, spiTimeoutMs: 100 } })
    const { send } = made
    const properties = { startMs: 250, initial: 'stopped' }
    const body = sar(manifest('x', 'signalbox.simulated', properties))
    await send(`POST ${S}?status=stopped`, { body })
    const answer = await during(made, send(`PUT ${X}?status=started`))
    expect([answer.status, answer.text]).toEqual([
      503,
      '{"errorMessage":"BAQR0433W: The asynchronous request has timed out after 100 milliseconds."}',
    ])
    expect(statusIn((await send(`GET ${X}`)).body)).toBe('Stopped')
    await made.clock.advance(200)
    const entries = await made.store.journal({ limit: 100 })()
    expect(JSON.stringify(entries)).toMatch(
      /"provider.reported","outcome":"moved","from":"Stopped","to":"Started"/,
    )
  })

  it('is no news once a newer one was made', async () => {
    const made = await bench({ settings: { simulated: true, spiTimeoutMs: 100 } })
    const { send } = made
    const body = sar(manifest('x', 'signalbox.simulated', { startMs: 250, initial: 'stopped' }))
    await send(`POST ${S}?status=stopped`, { body })
    await during(made, send(`PUT ${X}?status=started`))
    expect((await send(`PUT ${X}?status=stopped`)).status).toBe(200)
    await made.clock.advance(200)
    const entries = await made.store.journal({ limit: 100 })()
    expect(JSON.stringify(entries)).not.toMatch(/"to":"Started"/)
  })

  it('leaves nothing behind when it was a registration', async () => {
    let finish = (): void => {}
    const { calls, factories } = recorded()
    const slow: ProviderFactory = {
      ...(factories[0] as ProviderFactory),
      register: async (archive, host) => {
        await new Promise<void>((resolve) => (finish = resolve))
        return (factories[0] as ProviderFactory).register(archive, host)
      },
    }
    const made = await bench({ settings: { spiTimeoutMs: 100 }, factories: [slow] })
    const answer = await during(made, made.send(`POST ${S}`, { body: own() }))
    expect([answer.status, answer.text]).toEqual([
      500,
      '{"errorMessage":"BAQR7033E: Internal server error."}',
    ])
    finish()
    await made.clock.advance(1)
    expect(calls).toEqual(['register x 1', 'deregister'])
    expect((await made.send(`GET ${X}`)).status).toBe(404)
    const kept = await made.store.documents({ provider: 'zosconnect', kind: 'archive', limit: 9 })()
    expect(kept).toMatchObject({ right: { items: [] } })
  })

  it('shows the status as unknown after two seconds', async () => {
    const { factories } = recorded(() => ({ status: () => new Promise(() => {}) }))
    const made = await bench({ factories })
    const deployed = await during(made, made.send(`POST ${S}`, { body: own() }))
    expect(deployed.status).toBe(201)
    const answer = await during(made, made.send(`GET ${X}?action=status`))
    expect(statusIn(answer.body)).toBe('Unknown')
  })
})

describe('a provider', () => {
  it('hears of every request', async () => {
    const { calls, factories } = recorded()
    const { send } = await bench({ factories })
    await send(`POST ${S}`, { body: own() })
    await send(`PUT ${X}?status=stopped`)
    await send(`PUT ${X}?status=stopped`)
    await send(`PUT ${X}?action=start`)
    await send(`PUT ${X}?action=start`)
    expect(calls).toEqual(['register x 1', 'stop', 'stop', 'start', 'start'])
  })

  it('names itself and shows its data; a fault of it is no fault of the reply', async () => {
    const { factories } = recorded(() => ({
      dataXform: 'CICS-xform',
      getData: () => {
        throw new Error('no data')
      },
      getRequestSchema: () => ({ own: true }),
      getResponseSchema: () => Promise.reject(new Error('no schema')),
    }))
    const { send, log } = await bench({ factories })
    expect((await send(`POST ${S}`, { body: own() })).body).toMatchObject({
      zosConnect: { serviceProvider: 'Own provider', dataXformProvider: 'CICS-xform' },
      x: {},
    })
    expect((await send(`GET ${S}`)).text).toContain('"ServiceProvider":"Own provider"')
    expect((await send(`GET ${X}/schema/request`)).text).toBe('{"own":true}')
    const schema = await send(`GET ${X}/schema/response`)
    expect([schema.status, schema.text]).toEqual([
      500,
      '{"errorMessage":"BAQR7033E: Internal server error."}',
    ])
    expect(log).toContainEqual(expect.objectContaining({ call: 'getData', message: 'no data' }))
  })

  it('fails with its own code and words, escaped, or with ours', async () => {
    const thrown: Array<unknown> = [
      serviceFailure('no <room>', 507),
      serviceFailure('odd', 200),
      new Error('secret detail'),
    ]
    const { factories } = recorded(() => ({
      stop: () => {
        throw thrown.shift()
      },
    }))
    const { send } = await bench({ factories })
    await send(`POST ${S}`, { body: own() })
    const answers = []
    for (let turn = 0; turn < 3; turn += 1) answers.push(await send(`PUT ${X}?status=stopped`))
    expect(answers.map(({ status, text }) => [status, text])).toEqual([
      [507, '{"errorMessage":"no &lt;room&gt;"}'],
      [500, '{"errorMessage":"odd"}'],
      [500, '{"errorMessage":"BAQR7033E: Internal server error."}'],
    ])
  })

  it('may report another status by itself', async () => {
    const hosts: Array<ProviderHost> = []
    let status: 'started' | 'stopped' = 'started'
    const { factories } = recorded((host) => {
      hosts.push(host)
      return { status: () => status }
    })
    const { send, host, store } = await bench({ factories })
    await send(`POST ${S}`, { body: own() })
    status = 'stopped'
    hosts[0]?.report('stopped')
    await host.idle()
    const list = await store.list({ provider: 'zosconnect', limit: 9 })()
    expect(list).toMatchObject({ right: { items: [{ status: 'Stopped' }] } })
  })

  it('is followed when it drifts: a look at it is news', async () => {
    let status: 'started' | 'stopped' = 'started'
    const { factories } = recorded(() => ({ status: () => status }))
    const { send } = await bench({ factories })
    await send(`POST ${S}`, { body: own() })
    status = 'stopped'
    expect(statusIn((await send(`GET ${X}`)).body)).toBe('Stopped')
    expect((await send(`DELETE ${X}`)).status).toBe(200)
  })

  it('is replaced by an update: registered anew, then the old one let go', async () => {
    const { calls, factories } = recorded()
    const { send } = await bench({ factories })
    await send(`POST ${S}?status=stopped`, { body: own() })
    calls.length = 0
    const answer = await send(`PUT ${X}?status=stopped`, { body: own('2') })
    expect(answer.body).toMatchObject({ zosConnect: { version: '2' } })
    expect(calls).toEqual(['register x 2', 'deregister', 'stop'])
    expect((await send(`DELETE ${X}`)).status).toBe(200)
    expect(calls.at(-1)).toBe('deregister')
  })

  it('may update itself', async () => {
    const { calls, factories } = recorded(undefined, {
      update: async (current, { version }) => {
        calls.push(`update ${version ?? ''}`)
        return current
      },
    })
    const { send } = await bench({ factories })
    await send(`POST ${S}?status=stopped`, { body: own() })
    await send(`PUT ${X}?status=stopped`, { body: own('2') })
    expect(calls).toEqual(['register x 1', 'stop', 'update 2', 'stop'])
  })

  it('keeps the old version when the new one does not register', async () => {
    const { factories } = recorded()
    const [factory] = factories as [ProviderFactory]
    const failures: Array<unknown> = [serviceFailure('bad program', 400), new Error('x')]
    const picky: ProviderFactory = {
      ...factory,
      register: async (archive, host) => {
        if (archive.version !== '1') throw failures.shift()
        return { ...(await factory.register(archive, host)), status: () => 'stopped' }
      },
    }
    const { send, store, host } = await bench({ factories: [picky] })
    await send(`POST ${S}?status=stopped`, { body: own() })
    const refused = await send(`PUT ${X}`, { body: own('2') })
    expect([refused.status, refused.body]).toEqual([
      400,
      {
        errorMessage: 'signalbox.archive-invalid: The archive is not usable.',
        errorDetails: 'bad program',
      },
    ])
    expect((await send(`PUT ${X}`, { body: own('2') })).status).toBe(500)
    expect((await send(`GET ${X}`)).body).toMatchObject({
      zosConnect: { version: '1', serviceStatus: 'Stopped' },
    })
    await host.idle()
    const kept = await store.documents({ provider: 'zosconnect', kind: 'archive', limit: 9 })()
    expect(kept).toMatchObject({ right: { items: [{}] } })
  })

  it('sees the files of its archive and its own settings', async () => {
    const seen: Array<unknown> = []
    const factory: ProviderFactory = {
      ...(recorded().factories[0] as ProviderFactory),
      register: async (archive, host) => {
        const file = archive.file('p/q.txt')
        seen.push(file && new TextDecoder().decode(file), archive.file('no'), host.settings)
        seen.push(archive.properties)
        return (recorded().factories[0] as ProviderFactory).register(archive, host)
      },
    }
    const settings = { providerSettings: { own: { url: 'u' } } }
    const { send } = await bench({ factories: [factory], settings })
    await send(`POST ${S}`, { body: sar(manifest('x', 'own', { a: 1 }), { 'p/q.txt': 'hi' }) })
    expect(seen).toEqual(['hi', undefined, { url: 'u' }, { a: '1' }])
  })

  it('has one factory: two for one value do not boot', async () => {
    const { factories } = recorded(undefined, { providers: ['CICS-1.0'] })
    const { host } = await bench({ factories })
    expect(host.boot).toEqual([
      { plugin: 'zosconnect', ok: false, reason: 'two factories for the provider CICS-1.0' },
    ])
    const served = await bench({ factories, settings: { standIns: [] } })
    expect(served.host.boot[0]?.ok).toBe(true)
  })
})

describe('commands on one service', () => {
  it('wait for each other', async () => {
    const made = await bench({ settings: { simulated: true } })
    const { send } = made
    const properties = { startMs: 50, stopMs: 50, initial: 'stopped' }
    const body = sar(manifest('x', 'signalbox.simulated', properties))
    await during(made, send(`POST ${S}?status=stopped`, { body }))
    const both = Promise.all([send(`PUT ${X}?status=started`), send(`PUT ${X}?status=stopped`)])
    const [start, stop] = await during(made, both)
    expect([start.status, statusIn(start.body)]).toEqual([200, 'Started'])
    expect([stop.status, statusIn(stop.body)]).toEqual([200, 'Stopped'])
  })
})
