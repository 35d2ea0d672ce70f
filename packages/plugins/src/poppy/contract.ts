import type { JournalEntry } from '@signalbox/core'
import type { MockProvider } from './mock-provider.ts'

/** A host under test, freshly opened for each row: its provider answers after 100 ms, its flavors are `CONTRACT_SETTINGS`. */
export interface ContractBench {
  /** Sends a request as one of `CONTRACT_CALLERS`, or without a token; a body that is no string is sent as JSON. */
  readonly send: (
    caller: keyof typeof CONTRACT_CALLERS | 'nobody',
    line: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<ContractAnswer>
  /** Lets time pass. */
  readonly advance: (ms: number) => Promise<void>
  readonly provider: MockProvider
  readonly journal: () => Promise<ReadonlyArray<JournalEntry>>
  /** The secret of a caller, which is its token as well. */
  readonly secretOf: (caller: keyof typeof CONTRACT_CALLERS) => string
}

/** A response, read. */
export interface ContractAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** One row of the vendor's behaviour; `run` throws, naming the request, when something is not as it should be. */
export interface ContractRow {
  readonly title: string
  readonly run: (bench: ContractBench) => Promise<void>
}

/** Whom the rows ask as: two tenants and an operator. */
export const CONTRACT_CALLERS = {
  ann: { tenants: ['acme-7'], roles: [] },
  bob: { tenants: ['beta-1'], roles: [] },
  ops: { tenants: '*', roles: ['operator'] },
} as const

/** The settings with which the rows are run. */
export const CONTRACT_SETTINGS = {
  seedFlavors: [
    {
      id: 'cdn',
      providers: [
        {
          provider: 'mock',
          links: [{ href: 'http://mock.example.net', rel: 'provider_url' as const }],
        },
      ],
    },
  ],
}

/** The table by which a host shows that it behaves as the vendor's service does. */
export const poppyContract = (): ReadonlyArray<ContractRow> => [
  row('ping needs no headers', async (at) => {
    await at.nobody('GET /ping', 204, { text: '' })
  }),
  row('a request needs a token, and one of the project', async (at) => {
    await at.nobody('GET /services', 401, say('Authentication required.'))
    await at.ann('GET /services', 401, {
      headers: { 'x-auth-token': 'made-up' },
      message: 'Authentication required.',
    })
    await at.bob('GET /services', 401, say('Token is not valid for this project.'))
  }),
  row('the project may be in the header, and must be somewhere', async (at) => {
    await at.ann('GET /v1.0/services', 401, {
      headers: { 'x-project-id': 'beta-1' },
      message: 'Token is not valid for this project.',
    })
    await at.ann('GET /v1.0/services', 400, say('The Project ID must be provided.'))
  }),
  row('operators’ routes need the role', async (at) => {
    const refused = say('Operator role required.')
    await at.ann('GET /admin/services?status=failed', 403, refused)
    await at.ann('GET /health', 403, refused)
    await at.ann('POST /flavors', 403, { ...refused, body: {} })
  }),
  row('an unknown path is a 404, home is a 200', async (at) => {
    await at.ann('GET /v1.0/nothing-here', 404, say('The resource could not be found.'))
    await at.ann('GET /', 200, {
      value: { resources: { 'rel/ping': { 'href-template': '/ping' } } },
    })
    await at.ann('GET /v1.0/acme-7', 200)
    await at.ops('GET /v1.0/acme-7', 200)
    await at.bob('GET /v1.0/acme-7', 404)
  }),
  row('a wrong method is told the right ones', async (at) => {
    const wrong = (method: string, allow: string): Want => ({
      message: `The method ${method} is not allowed for this resource.`,
      answered: { allow },
    })
    await at.ops('PUT /admin/services/status', 405, wrong('PUT', 'POST'))
    await at.ann('PATCH /services', 405, wrong('PATCH', 'GET, POST'))
  }),
  row('an operator keeps flavors', async (at) => {
    await at.ops('POST /flavors', 201, {
      body: LITE,
      answered: { location: /\/v1\.0\/acme-7\/flavors\/lite$/ },
      value: LITE,
    })
    await at.ops('POST /flavors', 400, {
      body: LITE,
      message: "A flavor with the id 'lite' already exists",
    })
    await at.ops('POST /flavors', 400, {
      body: {},
      message: {
        errors: [
          { message: "['id']-'id' is a required property" },
          { message: "['providers']-'providers' is a required property" },
        ],
      },
    })
    await at.ops('DELETE /flavors/unknown', 204)
  }),
  row('a service is created and then deployed', async (at) => {
    const path = await at.create(B)
    await at.ann(`GET ${path}`, 200, { value: { status: 'create_in_progress' } })
    await at.settle()
    const shown = await at.ann(`GET ${path}`, 200, { value: { status: 'deployed' } })
    check(linksOf(shown).filter(({ rel }) => rel === 'access_url').length, 1, 'one access_url')
  }),
  row('a domain belongs to one service of all projects', async (at) => {
    await at.create(B)
    await at.bob('POST /v1.0/beta-1/services', 400, {
      body: B,
      message: 'Domain www.shop-a.com has already been taken',
    })
  }),
  row('root domains are refused', async (at) => {
    const root = (domain: string): string =>
      `${domain} is a root domain. Most DNS providers do not allow setting a CNAME on a root domain. Please add a subdomain (e.g. www.${domain})`
    for (const domain of ['shop-a.com', 'shop-a.co.uk'])
      await at.ann('POST /services', 400, {
        body: { ...B, domains: [{ domain }] },
        message: root(domain),
      })
    await at.create({ ...B, domains: [{ domain: 'a.shop-a.co.uk' }] })
  }),
  row('a violation says where it is', async (at) => {
    await at.ann('POST /services', 400, {
      body: { ...B, caching: [{ name: 'c', ttl: -5 }] },
      message: {
        errors: [{ message: "['caching'][0]['ttl']--5 is less than the minimum of 0" }],
      },
    })
  }),
  row('two origins without rules collide', async (at) => {
    await at.ann('POST /services', 400, {
      body: { ...B, origins: [{ origin: 'o.shop-a.com' }, { origin: 'p.shop-a.com' }] },
      message: 'The path /* already exists for another origin on this service',
    })
  }),
  row('a body is an object and its flavor exists', async (at) => {
    await at.ann('POST /services', 400, {
      body: [],
      message: { errors: [{ message: "[]-[] is not of type 'object'" }] },
    })
    await at.ann('POST /services', 400, {
      body: { ...B, flavor_id: 'zinc' },
      message: "Could not find a flavor with the id 'zinc'",
    })
  }),
  row('a project has as many services as an operator lets it', async (at) => {
    await at.create(B)
    const limit = '/admin/limits/acme-7'
    await at.ops(`GET ${limit}`, 200, { text: '{"limit":20}' })
    await at.ops(`PUT ${limit}`, 201, { body: { limit: 1 }, text: '' })
    await at.ann('POST /services', 403, {
      body: another(1),
      message: 'Maximum Services Limit of 1 reached!',
    })
    for (const body of [{ limit: -1 }, []])
      await at.ops(`PUT ${limit}`, 400, {
        body,
        message: { errors: [{ message: /^\[\]-.* is not of type 'limit'$/ }] },
      })
    await at.ops(`GET ${limit}`, 200, { text: '{"limit":1}' })
  }),
  row('a shared name has five places', async (at) => {
    const shared = {
      ...B,
      domains: [{ domain: 'shop', protocol: 'https', certificate: 'shared' }],
    }
    const places = new Set<string>()
    for (let count = 0; count < 5; count += 1) {
      const shown = await at.ann(`GET ${await at.create(shared)}`, 200)
      places.add(String(valueOf(shown, 'domains', 0, 'domain')))
    }
    check(places.size, 5, 'distinct places')
    await at.ann('POST /services', 400, {
      body: shared,
      message: 'Domain shop has already been taken',
    })
  }),
  row('lists are read page by page', async (at) => {
    for (const index of [1, 2, 3]) await at.create(another(index))
    const first = await at.ann('GET /services?limit=2', 200, {
      value: { links: [{ rel: 'next' }] },
    })
    check(countOf(first), 2, 'services of the first page')
    const next = new URL(String(valueOf(first, 'links', 0, 'href')))
    const second = await at.ann(`GET ${next.pathname}${next.search}`, 200, {
      value: { links: [] },
    })
    check(countOf(second), 1, 'services of the second page')
  }),
  row('a service is found by any spelling of its id, in its project', async (at) => {
    const id = idOf(await at.create(B))
    await at.ann(`GET /services/${id.toUpperCase().replaceAll('-', '')}`, 200)
    await at.ann('GET /services/xyz', 400, say('Invalid service id'))
    await at.bob(`GET /v1.0/beta-1/services/${id}`, 404, say(`service ${id} could not be found`))
  }),
  row('a patch is seen at once, and the next one waits', async (at) => {
    const path = await at.create(B)
    await at.settle()
    const body = [{ op: 'replace', path: '/name', value: 'new name' }]
    await at.ann(`PATCH ${path}`, 202, { body, text: '', answered: { location: /services/ } })
    await at.ann(`GET ${path}`, 200, {
      value: { name: 'new name', status: 'update_in_progress' },
    })
    await at.ann(`PATCH ${path}`, 400, {
      body,
      message: `Service ${idOf(path)} neither deployed nor failed`,
    })
    await at.settle()
    await at.ann(`GET ${path}`, 200, { value: { name: 'new name', status: 'deployed' } })
  }),
  row('a patch that cannot be applied changes nothing', async (at) => {
    const path = await at.create(B)
    await at.settle()
    const before = await at.ann(`GET ${path}`, 200)
    await at.ann(`PATCH ${path}`, 400, {
      body: [
        { op: 'replace', path: '/name', value: 'half done' },
        { op: 'remove', path: '/client' },
      ],
      message: "can't remove a non-existent object 'client'",
    })
    await at.ann(`PATCH ${path}`, 400, {
      body: {},
      message: { errors: [{ message: "[]-{} is not of type 'array'" }] },
    })
    await at.ann(`GET ${path}`, 200, { text: before.text })
  }),
  row('an update that fails keeps the new configuration and the old access URL', async (at) => {
    const path = await at.create(B)
    await at.settle()
    const before = await at.ann(`GET ${path}`, 200)
    at.provider.failNext('the edge is full')
    await at.ann(`PATCH ${path}`, 202, {
      body: [{ op: 'replace', path: '/name', value: 'new name' }],
    })
    await at.settle()
    await at.ann(`GET ${path}`, 200, {
      value: {
        status: 'failed',
        name: 'new name',
        errors: [{ message: 'the edge is full' }],
        links: linksOf(before),
      },
    })
  }),
  row('content is purged', async (at) => {
    const path = await at.create(B)
    await at.settle()
    await at.ann(`DELETE ${path}/assets?all=true`, 202, {
      text: '',
      answered: { location: new RegExp(`${path}$`) },
    })
    await at.ann(`GET ${path}`, 200, { value: { status: 'deployed' } })
    await at.ann(`DELETE ${path}/assets?hard=x`, 400, say('hard can only be set to True or False'))
    await at.ann(
      `DELETE ${path}/assets?all=true&url=/a`,
      400,
      say('Cannot provide all=true and a url at the same time'),
    )
    await at.settle()
    await at.ann(`DELETE ${path}/assets?hard=false`, 202)
    await at.ann(`GET ${path}`, 200, { value: { status: 'update_in_progress' } })
    await at.settle()
    await at.ann(`GET ${path}`, 200, { value: { status: 'deployed', errors: [] } })
  }),
  row('a purge at the wrong URL deletes nothing', async (at) => {
    const path = await at.create(B)
    await at.settle()
    await at.ann(`DELETE ${path}?url=/a`, 400, say('Purge with DELETE /services/{id}/assets'))
    await at.ann(`GET ${path}`, 200, { value: { status: 'deployed' } })
  }),
  row('a service is deleted and its domain is free', async (at) => {
    const path = await at.create(B)
    await at.settle()
    const deleted = await at.ann(`DELETE ${path}`, 202, { text: '' })
    check(deleted.headers.get('location'), null, 'no location')
    await at.ann(`GET ${path}`, 200, { value: { status: 'delete_in_progress' } })
    await at.ann(`DELETE ${path}`, 202)
    await at.settle()
    await at.ann(`GET ${path}`, 404)
    await at.create(B)
  }),
  row('an operator sets the status', async (at) => {
    const path = await at.create(B)
    at.provider.failNext('no edge')
    await at.settle()
    await at.ann(`GET ${path}`, 200, { value: { status: 'failed' } })
    await at.setStatus(path, 'failed', 201)
    await at.ann(`GET ${path}`, 200, { value: { status: 'failed' } })
    await at.setStatus(path, 'deployed', 201)
    await at.ann(`GET ${path}`, 200, {
      value: { status: 'deployed', errors: [{ message: 'no edge' }] },
    })
  }),
  row('the status call takes exactly what it knows', async (at) => {
    const id = idOf(await at.create(B))
    await at.settle()
    const good = { project_id: 'acme-7', service_id: id, status: 'deployed' }
    for (const body of [
      { ...good, status: 'Deployed' },
      { ...good, more: 1 },
      { ...good, service_id: id.toUpperCase() },
      [],
    ])
      await at.ops('POST /admin/services/status', 400, {
        body,
        message: { errors: [{ message: /^\[\]-/ }] },
      })
  }),
  row('the status call finds no service of another project', async (at) => {
    const id = idOf(await at.create(B))
    await at.settle()
    await at.ops('POST /admin/services/status', 404, {
      body: { project_id: 'beta-1', service_id: id, status: 'failed' },
      message: `Setting state of service ${id} on tenant: beta-1 to failed has failed, Reason: No service found: ${id}`,
    })
  }),
  row('the status call drives a stuck creation again', async (at) => {
    at.provider.hang()
    const path = await at.create(B)
    await at.settle()
    await at.setStatus(path, 'failed', 202)
    await at.ann(`GET ${path}`, 200, { value: { status: 'create_in_progress' } })
    at.provider.release()
    await at.settle()
    await at.ann(`GET ${path}`, 200, { value: { status: 'deployed' } })
    check(
      await at.audited('service.setStatus'),
      [{ asked: 'failed', from: 'create_in_progress', project: 'acme-7' }],
      'the status that was ignored is kept',
    )
  }),
  row('the status call wins over work that still runs', async (at) => {
    const path = await at.create(B)
    await at.settle()
    at.provider.hang()
    await at.ann(`PATCH ${path}`, 202, { body: [] })
    await at.setStatus(path, 'failed', 201)
    at.provider.release()
    await at.settle()
    await at.ann(`GET ${path}`, 200, { value: { status: 'failed' } })
    const line = (await at.journal()).find(({ type }) => type === 'service.setStatus')
    check(
      line,
      {
        actor: { id: 'ops' },
        request: /./,
        from: 'update_in_progress',
        to: 'failed',
        ref: { tenant: 'acme-7', id: idOf(path) },
        detail: { project: 'acme-7' },
      },
      'the override is audited',
    )
  }),
  row('services are listed by state', async (at) => {
    const id = idOf(await at.create(B))
    await at.ops('GET /admin/services?status=create_in_progress', 200, {
      text: JSON.stringify([{ project_id: 'acme-7', service_id: id }]),
    })
    await at.ops(
      'GET /admin/services?status=disabled',
      400,
      say(
        "Unknown status type disabled present, Valid status types are: ['create_in_progress', 'deployed', 'update_in_progress', 'delete_in_progress', 'failed']",
      ),
    )
  }),
  row('a disabled service is not changed', async (at) => {
    const path = await at.create(B)
    await at.settle()
    const act = (action: string): Promise<ContractAnswer> =>
      at.ops('POST /admin/services/action', 202, {
        body: { project_id: 'acme-7', action },
        text: '',
      })
    await act('disable')
    await at.ann(`GET ${path}`, 200, { value: { status: 'disabled' } })
    await at.ann(`PATCH ${path}`, 400, {
      body: [],
      message: `Service ${idOf(path)} is disabled`,
    })
    await at.ann(`DELETE ${path}/assets`, 202)
    await at.settle()
    await at.setStatus(path, 'failed', 201)
    await act('enable')
    await at.ann(`GET ${path}`, 200, { value: { status: 'failed' } })
  }),
  row('an action is on a domain or on a project', async (at) => {
    await at.ops('POST /admin/services/action', 400, {
      body: { project_id: 'acme-7', domain: 'www.shop-a.com', action: 'disable' },
      message: { errors: [{ message: /^\[\]-/ }] },
    })
    await at.ops('POST /admin/services/action', 404, {
      body: { domain: 'www.unknown.com', action: 'disable' },
      message:
        'Services action disable on tenant: None failed, Reason: Domain www.unknown.com does not exist',
    })
  }),
  row('an operator finds domains', async (at) => {
    const path = await at.create(B)
    await at.settle()
    await at.ops('GET /v1.0/beta-1/admin/domains/www.shop-a.com', 200, {
      value: {
        id: idOf(path),
        links: [{ href: new RegExp(`/v1\\.0/acme-7/services/${idOf(path)}$`) }, {}, {}],
      },
    })
    await at.ops('GET /admin/domains/ab', 400, say('Domain ab is too short'))
    await at.ops('GET /admin/domains?provider_url=x', 400, say('Provider url x is not valid'))
    const url = `${idOf(path).slice(0, 8)}.edge.mock.example.net`
    await at.ops(`GET /admin/domains?provider_url=${url}`, 200, {
      text: '[{"domain_name":"www.shop-a.com"}]',
    })
  }),
  row('an operator moves a domain at the edge', async (at) => {
    const path = await at.create(B)
    await at.settle()
    const [link] = linksOf(await at.ann(`GET ${path}`, 200)).filter(
      ({ rel }) => rel === 'access_url',
    )
    const details = {
      project_id: 'acme-7',
      domain_name: 'www.shop-a.com',
      operator_url: link?.href,
      provider_url: `${idOf(path).slice(0, 8)}.edge.mock.example.net`,
    }
    const set = (status: number, body: object, want: Want = {}): Promise<ContractAnswer> =>
      at.ops(`PATCH /admin/services/provider_details/${idOf(path)}`, status, { body, ...want })
    await set(202, details)
    const moved = { ...details, operator_url: 'www.shop-a.com.cdn77.example.net' }
    await set(201, moved)
    await at.ann(`GET ${path}`, 200, {
      value: { links: [{}, {}, { href: 'www.shop-a.com.cdn77.example.net', rel: 'access_url' }] },
    })
    await set(
      400,
      { ...details, provider_url: 'other.edge.mock.example.net' },
      say('Please use the migrate domain functionality to migrate the domain to a new cert.'),
    )
  }),
  row('a certificate is asked for, cancelled and deleted', async (at) => {
    const body = {
      flavor_id: 'cdn',
      cert_type: 'san',
      domain_name: 'www.shop-a.com',
      project_id: 'acme-7',
    }
    const path = '/ssl_certificate/www.shop-a.com'
    await at.ann('POST /ssl_certificate', 202, { body, text: '' })
    await at.ann(`GET ${path}`, 200, {
      text: JSON.stringify({
        flavor_id: 'cdn',
        domain_name: 'www.shop-a.com',
        cert_type: 'san',
        cert_details: {},
        status: 'create_in_progress',
        project_id: 'acme-7',
      }),
    })
    await at.ops('PATCH /admin/certificates/www.shop-a.com', 204, {
      body: [{ op: 'replace', path: 'status', value: 'cancelled' }],
      text: '',
    })
    await at.settle()
    await at.ann(`GET ${path}`, 200, { value: { status: 'cancelled' } })
    await at.ann(`DELETE ${path}`, 202, { text: '' })
    await at.ann(
      `GET ${path}`,
      404,
      say('certificate could not be found for domain : www.shop-a.com'),
    )
  }),
  row('credentials are turned into a token, which leads to the services', async (at) => {
    const auth = (apiKey: string): object => ({
      auth: { 'RAX-KSKEY:apiKeyCredentials': { username: 'ann', apiKey } },
    })
    const answered = await at.nobody('POST /v2.0/tokens', 200, { body: auth(at.secretOf('ann')) })
    const url = valueOf(answered, 'access', 'serviceCatalog', 0, 'endpoints', 0, 'publicURL')
    const token = String(valueOf(answered, 'access', 'token', 'id'))
    await at.nobody(`GET ${new URL(String(url)).pathname}/services`, 200, {
      headers: { 'x-auth-token': token },
    })
    await at.nobody('POST /v2.0/tokens', 401, {
      body: auth('wrong'),
      text: '{"error":{"code":401,"title":"Unauthorized","message":"Invalid credentials."}}',
    })
  }),
]

// -- internals

interface Want {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly text?: string
  readonly message?: unknown
  readonly value?: unknown
  /** Headers of the answer. */
  readonly answered?: Readonly<Record<string, string | RegExp>>
}

type Ask = (line: string, status: number, want?: Want) => Promise<ContractAnswer>

interface At extends Omit<ContractBench, 'send' | 'advance' | 'journal'> {
  readonly ann: Ask
  readonly bob: Ask
  readonly ops: Ask
  readonly nobody: Ask
  /** Creates a service of acme-7 and answers its path. */
  readonly create: (body: object) => Promise<string>
  readonly setStatus: (path: string, status: string, answer: number) => Promise<void>
  /** Waits until what runs has ended, unless it hangs. */
  readonly settle: () => Promise<void>
  readonly journal: ContractBench['journal']
  readonly audited: (type: string) => Promise<ReadonlyArray<unknown>>
}

const B = {
  name: 'shop',
  domains: [{ domain: 'www.shop-a.com' }],
  origins: [{ origin: 'o.shop-a.com' }],
  flavor_id: 'cdn',
}

const LITE = {
  id: 'lite',
  providers: [{ provider: 'mock', links: [{ href: 'http://e.example.net', rel: 'provider_url' }] }],
}

const another = (index: number): object => ({
  ...B,
  domains: [{ domain: `www${index}.shop-a.com` }],
})

const say = (message: string): Want => ({ message })

const row = (title: string, run: (at: At) => Promise<void>): ContractRow => ({
  title,
  run: (bench) => run(standing(bench)),
})

// Paths without a version are below the project that the table is about.
const placed = (line: string): string => {
  const [method = 'GET', path = '/'] = line.split(' ')
  return /^\/v\d/.test(path) ? line : `${method} /v1.0/acme-7${path}`
}

const standing = (bench: ContractBench): At => {
  const as =
    (caller: Parameters<ContractBench['send']>[0]): Ask =>
    async (line, status, { body, headers, text, message, value, answered = {} } = {}) => {
      const answer = await bench.send(caller, placed(line), body, headers)
      const about = `${caller}: ${line}`
      check(answer.status, status, `${about}: ${answer.text}`)
      if (text !== undefined) check(answer.text, text, about)
      if (message !== undefined) check(JSON.parse(answer.text), { message }, about)
      if (value !== undefined) check(JSON.parse(answer.text), value, about)
      for (const [name, expected] of Object.entries(answered))
        check(answer.headers.get(name), expected, `${about}: ${name}`)
      return answer
    }
  const ann = as('ann')
  const ops = as('ops')
  return {
    provider: bench.provider,
    secretOf: bench.secretOf,
    journal: bench.journal,
    ann,
    ops,
    bob: as('bob'),
    nobody: as('nobody'),
    settle: () => bench.advance(200),
    create: async (body) => {
      const made = await ann('POST /services', 202, {
        body,
        text: '',
        answered: { location: /\/v1\.0\/acme-7\/services\/[0-9a-f-]{36}$/ },
      })
      return `/services/${idOf(made.headers.get('location') ?? '')}`
    },
    setStatus: async (path, status, answer) => {
      const set = await ops('POST /admin/services/status', answer, {
        body: { project_id: 'acme-7', service_id: idOf(path), status },
        text: '',
      })
      check(set.headers.get('location'), null, 'no location')
    },
    audited: async (type) =>
      (await bench.journal()).flatMap((line) => (line.type === type ? [line.detail] : [])),
  }
}

const idOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

const linksOf = ({
  text,
}: ContractAnswer): ReadonlyArray<{ readonly href: string; readonly rel: string }> =>
  (JSON.parse(text) as { links: ReadonlyArray<{ href: string; rel: string }> }).links

const countOf = ({ text }: ContractAnswer): number =>
  (JSON.parse(text) as { services: ReadonlyArray<unknown> }).services.length

const valueOf = ({ text }: ContractAnswer, ...path: ReadonlyArray<string | number>): unknown => {
  let value: unknown = JSON.parse(text)
  for (const part of path)
    value =
      typeof value === 'object' && value !== null
        ? (value as Readonly<Record<string, unknown>>)[part]
        : undefined
  return value
}

// Objects may have more members than are asked for; everything else is the same, or matches.
const check = (actual: unknown, expected: unknown, about: string): void => {
  if (fitsIn(actual, expected)) return
  const wanted = JSON.stringify(expected, (_, value: unknown) =>
    value instanceof RegExp ? String(value) : value,
  )
  throw new Error(`${about}: ${wanted} expected, got ${JSON.stringify(actual)}`)
}

const fitsIn = (actual: unknown, expected: unknown): boolean => {
  if (expected instanceof RegExp) return typeof actual === 'string' && expected.test(actual)
  if (typeof expected !== 'object' || expected === null) return actual === expected
  if (typeof actual !== 'object' || actual === null) return false
  if (Array.isArray(expected))
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((item, index) => fitsIn(actual[index], item))
    )
  return Object.entries(expected).every(([name, value]) =>
    fitsIn((actual as Readonly<Record<string, unknown>>)[name], value),
  )
}
