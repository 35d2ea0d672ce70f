import { memoryStore } from '@signalbox/stores/memory'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bootWith } from './__fixtures__/house.ts'
import type { Call } from './__fixtures__/house.ts'

const boot = bootWith(memoryStore)

interface Bad {
  readonly method: string
  readonly path: string
  readonly call: Call
}

const CDN = '/iam/clients/3989/services/21797'
const KEYS = '/iam/v2/clients/7/tokens'
const AVAILABILITY = '/iam/products/availability'

// What takes a body, and by which method.
const WRITES = [
  ['PUT', CDN],
  ['PATCH', CDN],
  ['PATCH', '/iam/clients/3990'],
  ['POST', '/iam/users'],
  ['PATCH', `${AVAILABILITY}/defaults`],
  ['PATCH', `${AVAILABILITY}/clients/3990`],
  ['DELETE', `${AVAILABILITY}/clients/3990`],
  ['DELETE', `${AVAILABILITY}/clients`],
  ['POST', KEYS],
  ['POST', '/iam/auth/jwt/login'],
  ['POST', '/iam/auth/jwt/refresh'],
] as const

const PATHS = [
  CDN,
  '/iam/clients',
  '/iam/clients/me',
  '/iam/clients/3989',
  '/iam/clients/3989/services',
  '/iam/users',
  '/iam/users/19',
  '/iam/activity_log/requests',
  '/iam/activity_log/account_status_changes',
  KEYS,
  `${KEYS}/1`,
  `${AVAILABILITY}/defaults`,
  `${AVAILABILITY}/clients`,
  `${AVAILABILITY}/clients/3989`,
]

const write = fc.constantFrom(...WRITES)

const notText = fc.oneof(
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constant([]),
  fc.constant({}),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)

const notObject = fc.oneof(
  fc.constant(null),
  fc.integer(),
  fc.string(),
  fc.boolean(),
  fc.array(fc.jsonValue(), { maxLength: 3 }),
)

const json = (value: unknown): string => JSON.stringify(value)

// Cut short, or with something behind it, no object is JSON any more.
const brokenJson = fc.oneof(
  fc
    .tuple(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.nat())
    .map(([value, at]) => {
      const text = json(value)
      return text.slice(0, 1 + (at % (text.length - 1)))
    }),
  fc.dictionary(fc.string(), fc.jsonValue()).map((value) => `${json(value)}}`),
  fc.constantFrom(
    '{bad',
    '{"a":}',
    "{'a':1}",
    '[1,]',
    '{"a":1,}',
    '\u0000',
    'nul',
    '"',
    '['.repeat(90),
  ),
)

const body = (method: string, path: string, value: unknown): Bad => ({
  method,
  path,
  call: { body: json(value) },
})

const malformed = fc
  .tuple(write, brokenJson)
  .map(([[method, path], text]): Bad => ({ method, path, call: { body: text } }))

const wrongType = fc
  .tuple(
    write,
    fc.constantFrom('text/plain', 'application/xml', 'a/b', 'application/jsonx'),
    fc.jsonValue(),
  )
  .map(([[method, path], type, value]): Bad => ({
    method,
    path,
    call: { body: `${json(value)} `, type },
  }))

const wrongShape = fc
  .tuple(write, notObject)
  .map(([[method, path], value]): Bad => body(method, path, value))

const wrongService = fc
  .tuple(
    fc.constantFrom('PUT', 'PATCH'),
    fc.oneof(
      fc.record({ status: fc.oneof(notText, fc.string()) }),
      fc.record({ status: fc.constantFrom('activating', 'new', 'deleted', 'trial') }),
      fc.record({
        status: fc.constant('paused'),
        enabled: fc.oneof(fc.string(), fc.integer(), fc.constant(null)),
      }),
      fc.record({
        status: fc.constant('paused'),
        options: fc.oneof(
          fc.string(),
          fc.constant({}),
          fc.tuple(notObject),
          fc.tuple(
            fc.record({
              name: fc.constantFrom('CDN_TRIAL_TRAFFIC_LIMIT', 'CDN_TRIAL_DAYS_LIMIT'),
              value: fc.oneof(notText, fc.constantFrom('', 'x', '-1', '1.5', '1e3', ' 7', '0x10')),
            }),
          ),
        ),
      }),
      fc.record({
        status: fc.constant('paused'),
        status_transition_options: fc.tuple(
          fc.record({
            name: fc.constant('paused_to_deleted_days'),
            value: fc.constantFrom('1', '0', '9999', 'x'),
          }),
        ),
      }),
    ),
  )
  .map(([method, value]) => body(method, CDN, value))

const good = { email: 'x@example.com', password: 'long enough', company: 'X' }

const wrongUser = fc
  .oneof(
    fc.record({
      email: fc.oneof(notText, fc.constantFrom('', 'x', '@', 'a@b', 'a b@c.de', 'BOB@example.com')),
    }),
    fc.record({ password: fc.oneof(notText, fc.string({ maxLength: 7 })) }),
    fc.record({ company: fc.oneof(notText, fc.constantFrom('', '  ')) }),
    fc.record({ user_type: fc.oneof(notText, fc.constantFrom('', 'admin', 'reseller')) }),
    fc.record({ lang: fc.constantFrom('fr', '', 1, null) }),
    fc.record({ seller: fc.oneof(fc.string(), fc.integer({ min: 100 }), fc.boolean()) }),
    fc.record({ country_code: fc.constantFrom('D', 'DEU', '12', '', 7) }),
    fc.record({ is_test: fc.constantFrom('true', 1, null) }),
    fc.record({
      services: fc.oneof(
        fc.string(),
        fc.constant(null),
        fc.tuple(notObject),
        fc.tuple(fc.record({ product_name: fc.string(), available: fc.boolean() })),
        fc.tuple(fc.record({ product_name: fc.constant('CDN'), available: fc.string() })),
      ),
    }),
  )
  .map((wrong) => body('POST', '/iam/users', { ...good, ...wrong }))

const wrongClient = fc
  .oneof(
    fc.record({ email: fc.oneof(notText, fc.constantFrom('', 'x')) }),
    fc.record({ companyName: fc.oneof(notText, fc.constant('')) }),
    fc.record({ reseller: fc.oneof(fc.string(), fc.integer({ min: 8 })) }),
    fc.record({ seller: fc.oneof(fc.string(), fc.integer({ min: 9 })) }),
    fc.record({ is_test: fc.oneof(fc.string(), fc.integer()) }),
    fc.record({ custom_id: fc.oneof(fc.integer(), fc.boolean(), fc.constant({})) }),
  )
  .map((wrong) => body('PATCH', '/iam/clients/3990', wrong))

const wrongAvailability = fc
  .tuple(
    fc.constantFrom(
      ['PATCH', `${AVAILABILITY}/defaults`],
      ['PATCH', `${AVAILABILITY}/clients/3990`],
      ['DELETE', `${AVAILABILITY}/clients/3990`],
      ['DELETE', `${AVAILABILITY}/clients`],
    ),
    fc.oneof(
      fc.record({
        product_name: fc.oneof(notText, fc.string()),
        product_names: fc.tuple(fc.string()),
      }),
      fc.record({ product_names: fc.oneof(fc.constant([]), fc.string(), fc.constant(null)) }),
      fc.record({
        product_name: fc.constant('CDN'),
        available: fc.oneof(fc.string(), fc.constant(null)),
      }),
      // In use by the demo's client.
      fc.record({ product_name: fc.constant('DNS'), available: fc.constant('no') }),
    ),
  )
  .map(([[method = '', path = ''], value]) => body(method, path, value))

const key = { name: 'k', exp_date: null, client_user: { role: { id: 1 } } }

const wrongKey = fc
  .oneof(
    fc.record({ name: fc.oneof(notText, fc.constant('')) }),
    fc.record({
      exp_date: fc.oneof(
        fc.constantFrom('soon', '', '2020-01-01T00:00:00Z', '2026-11-21T20:00:00Z'),
        fc.integer(),
      ),
    }),
    fc.record({ client_user: notObject }),
    fc.record({
      client_user: fc.record({
        role: fc.oneof(notObject, fc.constantFrom({ name: 'Boss' }, { id: 7 }, {})),
      }),
    }),
  )
  .map((wrong) => body('POST', KEYS, { ...key, ...wrong }))

const unknownPath = fc
  .tuple(
    fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE'),
    fc.webPath().map((path) => path.replaceAll(/[?#]/g, '')),
  )
  .map(([method, path]): Bad => ({ method, path: `/iam/nowhere${path}`, call: {} }))

const wrongId = fc
  .tuple(
    fc.constantFrom('GET', 'PUT', 'PATCH'),
    fc.oneof(
      fc.constantFrom('abc', '1234567890123456', '-1', '%00', '%', '1.0', '٣'),
      fc.integer({ min: 30_000 }),
    ),
  )
  .map(([method, id]): Bad => ({
    method,
    path: `/iam/clients/3989/services/${id}`,
    call: { body: method === 'GET' ? undefined : '{}' },
  }))

const wrongMethod = fc
  .tuple(fc.constantFrom(...PATHS), fc.constantFrom('OPTIONS', 'DELETE', 'POST'), brokenJson)
  .filter(
    ([path, method]) =>
      !WRITES.some((known) => known[0] === method && known[1] === path) &&
      !(method === 'DELETE' && (path.startsWith(KEYS) || path.startsWith(AVAILABILITY))),
  )
  .map(([path, method, text]): Bad => ({ method, path, call: { body: text } }))

const wrongCaller = fc
  .tuple(
    fc.constantFrom('GET', 'PUT', 'PATCH', 'DELETE', 'POST'),
    fc.constantFrom(...PATHS),
    fc.oneof(
      fc.constantFrom(
        'APIKey 7$wrong',
        'APIKey',
        'Bearer x.y.z',
        'Token abc',
        'Basic Nzpz',
        'APIKey $s',
        'apikey 99999_s',
      ),
      fc.stringMatching(/^[!-~]{1,40}$/).map((text) => `Bearer ${text}`),
      fc.stringMatching(/^[!-~]{1,40}$/).map((text) => `APIKey 7$x${text}`),
    ),
  )
  .map(([method, path, authorization]): Bad => ({ method, path, call: { authorization } }))

const notAllowed = fc
  .constantFrom(...WRITES.slice(0, 9).filter(([, path]) => !path.startsWith(KEYS)))
  .map(([method, path]): Bad => ({ method, path, call: { as: '12$s', body: '{}' } }))

const wrongQuery = fc
  .tuple(
    fc.constantFrom('/iam/clients', '/iam/users', '/iam/activity_log/requests'),
    fc.oneof(
      fc.constantFrom('limit=0', 'limit=-1', 'limit=x', 'offset=-1', 'offset=1.5', 'limit=%00'),
      fc.stringMatching(/^[a-z%]{1,10}$/).map((text) => `limit=${encodeURIComponent(text)}`),
    ),
  )
  .map(([path, query]): Bad => ({ method: 'GET', path: `${path}?${query}`, call: {} }))

const bad: fc.Arbitrary<Bad> = fc.oneof(
  malformed,
  wrongType,
  wrongShape,
  wrongService,
  wrongUser,
  wrongClient,
  wrongAvailability,
  wrongKey,
  unknownPath,
  wrongId,
  wrongMethod,
  wrongCaller,
  notAllowed,
  wrongQuery,
)

const RUNS = 10_000

it('refuses 10,000 bad requests, each at once and without a trace but the log', async () => {
  const { call, dump, get } = await boot()
  const before = await dump()
  const seen = new Map<number, number>()
  let admitted = 0
  const requests = fc.sample(bad, { numRuns: RUNS, seed: 4 })
  for (const [index, request] of requests.entries()) {
    const { method, path } = request
    const { status, json } = await call(method, path, request.call)
    if (status < 400 || status >= 500)
      expect.fail(`${status} for ${JSON.stringify(request)}: ${JSON.stringify(json)}`)
    expect(json.request_id).toEqual(expect.any(String))
    expect(typeof json.message === 'string').toBe(json.errors === undefined)
    seen.set(status, (seen.get(status) ?? 0) + 1)
    if (!['GET', 'OPTIONS'].includes(method) && status !== 401 && !path.includes('/auth/'))
      admitted += 1
    if (index % 1000 === 999 && (await dump()) !== before)
      expect.fail(`the state has changed by request ${index}`)
  }
  expect([...seen.keys()].toSorted((a, b) => a - b)).toEqual([400, 401, 403, 404, 405, 415])
  const { json: log } = await get('/iam/activity_log/requests?limit=1', '1$s')
  expect(log.count).toBe(admitted)
}, 60_000)
