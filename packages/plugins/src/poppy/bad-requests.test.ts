import { memoryStore } from '@signalbox/stores/memory'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { openBench } from './__fixtures__/bench.ts'
import type { Bench } from './__fixtures__/bench.ts'

const REQUESTS = 10_000
const BATCH = 50

interface Bad {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array<ArrayBuffer> | undefined
}

const S = '00000000-0000-4000-8000-000000000000'

// The id of the service that is there.
const MADE = '00000005-0000-4000-8000-00000000abcd'

// What is rare stays rare, so that most requests get past the door and are looked at.
const mostly = <A>(common: ReadonlyArray<A>, rare: fc.Arbitrary<A>): fc.Arbitrary<A> =>
  fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...common) }, { weight: 1, arbitrary: rare })

// Bytes that a header can carry.
const headerText = fc.string({
  unit: fc.constantFrom(...'abcXYZ019 -_.,;=*/"\\%&<>{}[]()é\u00ff'),
  maxLength: 30,
})

const segment = fc.oneof(
  fc.constantFrom(
    ...'services|flavors|admin|health|ping|ssl_certificate|assets|status|action|domains'.split('|'),
    ...'limits|provider_details|certificates|acme-7|beta-1|110011|cdn|www.shop-a.com'.split('|'),
    ...'..|.|%2e%2e|%00|%|%zz|%ff|%F0%9F%92%A9|{}|urn:uuid:|-|a b'.split('|'),
    'x'.repeat(300),
    '{'.repeat(2_000),
  ),
  fc.string({ maxLength: 12 }).map(encodeURI),
  fc.webSegment(),
)

const query = fc.oneof(
  fc.constant(''),
  fc
    .array(
      fc.tuple(
        fc.constantFrom('limit', 'marker', 'url', 'all', 'hard', 'status', 'provider_url', 'x'),
        fc.oneof(fc.webQueryParameters(), fc.constantFrom('-1', '0', '21', '1e3', '%ff', '%00')),
      ),
      { minLength: 1, maxLength: 3 },
    )
    .map((pairs) => `?${pairs.map(([name, value]) => `${name}=${value}`).join('&')}`),
)

// What is asked for exists, but for what would be taken whatever comes with it.
const known = fc.constantFrom(
  'GET /services',
  'POST /services',
  `GET /services/${S}`,
  `PATCH /services/${S}`,
  `PATCH /services/${MADE}`,
  `DELETE /services/${S}`,
  `DELETE /services/${MADE}?hard=true`,
  `DELETE /services/${S}/assets`,
  `DELETE /services/${MADE}/assets?hard=maybe`,
  'DELETE /services',
  'POST /flavors',
  'GET /flavors/lite',
  'GET /admin/services',
  'POST /admin/services/status',
  'POST /admin/services/action',
  `PATCH /admin/services/provider_details/${MADE}`,
  'GET /admin/domains',
  'GET /admin/domains/www.unknown.com',
  'PUT /admin/limits/acme-7',
  'PUT /admin/limits',
  'GET /admin/certificates',
  'PATCH /admin/certificates/www.unknown.com',
  'POST /ssl_certificate',
  'GET /ssl_certificate/www.unknown.com',
  'DELETE /ssl_certificate/www.unknown.com',
)

const wild = fc
  .tuple(
    fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'QUERY'),
    fc.oneof(
      known.map((named) => named.replace(/^\w+ /, '').replace(MADE, S)),
      fc.array(segment, { maxLength: 4 }).map((parts) => parts.map((part) => `/${part}`).join('')),
      fc.constant('/tokens'),
    ),
  )
  .map((parts) => parts.join(' '))

const line = fc
  .tuple(
    fc.oneof({ weight: 3, arbitrary: known }, { weight: 2, arbitrary: wild }),
    mostly(['/v1.0/acme-7'], fc.constantFrom('/v1.0', '/v1.0/beta-1', '/v2.0', '/v1.0/', '//')),
    fc.constantFrom('', '', '', '/', '//'),
    query,
  )
  .map(([named, prefix, slashes, asked]) => {
    const [method = 'GET', path = ''] = named.split(' ')
    // The meaning of some paths hangs on what is asked of them already.
    return { method, path: `${prefix}${path}${path.includes('?') ? '' : `${slashes}${asked}`}` }
  })

// Bodies that are nearly right: a good one with one member changed for anything.
const nearly = (good: Readonly<Record<string, unknown>>): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...Object.keys(good)), fc.jsonValue({ maxDepth: 3 }))
    .map(([name, value]) => JSON.stringify({ ...good, [name]: value, flavor_id: 'zinc' }))

const operation = fc.record(
  {
    op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'bad', 7),
    path: fc.constantFrom('', '/name', '/domains/-', '/x/y', '/__proto__/x', 'name', 7, '/client'),
    from: fc.constantFrom('/name', '/x', '', 7),
    value: fc.jsonValue({ maxDepth: 2 }),
  },
  { requiredKeys: [] },
)

const body = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom('', '{', '[]', '{}', 'null', '"x"', '7', '{"name": “shop”}', '\ufeff{}'),
  fc.constantFrom('['.repeat(5_000), `{"a":${'['.repeat(100)}${']'.repeat(100)}}`),
  fc.constantFrom('{"__proto__":{"x":1}}', '{"constructor":{"prototype":{"x":1}}}', '"\\ud800"'),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => new Uint8Array(bytes)),
  fc.json({ maxDepth: 4 }),
  nearly({
    name: 'shop',
    domains: [{ domain: 'www.new.com' }],
    origins: [{ origin: 'o.new.com' }],
    caching: [],
    restrictions: [],
    log_delivery: { enabled: true },
  }),
  nearly({ project_id: 'acme-7', service_id: S, status: 'Deployed' }),
  nearly({ domain: 'www.unknown.com', action: 'delete' }),
  nearly({ limit: -1 }),
  nearly({ id: 'li', providers: [] }),
  nearly({ domain_name: 'shop', cert_type: 'san', project_id: 'acme-7' }),
  nearly({ domain_name: 'shop', operator_url: 'x', provider_url: 'y', project_id: 'acme-7' }),
  // Whatever comes before, the last one cannot be applied.
  fc
    .array(operation, { maxLength: 4 })
    .map((operations) => JSON.stringify([...operations, { op: 'remove', path: '/client' }])),
  fc
    .record({ username: fc.constantFrom('ann', 'nobody'), apiKey: fc.string() })
    .map((credentials) => JSON.stringify({ auth: { 'RAX-KSKEY:apiKeyCredentials': credentials } })),
)

const headers: fc.Arbitrary<Readonly<Record<string, string>>> = fc
  .record({
    'x-auth-token': mostly<string | undefined>(
      ['OPS', 'OPS', 'OPS', 'OPS', 'ANN', 'ANN', 'BOB', undefined],
      headerText,
    ),
    'x-project-id': mostly<string | undefined>([undefined, undefined, 'acme-7', ''], headerText),
    accept: mostly<string | undefined>([undefined, '*/*', 'application/json'], headerText),
    'content-type': fc.option(headerText, { nil: undefined }),
    'content-length': mostly<string | undefined>(
      [undefined],
      fc.constantFrom('0', '5', '-1', 'x', '99999999'),
    ),
    'x-request-id': fc.option(headerText, { nil: undefined }),
  })
  .map((given) =>
    Object.fromEntries(
      Object.entries(given).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      ),
    ),
  )

const request: fc.Arbitrary<Bad> = fc.tuple(line, headers, body).map(([asked, given, sent]) => ({
  ...asked,
  headers: given,
  // No operations at all are a good patch, which deploys the service again.
  body: asked.method === 'PATCH' && sent === '[]' ? '[7]' : sent,
}))

// Everything that is stored, but what the journal tells of commands that were refused.
const everything = async ({ store }: Bench): Promise<string> => {
  const parts: Array<unknown> = []
  for (const done of ['exclude', 'only'] as const)
    parts.push(await store.list({ provider: 'poppy', done, limit: 1_000 })())
  for (const kind of ['flavor', 'limit', 'token'])
    parts.push(await store.documents({ provider: 'poppy', kind, limit: 1_000 })())
  parts.push(await store.effects({ limit: 1_000 })(), await store.quota('poppy/services/acme-7')())
  return JSON.stringify(parts)
}

const send = async (bench: Bench, { method, path: at, headers: given, body: sent }: Bad) => {
  const bodiless = method === 'GET' || method === 'HEAD'
  const response = await bench.host.fetch(
    new Request(`http://cdn.example${at}`, {
      method,
      headers: given,
      ...(sent === undefined || bodiless ? {} : { body: sent }),
    }),
  )
  await response.arrayBuffer()
  return response.status
}

it(
  `answers ${REQUESTS} bad requests with a 4xx, changes nothing and hangs on none`,
  { timeout: 60_000 },
  async () => {
    const service = {
      name: 'shop',
      domains: [{ domain: 'www.shop-a.com' }],
      origins: [{ origin: 'o.shop-a.com' }],
      flavor_id: 'cdn',
    }
    const bench = await openBench(memoryStore(), {
      seedServices: [{ project: 'acme-7', id: MADE, service }],
    })
    const before = await everything(bench)

    const statuses = new Map<number, number>()
    const requests = fc.sample(request, { numRuns: REQUESTS, seed: 20_261_121 })
    for (let start = 0; start < requests.length; start += BATCH) {
      const batch = requests.slice(start, start + BATCH)
      const answers = await Promise.all(batch.map((bad) => send(bench, bad)))
      for (const [index, status] of answers.entries()) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        const about = JSON.stringify(batch[index])
        expect(status, about).toBeLessThan(500)
        // A generator of nonsense also says sensible things: those that only look, and the deletion of nothing.
        if (status < 400) expect(about).toMatch(/"method":"(GET|DELETE)"/)
      }
      expect(await everything(bench), JSON.stringify(batch)).toBe(before)
    }
    const figures = [...statuses].toSorted(([a], [b]) => a - b)
    process.stdout.write(
      `\npoppy, bad requests: ${figures.map(([status, count]) => `${count} x ${status}`).join(', ')}\n`,
    )
    const bad = [...statuses].flatMap(([status, count]) => (status >= 400 ? [count] : []))
    expect(bad.reduce((sum, count) => sum + count)).toBeGreaterThan(REQUESTS * 0.9)
    expect([...statuses.keys()].toSorted()).toEqual(
      expect.arrayContaining([400, 401, 403, 404, 405, 406]),
    )
    expect(bench.lines.filter(({ level }) => level === 'error')).toEqual([])
  },
)
