import type { Store } from '@signalbox/core/store'
import { createHost, virtualClock } from '@signalbox/host'
import type { Host, VirtualClock } from '@signalbox/host'
import { memoryStore } from '@signalbox/stores/memory'
import { beforeEach, describe, expect, it } from 'vitest'
import { poppy } from './index.ts'
import type { PoppySettings } from './index.ts'

const T0 = 1_800_000_000_000
const DEMO = 'e8b44506-71b7-4074-9bc8-1b5037ade112'
const CDN = {
  id: 'cdn',
  providers: [
    {
      provider: 'mock',
      links: [{ href: 'http://mock.example.net', rel: 'provider_url' as const }],
    },
  ],
}
const B = {
  name: 'shop',
  domains: [{ domain: 'www.shop-a.com' }],
  origins: [{ origin: 'o.shop-a.com' }],
  flavor_id: 'cdn',
}

const caller = (
  id: string,
  secret: string,
  tenants: '*' | ReadonlyArray<string>,
  roles: ReadonlyArray<string>,
) => ({
  id,
  provider: 'poppy',
  tenants,
  roles,
  verify: async (given: string) => given === secret,
})

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly value: unknown
}

let host: Host
let clock: VirtualClock
let lines: Array<unknown>

const open = async (
  settings: PoppySettings = {},
  { store = memoryStore(), number = 0 }: { readonly store?: Store; readonly number?: number } = {},
): Promise<Host> => {
  const time = virtualClock(T0)
  clock = time
  lines = []
  let ids = 0
  const opened = await createHost({
    store,
    plugins: [poppy],
    settings: { poppy: { seedFlavors: [CDN], ...settings } },
    principals: [
      caller('ops', 'O', '*', ['operator']),
      caller('ann', 'T', ['acme-7', 'acme-8'], []),
      caller('bob', 'U', ['beta-1'], []),
    ],
    clock: time,
    newId: () => `0000000${number}-0000-4000-8000-${String((ids += 1)).padStart(12, '0')}`,
    random: () => 0.4,
    log: (line) => lines.push(line),
  })
  host = opened
  const started = opened.start()
  await time.advance(6_000)
  await started
  return opened
}

const ask = async (
  line: string,
  token = 'T',
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> => {
  const [method = 'GET', path = ''] = line.split(' ')
  const response = await host.fetch(
    new Request(`http://cdn.example${path}`, {
      method,
      headers: {
        host: 'cdn.example',
        ...(token === '' ? {} : { 'x-auth-token': token }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    }),
  )
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    text,
    value: text === '' ? undefined : JSON.parse(text),
  }
}

const say = (message: unknown): unknown => ({ message })

const make = async (token = 'T', project = 'acme-7', body: unknown = B): Promise<string> => {
  const made = await ask(`POST /v1.0/${project}/services`, token, body)
  expect([made.status, made.text]).toEqual([202, ''])
  return made.headers.get('location') ?? ''
}

const idOf = (location: string): string => location.slice(location.lastIndexOf('/') + 1)

const override = (id: string, status: string, project = 'acme-7'): unknown => ({
  project_id: project,
  service_id: id,
  status,
})

const STATUS = 'POST /v1.0/acme-7/admin/services/status'

beforeEach(() => open())

describe('access', () => {
  it.each(['', 'made-up'])('is refused with the token %j', async (token) => {
    expect(await ask('GET /v1.0/acme-7/services', token)).toMatchObject({
      status: 401,
      value: say('Authentication required.'),
    })
  })

  it('is refused to a project of somebody else, in the URL or in the header', async () => {
    const refused = { status: 401, value: say('Token is not valid for this project.') }
    expect(await ask('GET /v1.0/acme-7/services', 'U')).toMatchObject(refused)
    expect(
      await ask('GET /v1.0/services', 'T', undefined, { 'x-project-id': 'beta-1' }),
    ).toMatchObject(refused)
  })

  it('takes the project from the header first', async () => {
    await make()
    const { value } = await ask('GET /v1.0/services', 'T', undefined, { 'x-project-id': 'acme-7' })
    expect(value).toMatchObject({
      services: [
        {
          project_id: 'acme-7',
          links: [{ href: expect.stringMatching(/^http:\/\/cdn\.example\/v1\.0\/services\//) }, {}],
        },
      ],
    })
    const other = await ask('GET /v1.0/acme-7/services', 'T', undefined, {
      'x-project-id': 'acme-8',
    })
    expect(other.value).toEqual({ links: [], services: [] })
  })

  it.each([undefined, ''])('needs a project: the header %j is none', async (project) => {
    const headers = project === undefined ? {} : { 'x-project-id': project }
    expect(await ask('GET /v1.0/services', 'T', undefined, headers)).toMatchObject({
      status: 400,
      value: say('The Project ID must be provided.'),
    })
  })

  it('to operators’ routes needs the role, known path or not', async () => {
    for (const line of [
      'GET /v1.0/acme-7/admin/services',
      STATUS,
      'GET /v1.0/acme-7/health',
      'POST /v1.0/acme-7/flavors',
    ])
      expect(await ask(line, 'T', line.startsWith('POST') ? {} : undefined)).toMatchObject({
        status: 403,
        value: say('Operator role required.'),
      })
  })
})

describe('a path', () => {
  it.each([
    '/v1.0/nothing-here',
    '/v1.0/acme-7/services/1/2',
    '/v1.0/acme!/services',
    '/v1.0//services',
    '/v1.0/acme-7/x',
  ])('is unknown: %s', async (path) => {
    expect(await ask(`GET ${path}`)).toMatchObject({
      status: 404,
      value: say('The resource could not be found.'),
    })
  })

  it('may end in slashes', async () => {
    expect((await ask('GET /v1.0/acme-7/services//')).status).toBe(200)
  })

  it.each([
    ['PUT', '/v1.0/acme-7/admin/services/status', 'POST', 'O'],
    ['PATCH', '/v1.0/acme-7/services', 'GET, POST', 'T'],
    ['HEAD', '/v1.0/acme-7/flavors', 'GET, POST', 'T'],
    ['OPTIONS', '/v1.0/acme-7/flavors', 'GET, POST', 'T'],
  ])('does not take %s: %s', async (method, path, allow, token) => {
    const response = await host.fetch(
      new Request(`http://cdn.example${path}`, { method, headers: { 'x-auth-token': token } }),
    )
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe(allow)
    if (method !== 'HEAD')
      expect(await response.json()).toEqual(
        say(`The method ${method} is not allowed for this resource.`),
      )
  })
})

it.each([
  ['text/html', 406],
  ['text/html, application/json;q=0', 406],
  ['application/*', 200],
  ['text/html, */*;q=0.1', 200],
  ['', 200],
])('answers Accept: %s with %d', async (accept, status) => {
  const answer = await ask('GET /v1.0/acme-7/services', 'T', undefined, { accept })
  expect(answer.status).toBe(status)
  if (status === 406)
    expect(answer.value).toEqual(
      say(
        'The server could not comply with the request since it is either malformed or otherwise incorrect.',
      ),
    )
})

describe('flavors', () => {
  it('are shown with their links', async () => {
    const lite = {
      id: 'cdn',
      providers: [
        { provider: 'mock', links: [{ href: 'http://mock.example.net', rel: 'provider_url' }] },
      ],
      links: [{ href: 'http://cdn.example/v1.0/acme-7/flavors/cdn', rel: 'self' }],
    }
    expect((await ask('GET /v1.0/acme-7/flavors')).value).toEqual({ flavors: [lite] })
    expect((await ask('GET /v1.0/acme-7/flavors/cdn')).value).toEqual(lite)
  })

  it('that do not exist are a 404, the echo escaped', async () => {
    expect(await ask('GET /v1.0/acme-7/flavors/x%3Cb')).toMatchObject({
      status: 404,
      value: say("Could not find a flavor with the id 'x&lt;b'"),
    })
  })
})

describe('a service', () => {
  it('is created, shown in progress, then deployed, byte for byte', async () => {
    const location = await make()
    const id = idOf(location)
    expect(location).toBe(`http://cdn.example/v1.0/acme-7/services/${id}`)
    const shown = await ask(`GET /v1.0/acme-7/services/${id}`)
    expect(shown.headers.get('content-type')).toBe('application/json; charset=UTF-8')
    const before = {
      name: 'shop',
      id,
      project_id: 'acme-7',
      domains: [{ domain: 'www.shop-a.com', protocol: 'http' }],
      origins: [
        {
          origin: 'o.shop-a.com',
          port: 80,
          ssl: false,
          rules: [{ name: 'default', request_url: '/*' }],
          hostheadertype: 'domain',
        },
      ],
      restrictions: [],
      caching: [{ name: 'default', ttl: 86_400, rules: [{ name: 'default', request_url: '/*' }] }],
      flavor_id: 'cdn',
      log_delivery: { enabled: false },
      status: 'create_in_progress',
      errors: [],
      links: [
        { href: location, rel: 'self' },
        { href: 'http://cdn.example/v1.0/acme-7/flavors/cdn', rel: 'flavor' },
      ],
    }
    expect(shown.text).toBe(JSON.stringify(before))
    await clock.advance(100)
    const after = await ask(`GET /v1.0/acme-7/services/${id}`)
    expect(after.value).toEqual({
      ...before,
      status: 'deployed',
      links: [
        ...before.links,
        {
          href: expect.stringMatching(/^www\.shop-a\.com\.cdn([1-9]|10)\.example\.net$/),
          rel: 'access_url',
        },
      ],
    })
  })

  it('answers an empty body with its length and no type', async () => {
    const made = await ask('POST /v1.0/acme-7/services', 'T', B)
    expect(made.headers.get('content-length')).toBe('0')
    expect(made.headers.get('content-type')).toBeNull()
  })

  it('shows a shared domain with its certificate and a place of its own', async () => {
    const body = { ...B, domains: [{ domain: 'shop', protocol: 'https', certificate: 'shared' }] }
    const places = new Set<string>()
    for (let count = 0; count < 5; count += 1) {
      const { value } = await ask(
        `GET /v1.0/acme-7/services/${idOf(await make('T', 'acme-7', body))}`,
      )
      const [domain] = (value as { domains: ReadonlyArray<{ domain: string }> }).domains
      expect(domain).toMatchObject({
        protocol: 'https',
        certificate: 'shared',
        certificate_status: 'deployed',
      })
      places.add(domain?.domain ?? '')
    }
    expect([...places].toSorted()).toEqual(
      [1, 2, 3, 4, 5].map((place) => `shop.scdn${place}.secure.example.net`),
    )
    expect(await ask('POST /v1.0/acme-7/services', 'T', body)).toMatchObject({
      status: 400,
      value: say('Domain shop has already been taken'),
    })
  })

  it('has its domains to itself, across projects', async () => {
    await make()
    expect(await ask('POST /v1.0/beta-1/services', 'U', B)).toMatchObject({
      status: 400,
      value: say('Domain www.shop-a.com has already been taken'),
    })
  })

  it('of 50 that want one domain at once, one gets it', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => ask('POST /v1.0/acme-7/services', 'T', B)),
    )
    expect(answers.filter(({ status }) => status === 202).length).toBe(1)
    expect(answers.filter(({ status }) => status === 400).length).toBe(49)
  })

  it('counts against the limit of its project, race or not', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        ask('POST /v1.0/acme-7/services', 'T', {
          ...B,
          domains: [{ domain: `www${index}.shop-a.com` }],
        }),
      ),
    )
    expect(answers.filter(({ status }) => status === 202).length).toBe(20)
    expect(answers.find(({ status }) => status === 403)?.value).toEqual(
      say('Maximum Services Limit of 20 reached!'),
    )
    expect(answers.filter(({ status }) => status === 403).length).toBe(20)
  })

  it.each([
    ['', 'Invalid JSON string'],
    ['{"name": “shop”}', 'Invalid JSON string'],
    [[], { errors: [{ message: "[]-[] is not of type 'object'" }] }],
    ['null', { errors: [{ message: "[]-None is not of type 'object'" }] }],
    [{ ...B, flavor_id: 'zinc' }, "Could not find a flavor with the id 'zinc'"],
    [
      { ...B, caching: [{ name: 'c', ttl: -5 }] },
      { errors: [{ message: "['caching'][0]['ttl']--5 is less than the minimum of 0" }] },
    ],
    [
      { ...B, domains: [{ domain: 'shop-a.com' }] },
      expect.stringContaining('shop-a.com is a root domain.'),
    ],
  ])('is not created from %j', async (body, text) => {
    const answer = await ask('POST /v1.0/acme-7/services', 'T', body)
    expect(answer).toMatchObject({ status: 400, value: say(text) })
    expect((await ask('GET /v1.0/acme-7/services')).value).toEqual({ links: [], services: [] })
  })

  it('is not created from bytes that are no UTF-8, or from too many', async () => {
    const send = (body: Uint8Array<ArrayBuffer>): Promise<Response> =>
      host.fetch(
        new Request('http://cdn.example/v1.0/acme-7/services', {
          method: 'POST',
          body,
          headers: { 'x-auth-token': 'T' },
        }),
      )
    expect((await send(new Uint8Array([0xff, 0xfe]))).status).toBe(400)
    expect((await send(new Uint8Array(1_048_577))).status).toBe(413)
  })

  it('is found by any spelling of its id, and only in its project', async () => {
    const id = idOf(await make())
    expect(
      (await ask(`GET /v1.0/acme-7/services/${id.toUpperCase().replaceAll('-', '')}`)).status,
    ).toBe(200)
    for (const bad of ['xyz', '%zz', '%ff', '{', '0'.repeat(33)])
      expect(await ask(`GET /v1.0/acme-7/services/${bad}`)).toMatchObject({
        status: 400,
        value: say('Invalid service id'),
      })
    expect(await ask(`GET /v1.0/beta-1/services/${id}`, 'U')).toMatchObject({
      status: 404,
      value: say(`service ${id} could not be found`),
    })
  })

  it('is listed by pages that lead on', async () => {
    for (let index = 0; index < 3; index += 1)
      await make('T', 'acme-7', { ...B, domains: [{ domain: `www${index}.shop-a.com` }] })
    const first = (await ask('GET /v1.0/acme-7/services?limit=2')).value as {
      links: ReadonlyArray<{ href: string; rel: string }>
      services: ReadonlyArray<{ id: string }>
    }
    expect(first.services.length).toBe(2)
    expect(first.links).toEqual([
      {
        href: `http://cdn.example/v1.0/acme-7/services?marker=${first.services[1]?.id}&limit=2`,
        rel: 'next',
      },
    ])
    const second = (await ask(`GET ${first.links[0]?.href.replace('http://cdn.example', '')}`))
      .value as typeof first
    expect([second.services.length, second.links]).toEqual([1, []])
  })

  it.each([
    ['limit=x', 'Limit should be an integer greater than 0 and less or equal to 20'],
    ['limit=', 'Limit should be an integer greater than 0 and less or equal to 20'],
    ['limit=0', 'Limit should be greater than 0'],
    ['limit=-3', 'Limit should be greater than 0'],
    ['limit=21', 'Limit should be less than or equal to 20'],
    ['marker=me', 'Marker must be a valid UUID'],
  ])('is not listed by %s', async (query, text) => {
    expect(await ask(`GET /v1.0/acme-7/services?${query}`)).toMatchObject({
      status: 400,
      value: say(text),
    })
  })

  it('is deleted, again, and then gone, and its domain and place are free', async () => {
    const id = idOf(await make())
    await clock.advance(100)
    const path = `/v1.0/acme-7/services/${id}`
    expect(await ask(`DELETE ${path}`)).toMatchObject({ status: 202, text: '' })
    expect((await ask(`GET ${path}`)).value).toMatchObject({ status: 'delete_in_progress' })
    expect((await ask(`DELETE ${path}`)).status).toBe(202)
    await clock.advance(100)
    expect((await ask(`GET ${path}`)).status).toBe(404)
    expect(await ask(`DELETE ${path}`)).toMatchObject({
      status: 404,
      value: say(`No service found: ${id}`),
    })
    await make('U', 'beta-1')
  })

  it('is not deleted by a client that means to purge', async () => {
    const id = idOf(await make())
    expect(await ask(`DELETE /v1.0/acme-7/services/${id}?url=/a`)).toMatchObject({
      status: 400,
      value: say('Purge with DELETE /services/{id}/assets'),
    })
    expect((await ask(`GET /v1.0/acme-7/services/${id}`)).status).toBe(200)
  })

  it('whose provider fails says so', async () => {
    await open({ driver: { kind: 'simulated', failureRate: 1 } })
    const id = idOf(await make())
    await clock.advance(600_000)
    expect((await ask(`GET /v1.0/acme-7/services/${id}`)).value).toMatchObject({
      status: 'failed',
      errors: [{ message: 'simulated failure' }],
    })
  })

  it('whose provider never reports fails when its time is up', async () => {
    await open({ driver: { kind: 'manual' } })
    const id = idOf(await make())
    await clock.advance(599_999)
    expect((await ask(`GET /v1.0/acme-7/services/${id}`)).value).toMatchObject({
      status: 'create_in_progress',
    })
    await clock.advance(1)
    expect((await ask(`GET /v1.0/acme-7/services/${id}`)).value).toMatchObject({
      status: 'failed',
      errors: [{ message: 'Timed out after 600 s' }],
    })
  })
})

describe('the status call', () => {
  it('sets failed and deployed, repeatably, and answers 201 without a body', async () => {
    const id = idOf(await make())
    await clock.advance(100)
    for (const status of ['failed', 'failed', 'deployed', 'deployed']) {
      const answer = await ask(STATUS, 'O', override(id, status))
      expect([answer.status, answer.text, answer.headers.get('location')]).toEqual([201, '', null])
      expect((await ask(`GET /v1.0/acme-7/services/${id}`)).value).toMatchObject({ status })
    }
  })

  it('while the service is being created is a 202 and drives the creation again', async () => {
    await open({ driver: { kind: 'manual' } })
    const id = idOf(await make())
    expect((await ask(STATUS, 'O', override(id, 'failed'))).status).toBe(202)
    expect((await ask(`GET /v1.0/acme-7/services/${id}`)).value).toMatchObject({
      status: 'create_in_progress',
    })
  })

  it('is any operator’s, whatever project the URL names', async () => {
    const id = idOf(await make())
    await clock.advance(100)
    expect(
      (await ask('POST /v1.0/110011/admin/services/status', 'O', override(id, 'failed'))).status,
    ).toBe(201)
  })

  it.each([
    ['{"project_id":"acme-7","service_id":"ID","status":“deployed”}', 'Invalid JSON string'],
    [{ status: 'paused' }, undefined],
    [{ status: 'Deployed' }, undefined],
    [{ extra: 1 }, undefined],
    [{ service_id: DEMO.toUpperCase() }, undefined],
    [[], undefined],
  ])('with %j is a 400 and changes nothing', async (change, text) => {
    const id = idOf(await make())
    await clock.advance(100)
    const before = (await ask(`GET /v1.0/acme-7/services/${id}`)).text
    const body =
      typeof change === 'string'
        ? change.replace('ID', id)
        : Array.isArray(change)
          ? change
          : { ...(override(id, 'failed') as object), ...change }
    const answer = await ask(STATUS, 'O', body)
    expect(answer.status).toBe(400)
    expect(answer.value).toEqual(
      say(
        text ?? {
          errors: [{ message: expect.stringMatching(/^\[\]-.* is not of type 'service status'$/) }],
        },
      ),
    )
    expect((await ask(`GET /v1.0/acme-7/services/${id}`)).text).toBe(before)
  })

  it('finds no unknown service, and none under another project', async () => {
    const id = idOf(await make())
    await clock.advance(100)
    for (const [sid, pid] of [
      [DEMO, 'acme-7'],
      [id, 'beta-1'],
    ] as const)
      expect(await ask(STATUS, 'O', override(sid, 'deployed', pid))).toMatchObject({
        status: 404,
        value: say(
          `Setting state of service ${sid} on tenant: ${pid} to deployed has failed, Reason: No service found: ${sid}`,
        ),
      })
  })
})

it('plants the configured services once, through their provider', async () => {
  await open({ seedServices: [{ project: '110011', id: DEMO, service: B }] })
  expect((await ask(`GET /v1.0/110011/services/${DEMO}`, 'O')).value).toMatchObject({
    status: 'deployed',
    project_id: '110011',
  })
  expect(host.boot).toEqual([{ plugin: 'poppy', ok: true }])
})

it('plants them once when two hosts of a store start together', async () => {
  const store = memoryStore()
  const seeds = { seedServices: [{ project: '110011', id: DEMO, service: B }] }
  const hosts = await Promise.all([1, 2].map((number) => open(seeds, { store, number })))
  expect(hosts.map(({ boot }) => boot)).toEqual(hosts.map(() => [{ plugin: 'poppy', ok: true }]))
  expect((await ask(`GET /v1.0/110011/services/${DEMO}`, 'O')).value).toMatchObject({
    status: 'deployed',
  })
})

it('says which configured service cannot be', async () => {
  await open({
    seedServices: [{ project: '110011', id: DEMO, service: { ...B, flavor_id: 'zinc' } }],
  })
  expect(host.boot).toMatchObject([
    {
      plugin: 'poppy',
      ok: false,
      reason: expect.stringContaining(
        `service ${DEMO} of project 110011: Could not find a flavor with the id 'zinc'`,
      ),
    },
  ])
})

it('writes no token into the log', async () => {
  await ask('GET /v1.0/acme-7/services', 'a-secret-token')
  await make()
  expect(JSON.stringify(lines)).not.toContain('a-secret-token')
})
