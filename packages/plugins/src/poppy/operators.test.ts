import { memoryStore } from '@signalbox/stores/memory'
import { beforeEach, describe, expect, it } from 'vitest'
import { openBench } from './__fixtures__/bench.ts'
import type { Answer, Bench } from './__fixtures__/bench.ts'
import type { PoppySettings } from './settings.ts'

const P = '/v1.0/acme-7'
const B = {
  name: 'shop',
  domains: [{ domain: 'www.shop-a.com' }],
  origins: [{ origin: 'o.shop-a.com' }],
  flavor_id: 'cdn',
}

let bench: Bench

const open = async (settings: PoppySettings = {}): Promise<void> => {
  bench = await openBench(memoryStore(), settings)
}

beforeEach(() => open())

const create = async (body: object = B): Promise<string> => {
  const made = await bench.ask('ann', `POST ${P}/services`, body)
  expect(made.status, made.text).toBe(202)
  await bench.advance(200)
  return (made.headers.get('location') ?? '').replace('http://cdn.example', '')
}

const idOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

const shown = async (path: string): Promise<unknown> =>
  (await bench.ask('ann', `GET ${path}`)).value

const said = ({ status, value }: Answer): unknown => [
  status,
  (value as { readonly message: unknown }).message,
]

describe('what an operator writes', () => {
  it('is in the journal: who, by which request, for which project, and what', async () => {
    const flavor = {
      id: 'lite',
      providers: [{ provider: 'mock', links: [{ href: 'http://e', rel: 'provider_url' }] }],
    }
    const headers = { 'x-request-id': 'req-1' }
    await bench.ask('ops', 'POST /v1.0/beta-1/flavors', flavor, headers)
    await bench.ask('ops', 'DELETE /v1.0/beta-1/flavors/lite', undefined, headers)
    await bench.ask('ops', 'PUT /v1.0/beta-1/admin/limits/acme-7', { limit: 3 }, headers)
    const common = {
      actor: { id: 'ops', roles: ['operator'] },
      request: 'req-1',
      at: expect.any(Number),
    }
    expect((await bench.journal()).filter(({ request }) => request === 'req-1')).toMatchObject([
      { ...common, type: 'flavor.create', detail: { project: 'beta-1', flavor: 'lite' } },
      { ...common, type: 'flavor.delete', detail: { project: 'beta-1', flavor: 'lite' } },
      {
        ...common,
        type: 'limit.set',
        ref: { tenant: 'acme-7' },
        detail: { project: 'beta-1', limit: 3 },
      },
    ])
  })

  it('is in the journal for each service that an action changes', async () => {
    const [one, two] = [
      await create(),
      await create({ ...B, domains: [{ domain: 'b.shop-a.com' }] }),
    ]
    await bench.ask('ops', `POST ${P}/admin/services/action`, {
      project_id: 'acme-7',
      action: 'disable',
    })
    const lines = (await bench.journal()).filter(({ type }) => type === 'service.disable')
    expect(lines.map(({ ref, from, to, actor }) => [ref.id, from, to, actor?.id])).toEqual([
      [idOf(one), 'deployed', 'disabled', 'ops'],
      [idOf(two), 'deployed', 'disabled', 'ops'],
    ])
  })

  it('keeps the change that a disabled service hides', async () => {
    const path = await create()
    await bench.ask('ops', `POST ${P}/admin/services/action`, {
      domain: 'www.shop-a.com',
      action: 'disable',
    })
    await bench.ask('ops', `POST ${P}/admin/services/status`, {
      project_id: 'acme-7',
      service_id: idOf(path),
      status: 'failed',
    })
    expect((await bench.journal()).at(-1)).toMatchObject({ type: expect.stringMatching(/./) })
    expect((await bench.journal()).find(({ type }) => type === 'service.setStatus')).toMatchObject({
      from: 'disabled',
      to: 'disabled',
      detail: { from: 'deployed', asked: 'failed' },
    })
  })
})

it('lists the services of all projects by where they are, disabled or not, in order of id', async () => {
  const one = await create()
  const two = await create({ ...B, domains: [{ domain: 'b.shop-a.com' }] })
  const three = await bench.ask('bob', 'POST /v1.0/beta-1/services', {
    ...B,
    domains: [{ domain: 'c.shop-a.com' }],
  })
  await bench.advance(200)
  await create({ ...B, domains: [{ domain: 'd.shop-a.com' }] })
  await bench.ask('ops', `POST ${P}/admin/services/action`, {
    domain: 'b.shop-a.com',
    action: 'disable',
  })
  await bench.ask('ops', `POST ${P}/admin/services/action`, {
    domain: 'd.shop-a.com',
    action: 'delete',
  })
  const listed = async (status: string): Promise<unknown> =>
    (await bench.ask('ops', `GET ${P}/admin/services?status=${status}`)).value
  expect(await listed('deployed')).toEqual([
    { project_id: 'acme-7', service_id: idOf(one) },
    { project_id: 'acme-7', service_id: idOf(two) },
    { project_id: 'beta-1', service_id: idOf(three.headers.get('location') ?? '') },
  ])
  expect(await listed('delete_in_progress')).toHaveLength(1)
  expect(await listed('failed')).toEqual([])
})

describe('an action', () => {
  it('on a project without services is taken', async () => {
    for (const project_id of ['nobody', 'a b', '\ud800'])
      expect(
        (
          await bench.ask('ops', `POST ${P}/admin/services/action`, {
            project_id,
            action: 'delete',
          })
        ).status,
      ).toBe(202)
  })

  it('deletes every service of a project', async () => {
    const path = await create()
    await bench.ask('ops', `POST ${P}/admin/services/action`, {
      project_id: 'acme-7',
      action: 'delete',
    })
    await bench.advance(200)
    expect((await bench.ask('ann', `GET ${path}`)).status).toBe(404)
  })

  it.each([
    [{ domain: 'shop', action: 'delete' }],
    [{ domain: 'www.shop-a.com', action: 'Delete' }],
    [{ project_id: 7, action: 'delete' }],
    [{ project_id: 'acme-7' }],
    [{}],
  ])('is not %j', async (body) => {
    const answer = await bench.ask('ops', `POST ${P}/admin/services/action`, body)
    expect(said(answer)).toEqual([
      400,
      {
        errors: [
          {
            message: expect.stringMatching(
              /^\[\]-.* is not of type 'project action', 'domain action'$/,
            ),
          },
        ],
      },
    ])
  })
})

describe('limits', () => {
  it.each(['a b', 'x'.repeat(257), '%00'])('know no project %s', async (pid) => {
    const text = `Invalid project_id : ${decodeURIComponent(pid)}`
    const path = `${P}/admin/limits/${encodeURI(decodeURIComponent(pid))}`
    expect(said(await bench.ask('ops', `PUT ${path}`, { limit: 1 }))).toEqual([400, text])
  })

  it('of 0 block creation, and lowering one removes nothing', async () => {
    const path = await create()
    await bench.ask('ops', `PUT ${P}/admin/limits/acme-7`, { limit: 0 })
    expect(
      said(
        await bench.ask('ann', `POST ${P}/services`, {
          ...B,
          domains: [{ domain: 'b.shop-a.com' }],
        }),
      ),
    ).toEqual([403, 'Maximum Services Limit of 0 reached!'])
    expect((await bench.ask('ann', `GET ${path}`)).status).toBe(200)
  })

  it.each([
    ['PUT', '/admin/limits', 'ops'],
    ['DELETE', '/services', 'ann'],
    ['DELETE', '/ssl_certificate/', 'ann'],
  ] as const)('and others without an id: %s %s', async (method, path, caller) => {
    expect(said(await bench.ask(caller, `${method} ${P}${path}`))).toEqual([
      400,
      'None value not permitted',
    ])
  })
})

describe('domains', () => {
  it.each([
    ['ab', 400, 'Domain ab is too short'],
    ['x'.repeat(254), 400, `Domain ${'x'.repeat(254)} is too long`],
    ['a_b.com', 400, 'Domain a_b.com is not valid'],
    ['www.unknown.com', 404, 'Domain www.unknown.com cannot be found'],
    ['shop', 404, 'Domain shop cannot be found'],
  ])('%s', async (domain, status, text) => {
    expect(said(await bench.ask('ops', `GET ${P}/admin/domains/${domain}`))).toEqual([status, text])
  })

  it('are found by their provider’s URL', async () => {
    expect(said(await bench.ask('ops', `GET ${P}/admin/domains`))).toEqual([
      400,
      'provider_url needs to be provided as a query parameter',
    ])
    expect(
      (await bench.ask('ops', `GET ${P}/admin/domains?provider_url=a.edge.mock.example.net`)).text,
    ).toBe('[]')
  })
})

describe('provider details', () => {
  const details = (members: object = {}): object => ({
    project_id: 'acme-7',
    domain_name: 'www.shop-a.com',
    operator_url: 'www.shop-a.com.cdn9.example.net',
    provider_url: 'x.edge.mock.example.net',
    ...members,
  })
  const set = async (path: string, body: object): Promise<unknown> =>
    said(await bench.ask('ops', `PATCH ${P}/admin/services/provider_details/${idOf(path)}`, body))

  it('are refused in order', async () => {
    const path = await create({
      ...B,
      domains: [
        { domain: 'www.shop-a.com' },
        { domain: 'shop', protocol: 'https', certificate: 'shared' },
      ],
    })
    const id = idOf(path)
    expect(await set('/xyz', details())).toEqual([400, 'Invalid service id'])
    expect(await set(path, { ...details(), more: 1 })).toEqual([
      400,
      {
        errors: [{ message: "[]-Additional properties are not allowed ('more' was unexpected)" }],
      },
    ])
    expect(await set(path, details({ domain_name: 'shop' }))).toEqual([
      400,
      'Domain shop is not valid',
    ])
    for (const project_id of ['beta-1', 'a b'])
      expect(await set(path, details({ project_id }))).toEqual([
        404,
        `Service ${id} could not be found`,
      ])
    expect(await set(path, details({ domain_name: 'b.shop-a.com' }))).toEqual([
      404,
      'Domain b.shop-a.com could not be found',
    ])
    expect(await set(path, details({ domain_name: 'shop.scdn1.secure.example.net' }))).toEqual([
      400,
      'Changing access urls for shared ssl domains is not supported.',
    ])
    expect(await set(path, details({ operator_url: 'other.com' }))).toEqual([
      400,
      'Invalid access_url/domain_name.',
    ])
  })
})

describe('certificates', () => {
  const wanted = (members: object = {}): object => ({
    flavor_id: 'cdn',
    cert_type: 'san',
    domain_name: 'www.shop-a.com',
    project_id: 'acme-7',
    ...members,
  })
  const ask = (body: object, caller: 'ann' | 'ops' = 'ann'): Promise<Answer> =>
    bench.ask(caller, `POST ${P}/ssl_certificate`, body)
  const CERTIFICATE = `${P}/ssl_certificate/www.shop-a.com`

  it('are deployed by the provider, one of each type', async () => {
    expect((await ask(wanted())).status).toBe(202)
    expect((await ask(wanted({ cert_type: 'sni' }))).status).toBe(202)
    await bench.advance(200)
    const record = {
      flavor_id: 'cdn',
      domain_name: 'www.shop-a.com',
      cert_details: { mock: { domain_name: 'www.shop-a.com' } },
      status: 'deployed',
      project_id: 'acme-7',
    }
    expect(await shown(CERTIFICATE)).toMatchObject([
      { ...record, cert_type: 'san' },
      { ...record, cert_type: 'sni' },
    ])
    expect((await bench.ask('ops', `GET ${P}/admin/certificates?status=deployed`)).text).toBe(
      '[{"domain_name":"www.shop-a.com"}]',
    )
    expect((await bench.ask('ann', `DELETE ${CERTIFICATE}?cert_type=sni`)).status).toBe(202)
    expect(await shown(CERTIFICATE)).toMatchObject({ cert_type: 'san' })
    expect((await bench.ask('ann', `DELETE ${CERTIFICATE}?cert_type=sni`)).status).toBe(404)
  })

  it('are refused in order', async () => {
    const reason = 'Provisioning ssl certificate failed. Reason: '
    expect(said(await ask({}))).toMatchObject([400, { errors: [{}, {}, {}, {}] }])
    expect(said(await ask(wanted({ project_id: 'beta-1', domain_name: 'com' })))).toEqual([
      403,
      'Operator role required.',
    ])
    for (const domain of ['shop-a.com', 'shop', 'shop-a.co.uk'])
      expect(said(await ask(wanted({ domain_name: domain, flavor_id: 'zinc' })))).toEqual([
        400,
        `${reason}${domain} must be a valid non-root domain`,
      ])
    expect(said(await ask(wanted({ flavor_id: 'zi&nc' })))).toEqual([
      400,
      `${reason}Could not find a flavor with the id 'zi&amp;nc'`,
    ])
    await ask(wanted())
    for (const project_id of ['acme-7', 'beta-1'])
      expect(said(await ask(wanted({ project_id }), 'ops'))).toEqual([
        400,
        `${reason}Certificate already exists for www.shop-a.com `,
      ])
  })

  it('are seen by their own project and by operators', async () => {
    await ask(wanted())
    const at = '/v1.0/beta-1/ssl_certificate/www.shop-a.com'
    expect((await bench.ask('bob', `GET ${at}`)).status).toBe(404)
    expect((await bench.ask('bob', `DELETE ${at}`)).status).toBe(404)
    expect((await bench.ask('ops', `GET ${at}`)).status).toBe(200)
    expect(said(await bench.ask('ann', `GET ${P}/ssl_certificate/ab`))).toEqual([
      400,
      'Domain ab is too short',
    ])
  })

  it('are overridden by operators', async () => {
    const path = `${P}/admin/certificates`
    expect(said(await bench.ask('ops', `GET ${path}?status=x`))).toEqual([
      400,
      "Unknown status type x present, Valid status types are: ['create_in_progress', 'deployed', 'failed', 'cancelled']",
    ])
    const patch = (value: string): ReadonlyArray<object> => [
      { op: 'replace', path: 'status', value },
    ]
    expect(said(await bench.ask('ops', `PATCH ${path}/www.shop-a.com`, patch('failed')))).toEqual([
      404,
      'Certificate could not be found for domain: www.shop-a.com',
    ])
    await ask(wanted())
    for (const bad of [[], {}, patch('gone'), [...patch('failed'), ...patch('failed')]])
      expect((await bench.ask('ops', `PATCH ${path}/www.shop-a.com`, bad)).status).toBe(400)
    expect((await bench.ask('ops', `PATCH ${path}/www.shop-a.com`, patch('failed'))).status).toBe(
      204,
    )
    expect(await shown(CERTIFICATE)).toMatchObject({ status: 'failed' })
  })

  it('come and go with the domains of a service, which shows their status', async () => {
    const path = await create()
    const domain = (protocol: string, certificate: string | null): ReadonlyArray<object> => [
      {
        op: 'replace',
        path: '/domains',
        value: [{ domain: 'www.shop-a.com', protocol, certificate }],
      },
    ]
    expect((await bench.ask('ann', `PATCH ${path}`, domain('https', 'san'))).status).toBe(202)
    await bench.advance(0)
    const status = async (): Promise<unknown> =>
      ((await shown(path)) as { domains: ReadonlyArray<{ certificate_status: unknown }> })
        .domains[0]?.certificate_status
    expect(await status()).toBe('create_in_progress')
    await bench.advance(300)
    expect(await status()).toBe('deployed')
    const listed = (await bench.ask('ann', `GET ${P}/services`)).value
    expect(listed).toMatchObject({ services: [{ domains: [{ certificate_status: 'deployed' }] }] })

    expect((await bench.ask('ann', `PATCH ${path}`, domain('http', null))).status).toBe(202)
    await bench.advance(300)
    expect((await bench.ask('ann', `GET ${CERTIFICATE}`)).status).toBe(404)

    await bench.ask('ann', `PATCH ${path}`, domain('https', 'san'))
    await bench.advance(300)
    expect((await bench.ask('ann', `GET ${CERTIFICATE}`)).status).toBe(200)
    await bench.ask('ann', `DELETE ${path}`)
    await bench.advance(300)
    expect((await bench.ask('ann', `GET ${CERTIFICATE}`)).status).toBe(404)
  })
})

describe('health', () => {
  it('shows each part, and where to look at it alone', async () => {
    const answer = await bench.ask('ops', `GET ${P}/health`)
    const part = (path: string): object => ({
      online: 'true',
      links: { href: `http://cdn.example${P}/health/${path}`, rel: 'self' },
    })
    expect(answer.text).toBe(
      JSON.stringify({
        dns: { default: part('dns/default') },
        storage: { signalbox: part('storage/signalbox') },
        distributed_task: { signalbox: part('distributed_task/signalbox') },
        providers: { mock: part('provider/mock') },
      }),
    )
    for (const path of [
      'dns/default',
      'storage/signalbox',
      'distributed_task/signalbox',
      'provider/mock',
    ])
      expect((await bench.ask('ops', `GET ${P}/health/${path}`)).text).toBe('{"online":"true"}')
    for (const path of ['dns/x', 'providers/mock', 'x/default'])
      expect((await bench.ask('ops', `GET ${P}/health/${path}`)).status).toBe(404)
  })

  it('and ping tell when the store is gone', async () => {
    await bench.store.close()()
    expect(await bench.ask('ops', `GET ${P}/health`)).toMatchObject({
      status: 503,
      value: { storage: { signalbox: { online: 'false' } }, dns: { default: { online: 'true' } } },
    })
    expect(await bench.ask('nobody', 'GET /v1.0/ping')).toMatchObject({ status: 503, text: '' })
  })
})

describe('the bundled provider', () => {
  it('fails as the settings say, and says so', async () => {
    await open({ driver: { kind: 'simulated', failNext: ['Failed after 5 DNS retries'] } })
    const path = await create()
    expect(await shown(path)).toMatchObject({
      status: 'failed',
      errors: [{ message: 'Failed after 5 DNS retries' }],
    })
  })

  it('reports where logs are, when they are wanted', async () => {
    const path = await create({ ...B, log_delivery: { enabled: true } })
    expect(await shown(path)).toMatchObject({
      log_delivery: { enabled: true },
      links: [{}, {}, {}, { rel: 'log_delivery', href: expect.stringMatching(/^http:/) }],
    })
  })

  it('is not waited for longer than its time', async () => {
    bench.provider.hang()
    const path = await create()
    await bench.advance(600_000)
    expect(await shown(path)).toMatchObject({
      status: 'failed',
      errors: [{ message: 'Timed out after 600 s' }],
    })
    bench.provider.release()
    await bench.advance(1_000)
    expect(await shown(path)).toMatchObject({ status: 'failed' })
  })
})

it('names flavors in links and locations so that they can be found', async () => {
  const made = await bench.ask('ops', `POST ${P}/flavors`, {
    id: 'größe/1',
    providers: [{ provider: 'mock', links: [{ href: 'http://e', rel: 'provider_url' }] }],
  })
  expect(made.status).toBe(201)
  const location = made.headers.get('location') ?? ''
  expect(await bench.ask('ann', `GET ${location.replace('http://cdn.example', '')}`)).toMatchObject(
    {
      status: 200,
      value: { id: 'größe/1' },
    },
  )
})

it('keeps no flavor whose id cannot be kept', async () => {
  const flavor = (id: string): object => ({
    id,
    providers: [{ provider: 'mock', links: [{ href: 'http://e', rel: 'provider_url' }] }],
  })
  for (const id of ['\ud800ab', 'a\0b'])
    expect((await bench.ask('ops', `POST ${P}/flavors`, flavor(id))).status).toBe(400)
  expect((await bench.ask('ops', `GET ${P}/flavors/a%00b`)).status).toBe(404)
  expect((await bench.ask('ops', `DELETE ${P}/flavors/a%00b`)).status).toBe(204)
  expect(
    said(
      await bench.ask('ops', `POST ${P}/flavors`, {
        ...flavor('abc'),
        providers: [{ provider: 'nope', links: [{ href: 'http://e', rel: 'provider_url' }] }],
      }),
    ),
  ).toEqual([400, "nope is not a valid Provider.  Please choose from ['mock']"])
})
