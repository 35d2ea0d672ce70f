import { memoryStore } from '@signalbox/stores/memory'
import { describe, expect, it } from 'vitest'
import { manifest, sar } from './__fixtures__/archive.ts'
import { basic, createBench, principal } from './__fixtures__/bench.ts'

const bench = createBench(memoryStore)

const S = '/zosConnect/services'

const PRINCIPALS = [
  principal('ADMIN', ['admins']),
  principal('OPS', ['ops']),
  principal('READER', ['readers']),
  principal('CALLER', ['callers']),
  principal('PAYROLL', ['payroll']),
  principal('NOBODY', []),
]

const AUTHORIZATION = {
  admin: ['admins'],
  operations: ['ops'],
  reader: ['readers'],
  invoke: ['callers'],
  services: { salary: { operations: ['payroll'] } },
}

const guarded = async (settings: Readonly<Record<string, unknown>> = {}) => {
  const made = await bench({
    principals: PRINCIPALS,
    settings: {
      requireAuth: true,
      services: [
        { name: 'open', provider: 'CICS-1.0' },
        { name: 'salary', provider: 'CICS-1.0' },
      ],
      ...settings,
    },
  })
  const as = async (id: string, call: string, body?: Uint8Array): Promise<number> =>
    (await made.send(call, { headers: basic(id), ...(body && { body }) })).status
  return { ...made, as }
}

describe('authentication', () => {
  it('is asked for with a challenge', async () => {
    const { send } = await guarded()
    for (const headers of [
      {},
      basic('ADMIN', 'wrong'),
      basic('WHO'),
      { authorization: 'Bearer x' },
      { authorization: 'Basic ###' },
      { authorization: `Basic ${btoa('ADMIN')}` },
    ]) {
      const answer = await send(`GET ${S}`, { headers })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe(
        'Basic realm="zosConnect", charset="UTF-8"',
      )
      expect(answer.text).toBe(
        '{"errorMessage":"signalbox.unauthenticated: Authentication is required."}',
      )
    }
    expect((await send(`GET ${S}`, { headers: basic('ADMIN') })).status).toBe(200)
  })

  it('comes after the path and the method', async () => {
    const { send } = await guarded()
    expect((await send('GET /zosConnect/nope')).status).toBe(404)
    expect((await send(`PATCH ${S}`)).status).toBe(405)
    expect((await send(`GET ${S}/nope`)).status).toBe(401)
  })

  it('does not open the door to who has no access', async () => {
    const { as } = await guarded({ noAccess: ['NOBODY'] })
    expect(await as('NOBODY', `GET ${S}`)).toBe(403)
    expect(await as('ADMIN', `GET ${S}`)).toBe(200)
  })

  it('lets everybody do all where nothing is said about levels', async () => {
    const { as } = await guarded()
    expect(await as('NOBODY', `PUT ${S}/open?status=stopped`)).toBe(200)
  })

  it('is not asked for over plain HTTP, where HTTPS is', async () => {
    const { send } = await guarded({ requireSecure: true })
    const plain = await send(`GET ${S}`)
    expect([plain.status, plain.headers.get('www-authenticate'), plain.text]).toEqual([
      403,
      null,
      '{"errorMessage":"signalbox.secure-required: Use HTTPS."}',
    ])
    expect((await send(`GET ${S}`, { connection: { secure: true } })).status).toBe(401)
  })
})

describe('levels', () => {
  it('say who may read and who may change', async () => {
    const { as } = await guarded({ authorization: AUTHORIZATION })
    const calls = [
      `GET ${S}`,
      `GET ${S}/open`,
      `GET ${S}/open/schema/request`,
      `PUT ${S}/open?status=stopped`,
      `DELETE ${S}/nope`,
    ]
    const answers = await Promise.all(
      ['ADMIN', 'OPS', 'READER', 'CALLER', 'NOBODY'].map((id) =>
        Promise.all(calls.map((call) => as(id, call))),
      ),
    )
    expect(answers).toEqual([
      [200, 200, 200, 200, 404],
      [200, 200, 200, 200, 404],
      [200, 200, 200, 403, 403],
      [403, 403, 403, 403, 403],
      [403, 403, 403, 403, 403],
    ])
    expect(await as('READER', `POST ${S}`, sar())).toBe(403)
    expect(await as('OPS', `POST ${S}`, sar())).toBe(201)
  })

  it('are other ones for a service with its own entry, installed or not', async () => {
    const { as, send } = await guarded({ authorization: AUTHORIZATION })
    expect(await as('ADMIN', `GET ${S}/salary`)).toBe(403)
    expect(await as('READER', `GET ${S}/salary`)).toBe(403)
    expect(await as('PAYROLL', `GET ${S}/salary`)).toBe(200)
    expect(await as('PAYROLL', `PUT ${S}/salary?status=stopped`)).toBe(200)
    expect(await as('PAYROLL', `GET ${S}/open`)).toBe(403)
    expect(await as('PAYROLL', `GET ${S}`)).toBe(403)
    const list = await send(`GET ${S}`, { headers: basic('READER') })
    expect(list.text).toContain('"open"')
    expect(list.text).not.toContain('"salary"')
  })

  it('count for a deployment by the name in the path', async () => {
    const { as } = await guarded({
      authorization: { ...AUTHORIZATION, services: { fresh: { admin: ['payroll'] } } },
    })
    const body = sar(manifest('fresh'))
    expect(await as('ADMIN', `POST ${S}/fresh?status=started`, body)).toBe(403)
    expect(await as('PAYROLL', `POST ${S}/fresh?status=started`, body)).toBe(201)
  })
})

describe('a browser', () => {
  it('may not be used by another site', async () => {
    const { send } = await bench({ settings: { services: [{ name: 'x', provider: 'CICS-1.0' }] } })
    const headers = { 'sec-fetch-site': 'cross-site' }
    for (const call of [`PUT ${S}/x?status=stopped`, `POST ${S}`, `DELETE ${S}/x`]) {
      const answer = await send(call, { headers })
      expect([answer.status, answer.text]).toEqual([
        403,
        '{"errorMessage":"signalbox.forbidden: Not authorized."}',
      ])
    }
    expect((await send(`GET ${S}/x`, { headers })).status).toBe(200)
  })
})

describe('the URLs of a reply', () => {
  const serviceUrl = async (
    headers: Readonly<Record<string, string>>,
    { settings = {}, connection = {} }: { settings?: object; connection?: object } = {},
  ): Promise<unknown> => {
    const { send } = await bench({
      settings: { services: [{ name: 'x', provider: 'CICS-1.0' }], ...settings },
    })
    const { body, status } = await send(`GET ${S}/x`, { headers, connection })
    return status === 200
      ? (body as { zosConnect: { serviceInvokeURL: string } }).zosConnect.serviceInvokeURL.split(
          '/zos',
        )[0]
      : status
  }
  const trusted = {
    settings: { trustedProxies: ['10.0.0.0/8', 'fd00::/8'] },
    connection: { remote: '10.1.2.3' },
  }

  it('come from the Host and the connection', async () => {
    expect(await serviceUrl({ host: 'a.example:81' })).toBe('http://a.example:81')
    expect(await serviceUrl({ host: '[::1]:81' }, { connection: { secure: true } })).toBe(
      'https://[::1]:81',
    )
    expect(await serviceUrl({ host: 'a/b' })).toBe(400)
    expect(await serviceUrl({ host: 'a@b' })).toBe(400)
  })

  it('follow a trusted proxy, and no other', async () => {
    const headers = { host: 'in:81', 'x-forwarded-proto': 'http, https' }
    expect(await serviceUrl(headers)).toBe('http://in:81')
    expect(await serviceUrl(headers, { ...trusted, connection: { remote: '11.1.2.3' } })).toBe(
      'http://in:81',
    )
    expect(await serviceUrl(headers, trusted)).toBe('https://in:81')
    for (const remote of ['fd12::1', '::ffff:10.0.0.1', '::ffff:a00:1'])
      expect(await serviceUrl(headers, { ...trusted, connection: { remote } })).toBe(
        'https://in:81',
      )
    const more = { 'x-forwarded-host': 'evil, out', 'x-forwarded-port': '9443' }
    expect(await serviceUrl({ ...headers, ...more }, trusted)).toBe('https://out:9443')
    expect(await serviceUrl({ ...more, 'x-forwarded-port': '80' }, trusted)).toBe('http://out')
    expect(await serviceUrl({ ...more, 'x-forwarded-host': 'o:1' }, trusted)).toBe('http://o:1')
    expect(await serviceUrl({ 'x-forwarded-host': 'a b' }, trusted)).toBe(400)
  })

  it('are the public ones where the settings say so', async () => {
    const settings = { publicOrigin: 'https://box.example' }
    expect(await serviceUrl({ host: 'a/b' }, { settings })).toBe('https://box.example')
  })
})
