import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import SwaggerParser from '@apidevtools/swagger-parser'
import type { ProviderFactory } from '@signalbox/plugins/zosconnect'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { basic } from './wire.ts'
import { aar, ara, manifest, openZosconnect, PLACE_ORDER, sar, zip } from './zosconnect-house.ts'
import type { Answer, Sending, ZosconnectHouse } from './zosconnect-house.ts'

const S = '/zosConnect/services'
const P = `${S}/placeOrder`
const H = { host: 'h:9080' }
const JSON_TYPE = { 'content-type': 'application/json' }

let cwd = ''
let house: ZosconnectHouse | undefined

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
})

afterEach(async () => {
  await house?.close()
  house = undefined
  rmSync(cwd, { recursive: true })
})

const open = async (
  options: Omit<Parameters<typeof openZosconnect>[0], 'path'> = {},
): Promise<ZosconnectHouse['send']> => {
  await house?.close()
  house = await openZosconnect({ path: join(cwd, 'box.db'), ...options })
  return house.send
}

const installed = async (
  options: Parameters<typeof open>[0] = {},
): Promise<ZosconnectHouse['send']> => {
  const send = await open(options)
  expect((await send(`POST ${S}`, { body: sar() })).status).toBe(201)
  return send
}

const simulated = async (
  properties: Readonly<Record<string, string | number>>,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<ZosconnectHouse['send']> => {
  const send = await open({ settings: { simulated: true, ...settings } })
  await send(`POST ${S}`, { body: sar(manifest('x', 'signalbox.simulated', properties)) })
  return send
}

const statusIn = ({ body }: Answer): string =>
  (body as { zosConnect: { serviceStatus: string } }).zosConnect.serviceStatus

const summary = (status: string): object => ({
  serviceName: 'placeOrder',
  serviceDescription: 'Place order service',
  serviceProvider: 'CICS-1.0',
  version: '1.0',
  serviceURL: 'http://h:9080/zosConnect/services/placeOrder',
  serviceInvokeURL: 'http://h:9080/zosConnect/services/placeOrder?action=invoke',
  dataXformProvider: 'DATA_UNAVAILABLE',
  serviceStatus: status,
})
const one = (status: string): string => JSON.stringify({ zosConnect: summary(status) })
const both = (status: string): string =>
  JSON.stringify({ zosConnect: summary(status), placeOrder: { program: 'DFH0XCMN' } })
const error = (errorMessage: string): string => JSON.stringify({ errorMessage })

const UNKNOWN_STATUS = error(
  'signalbox.unknown-status: Unknown status specified. Use started or stopped.',
)

describe('the contract’s table', () => {
  it('1: an empty list', async () => {
    const send = await open()
    const answer = await send(`GET ${S}`)
    expect([answer.status, answer.text]).toEqual([200, '{"zosConnectServices":[]}'])
  })

  it('2: a deployment, and the same again', async () => {
    const send = await open()
    const first = await send(`POST ${S}`, { body: sar(), headers: H })
    expect([first.status, first.text]).toEqual([201, both('Started')])
    expect((await send(`POST ${S}`, { body: sar() })).status).toBe(409)
  })

  it('3: a deployment that stays stopped, and one to an unknown status', async () => {
    const send = await open()
    const first = await send(`POST ${S}?status=stopped`, { body: sar(), headers: H })
    expect([first.status, first.text]).toEqual([201, both('Stopped')])
    expect((await send(`POST ${S}?status=paused`, { body: sar() })).text).toBe(UNKNOWN_STATUS)
  })

  it('4: what is no archive', async () => {
    const send = await open()
    const foo = { body: 'foo', headers: { 'content-type': 'application/zip' } }
    expect((await send(`POST ${S}`, foo)).status).toBe(400)
    expect((await send(`POST ${S}`)).status).toBe(400)
    const octets = { body: sar(), headers: { 'content-type': 'application/octet-stream' } }
    expect((await send(`POST ${S}`, octets)).status).toBe(415)
    expect((await send(`POST ${S}`, { body: new Uint8Array(6 * 1024 * 1024) })).status).toBe(413)
  })

  it('5: a provider that nobody has', async () => {
    const send = await open()
    const answer = await send(`POST ${S}`, { body: sar(manifest('x', 'Nope-1.0')) })
    expect([answer.status, answer.text]).toEqual([
      503,
      error('signalbox.provider-unsupported: Provider Nope-1.0 is not supported by this server.'),
    ])
  })

  it('6: 200 MiB of zeros that say they are 100 bytes', async () => {
    const send = await open()
    expect(await refusedAtOnce(send, bomb())).toContain('larger than')
  })

  it('7: a manifest that is nested for its parser’s death', async () => {
    const send = await open()
    for (const text of ['['.repeat(16_000), '? '.repeat(8000)]) await refusedAtOnce(send, sar(text))
  })

  it('8: entries that break the rules', async () => {
    const send = await open()
    const many = Object.fromEntries(
      Array.from({ length: 257 }, (_, index) => [`f${index}`, 'x'] as const),
    )
    const archives = [sar(PLACE_ORDER, { '../x': 'y' }), sar(PLACE_ORDER, many), twice()]
    for (const body of archives) expect((await send(`POST ${S}`, { body })).status).toBe(400)
    expect((await send(`GET ${S}`)).text).toBe('{"zosConnectServices":[]}')
  })

  it('9: URLs by the Host', async () => {
    const send = await installed()
    const { body } = await send(`GET ${P}`, { headers: { host: 'a.example:81' } })
    expect(body).toMatchObject({
      zosConnect: {
        serviceURL: `http://a.example:81${P}`,
        serviceInvokeURL: `http://a.example:81${P}?action=invoke`,
      },
    })
  })

  it('10: URLs behind a proxy, trusted or not', async () => {
    const headers = { ...H, 'x-forwarded-proto': 'https' }
    const untrusted = await installed()
    expect((await untrusted(`GET ${P}`, { headers })).text).toContain('"http://h:9080/')
    const trusted = await open({ settings: { trustedProxies: ['127.0.0.0/8'] } })
    expect((await trusted(`GET ${P}`, { headers })).text).toContain('"https://h:9080/')
  })

  it('11: a stop with a type and no bytes, twice', async () => {
    let stops = 0
    const factory: ProviderFactory = {
      providers: ['CICS-1.0'],
      register: async () => ({
        getProviderName: () => 'CICS-1.0',
        getData: () => ({}),
        start: () => 'started',
        stop: () => {
          stops += 1
          return 'stopped'
        },
        status: () => (stops === 0 ? 'started' : 'stopped'),
        invoke: () => ({ body: {} }),
      }),
    }
    const send = await installed({ factories: [factory], settings: { standIns: [] } })
    const headers = { ...H, ...JSON_TYPE, 'content-length': '0' }
    for (const count of [1, 2]) {
      const answer = await send(`PUT ${P}?status=stopped`, { headers })
      expect([answer.status, answer.text]).toEqual([200, one('Stopped')])
      expect(stops).toBe(count)
    }
  })

  it('12: a stopped service is listed and shown', async () => {
    const send = await installed()
    await send(`PUT ${P}?status=stopped`)
    expect((await send(`GET ${S}`)).text).toContain('"ServiceName":"placeOrder"')
    const answer = await send(`GET ${P}`, { headers: H })
    expect([answer.status, answer.text]).toEqual([200, both('Stopped')])
  })

  it('13: unknown statuses, and nothing asked for', async () => {
    const send = await installed()
    for (const query of ['status=paused', 'status=Started', 'status=started&status=started']) {
      const answer = await send(`PUT ${P}?${query}`)
      expect([answer.status, answer.text]).toEqual([400, UNKNOWN_STATUS])
    }
    expect((await send(`PUT ${P}`)).status).toBe(400)
  })

  it('14: a start of what is not there', async () => {
    const send = await open()
    const answer = await send(`PUT ${S}/nope?status=started`)
    expect([answer.status, answer.text]).toEqual([
      404,
      error('BAQR0431W: Service nope is not available.'),
    ])
  })

  it('15: a start by its action', async () => {
    const send = await installed()
    for (const method of ['PUT', 'POST']) {
      const answer = await send(`${method} ${P}?action=start`, { headers: H })
      expect([answer.status, answer.text]).toEqual([200, one('Started')])
    }
  })

  it('16: actions that there are not, or not by this method', async () => {
    const send = await installed()
    expect((await send(`PUT ${P}?action=started`)).status).toBe(400)
    const answer = await send(`GET ${P}?action=start`)
    expect([answer.status, answer.headers.allow]).toEqual([405, 'PUT, POST'])
  })

  it('17: other methods', async () => {
    const send = await installed()
    const patch = await send(`PATCH ${P}`)
    expect([patch.status, patch.headers.allow]).toEqual([
      405,
      'GET, HEAD, PUT, POST, DELETE, OPTIONS',
    ])
    const options = await send(`OPTIONS ${S}`)
    expect([options.status, options.headers.allow]).toEqual([204, 'GET, HEAD, POST, OPTIONS'])
    const head = await send(`HEAD ${P}`)
    expect([head.status, head.text]).toEqual([200, ''])
  })

  it('18: a deletion and an update while started', async () => {
    const send = await installed()
    expect((await send(`DELETE ${P}`)).status).toBe(409)
    expect((await send(`PUT ${P}`, { body: sar() })).status).toBe(409)
  })

  it('19: an update', async () => {
    const send = await installed()
    await send(`PUT ${P}?status=stopped`)
    const body = sar(PLACE_ORDER.replace('"1.0"\ndesc', '"2"\ndesc'))
    const answer = await send(`PUT ${P}?status=started`, { body })
    expect([answer.status, answer.body]).toEqual([
      200,
      expect.objectContaining({
        zosConnect: expect.objectContaining({ version: '2', serviceStatus: 'Started' }),
      }),
    ])
  })

  it('20: an update by another name, and of what is not there', async () => {
    const send = await installed()
    await send(`PUT ${P}?status=stopped`)
    expect((await send(`PUT ${P}`, { body: sar(manifest('other')) })).status).toBe(409)
    expect((await send(`PUT ${S}/absent`, { body: sar() })).status).toBe(404)
  })

  it('21: a deletion, twice', async () => {
    const send = await installed()
    await send(`PUT ${P}?status=stopped`)
    const answer = await send(`DELETE ${P}`)
    expect([answer.status, answer.text]).toEqual([200, '{"name":"placeOrder"}'])
    expect((await send(`DELETE ${P}`)).status).toBe(404)
  })

  it('22: a schema by two ways', async () => {
    const send = await installed()
    for (const path of [`${P}/schema/request`, `${P}?action=getRequestSchema`])
      expect((await send(`GET ${path}`)).text).toBe('{"title":"Order","type":"object"}')
  })

  it('23: statistics', async () => {
    const send = await simulated({})
    for (let turn = 0; turn < 3; turn += 1) await send(`PUT ${S}/x?action=invoke`)
    expect((await send(`GET ${S}/x?action=getStatistics`)).body).toMatchObject({
      x: {
        InvokeRequestCount: '3',
        TimeOfRegistrationWithZosConnect: expect.stringMatching(
          /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{3} GMT$/,
        ),
      },
    })
    const none = await send('GET /zosConnect/operations/getStatistics?provider=none')
    expect([none.status, none.text]).toEqual([200, '{}'])
  })

  it('24: an invoke without a driver, and of a stopped service', async () => {
    const send = await installed()
    const invoke = () => send(`PUT ${P}`, { body: '{}', headers: JSON_TYPE })
    const started = await invoke()
    expect([started.status, started.text]).toEqual([
      503,
      expect.stringContaining('signalbox.no-driver'),
    ])
    await send(`PUT ${P}?status=stopped`)
    const stopped = await invoke()
    expect([stopped.status, stopped.text]).toEqual([
      503,
      error('signalbox.service-stopped: Service placeOrder is stopped and cannot be invoked.'),
    ])
  })

  it('25: payloads that are no JSON object', async () => {
    const send = await installed()
    for (const body of ['notjson', '[]']) {
      const answer = await send(`PUT ${P}`, { body, headers: JSON_TYPE })
      expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('BAQR0417W: ')])
    }
  })

  it('26: a stop while an invoke runs', async () => {
    const send = await simulated({ latencyMs: 2000 })
    const began = performance.now()
    const first = send(`PUT ${S}/x?action=invoke`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect((await send(`PUT ${S}/x?status=stopped`)).status).toBe(200)
    expect((await send(`PUT ${S}/x?action=invoke`)).status).toBe(503)
    expect(performance.now() - began).toBeLessThan(1500)
    expect((await first).status).toBe(200)
  })

  it('27: a provider that fails to start', async () => {
    const send = await simulated({ failStart: 418, initial: 'stopped' })
    expect((await send(`PUT ${S}/x?status=started`)).status).toBe(418)
    expect(statusIn(await send(`GET ${S}/x`))).toBe('Stopped')
  })

  it('28: a provider that is too slow to start', async () => {
    const properties = { startMs: 2000, initial: 'stopped' }
    const send = await open({ settings: { simulated: true, spiTimeoutMs: 300 } })
    const body = sar(manifest('x', 'signalbox.simulated', properties))
    await send(`POST ${S}?status=stopped`, { body })
    const answer = await send(`PUT ${S}/x?status=started`)
    expect([answer.status, answer.text]).toEqual([
      503,
      error('BAQR0433W: The asynchronous request has timed out after 300 milliseconds.'),
    ])
  })

  it('29: a provider that says something else, or nothing', async () => {
    const send = await simulated({ afterStart: 'stopped', failStatus: 500 })
    const start = await send(`PUT ${S}/x?status=started`)
    expect([start.status, statusIn(start)]).toEqual([200, 'Stopped'])
    const details = await send(`GET ${S}/x`)
    expect([details.status, statusIn(details)]).toEqual([200, 'Unknown'])
  })

  it('30: a broken provider, deleted in the end', async () => {
    const send = await simulated({ failStop: 500, failStatus: 500 })
    expect((await send(`DELETE ${S}/x`)).status).toBe(409)
    expect((await send(`PUT ${S}/x?status=stopped`)).status).toBe(500)
    expect((await send(`DELETE ${S}/x`)).status).toBe(200)
  })

  it('31: a name with a slash', async () => {
    const send = await open()
    await send(`POST ${S}`, { body: sar(manifest('My/v1')) })
    for (const path of ['My%2Fv1', 'My/v1']) {
      const answer = await send(`GET ${S}/${path}`, { headers: H })
      expect([answer.status, answer.text]).toEqual([
        200,
        expect.stringContaining('"http://h:9080/zosConnect/services/My%2Fv1"'),
      ])
    }
    expect((await send(`GET ${S}/My%252Fv1`)).status).toBe(404)
  })

  it('32: a name that must be escaped', async () => {
    const send = await open()
    const answer = await send(`GET ${S}/a%3Cb`)
    expect([answer.status, answer.text]).toEqual([404, expect.stringContaining('a&lt;b')])
  })

  it('33: who may do what', async () => {
    const send = await open({
      principals: PRINCIPALS,
      settings: {
        requireAuth: true,
        services: [{ name: 'x', provider: 'CICS-1.0' }],
        authorization: { admin: ['a'], operations: [], reader: ['r'], invoke: ['i'] },
      },
    })
    const nobody = await send(`GET ${S}`)
    expect([nobody.status, nobody.headers['www-authenticate']]).toEqual([
      401,
      'Basic realm="zosConnect", charset="UTF-8"',
    ])
    expect((await send(`PUT ${S}/x?status=stopped`, as('READER'))).status).toBe(403)
    expect((await send(`GET ${S}`, as('CALLER'))).status).toBe(403)
    expect((await send(`GET ${S}`, as('READER'))).status).toBe(200)
  })

  it('34: a service with groups of its own', async () => {
    const send = await open({
      principals: PRINCIPALS,
      settings: {
        requireAuth: true,
        services: [{ name: 'salary', provider: 'CICS-1.0' }],
        authorization: { reader: ['r'], services: { salary: { reader: ['payroll'] } } },
      },
    })
    expect((await send(`GET ${S}`, as('READER'))).text).toBe('{"zosConnectServices":[]}')
    expect((await send(`GET ${S}/salary`, as('READER'))).status).toBe(403)
  })

  it('35: plain HTTP where HTTPS is required', async () => {
    const send = await open({ settings: { requireSecure: true, requireAuth: true } })
    const answer = await send(`GET ${S}`)
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([403, undefined])
  })

  it('36: a restart, by both policies', async () => {
    let send = await installed()
    await send(`PUT ${P}?status=stopped`)
    send = await open({ settings: { restart: 'last' } })
    // The host is ready once the machine has been told; the stop that it asks for follows.
    await expect.poll(async () => statusIn(await send(`GET ${P}`))).toBe('Stopped')
    send = await open({ settings: { restart: 'provider' } })
    expect(statusIn(await send(`GET ${P}`))).toBe('Started')
  })

  it('37: archives that are dropped, a bad one and a good one', async () => {
    mkdirSync(join(cwd, 'drop', 'services'), { recursive: true })
    writeFileSync(join(cwd, 'drop', 'services', 'a.sar'), 'no archive')
    writeFileSync(join(cwd, 'drop', 'services', 'b.sar'), sar())
    const dropIns = { directory: join(cwd, 'drop'), pollMs: 200 }
    const send = await open({ settings: { dropIns } })
    await expect
      .poll(async () => (await send(`GET ${S}`)).text, { timeout: 3000 })
      .toContain('"placeOrder"')
    expect(house?.log).toContainEqual(
      expect.objectContaining({ event: 'drop-in.refused', file: 'services/a.sar' }),
    )
  })

  it('38: an API', async () => {
    const send = await open()
    expect((await send('POST /zosConnect/apis', { body: aar() })).status).toBe(201)
    expect((await send('GET /zosConnect/apis/')).body).toMatchObject({
      apis: [{ name: 'catalog' }],
    })
    expect((await send('GET /zosConnect/apis/catalog', { headers: H })).body).toMatchObject({
      apiUrl: 'http://h:9080/catalogManager',
      services: [{ name: 'placeOrder', uri: 'http://h:9080/zosConnect/services/placeOrder' }],
    })
    expect((await send('GET /catalogManager/api-docs', { headers: H })).text).toBe(
      '{"swagger":"2.0","host":"h:9080"}',
    )
    expect((await send('GET /catalogManager/orders')).status).toBe(501)
  })

  it('39: an API requester', async () => {
    const send = await open()
    expect((await send('POST /zosConnect/apiRequesters', { body: ara() })).status).toBe(201)
    const path = '/zosConnect/apiRequesters/catalog_1.0.0'
    expect((await send(`DELETE ${path}`)).status).toBe(409)
    expect((await send(`PUT ${path}?status=stopped`)).status).toBe(200)
    expect((await send(`DELETE ${path}`)).status).toBe(200)
  })

  it('40: the description of itself', async () => {
    const send = await open()
    const { status, text } = await send('GET /zosConnect/api-docs')
    expect(status).toBe(200)
    const document = JSON.parse(text) as { paths: Record<string, object> }
    await SwaggerParser.validate(JSON.parse(text))
    expect(Object.values(document.paths).flatMap((path) => Object.keys(path))).toHaveLength(20)
  })
})

const caller = (id: string, ...roles: ReadonlyArray<string>) => ({
  id,
  provider: 'zosconnect',
  tenants: '*' as const,
  roles,
})

const PRINCIPALS = [caller('ADMIN', 'a'), caller('READER', 'r'), caller('CALLER', 'i')]

const as = (id: string): Sending => ({ headers: { authorization: basic(id, `${id}-secret`) } })

const refusedAtOnce = async (send: ZosconnectHouse['send'], body: Uint8Array): Promise<string> => {
  const began = performance.now()
  const answer = await send(`POST ${S}`, { body })
  expect(answer.status).toBe(400)
  expect(performance.now() - began).toBeLessThan(1000)
  return answer.text
}

// The bytes of an archive with one entry, whose declared size is a lie.
const bomb = (): Uint8Array => {
  const deflated = deflateRawSync(Buffer.alloc(200 * 1024 * 1024))
  const archive = Buffer.from(zip({ 'manifest.yml': 'x' }))
  const header = Buffer.from(archive.subarray(0, 30))
  header.writeUInt16LE(8, 8)
  header.writeUInt32LE(deflated.length, 18)
  header.writeUInt32LE(100, 22)
  const directory = Buffer.from(archive.subarray(archive.indexOf('PK\u0001\u0002', 0, 'latin1')))
  return Buffer.concat([header, Buffer.from('manifest.yml'), deflated, directory])
}

// The second manifest is the first one's twin but for a name of the same length.
const twice = (): Uint8Array =>
  Buffer.from(
    Buffer.from(sar(PLACE_ORDER, { 'manifest.ymL': PLACE_ORDER }))
      .toString('latin1')
      .replaceAll('manifest.ymL', 'manifest.yml'),
    'latin1',
  )
