import { memoryStore } from '@signalbox/stores/memory'
import { storeUnavailable } from '@signalbox/core/store'
import type { Store } from '@signalbox/core/store'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import {
  bootWith,
  CDN,
  CLIENT,
  DAY,
  HOUR,
  MINUTE,
  NEW_CDN,
  NEW_CLOUD,
  NEW_DNS,
  NEW_STORAGE,
  principal,
  PRINCIPALS,
  T0,
} from './__fixtures__/house.ts'

const boot = bootWith(memoryStore)

describe('the service of a client', () => {
  it('is shown with all its members', async () => {
    const { get } = await boot()
    const { status, headers, text } = await get(CDN)
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/json')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-request-id')).toMatch(/./)
    expect(text).toBe(
      JSON.stringify({
        id: 21797,
        name: 'CDN',
        client: 3989,
        status: 'active',
        previous_status: 'trial',
        status_changed_at: '2026-11-21T20:00:00.000000Z',
        start: '2026-11-21T20:00:00.000000Z',
        deleted_date: null,
        enabled: true,
        ...JSON.parse(OPTIONS_OF_CDN),
      }),
    )
  })

  it('is answered to HEAD without a body', async () => {
    const { call } = await boot()
    const { status, text, headers } = await call('HEAD', CDN)
    expect({ status, text }).toEqual({ status: 200, text: '' })
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('stands in a bare array with the five others, ascending by id', async () => {
    const { get } = await boot()
    const { status, json } = await get('/iam/clients/3989/services?limit=1&offset=3')
    expect(status).toBe(200)
    expect(json.map(({ id, name, status: now }: any) => [id, name, now])).toEqual([
      [21797, 'CDN', 'active'],
      [21798, 'STORAGE', 'paused'],
      [21799, 'STREAMING', 'trialend'],
      [21800, 'DNS', 'trial'],
      [21801, 'DDOS', 'deleted'],
      [21802, 'CLOUD', 'new'],
    ])
  })

  it('ascends by number, not by letter', async () => {
    const { get } = await boot({
      clients: [{ ...CLIENT, services: { CDN: { id: 9 }, DNS: { id: 100 }, CLOUD: { id: 20 } } }],
    })
    const { json } = await get('/iam/clients/3989/services')
    expect(json.map(({ id }: any) => id)).toEqual([9, 20, 100, 101, 102, 103])
  })
})

describe('a write', () => {
  it('pauses as an old client asks, and says the same again an hour later', async () => {
    const { call, clock } = await boot()
    const body = '{"enabled":false,"status":"paused"}\n'
    const first = await call('PATCH', CDN, { body })
    expect(first.status).toBe(200)
    expect(first.json).toMatchObject({
      status: 'paused',
      previous_status: 'active',
      status_changed_at: '2026-11-21T20:00:00.000000Z',
      deleted_date: '2027-02-19T20:00:00.000000Z',
      enabled: false,
    })
    await clock.advance(HOUR)
    const second = await call('PATCH', CDN, { body })
    expect(second.text).toBe(first.text)
    expect(second.status).toBe(200)
  })

  it('says on every PATCH, and on no PUT, that PUT is its successor', async () => {
    const { call } = await boot()
    const requests = [
      { path: CDN, body: '{}' },
      { path: CDN },
      { path: CDN, body: '{"status":"new"}' },
      { path: CDN, body: '{bad' },
      { path: CDN, body: '{}', type: 'text/plain' },
      { path: CDN, body: '{}', as: '12$s' },
      { path: CDN, body: '{}', as: '7$wrong' },
      { path: '/iam/clients/3989/services/1', body: '{}' },
      { path: '/iam/clients/4000/services/1', body: '{}' },
    ]
    const seen: Array<number> = []
    for (const { path, ...request } of requests) {
      const { status, headers } = await call('PATCH', path, request)
      seen.push(status)
      const link = `<${path}>; rel="successor-version"; method="PUT"`
      expect(headers.get('deprecation')).toBe('@1778630400')
      expect(headers.get('x-deprecation')).toBe('true')
      expect(headers.get('link')).toBe(link)
      expect(headers.get('x-link')).toBe(link)
    }
    expect(seen).toEqual([200, 200, 400, 400, 415, 403, 401, 404, 404])
    const put = await call('PUT', CDN, { body: '{"status":"active"}' })
    expect(put.status).toBe(200)
    expect(
      ['deprecation', 'x-deprecation', 'link', 'x-link'].map((name) => put.headers.get(name)),
    ).toEqual([null, null, null, null])
  })

  it('takes an empty body of a PATCH as nothing asked', async () => {
    const { call, get } = await boot()
    const before = (await get(CDN)).text
    expect((await call('PATCH', CDN)).text).toBe(before)
    expect((await call('PATCH', CDN, { body: '{}' })).text).toBe(before)
  })

  it('ignores read-only and unknown members, and names an option that matches none', async () => {
    const { call } = await boot()
    const { status, json, headers } = await call('PATCH', CDN, {
      body: JSON.stringify({
        id: 1,
        name: 'DNS',
        client: 2,
        status: 'paused',
        previous_status: 'x',
        status_changed_at: null,
        start: 7,
        deleted_date: [],
        enabled: true,
        mystery: {},
        options: [{ id: 0, value: 'string', value_type: 'int', name: 'string', category: 'trial' }],
      }),
    })
    expect(status).toBe(200)
    expect(headers.get('x-ignored')).toBe('options[0]')
    expect(json).toMatchObject({ id: 21797, name: 'CDN', client: 3989, status: 'paused' })
  })

  it('merges options and gives an id to the one it wrote', async () => {
    const { call } = await boot()
    const refused = await call('PATCH', CDN, {
      body: '{"status":"paused","options":[{"name":"CDN_TRIAL_TRAFFIC_LIMIT","value":"x"}]}',
    })
    expect(refused.status).toBe(400)
    expect(refused.json.errors).toEqual({
      options: ['options[0].value: A valid integer is required.'],
    })
    const { json, headers } = await call('PATCH', CDN, {
      body: '{"status":"paused","options":[{"name":"CDN_TRIAL_TRAFFIC_LIMIT","value":"500"}]}',
    })
    expect(headers.get('x-ignored')).toBe(null)
    expect(json.status).toBe('paused')
    expect(json.options.map(({ id, value }: any) => [Number.isInteger(id), value])).toEqual([
      [false, '14'],
      [true, '500'],
    ])
  })

  it('lets only an admin change how long a paused service is kept', async () => {
    const { call, clock } = await boot()
    await call('PUT', CDN, { body: '{"status":"paused"}' })
    await clock.advance(DAY)
    const body = '{"status_transition_options":[{"name":"paused_to_deleted_days","value":"10"}]}'
    const refused = await call('PATCH', CDN, { body })
    expect(refused.status).toBe(400)
    expect(refused.json.errors).toEqual({
      status_transition_options: ['status_transition_options[0]: You cannot change this value.'],
    })
    const { json } = await call('PATCH', CDN, { body, as: '1_s' })
    expect(json).toMatchObject({
      deleted_date: '2026-12-01T20:00:00.000000Z',
      status_changed_at: '2026-11-21T20:00:00.000000Z',
    })
  })

  it('answers shape errors together and changes nothing', async () => {
    const { call, get } = await boot()
    const before = (await get(CDN)).text
    const { status, headers, json } = await call('PUT', CDN, {
      body: '{"status":"x","enabled":1,"options":{}}',
    })
    expect(status).toBe(400)
    expect(json).toEqual({
      errors: {
        status: ['"x" is not a valid choice.'],
        enabled: ['Must be a valid boolean.'],
        options: ['Expected a list of items but got type "dictionary".'],
      },
      exception_class: 'validation_error',
      request_id: headers.get('x-request-id'),
    })
    expect((await get(CDN)).text).toBe(before)
  })

  it.each([
    ['{}', { status: ['This field is required.'] }],
    [undefined, { status: ['This field is required.'] }],
    ['{"status":null}', { status: ['This field may not be null.'] }],
    ['{"status":""}', { status: ['This field may not be blank.'] }],
    ['[]', { non_field_errors: ['Invalid data. Expected a dictionary, but got list.'] }],
  ])('refuses a PUT of %s', async (body, errors) => {
    const { call } = await boot()
    const answer = await call('PUT', CDN, { body })
    expect(answer.status).toBe(400)
    expect(answer.json.errors).toEqual(errors)
  })

  it('says where a body stops being JSON', async () => {
    const { call } = await boot()
    const { status, json } = await call('PUT', CDN, { body: '{bad' })
    expect(status).toBe(400)
    expect(json.exception_class).toBe('parse_error')
    expect(json.message).toBe(
      'JSON parse error - Expecting property name enclosed in double quotes: line 1 column 2 (char 1)',
    )
  })

  it('refuses another media type and a body above 1 MiB', async () => {
    const { call } = await boot()
    const plain = await call('PUT', CDN, { body: '{bad', type: 'text/plain; charset=utf-8' })
    expect(plain.status).toBe(415)
    expect(plain.json).toMatchObject({
      message: 'Unsupported media type "text/plain" in request.',
      exception_class: 'unsupported_media_type',
    })
    const parameters = { body: '{"status":"active"}', type: 'application/json; charset=utf-8' }
    expect((await call('PUT', CDN, parameters)).status).toBe(200)
    const large = await call('PUT', CDN, { body: `{"a":"${'x'.repeat(1_048_576)}"}` })
    expect(large.status).toBe(413)
    expect(large.json).toMatchObject({
      message: 'Request body is too large.',
      exception_class: 'payload_too_large',
    })
  })

  it('refuses what the table does not allow, and changes nothing', async () => {
    const { call, dump } = await boot()
    const before = await dump()
    const refusals = [
      [CDN, 'activating', 'Status "activating" is set by the system.'],
      [CDN, 'deleted', 'Status "deleted" is set by the system.'],
      [CDN, 'new', 'Transition from "active" to "new" is not allowed.'],
      [CDN, 'trial', 'Trial has already been used.'],
      ['/iam/clients/3989/services/21799', 'trial', 'Trial has already been used.'],
      [NEW_CLOUD, 'trial', 'Trial is not offered for this product.'],
      [NEW_CDN, 'paused', 'Transition from "new" to "paused" is not allowed.'],
    ] as const
    for (const [path, status, text] of refusals) {
      const answer = await call('PUT', path, { body: JSON.stringify({ status }) })
      expect(answer.status).toBe(400)
      expect(answer.json).toEqual({
        errors: { status: [text] },
        exception_class: 'validation_error',
        request_id: answer.headers.get('x-request-id'),
      })
    }
    expect(await dump()).toBe(before)
  })

  it('lets an admin delete, and a reseller activate again', async () => {
    const { call } = await boot()
    const deleted = await call('PUT', CDN, { body: '{"status":"deleted"}', as: '1$s' })
    expect(deleted.json).toMatchObject({
      status: 'deleted',
      previous_status: 'active',
      enabled: false,
      deleted_date: null,
    })
    const paused = await call('PUT', CDN, { body: '{"status":"paused"}' })
    expect(paused.json.errors.status).toEqual([
      'Transition from "deleted" to "paused" is not allowed.',
    ])
    const active = await call('PUT', CDN, { body: '{"status":"active"}' })
    expect(active.json.status).toBe('activating')
  })
})

describe('a store that is away', () => {
  it('is answered with 503, and a moment to wait', async () => {
    const memory = memoryStore()
    let away = false
    const store: Store = {
      ...memory,
      load: (ref) => (away ? TE.left(storeUnavailable('no route to host')) : memory.load(ref)),
    }
    const { call } = await boot({}, PRINCIPALS, store)
    away = true
    for (const method of ['GET', 'PUT']) {
      const body = method === 'GET' ? undefined : '{"status":"paused"}'
      const { status, headers, json } = await call(method, CDN, { body })
      expect(status).toBe(503)
      expect(headers.get('retry-after')).toBe('1')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(json).toEqual({
        message: 'Service temporarily unavailable.',
        exception_class: 'service_unavailable',
        request_id: headers.get('x-request-id'),
      })
    }
  })
})

describe('time', () => {
  it('ends a trial at its millisecond, and not one before', async () => {
    const { call, get, clock } = await boot()
    const trial = await call('PUT', NEW_CDN, { body: '{"status":"trial"}' })
    expect(trial.json).toMatchObject({
      status: 'trial',
      previous_status: 'new',
      start: '2026-11-21T20:00:00.000000Z',
    })
    await clock.advance(14 * DAY - 1)
    expect((await get(NEW_CDN)).json.status).toBe('trial')
    await clock.advance(1)
    expect((await get(NEW_CDN)).json).toMatchObject({
      status: 'trialend',
      status_changed_at: '2026-12-05T20:00:00.000000Z',
      deleted_date: '2027-03-05T20:00:00.000000Z',
    })
  })

  it('replays what fell due while nobody looked', async () => {
    const { call, get, clock } = await boot()
    await call('PUT', NEW_STORAGE, { body: '{"status":"trial"}' })
    await clock.advance(20 * DAY)
    expect((await get(NEW_STORAGE)).json).toMatchObject({
      status: 'deleted',
      previous_status: 'trialend',
      status_changed_at: '2026-12-07T20:00:00.000000Z',
    })
  })

  it('resumes a paused trial with what was left of it', async () => {
    const { call, get, clock } = await boot()
    await call('PUT', NEW_CDN, { body: '{"status":"trial"}' })
    await clock.advance(10 * DAY)
    await call('PUT', NEW_CDN, { body: '{"status":"paused"}' })
    await clock.advance(10 * DAY)
    const { json } = await call('PUT', NEW_CDN, { body: '{"status":"trial"}' })
    expect(json).toMatchObject({
      status: 'trial',
      deleted_date: null,
      start: '2026-11-21T20:00:00.000000Z',
    })
    await clock.advance(4 * DAY)
    expect((await get(NEW_CDN)).json).toMatchObject({
      status: 'trialend',
      status_changed_at: '2026-12-15T20:00:00.000000Z',
    })
  })

  it('ends a trial at once when its limit is lowered below what has passed', async () => {
    const { call, clock } = await boot()
    await call('PUT', NEW_CDN, { body: '{"status":"trial"}' })
    await clock.advance(5 * DAY)
    const { json } = await call('PATCH', NEW_CDN, {
      body: '{"options":[{"name":"CDN_TRIAL_DAYS_LIMIT","value":"3"}]}',
    })
    expect(json).toMatchObject({
      status: 'trialend',
      status_changed_at: '2026-11-26T20:00:00.000000Z',
    })
  })

  it('activates a CDN after fifteen minutes and a DNS at once', async () => {
    const { call, get, clock } = await boot()
    const first = await call('PUT', NEW_CDN, { body: '{"status":"active"}' })
    expect(first.json).toMatchObject({ status: 'activating', previous_status: 'new' })
    await clock.advance(MINUTE)
    expect((await call('PUT', NEW_CDN, { body: '{"status":"active"}' })).text).toBe(first.text)
    await clock.advance(14 * MINUTE)
    expect((await get(NEW_CDN)).json).toMatchObject({
      status: 'active',
      previous_status: 'new',
      status_changed_at: '2026-11-21T20:15:00.000000Z',
    })
    const dns = await call('PUT', NEW_DNS, { body: '{"status":"active"}' })
    expect(dns.json).toMatchObject({ status: 'active', previous_status: 'new' })
  })

  it('follows the terms that the settings give', async () => {
    const { call } = await boot({ services: { CDN: { retentionDays: 10 } } })
    const { json } = await call('PUT', CDN, { body: '{"status":"paused"}' })
    expect(json.deleted_date).toBe('2026-12-01T20:00:00.000000Z')
  })
})

describe('a caller', () => {
  it.each(['apikey 7$s', 'APIKey 7_s', 'ApiKey  7$s'])('is known by %j', async (authorization) => {
    const { call } = await boot()
    expect((await call('GET', CDN, { authorization })).status).toBe(200)
  })

  it.each([
    [undefined, 'not_authenticated', 'Authentication credentials were not provided.'],
    ['APIKey 7$wrong', 'authentication_failed', 'Bad token: 7'],
    ['APIKey 29841_s', 'authentication_failed', 'Bad token: 29841'],
    ['APIKey seven$s', 'token_not_valid', 'Given token not valid for any token type'],
    ['APIKey 7', 'token_not_valid', 'Given token not valid for any token type'],
    ['APIKey', 'token_not_valid', 'Given token not valid for any token type'],
    ['Bearer 7$s', 'token_not_valid', 'Given token not valid for any token type'],
    ['Basic Nzpz', 'token_not_valid', 'Given token not valid for any token type'],
  ])('with %j is unknown', async (authorization, exceptionClass, message) => {
    const { call } = await boot()
    for (const path of [CDN, '/iam/nowhere']) {
      const { status, headers, json } = await call('GET', path, {
        authorization: authorization ?? '',
      })
      expect(status).toBe(401)
      expect(headers.get('www-authenticate')).toBe('APIKey realm="iam"')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(json).toEqual({
        message,
        exception_class: exceptionClass,
        request_id: headers.get('x-request-id'),
      })
    }
  })

  it.each([
    ['/iam/clients/4000/services', '7$s'],
    ['/iam/clients/4000', '7$s'],
    ['/iam/clients/5000/services', '1$s'],
    ['/iam/clients/3989/services/101', '7$s'],
    ['/iam/clients/3989/services/0', '7$s'],
    ['/iam/clients/3989/services/abc', '7$s'],
    ['/iam/clients/abc/services', '7$s'],
    ['/iam/clients/1234567890123456', '1$s'],
    ['/iam/clients/3989', '8$s'],
    ['/iam/clients/3989', '11$s'],
    ['/iam/clients/3990/services', '12$s'],
    ['/iam/clients/7', '12$s'],
    ['/iam/clients/9', '7$s'],
    ['/iam/nowhere', '7$s'],
    ['/iam', '7$s'],
  ])('is told nothing of %s as %s', async (path, as) => {
    const { call } = await boot()
    const { status, json, headers } = await call('GET', path, { as })
    expect(status).toBe(404)
    expect(json).toEqual({
      message: 'Not found.',
      exception_class: 'not_found',
      request_id: headers.get('x-request-id'),
    })
  })

  it.each([
    ['/iam/clients/4000/services', '1$s'],
    ['/iam/clients/3990', '8$s'],
    ['/iam/clients/7', '8$s'],
    ['/iam/clients/3989/services', '12$s'],
    ['/iam/clients/3989', '12$s'],
    ['/iam/clients/me', '12$s'],
  ])('sees %s as %s', async (path, as) => {
    const { call } = await boot()
    expect((await call('GET', path, { as })).status).toBe(200)
  })

  it('who is common reads, and writes nothing', async () => {
    const { call, dump } = await boot()
    const before = await dump()
    for (const request of [
      { body: '{"status":"paused"}' },
      { body: '{bad' },
      { body: '', type: 'a/b' },
    ]) {
      const { status, json } = await call('PUT', CDN, { ...request, as: '12$s' })
      expect(status).toBe(403)
      expect(json).toMatchObject({
        message: 'You do not have permission to perform this action.',
        exception_class: 'permission_denied',
      })
    }
    expect(
      (await call('PUT', '/iam/clients/3989/services/1', { body: '{}', as: '12$s' })).status,
    ).toBe(404)
    expect((await call('GET', '/iam/clients', { as: '12$s' })).status).toBe(403)
    expect(await dump()).toBe(before)
  })

  it('is told which methods there are', async () => {
    const { call } = await boot()
    const service = await call('DELETE', CDN)
    expect(service.status).toBe(405)
    expect(service.headers.get('allow')).toBe('GET, HEAD, PUT, PATCH')
    expect(service.json).toMatchObject({
      message: 'Method "DELETE" not allowed.',
      exception_class: 'method_not_allowed',
    })
    const list = await call('OPTIONS', '/iam/clients/3989/services')
    expect(list.status).toBe(405)
    expect(list.headers.get('allow')).toBe('GET, HEAD')
    expect((await call('DELETE', '/iam/clients/3989/services/abc')).status).toBe(404)
  })
})

describe('a client', () => {
  it('is shown with what follows from its services', async () => {
    const { get } = await boot()
    const { text } = await get('/iam/clients/3990', '8$s')
    expect(JSON.parse(text)).toEqual({
      id: 3990,
      users: [
        {
          id: 19,
          email: 'bob@example.com',
          name: 'Bob',
          lang: 'en',
          phone: null,
          company: 'Bolt',
          reseller: 7,
          client: 3990,
          deleted: false,
          groups: [{ id: 1, name: 'Administrators' }],
          activated: true,
          sso_auth: false,
          two_fa: false,
          auth_types: ['password'],
        },
        expect.objectContaining({ id: 20, email: 'second@example.com', name: null }),
      ],
      email: 'b@example.com',
      phone: null,
      name: 'B',
      status: 'preparation',
      companyName: 'Bolt',
      currentUser: 8,
      capabilities: ['CDN', 'STORAGE', 'STREAMING', 'DNS', 'DDOS', 'CLOUD'],
      serviceStatuses: Object.fromEntries(
        ['CDN', 'STORAGE', 'STREAMING', 'DNS', 'DDOS', 'CLOUD'].map((name) => [
          name,
          { status: 'new', enabled: false },
        ]),
      ),
      paidFeatures: {},
      freeFeatures: {},
      entryBaseDomain: null,
      signup_process: null,
      deleted: false,
      bill_type: 'manual',
      custom_id: null,
      is_test: false,
      has_active_admin: true,
      seller: 8,
      resellers: 7,
      reseller: 7,
      client_type: 'common',
      owner: 7,
      created: '2026-11-21T20:00:00.000000Z',
      updated: '2026-11-21T20:00:00.000000Z',
    })
  })

  it('keeps in step with its services after any write', async () => {
    const { call, get } = await boot()
    await call('PUT', NEW_CDN, { body: '{"status":"trial","enabled":true}' })
    const { json: client } = await get('/iam/clients/3990')
    const { json: services } = await get('/iam/clients/3990/services')
    expect(client.status).toBe('trial')
    expect(client.serviceStatuses).toEqual(
      Object.fromEntries(
        services.map(({ name, status, enabled }: any) => [name, { status, enabled }]),
      ),
    )
  })

  it.each([
    ['7$s', 7, 'r@example.com', 'Acme', 'reseller', [7, 8]],
    ['8$s', 7, 'r@example.com', 'Acme', 'reseller', [7, 8]],
    ['1$s', 1, 'user1@localhost', 'user1@localhost', 'reseller', [1]],
    ['12$s', 3989, 'a@example.com', 'Acme Shop', 'common', [12]],
  ])("is the caller's own under /me, as %s", async (as, id, email, company, type, users) => {
    const { get } = await boot()
    const { status, json } = await get('/iam/clients/me', as)
    expect(status).toBe(200)
    expect(json).toMatchObject({
      id,
      email,
      companyName: company,
      client_type: type,
      status: 'active',
      currentUser: Number(as.split('$')[0]),
    })
    expect(json.users.map((user: any) => user.id)).toEqual(users)
    if (type === 'reseller') expect(json).toMatchObject({ capabilities: [], serviceStatuses: {} })
  })
})

describe('a list of clients', () => {
  it('is a bare array of all in sight', async () => {
    const { ids } = await boot()
    expect(await ids('')).toEqual([3989, 3990])
    expect(await ids('', '1$s')).toEqual([3989, 3990, 4000])
    expect(await ids('', '8$s')).toEqual([3990])
    expect(await ids('', '9$s')).toEqual([4000])
    expect(await ids('', '11$s')).toEqual([])
  })

  it('is an envelope with absolute links when a part is asked for', async () => {
    const { get } = await boot()
    const { json } = await get('/iam/clients?limit=1&name=&x=%20y', '1$s')
    expect(json).toMatchObject({
      count: 3,
      next: 'http://localhost/iam/clients?limit=1&name=&x=+y&offset=1',
      previous: null,
    })
    expect(json.results.map(({ id }: any) => id)).toEqual([3989])
    const second = await get('/iam/clients?offset=1&limit=1', '1$s')
    expect(second.json).toMatchObject({
      next: 'http://localhost/iam/clients?offset=2&limit=1',
      previous: 'http://localhost/iam/clients?offset=0&limit=1',
    })
    const past = await get('/iam/clients?offset=30', '1$s')
    expect(past.json).toMatchObject({ count: 3, next: null, results: [] })
    expect((await get('/iam/clients?limit=50000000000000000000', '1$s')).json.results).toHaveLength(
      3,
    )
  })

  it('refuses a part that is none', async () => {
    const { get } = await boot()
    const { status, json } = await get('/iam/clients?limit=0&offset=x&cdn=bogus&is_test=maybe')
    expect(status).toBe(400)
    expect(json.errors).toEqual({
      limit: ['Ensure this value is greater than or equal to 1.'],
      offset: ['A valid integer is required.'],
      cdn: ['"bogus" is not a valid choice.'],
      is_test: ['Must be a valid boolean.'],
    })
  })

  it.each([
    ['cdn=active', [3989]],
    ['dns=new', [3990]],
    ['cdn=active&dns=new', []],
    ['streaming=trialend', [3989]],
    ['connect=active', []],
    ['email=A@EXAMPLE.com', [3989]],
    ['users_email=BOB@example.com', [3990]],
    ['users_name=bo', [3990]],
    ['companyName=acme', [3989]],
    ['bill_type=MANUAL', [3989, 3990]],
    ['deleted=true', []],
    ['deleted=false', [3989, 3990]],
    ['activated=true', [3989, 3990]],
    ['is_test=true', []],
    ['seller_id=8', [3990]],
    ['reseller_id=9', []],
    ['client_type=reseller', [7]],
    ['client_type=sales', []],
    ['country_code=null', [3989, 3990]],
    ['country_code=DE', []],
    ['id__in__exclude=3989,1', [3990]],
    ['created_at_gte=2026-11-21T20:00:00Z', [3989, 3990]],
    ['created_at_gte=2026-11-21T20:00:00.001Z', []],
    ['created_at_lte=2026-11-21T21:00:00%2B01:00', [3989, 3990]],
    ['created_at_lte=2026-11-21', []],
    ['min_traffic=300', [3989, 3990]],
    ['max_traffic=299', []],
    ['personal_product_availability=CDN', []],
    ['nonsense=1', [3989, 3990]],
    ['ordering=-id', [3990, 3989]],
    ['ordering=status', [3989, 3990]],
    ['ordering=-status', [3990, 3989]],
    ['ordering=-created_at,-name', [3990, 3989]],
    ['ordering=bogus', [3989, 3990]],
  ])('answers %s', async (query, expected) => {
    const { ids } = await boot()
    expect(await ids(`?${query}`)).toEqual(expected)
  })

  it('settles what is overdue before it filters', async () => {
    const { call, restart } = await boot()
    await call('PUT', NEW_CDN, { body: '{"status":"trial"}' })
    const { ids } = await restart(T0 + 14 * DAY, { asleep: true })
    expect(await ids('?cdn=trialend')).toEqual([3990])
    expect(await ids('?cdn=trial')).toEqual([])
  })
})

describe('a start', () => {
  it('makes what the configuration asks for once, and leaves it alone afterwards', async () => {
    const { call, dump, restart } = await boot()
    await call('PUT', CDN, { body: '{"status":"paused"}' })
    const before = await dump()
    const again = await restart(T0 + HOUR)
    expect(await again.dump()).toBe(before)
  })

  it('is refused for secrets that are too short or were not resolved', async () => {
    const { host } = await boot({
      sessionSecret: 'short',
      users: { '7': { password: { env: 'PW' } } },
    })
    expect(host.boot).toEqual([
      {
        plugin: 'gcore',
        ok: false,
        reason:
          'sessionSecret: at least 32 bytes are needed; users.7.password: the variable "PW" was not resolved',
      },
    ])
  })

  it.each([
    [[CLIENT, { ...CLIENT, id: 3991 }], 'clients.services: id 21797 is given twice'],
    [[{ ...CLIENT, id: 7 }], 'clients: id 7 is given twice'],
    [
      [{ ...CLIENT, services: { CLOUD: { status: 'trial' }, DNS: { status: 'activating' } } }],
      'client 3989: its DNS can never be "activating"; client 3989: its CLOUD can never be "trial"',
    ],
    [
      [{ ...CLIENT, services: { CDN: { status: 'on' } } }],
      'providers.gcore.clients.0.services.CDN.status: ServiceStatus expected',
    ],
  ])('is refused for a configuration that cannot be, case %#', async (clients, reason) => {
    const { host } = await boot({ clients })
    expect(host.boot).toEqual([{ plugin: 'gcore', ok: false, reason }])
  })

  it.each(['new', 'trial', 'trialend', 'activating', 'active', 'paused', 'deleted'])(
    'brings a service to %s by legal moves',
    async (status) => {
      const { get } = await boot({ clients: [{ ...CLIENT, services: { CDN: { id: 5, status } } }] })
      expect((await get('/iam/clients/3989/services/5')).json.status).toBe(status)
    },
  )

  it('is refused when a principal could not call', async () => {
    const { host } = await boot({}, [principal('ops', 'admin', '*'), principal('3', 'common', '*')])
    expect(host.boot).toEqual([
      {
        plugin: 'gcore',
        ok: false,
        reason:
          'principal "ops": the id must be digits; principal "3": a common one needs its client\'s id as its only tenant',
      },
    ])
  })

  it('fails when a configured id belongs to another client already', async () => {
    const { restart } = await boot()
    const { host } = await restart(T0 + 1, { settings: { clients: [{ ...CLIENT, id: 3991 }] } })
    expect(host.boot).toEqual([
      {
        plugin: 'gcore',
        ok: false,
        reason: "gcore: client 3991: a configured service id is another client's",
      },
    ])
  })
})

// -- internals

const OPTIONS_OF_CDN = JSON.stringify({
  options: [
    {
      id: null,
      value: '14',
      value_type: 'int',
      name: 'CDN_TRIAL_DAYS_LIMIT',
      category: 'trial',
      description: 'Days that the whole trial lasts; 0 offers none.',
      title: 'Trial length',
    },
    {
      id: null,
      value: '300',
      value_type: 'int',
      name: 'CDN_TRIAL_TRAFFIC_LIMIT',
      category: 'trial',
      description: 'Traffic that the trial includes, in GB.',
      title: 'Trial traffic',
    },
  ],
  status_transition_options: [
    {
      id: null,
      value: '90',
      value_type: 'int',
      name: 'trialend_to_deleted_days',
      category: 'status_transition',
      description: 'Days that a service is kept after its trial has ended.',
      title: 'From trial end to deletion',
    },
    {
      id: null,
      value: '90',
      value_type: 'int',
      name: 'paused_to_deleted_days',
      category: 'status_transition',
      description: 'Days that a paused service is kept.',
      title: 'From pause to deletion',
    },
    {
      id: null,
      value: '15',
      value_type: 'int',
      name: 'activating_to_active_minutes',
      category: 'status_transition',
      description: 'Minutes that an activation takes; 0 activates at once.',
      title: 'Activation time',
    },
  ],
})
