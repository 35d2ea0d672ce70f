import { afterEach, describe, expect, it } from 'vitest'
import { openSite, T0 } from './gcore-site.ts'
import type { Answer, Call, Reach, Site } from './gcore-site.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const CLIENT = {
  id: 3989,
  name: 'A',
  email: 'a@example.com',
  companyName: 'Acme Shop',
  reseller: 7,
  users: [{ id: 19, email: 'a@example.com' }],
}
const FOREIGN = { ...CLIENT, id: 4000, reseller: 9, users: [] }

const PRODUCTS = ['CDN', 'STORAGE', 'STREAMING', 'DNS', 'DDOS', 'CLOUD']

let site: Site | undefined

afterEach(async () => {
  await site?.close()
  site = undefined
})

// Every row of the contract's last table, in order.
describe.each<Reach>(['memory', 'socket'])('the contract, by %s', (reach) => {
  const open = async (settings: object = {}): Promise<Bench> => {
    site = await openSite(reach, {
      users: {
        '7': { email: 'r@example.com', company: 'Acme', password: 'a password of 7' },
        '8': { reseller: 7 },
      },
      clients: [CLIENT, FOREIGN],
      ...settings,
    })
    return benchOf(site)
  }

  it('1: knows keys in both forms and says what is wrong with others', async () => {
    const { call } = await open()
    const path = '/iam/clients/3989/services'
    for (const authorization of ['apikey 7$s', 'APIKey 7_s']) {
      const { status, json } = await call('GET', path, { authorization })
      expect([status, Array.isArray(json)]).toEqual([200, true])
    }
    const wrong = await call('GET', path, { authorization: 'APIKey 7$wrong' })
    expect([wrong.status, wrong.json.message]).toEqual([401, 'Bad token: 7'])
    const none = await call('GET', path, { authorization: '' })
    expect([none.status, none.json.exception_class]).toEqual([401, 'not_authenticated'])
  })

  it('2: makes a client, its user and its six services', async () => {
    const { call, create } = await open()
    const made = await create()
    expect(made.status).toBe(201)
    const { json: services } = await call('GET', `/iam/clients/${made.json.client}/services`)
    expect(services.map(({ name }: Shown) => name)).toEqual(PRODUCTS)
    expect(services.map(({ id }: Shown) => id)).toEqual(
      services.map(({ id }: Shown) => id).toSorted((a: number, b: number) => a - b),
    )
    for (const service of services)
      expect(service).toMatchObject({
        status: 'new',
        enabled: false,
        status_changed_at: '2026-11-21T20:00:00.000000Z',
        start: '2026-11-21T20:00:00.000000Z',
        deleted_date: null,
      })
  })

  it('3: lists clients bare, or cut into parts', async () => {
    const { call, create } = await open()
    await create()
    expect((await call('GET', '/iam/clients')).json).toHaveLength(2)
    const { json } = await call('GET', '/iam/clients?limit=1')
    expect(json.count).toBe(2)
    expect(json.next).toMatch(/^http:\/\/127\.0\.0\.1(:\d+)?\/iam\/clients\?limit=1&offset=1$/)
    expect(json.results).toHaveLength(1)
  })

  it('4: hides what is foreign, and tells a wrong method', async () => {
    const { call, path } = await open()
    expect((await call('GET', '/iam/clients/4000/services')).status).toBe(404)
    expect((await call('GET', '/iam/clients/3989/services/abc')).status).toBe(404)
    const wrong = await call('DELETE', await path('CDN'))
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD, PUT, PATCH'])
  })

  it('5: says what is wrong with a body', async () => {
    const { call, path } = await open()
    const put = async (body: unknown): Promise<Answer> => call('PUT', await path('CDN'), { body })
    expect((await put({})).json.errors).toEqual({ status: ['This field is required.'] })
    expect((await put({ status: 'x' })).json.errors).toEqual({
      status: ['"x" is not a valid choice.'],
    })
    const bad = await put('{bad')
    expect([bad.status, bad.json.message]).toEqual([
      400,
      expect.stringMatching(/^JSON parse error - /),
    ])
  })

  it('6: says on a PATCH that it is deprecated', async () => {
    const { call, path } = await open()
    const service = await path('CDN')
    const before = await call('GET', service)
    const { status, text, headers } = await call('PATCH', service, { body: {} })
    expect([status, text]).toEqual([200, before.text])
    const link = `<${service}>; rel="successor-version"; method="PUT"`
    expect([
      headers.get('deprecation'),
      headers.get('x-deprecation'),
      headers.get('link'),
      headers.get('x-link'),
    ]).toEqual(['@1778630400', 'true', link, link])
  })

  it('7: pauses as an old client asks, and again an hour later', async () => {
    const { call, path, clock, activate } = await open()
    await activate('CDN')
    const body = '{"enabled":false,"status":"paused"}\n'
    const first = await call('PATCH', await path('CDN'), { body })
    expect(first.json).toMatchObject({
      status: 'paused',
      previous_status: 'active',
      deleted_date: '2027-02-19T20:00:00.000000Z',
    })
    await clock().advance(HOUR)
    expect((await call('PATCH', await path('CDN'), { body })).text).toBe(first.text)
  })

  it('8: takes the whole example of the documentation', async () => {
    const { call, path, activate } = await open()
    await activate('CDN')
    const { status, json } = await call('PATCH', await path('CDN'), {
      body: {
        id: 0,
        name: 'CLOUD',
        client: 0,
        status: 'paused',
        previous_status: 'new',
        status_changed_at: '2019-08-24T14:15:22Z',
        start: '2019-08-24T14:15:22Z',
        deleted_date: '2019-08-24T14:15:22Z',
        enabled: true,
        options: [
          {
            id: 0,
            value: 'string',
            value_type: 'int',
            name: 'string',
            category: 'trial',
            description: 'string',
            title: 'string',
          },
        ],
        status_transition_options: [],
      },
    })
    expect(status).toBe(200)
    expect(json).toMatchObject({
      name: 'CDN',
      client: 3989,
      status: 'paused',
      previous_status: 'active',
    })
    expect(json.start).toBe('2026-11-21T20:00:00.000000Z')
  })

  it('9: starts a trial, and the account with it', async () => {
    const { call, put, changes } = await open()
    expect((await put('CDN', 'trial')).json).toMatchObject({
      status: 'trial',
      start: '2026-11-21T20:00:00.000000Z',
    })
    expect((await call('GET', '/iam/clients/3989')).json.status).toBe('trial')
    expect(await changes()).toEqual([['2026-11-21T20:00:00.000000Z', 'preparation', 'trial']])
  })

  it('10: ends a trial at its millisecond', async () => {
    const { put, show, clock } = await open()
    await put('CDN', 'trial')
    await clock().advance(14 * DAY - 1)
    expect((await show('CDN')).status).toBe('trial')
    await clock().advance(1)
    expect(await show('CDN')).toMatchObject({
      status: 'trialend',
      status_changed_at: '2026-12-05T20:00:00.000000Z',
      deleted_date: '2027-03-05T20:00:00.000000Z',
    })
  })

  it.each([true, false])(
    '11: replays what fell due while the host was down, asleep %s',
    async (asleep) => {
      const { put, show, changes, requests, restart } = await open()
      await put('CDN', 'trial')
      await restart(Date.parse('2027-06-01T00:00:00Z'), { asleep })
      const lines = await requests()
      expect(await show('CDN')).toMatchObject({
        status: 'deleted',
        previous_status: 'trialend',
        status_changed_at: '2027-03-05T20:00:00.000000Z',
        enabled: false,
      })
      expect(lines.filter(({ method }) => method === 'SYSTEM')).toMatchObject([
        {
          actions: 'retentionPasses',
          requested_at: '2027-03-05T20:00:00.000000Z',
          data: '{"from":"trialend","to":"deleted"}',
        },
        {
          actions: 'trialEnds',
          requested_at: '2026-12-05T20:00:00.000000Z',
          data: '{"from":"trial","to":"trialend"}',
          client: 3989,
          user: 0,
          user_email: 'system',
          status_code: 200,
          reverted: false,
        },
      ])
      expect(await changes()).toEqual([
        ['2026-12-05T20:00:00.000000Z', 'trial', 'trialend'],
        ['2026-11-21T20:00:00.000000Z', 'preparation', 'trial'],
      ])
    },
  )

  it('12: knows the shorter retention of STORAGE', async () => {
    const { put, show, clock } = await open()
    await put('STORAGE', 'trial')
    await clock().advance(20 * DAY)
    expect(await show('STORAGE')).toMatchObject({
      status: 'deleted',
      status_changed_at: '2026-12-07T20:00:00.000000Z',
    })
  })

  it('13: resumes a paused trial with what was left of it', async () => {
    const { put, show, clock } = await open()
    await put('CDN', 'trial')
    await clock().advance(10 * DAY)
    await put('CDN', 'paused')
    await clock().advance(10 * DAY)
    expect((await put('CDN', 'trial')).json).toMatchObject({
      status: 'trial',
      start: '2026-11-21T20:00:00.000000Z',
      deleted_date: null,
    })
    await clock().advance(4 * DAY - 1)
    expect((await show('CDN')).status).toBe('trial')
    await clock().advance(1)
    expect((await show('CDN')).status).toBe('trialend')
  })

  it('14: refuses a second trial, and one that is not offered', async () => {
    const { put } = await open()
    await put('CDN', 'trial')
    await put('CDN', 'trialend')
    expect((await put('CDN', 'trial')).json.errors.status).toEqual(['Trial has already been used.'])
    const cloud = await put('CLOUD', 'trial')
    expect([cloud.status, cloud.json.errors.status]).toEqual([
      400,
      ['Trial is not offered for this product.'],
    ])
  })

  it('15: lets an admin extend a trial that has ended', async () => {
    const { put, show, clock } = await open()
    await put('CDN', 'trial')
    await clock().advance(14 * DAY)
    const longer = { options: [{ name: 'CDN_TRIAL_DAYS_LIMIT', value: '28' }] }
    expect((await put('CDN', 'trial', { as: '1$s', more: longer })).json).toMatchObject({
      status: 'trial',
      start: '2026-11-21T20:00:00.000000Z',
    })
    await clock().advance(14 * DAY)
    expect(await show('CDN')).toMatchObject({
      status: 'trialend',
      status_changed_at: '2026-12-19T20:00:00.000000Z',
    })
  })

  it('16: ends a trial at once when it is cut short', async () => {
    const { call, path, put, clock } = await open()
    await put('CDN', 'trial')
    await clock().advance(5 * DAY)
    const { json } = await call('PATCH', await path('CDN'), {
      body: { options: [{ name: 'CDN_TRIAL_DAYS_LIMIT', value: '3' }] },
    })
    expect(json).toMatchObject({
      status: 'trialend',
      status_changed_at: '2026-11-26T20:00:00.000000Z',
    })
  })

  it('17: activates a CDN in fifteen minutes and a DNS at once', async () => {
    const { put, show, clock } = await open()
    const first = await put('CDN', 'active')
    expect(first.json.status).toBe('activating')
    await clock().advance(MINUTE)
    expect((await put('CDN', 'active')).text).toBe(first.text)
    await clock().advance(14 * MINUTE)
    expect(await show('CDN')).toMatchObject({ status: 'active', previous_status: 'new' })
    expect((await put('DNS', 'active')).json.status).toBe('active')
  })

  it('18: activates from a trial, an ended one and a pause', async () => {
    const { put } = await open()
    for (const way of [['trial'], ['trialend'], ['paused']]) {
      await put('CDN', 'trial')
      for (const status of way) await put('CDN', status)
      expect((await put('CDN', 'active')).json).toMatchObject({
        status: 'active',
        deleted_date: null,
      })
    }
  })

  it('19: refuses what the system alone may set', async () => {
    const { call, put, path, activate } = await open()
    await activate('CDN')
    const before = await call('GET', await path('CDN'))
    for (const [status, text] of [
      ['activating', 'Status "activating" is set by the system.'],
      ['deleted', 'Status "deleted" is set by the system.'],
      ['new', 'Transition from "active" to "new" is not allowed.'],
    ] as const) {
      const { status: code, json } = await put('CDN', status)
      expect([code, json.errors]).toEqual([400, { status: [text] }])
    }
    expect((await call('GET', await path('CDN'))).text).toBe(before.text)
  })

  it('20: lets an admin delete, and what is deleted be activated anew', async () => {
    const { put, activate } = await open()
    await activate('CDN')
    expect((await put('CDN', 'deleted', { as: '1$s' })).json).toMatchObject({
      status: 'deleted',
      enabled: false,
    })
    expect((await put('CDN', 'paused')).json.errors.status).toEqual([
      'Transition from "deleted" to "paused" is not allowed.',
    ])
    expect((await put('CDN', 'active')).json.status).toBe('activating')
  })

  it('21: keeps the earlier end of two retentions', async () => {
    const { put, clock } = await open()
    await put('CDN', 'trial')
    await put('CDN', 'trialend')
    await clock().advance(30 * DAY)
    expect((await put('CDN', 'paused')).json.deleted_date).toBe('2027-02-19T20:00:00.000000Z')
  })

  it('22: lets only an admin change how long a paused service is kept', async () => {
    const { call, path, put, activate, clock } = await open()
    await activate('CDN')
    await put('CDN', 'paused')
    await clock().advance(DAY)
    const body = { status_transition_options: [{ name: 'paused_to_deleted_days', value: '10' }] }
    expect((await call('PATCH', await path('CDN'), { body })).status).toBe(400)
    expect((await call('PATCH', await path('CDN'), { body, as: '1$s' })).json).toMatchObject({
      deleted_date: '2026-12-01T20:00:00.000000Z',
      status_changed_at: '2026-11-21T20:00:00.000000Z',
    })
  })

  it('23: applies all of a write or nothing', async () => {
    const { put, show, activate } = await open()
    await activate('CDN')
    const limit = (value: string) => ({ options: [{ name: 'CDN_TRIAL_TRAFFIC_LIMIT', value }] })
    expect((await put('CDN', 'paused', { more: limit('x') })).status).toBe(400)
    expect((await show('CDN')).status).toBe('active')
    const { json } = await put('CDN', 'paused', { more: limit('500') })
    expect(json.status).toBe('paused')
    expect(json.options).toContainEqual(
      expect.objectContaining({ id: expect.any(Number), value: '500' }),
    )
  })

  it('24: lets a common user read', async () => {
    const { call, put, path } = await open()
    expect((await put('CDN', 'trial', { as: '12$s' })).status).toBe(403)
    expect((await call('GET', await path('CDN'), { as: '12$s' })).status).toBe(200)
  })

  it('25: filters by statuses that nobody has read yet', async () => {
    const { call, put, restart } = await open()
    await put('CDN', 'trial')
    await restart(T0 + 14 * DAY, { asleep: true })
    const { json } = await call('GET', '/iam/clients?cdn=trialend')
    expect(json.map(({ id }: Shown) => id)).toEqual([3989])
  })

  it('26: shows the same everywhere after any write', async () => {
    const { call, put, agree } = await open()
    for (const [name, status] of [
      ['CDN', 'trial'],
      ['DNS', 'active'],
      ['CDN', 'paused'],
      ['STORAGE', 'trial'],
      ['DNS', 'trialend'],
      ['CDN', 'active'],
      ['DDOS', 'bogus'],
    ] as const) {
      await put(name, status)
      await agree()
    }
    const { json } = await call('GET', '/iam/clients?cdn=active&storage=trial')
    expect(json.map(({ id }: Shown) => id)).toEqual([3989])
  })

  it('27: guards what is in use, and refuses what is not available', async () => {
    const { call, put } = await open()
    await put('CDN', 'trial')
    const off = { product_name: 'CDN', available: false }
    const path = '/iam/products/availability/clients/3989'
    const refused = await call('PATCH', path, { body: off })
    expect(refused.status).toBe(403)
    expect(refused.json).toEqual({
      message: 'Availability cannot be turned off while services are in use.',
      exception_class: 'permission_denied',
      request_id: refused.headers.get('x-request-id'),
      trial: ['CDN'],
      activating: [],
      active: [],
    })
    await put('CDN', 'paused')
    const taken = await call('PATCH', path, { body: off })
    expect([taken.status, taken.json]).toEqual([200, off])
    expect((await call('GET', '/iam/clients/3989')).json.capabilities).not.toContain('CDN')
    expect((await put('CDN', 'active')).json.errors).toEqual({
      status: ['Product "CDN" is not available for this account.'],
    })
  })

  it('28: lets a personal value stand over the default', async () => {
    const { call } = await open()
    const path = '/iam/products/availability/clients/3989'
    const cdn = async (): Promise<boolean> => (await call('GET', path)).json[0].available
    await call('PATCH', path, { body: { product_name: 'CDN', available: true } })
    const defaults = await call('PATCH', '/iam/products/availability/defaults', {
      body: { product_name: 'CDN', available: false },
    })
    expect([defaults.status, await cdn()]).toEqual([200, true])
    const dropped = await call('DELETE', path, { body: { product_names: ['CDN'] } })
    expect([dropped.status, dropped.text, await cdn()]).toEqual([204, '', false])
  })

  it('29: makes a key that opens until it is deleted', async () => {
    const { call } = await open()
    const keys = '/iam/v2/clients/7/tokens'
    const made = await call('POST', keys, { body: KEY })
    expect(made.status).toBe(200)
    expect(made.json.token).toMatch(new RegExp(`^${made.json.id}_[0-9a-f]{64}$`))
    const by = { authorization: `APIKey ${made.json.token}` }
    expect((await call('GET', '/iam/clients/me', by)).json.id).toBe(7)
    expect((await call('DELETE', `${keys}/${made.json.id}`)).status).toBe(204)
    const refused = await call('GET', '/iam/clients/me', by)
    expect([refused.status, refused.json.message]).toEqual([401, 'Token is invalid or expired'])
  })

  it('30: opens sessions that last an hour, and refreshes once', async () => {
    const { call, clock } = await open({ sessionSecret: 'x'.repeat(32) })
    const opened = await call('POST', '/iam/auth/jwt/login', {
      authorization: '',
      body: { username: 'R@example.com', password: 'a password of 7' },
    })
    expect(opened.status).toBe(200)
    const me = async (): Promise<number> =>
      (await call('GET', '/iam/clients/me', { authorization: `Bearer ${opened.json.access}` }))
        .status
    await clock().advance(3_599_000)
    expect(await me()).toBe(200)
    await clock().advance(1000)
    expect(await me()).toBe(401)
    const refresh = async (): Promise<number> =>
      (
        await call('POST', '/iam/auth/jwt/refresh', {
          authorization: '',
          body: { refresh: opened.json.refresh },
        })
      ).status
    expect([await refresh(), await refresh()]).toEqual([200, 401])
  })

  it('31: undoes what billing has suspended', async () => {
    const { put, show, activate, idOf, clock, requests } = await open()
    await put('CDN', 'trial')
    await activate('DNS')
    await clock().advance(4 * DAY)
    const services = await Promise.all(['CDN', 'DNS', 'CLOUD'].map(idOf))
    const statuses = async (): Promise<unknown> =>
      Promise.all(['CDN', 'DNS', 'CLOUD'].map(async (name) => (await show(name)).status))
    const { billing } = given(site)
    await billing().suspend({ batch: 'b1', reason: 'unpaid', services })
    expect(await statuses()).toEqual(['paused', 'paused', 'new'])
    await clock().advance(2 * HOUR)
    await billing().restore({ batch: 'b1' })
    await billing().restore({ batch: 'b1' })
    expect(await statuses()).toEqual(['trial', 'active', 'new'])
    await clock().advance(10 * DAY - 1)
    expect((await show('CDN')).status).toBe('trial')
    await clock().advance(1)
    expect((await show('CDN')).status).toBe('trialend')
    const lines = (await requests()).filter(({ actions }) => String(actions).startsWith('billing.'))
    expect(lines.map(({ actions, data, method }) => [method, actions, data]).toSorted()).toEqual([
      ['SYSTEM', 'billing.restored', '{"from":"paused","to":"active","batch":"b1"}'],
      ['SYSTEM', 'billing.restored', '{"from":"paused","to":"trial","batch":"b1"}'],
      ['SYSTEM', 'billing.suspended', '{"from":"active","to":"paused","batch":"b1"}'],
      ['SYSTEM', 'billing.suspended', '{"from":"trial","to":"paused","batch":"b1"}'],
    ])
  })

  it('32: serves a client of 2019', async () => {
    const { call, activate } = await open({ legacy: true })
    await activate('CDN')
    const signed = await call('POST', '/auth/signin', {
      authorization: '',
      body: { username: 'r@example.com', password: 'a password of 7' },
    })
    expect(signed.json).toEqual({
      token: expect.any(String),
      expire: '2026-11-21T21:00:00.000000Z',
    })
    const authorization = `Token ${signed.json.token}`
    const { json: services } = await call('GET', '/clients/3989/services', { authorization })
    const path = `/clients/3989/services/${services[0].id}`
    for (const status of ['paused', 'active']) {
      const body = `{"enabled":${status === 'active'},"status":"${status}"}\n`
      const { status: code, json } = await call('PATCH', path, { authorization, body })
      expect([code, json.status]).toEqual([200, status])
    }
    expect((await call('GET', '/clients', { authorization })).json).toHaveLength(1)
    expect(
      (await call('PUT', '/clients/3989', { authorization, body: { phone: '1' } })).json,
    ).toMatchObject({ id: 3989, phone: '1' })
    expect((await call('PUT', '/iam/clients/3989', { body: {} })).status).toBe(405)
  })

  it('32: has no legacy paths unless they are asked for', async () => {
    const { call } = await open()
    for (const path of ['/clients', '/users', '/auth/signin', '/clients/3989/services'])
      expect((await call('GET', path)).status).toBe(404)
    expect((await call('GET', '/iam/clients', { authorization: 'Token x' })).status).toBe(401)
  })
})

// -- internals

const KEY = {
  name: 'CI',
  description: 'for builds',
  exp_date: null,
  client_user: { role: { name: 'Administrators' } },
}

// Tests say by what they expect of it what it is.
type Shown = any

interface Bench extends Pick<Site, 'call' | 'clock' | 'restart'> {
  readonly idOf: (product: string) => Promise<number>
  readonly path: (product: string) => Promise<string>
  readonly show: (product: string) => Promise<Shown>
  readonly put: (
    product: string,
    status: string,
    options?: Call & { readonly more?: object },
  ) => Promise<Answer>
  /** Brings a product into use, by its trial, at one instant. */
  readonly activate: (product: string) => Promise<void>
  readonly create: (body?: object) => Promise<Answer>
  readonly changes: () => Promise<unknown>
  readonly requests: () => Promise<ReadonlyArray<Readonly<Record<string, unknown>>>>
  /** Expects the client's record to agree with its services. */
  readonly agree: () => Promise<void>
}

const given = (open: Site | undefined): Site => {
  if (open === undefined) throw new Error('no site is open')
  return open
}

const benchOf = ({ call, clock, restart }: Site): Bench => {
  const idOf: Bench['idOf'] = async (product) => {
    const { json } = await call('GET', '/iam/clients/3989/services', { as: '1$s' })
    return json.find(({ name }: Shown) => name === product).id
  }
  const path: Bench['path'] = async (product) => `/iam/clients/3989/services/${await idOf(product)}`
  const put: Bench['put'] = async (product, status, { more = {}, ...options } = {}) =>
    call('PUT', await path(product), { body: { status, ...more }, ...options })
  return {
    call,
    clock,
    restart,
    idOf,
    path,
    put,
    show: async (product) => (await call('GET', await path(product))).json,
    activate: async (product) => {
      await put(product, 'trial')
      expect((await put(product, 'active')).json.status).toBe('active')
    },
    create: (body = {}) =>
      call('POST', '/iam/users', {
        body: { email: 'new@example.com', password: 'long enough', company: 'New', ...body },
      }),
    changes: async () => {
      const { json } = await call('GET', '/iam/activity_log/account_status_changes')
      expect(json.result).toEqual(json.results)
      return json.results.map((line: Shown) => [
        line.status_change_at,
        line.old_status,
        line.new_status,
      ])
    },
    requests: async () => (await call('GET', '/iam/activity_log/requests?limit=1000')).json.results,
    agree: async () => {
      const { json: services } = await call('GET', '/iam/clients/3989/services')
      const { json: client } = await call('GET', '/iam/clients/3989')
      expect(client.serviceStatuses).toEqual(
        Object.fromEntries(
          services.map(({ name, status, enabled }: Shown) => [name, { status, enabled }]),
        ),
      )
    },
  }
}
