import { memoryStore } from '@signalbox/stores/memory'
import { describe, expect, it } from 'vitest'
import { manifest, PLACE_ORDER, sar } from './__fixtures__/archive.ts'
import { createBench } from './__fixtures__/bench.ts'
import type { Bench } from './__fixtures__/bench.ts'

const bench = createBench(memoryStore)

const S = '/zosConnect/services'
const P = `${S}/placeOrder`

const summary = (status: string, more: object = {}) => ({
  serviceName: 'placeOrder',
  serviceDescription: 'Place order service',
  serviceProvider: 'CICS-1.0',
  version: '1.0',
  serviceURL: 'http://h:9080/zosConnect/services/placeOrder',
  serviceInvokeURL: 'http://h:9080/zosConnect/services/placeOrder?action=invoke',
  dataXformProvider: 'DATA_UNAVAILABLE',
  serviceStatus: status,
  ...more,
})
const both = (status: string, more: object = {}): string =>
  JSON.stringify({ zosConnect: summary(status, more), placeOrder: { program: 'DFH0XCMN' } })
const one = (status: string): string => JSON.stringify({ zosConnect: summary(status) })
const error = (errorMessage: string): string => JSON.stringify({ errorMessage })

const UNKNOWN_STATUS = error(
  'signalbox.unknown-status: Unknown status specified. Use started or stopped.',
)
const UNKNOWN_ACTION = error('signalbox.unknown-action: Unknown action specified.')
const NOT_STOPPED = error(
  'signalbox.service-started: Service placeOrder is not stopped. Stop it first.',
)

const installed = async (settings: Readonly<Record<string, unknown>> = {}): Promise<Bench> => {
  const made = await bench({ settings })
  expect((await made.send(`POST ${S}`, { body: sar() })).status).toBe(201)
  return made
}

// What a refused request must leave as it was: the state, its archive, and its status.
const stored = async ({ store, host }: Bench): Promise<string> => {
  await host.idle()
  return JSON.stringify([
    await store.list({ provider: 'zosconnect', done: 'include', limit: 100 })(),
    await store.documents({ provider: 'zosconnect', kind: 'archive', limit: 100 })(),
  ])
}

describe('the list', () => {
  it('is empty while nothing is installed', async () => {
    const { send } = await bench()
    const answer = await send(`GET ${S}`)
    expect([answer.status, answer.text]).toEqual([200, '{"zosConnectServices":[]}'])
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('names started and stopped services by name, with a slash at the end too', async () => {
    const { send } = await installed()
    await send(`POST ${S}?status=stopped`, { body: sar(manifest('a/b')) })
    for (const path of [S, `${S}/`])
      expect((await send(`GET ${path}`)).text).toBe(
        '{"zosConnectServices":[' +
          '{"ServiceName":"a/b","ServiceDescription":"","ServiceProvider":"CICS-1.0","ServiceURL":"http://h:9080/zosConnect/services/a%2Fb"},' +
          '{"ServiceName":"placeOrder","ServiceDescription":"Place order service","ServiceProvider":"CICS-1.0","ServiceURL":"http://h:9080/zosConnect/services/placeOrder"}]}',
      )
  })

  it('shows more services than one page of the store holds', async () => {
    const services = Array.from({ length: 510 }, (_, index) => ({
      name: `s${index}`,
      provider: 'CICS-1.0',
    }))
    const { send } = await bench({ settings: { services } })
    const { body } = await send(`GET ${S}`)
    expect((body as { zosConnectServices: unknown[] }).zosConnectServices).toHaveLength(510)
  })
})

describe('a deployment', () => {
  it('answers both members, and 409 the second time', async () => {
    const { send } = await bench()
    const first = await send(`POST ${S}`, { body: sar() })
    expect([first.status, first.text]).toEqual([201, both('Started')])
    const second = await send(`POST ${S}`, { body: sar() })
    expect([second.status, second.text]).toEqual([
      409,
      error('signalbox.already-deployed: Service placeOrder is already deployed.'),
    ])
  })

  it('leaves the service stopped when asked to', async () => {
    const { send } = await bench()
    const answer = await send(`POST ${S}?status=stopped`, { body: sar() })
    expect([answer.status, answer.text]).toEqual([201, both('Stopped')])
  })

  it.each(['paused', 'Started', 'started&status=stopped', ''])(
    'knows no status "%s"',
    async (status) => {
      const { send } = await bench()
      const answer = await send(`POST ${S}?status=${status}`, { body: sar() })
      expect([answer.status, answer.text]).toEqual([400, UNKNOWN_STATUS])
    },
  )

  it('refuses what is no archive, in the order of its checks', async () => {
    const made = await bench()
    const before = await stored(made)
    const { send } = made
    const octets = { 'content-type': 'application/octet-stream' }
    const big = new Uint8Array(6 * 1024 * 1024)
    const answers = [
      await send(`POST ${S}`, { body: 'foo', headers: { 'content-type': 'application/zip' } }),
      await send(`POST ${S}`),
      await send(`POST ${S}`, { headers: { 'content-type': 'application/json' } }),
      await send(`POST ${S}`, { body: sar(), headers: octets }),
      await send(`POST ${S}`, { body: sar(), headers: { 'content-encoding': 'gzip' } }),
      await send(`POST ${S}`, { body: big }),
      await send(`POST ${S}`, { body: big, headers: octets }),
      await send(`POST ${S}?status=paused`, { body: big }),
      await send(`POST ${S}`, { body: sar(manifest('x', 'Nope-1.0')) }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([
      400, 400, 400, 415, 415, 413, 415, 400, 503,
    ])
    expect(answers[0]?.body).toEqual({
      errorMessage: 'signalbox.archive-invalid: The archive is not usable.',
      errorDetails: 'the archive does not begin as a zip does',
    })
    expect(answers[1]?.text).toBe(error('signalbox.archive-missing: An archive is required.'))
    expect(answers[3]?.text).toBe(
      error('signalbox.unsupported-media-type: Content-Type application/zip is required.'),
    )
    expect(answers[8]?.text).toBe(
      error('signalbox.provider-unsupported: Provider Nope-1.0 is not supported by this server.'),
    )
    expect(await stored(made)).toBe(before)
  })

  it('accepts a type with parameters and in capitals', async () => {
    const { send } = await bench()
    const headers = { 'content-type': 'Application/ZIP; charset=binary' }
    expect((await send(`POST ${S}`, { body: sar(), headers })).status).toBe(201)
  })

  it('happens through the name of the service too, by POST and with a status', async () => {
    const { send } = await bench()
    const body = sar()
    expect((await send(`POST ${P}`, { body })).status).toBe(404)
    expect((await send(`PUT ${P}?status=started`, { body })).status).toBe(404)
    expect((await send(`POST ${S}/other?status=started`, { body })).text).toBe(
      error('signalbox.name-mismatch: The archive contains placeOrder, not other.'),
    )
    const answer = await send(`POST ${P}?status=stopped`, { body })
    expect([answer.status, answer.text]).toEqual([201, both('Stopped')])
    expect((await send(`POST ${P}`, { body })).text).toBe(UNKNOWN_STATUS)
    const updated = await send(`POST ${P}?status=started`, { body })
    expect([updated.status, updated.text]).toEqual([200, both('Started')])
  })

  it('never happens through a name of several segments', async () => {
    const { send } = await bench()
    const body = sar(manifest('a/b'))
    expect((await send(`POST ${S}/a/b?status=started`, { body })).status).toBe(404)
    expect((await send(`POST ${S}/a%2Fb?status=started`, { body })).status).toBe(201)
    await send(`PUT ${S}/a/b?status=stopped`)
    expect((await send(`POST ${S}/a/b?status=started`, { body })).status).toBe(200)
  })
})

describe('the details', () => {
  it('have both members, and the status alone one', async () => {
    const { send } = await installed()
    const details = await send(`GET ${P}`)
    expect([details.status, details.text]).toEqual([200, both('Started')])
    const status = await send(`GET ${P}?action=status`)
    expect([status.status, status.text]).toEqual([200, one('Started')])
    expect((await send(`GET ${P}?status=nonsense`)).text).toBe(both('Started'))
  })

  it('stay while the service is stopped', async () => {
    const { send } = await installed()
    await send(`PUT ${P}?status=stopped`)
    expect((await send(`GET ${P}`)).text).toBe(both('Stopped'))
    expect((await send(`GET ${S}`)).text).toContain('"ServiceName":"placeOrder"')
  })

  it('answer HEAD without a body', async () => {
    const { send } = await installed()
    const answer = await send(`HEAD ${P}`)
    expect([answer.status, answer.text]).toEqual([200, ''])
    expect((await send(`HEAD ${S}/nope`)).status).toBe(404)
  })

  it('mask what is named like a password', async () => {
    const { send } = await bench()
    const body = sar(manifest('x', 'CICS-1.0', { dbPassword: 'hunter2', host: 'a' }))
    const answer = await send(`POST ${S}`, { body })
    expect(answer.body).toMatchObject({ x: { dbPassword: '***', host: 'a' } })
    expect((await send(`GET ${S}/x`)).body).toMatchObject({ x: { dbPassword: '***' } })
  })

  it('show the schemas by two ways, compact', async () => {
    const { send } = await installed()
    for (const call of [`${P}/schema/request`, `${P}?action=getRequestSchema`])
      expect((await send(`GET ${call}`)).text).toBe('{"title":"Order","type":"object"}')
    for (const call of [`${P}/schema/response`, `${P}?action=getResponseSchema`])
      expect((await send(`GET ${call}`)).text).toBe('{}')
    expect((await send(`GET ${P}/schema/other`)).status).toBe(404)
  })
})

describe('a change of status', () => {
  it.each(['PUT', 'POST'])(
    'takes the status by %s, whatever the type of nothing',
    async (method) => {
      const { send } = await installed()
      const headers = { 'content-type': 'application/json', 'content-length': '0' }
      for (const [asked, status] of [
        ['stopped', 'Stopped'],
        ['stopped', 'Stopped'],
        ['started', 'Started'],
        ['started', 'Started'],
      ] as const) {
        const answer = await send(`${method} ${P}?status=${asked}`, { headers })
        expect([answer.status, answer.text]).toEqual([200, one(status)])
      }
    },
  )

  it.each(['PUT', 'POST'])('takes the action by %s and ignores the body', async (method) => {
    const { send } = await installed()
    const stop = await send(`${method} ${P}?action=stop`, { body: 'whatever' })
    expect([stop.status, stop.text]).toEqual([200, one('Stopped')])
    const start = await send(`${method} ${P}?action=start`)
    expect([start.status, start.text]).toEqual([200, one('Started')])
  })

  it('refuses every other way to ask, and changes nothing', async () => {
    const made = await installed()
    const before = await stored(made)
    const { send } = made
    const json = { 'content-type': 'application/json' }
    const asked = async (call: string, body?: string): Promise<readonly [number, string]> => {
      const answer = await send(call, body === undefined ? {} : { body, headers: json })
      return [answer.status, answer.text]
    }
    for (const query of ['status=paused', 'status=Started', 'status=started&status=started'])
      expect(await asked(`PUT ${P}?${query}`)).toEqual([400, UNKNOWN_STATUS])
    expect((await asked(`PUT ${P}`))[1]).toContain('signalbox.bad-query')
    expect((await asked(`PUT ${P}?action=start&status=started`))[1]).toContain(
      'signalbox.bad-query',
    )
    for (const action of ['started', 'Start', ''])
      expect(await asked(`PUT ${P}?action=${action}`)).toEqual([400, UNKNOWN_ACTION])
    expect(await asked(`GET ${P}?action=started`)).toEqual([400, UNKNOWN_ACTION])
    expect((await asked(`PUT ${P}?status=started`, '{}'))[0]).toBe(415)
    expect((await asked(`PUT ${P}`))[0]).toBe(400)
    expect(await stored(made)).toBe(before)
  })

  it('names the methods of an action that was sent by another', async () => {
    const { send } = await installed()
    const start = await send(`GET ${P}?action=start`)
    expect([start.status, start.headers.get('allow')]).toEqual([405, 'PUT, POST'])
    const invoke = await send(`GET ${P}?action=invoke`)
    expect([invoke.status, invoke.headers.get('allow')]).toEqual([405, 'PUT, POST'])
    for (const action of ['status', 'getStatistics']) {
      const status = await send(`PUT ${P}?action=${action}`)
      expect([status.status, status.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    }
  })

  it('does not know what is not installed, before it looks at the query', async () => {
    const { send, log } = await bench()
    for (const call of [
      `PUT ${S}/nope?status=started`,
      `POST ${S}/nope?status=started`,
      `PUT ${S}/nope?status=paused`,
      `POST ${S}/nope?action=start`,
      `GET ${S}/nope`,
      `GET ${S}/nope?action=bad`,
      `DELETE ${S}/nope`,
    ]) {
      const answer = await send(call)
      expect([call, answer.status, answer.text]).toEqual([
        call,
        404,
        error('BAQR0431W: Service nope is not available.'),
      ])
    }
    expect(log).toContainEqual(
      expect.objectContaining({
        message:
          'BAQR0403W: Service nope specified under URL http://h:9080/zosConnect/services/nope is not available.',
      }),
    )
  })
})

describe('an update', () => {
  it('needs a stopped service', async () => {
    const made = await installed()
    const before = await stored(made)
    for (const call of [`PUT ${P}`, `PUT ${P}?status=started`, `POST ${P}?status=started`]) {
      const answer = await made.send(call, { body: sar() })
      expect([answer.status, answer.text]).toEqual([409, NOT_STOPPED])
    }
    expect(await stored(made)).toBe(before)
  })

  it('puts the new version in place and keeps one archive', async () => {
    const { send, store, host } = await installed()
    await send(`PUT ${P}?status=stopped`)
    const version2 = sar(PLACE_ORDER.replace('"1.0"\ndesc', '"2"\ndesc'))
    const answer = await send(`PUT ${P}?status=started`, { body: version2 })
    expect([answer.status, answer.text]).toEqual([200, both('Started', { version: '2' })])
    await host.idle()
    const archives = await store.documents({ provider: 'zosconnect', kind: 'archive', limit: 9 })()
    expect(archives).toMatchObject({ right: { items: [{ revision: 1 }] } })
  })

  it('starts the service unless it is told not to', async () => {
    const { send } = await installed()
    await send(`PUT ${P}?status=stopped`)
    expect((await send(`PUT ${P}?status=stopped`, { body: sar() })).text).toBe(both('Stopped'))
    expect((await send(`PUT ${P}`, { body: sar() })).text).toBe(both('Started'))
  })

  it('refuses another name and another provider', async () => {
    const made = await installed()
    await made.send(`PUT ${P}?status=stopped`)
    const before = await stored(made)
    const other = await made.send(`PUT ${P}`, { body: sar(manifest('other')) })
    expect([other.status, other.text]).toEqual([
      409,
      error('signalbox.name-mismatch: The archive contains other, not placeOrder.'),
    ])
    const provider = await made.send(`PUT ${P}`, { body: sar(manifest('placeOrder', 'Nope-1.0')) })
    expect(provider.status).toBe(503)
    const absent = await made.send(`PUT ${S}/absent`, { body: sar() })
    expect(absent.status).toBe(404)
    expect(await stored(made)).toBe(before)
  })
})

describe('a deletion', () => {
  it('needs a stopped service and happens once', async () => {
    const { send, store } = await installed()
    const early = await send(`DELETE ${P}`)
    expect([early.status, early.text]).toEqual([409, NOT_STOPPED])
    await send(`PUT ${P}?status=stopped`)
    const answer = await send(`DELETE ${P}`)
    expect([answer.status, answer.text]).toEqual([200, '{"name":"placeOrder"}'])
    expect((await send(`DELETE ${P}`)).status).toBe(404)
    expect((await send(`GET ${S}`)).text).toBe('{"zosConnectServices":[]}')
    const archives = await store.documents({ provider: 'zosconnect', kind: 'archive', limit: 9 })()
    expect(archives).toMatchObject({ right: { items: [] } })
    expect((await send(`POST ${S}`, { body: sar() })).status).toBe(201)
  })
})

describe('a path', () => {
  it('carries a name with a slash in it, encoded or not', async () => {
    const { send } = await bench()
    await send(`POST ${S}`, { body: sar(manifest('My/v1')) })
    for (const path of ['My%2Fv1', 'My/v1', 'My%2fv1/', 'M%79/v1']) {
      const answer = await send(`GET ${S}/${path}`)
      expect(answer.status).toBe(200)
      expect(answer.text).toContain('"serviceURL":"http://h:9080/zosConnect/services/My%2Fv1"')
    }
    expect((await send(`GET ${S}/My%252Fv1`)).status).toBe(404)
    expect((await send(`PUT ${S}/My/v1?status=stopped`)).status).toBe(200)
    expect((await send(`GET ${S}/My/v1/schema/request`)).text).toBe('{}')
    expect((await send(`DELETE ${S}/My/v1`)).text).toBe('{"name":"My/v1"}')
  })

  it('may end like a schema and still be a name', async () => {
    const { send } = await bench()
    await send(`POST ${S}`, { body: sar(manifest('a/schema/request')) })
    expect((await send(`GET ${S}/a/schema/request`)).body).toMatchObject({
      zosConnect: { serviceName: 'a/schema/request' },
    })
    await send(`POST ${S}`, { body: sar(manifest('a')) })
    expect((await send(`GET ${S}/a/schema/request`)).text).toBe('{}')
    expect((await send(`GET ${S}/b/schema/response`)).text).toBe(
      error('BAQR0431W: Service b/schema/response is not available.'),
    )
  })

  it('is escaped where an error names it', async () => {
    const { send } = await bench()
    expect((await send(`GET ${S}/a%3Cb`)).text).toBe(
      error('BAQR0431W: Service a&lt;b is not available.'),
    )
    expect((await send(`GET ${S}/a%00b`)).status).toBe(404)
  })

  it('must decode, have no empty segment, and lead somewhere', async () => {
    const { send } = await bench()
    for (const path of [`${S}/%zz`, `${S}/a/%E0`, '/zosConnect/%'])
      expect((await send(`GET ${path}`)).text).toContain('signalbox.bad-path')
    expect((await send(`PATCH ${S}/%zz`)).status).toBe(400)
    for (const path of [
      '/zosConnect',
      `${S}//`,
      `${S}//a`,
      '/zosConnect/Services',
      '/zosConnect/x',
    ])
      expect((await send(`GET ${path}`)).text).toContain('signalbox.no-resource')
  })

  it('names its methods where one is wrong, and to OPTIONS without credentials', async () => {
    const { send } = await bench({ settings: { requireAuth: true, requireSecure: true } })
    const item = 'GET, HEAD, PUT, POST, DELETE, OPTIONS'
    for (const [path, allow] of [
      [S, 'GET, HEAD, POST, OPTIONS'],
      [P, item],
      [`${P}/schema/request`, 'GET, HEAD, OPTIONS'],
    ] as const) {
      const wrong = await send(`PATCH ${path}`)
      expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, allow])
      expect(wrong.text).toContain('signalbox.method-not-allowed')
      const options = await send(`OPTIONS ${path}`)
      expect([options.status, options.headers.get('allow'), options.text]).toEqual([204, allow, ''])
    }
  })
})

describe('the log', () => {
  it('has a line for every change, with who, what and how it went', async () => {
    const { send, log } = await installed()
    await send(`DELETE ${P}`)
    await send(`PUT ${P}?status=stopped`)
    await send(`PUT ${P}`, { body: sar() })
    const lines = log.filter(({ event }) => event.startsWith('service.'))
    expect(lines.map(({ event, result }) => [event, result])).toEqual([
      ['service.install', 201],
      ['service.delete', 409],
      ['service.stop', 200],
      ['service.update', 200],
    ])
    expect(lines[0]).toMatchObject({ principal: 'anybody', kind: 'service', name: 'placeOrder' })
  })
})
