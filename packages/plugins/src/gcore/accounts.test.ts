import { memoryStore } from '@signalbox/stores/memory'
import { describe, expect, it } from 'vitest'
import { bootWith, CDN, NEW_CDN, PRINCIPALS, principal, SETTINGS } from './__fixtures__/house.ts'
import type { Answer, Booted, Call } from './__fixtures__/house.ts'

const boot = bootWith(memoryStore)

const PERSONAL = '/iam/products/availability/clients'
const DEFAULTS = '/iam/products/availability/defaults'

const NEW = { email: 'x@example.com', password: 'long enough', company: 'X Ltd' }

const send = (
  { call }: Booted,
  method: string,
  path: string,
  body: object,
  options: Call = {},
): Promise<Answer> => call(method, path, { body: JSON.stringify(body), ...options })

describe('a new user', () => {
  it('comes with its client, shown whole', async () => {
    const house = await boot()
    const { status, json } = await send(house, 'POST', '/iam/users', {
      ...NEW,
      name: 'Xaver',
      phone: '1',
      lang: 'de',
      seller: 8,
      custom_id: 'c1',
      country_code: 'de',
      is_test: true,
      services: [
        { product_name: 'DNS', available: false },
        { product_name: 'CDN', available: null },
      ],
    })
    expect(status).toBe(201)
    expect(json).toEqual({
      id: expect.any(Number),
      email: 'x@example.com',
      name: 'Xaver',
      lang: 'de',
      phone: '1',
      company: 'X Ltd',
      reseller: 7,
      client: expect.any(Number),
      deleted: false,
      groups: [{ id: 1, name: 'Administrators' }],
      activated: true,
      sso_auth: false,
      two_fa: false,
      auth_types: ['password'],
      user_type: 'common',
      is_active: true,
      client_and_roles: [
        {
          client_id: json.client,
          client_company_name: 'X Ltd',
          user_id: json.id,
          user_roles: ['1'],
        },
      ],
    })
    expect(json.client).toBeGreaterThan(4000)
    const { json: client } = await house.get(`/iam/clients/${json.client}`, '8$s')
    expect(client).toMatchObject({
      email: 'x@example.com',
      name: 'Xaver',
      companyName: 'X Ltd',
      custom_id: 'c1',
      country_code: 'DE',
      is_test: true,
      seller: 8,
      status: 'preparation',
      capabilities: ['CDN', 'STORAGE', 'STREAMING', 'DDOS', 'CLOUD'],
    })
    expect((await house.get(`/iam/users/${json.id}`)).json).toEqual(json)
    expect((await house.get('/iam/users')).json.at(-1)).toEqual(json)
    expect((await house.get('/iam/users?limit=1')).json).toMatchObject({ count: 6, previous: null })
    expect((await house.get(`/iam/users/${json.id}`, '9$s')).status).toBe(404)
  })

  it('has an address of its own, also when two come at once', async () => {
    const house = await boot()
    const before = await house.dump()
    for (const email of ['BOB@example.com', 'R@example.com']) {
      const { status, json } = await send(house, 'POST', '/iam/users', { ...NEW, email })
      expect([status, json.errors]).toEqual([
        400,
        { email: ['User with this email already exists.'] },
      ])
    }
    expect(await house.dump()).toBe(before)
    const many = await Promise.all(
      Array.from({ length: 6 }, () => send(house, 'POST', '/iam/users', NEW)),
    )
    expect(many.map(({ status }) => status).toSorted()).toEqual([201, ...Array(5).fill(400)])
    expect((await house.get('/iam/clients?email=x@example.com')).json).toHaveLength(1)
    expect(await house.store.list({ provider: 'gcore', limit: 100 })()).toMatchObject({
      right: { items: { length: 24 } },
    })
  })

  it('is a seller’s own customer, and a reseller’s even out of its tenants', async () => {
    const house = await boot()
    const { json: own } = await send(house, 'POST', '/iam/users', NEW, { as: '8$s' })
    expect((await house.get(`/iam/clients/${own.client}`, '8$s')).json.seller).toBe(8)
    const narrow = { ...NEW, email: 'y@example.com' }
    const { json } = await send(house, 'POST', '/iam/users', narrow, { as: '11$s' })
    expect((await house.get(`/iam/clients/${json.client}`, '11$s')).status).toBe(200)
    expect((await send(house, 'POST', '/iam/users', NEW, { as: '12$s' })).status).toBe(403)
  })

  it('is made by an admin for a reseller that it names, unless there is only one', async () => {
    const house = await boot()
    const as = { as: '1$s' }
    const ask = (query: string): Promise<Answer> =>
      send(house, 'POST', `/iam/users${query}`, { ...NEW, email: '' }, as)
    expect((await ask('')).json.errors.reseller_id).toEqual(['This field is required.'])
    expect((await ask('?reseller_id=x')).json.errors.reseller_id).toEqual([
      'A valid integer is required.',
    ])
    expect((await ask('?reseller_id=8')).json.errors.reseller_id).toEqual([
      'Invalid pk "8" - object does not exist.',
    ])
    const { json } = await send(house, 'POST', '/iam/users?reseller_id=9', NEW, as)
    expect(json.reseller).toBe(9)
    const alone = await boot({ ...SETTINGS, clients: [] }, [
      principal('1', 'admin', '*'),
      principal('7', 'reseller', '*'),
    ])
    expect((await send(alone, 'POST', '/iam/users', NEW, as)).json.reseller).toBe(7)
  })

  it('is refused with all that is wrong at once', async () => {
    const { status, json } = await send(await boot(), 'POST', '/iam/users', {
      email: 'nobody',
      password: 'short',
      user_type: 'admin',
      lang: 'fr',
      services: [{ product_name: 'X' }],
    })
    expect(status).toBe(400)
    expect(json.errors).toEqual({
      email: ['Enter a valid email address.'],
      password: ['Ensure this field has at least 8 characters.'],
      company: ['This field is required.'],
      user_type: ['"admin" is not a valid choice.'],
      lang: ['"fr" is not a valid choice.'],
      services: ['services[0].product_name: "X" is not a valid choice.'],
    })
  })
})

describe('a change of a client', () => {
  it('writes what may be written, and ignores the rest', async () => {
    const house = await boot()
    await house.clock.advance(1000)
    const { status, json } = await send(house, 'PATCH', '/iam/clients/3990', {
      email: 'n@example.com',
      companyName: 'N',
      custom_id: 'c',
      name: 'n',
      phone: null,
      seller: null,
      is_test: true,
      status: 'active',
      id: 5,
    })
    expect(status).toBe(200)
    expect(json).toMatchObject({
      id: 3990,
      email: 'n@example.com',
      companyName: 'N',
      custom_id: 'c',
      name: 'n',
      seller: null,
      is_test: true,
      status: 'preparation',
      updated: '2026-11-21T20:00:01.000000Z',
    })
  })

  it('moves a client by an admin alone, and only to a reseller that there is', async () => {
    const house = await boot()
    const patch = (body: object, as = '7$s'): Promise<Answer> =>
      send(house, 'PATCH', '/iam/clients/3990', body, { as })
    expect((await patch({ reseller: 9 })).json.errors).toEqual({
      reseller: ['You cannot change the reseller.'],
    })
    expect((await patch({ reseller: 8 }, '1$s')).json.errors).toEqual({
      reseller: ['Invalid pk "8" - object does not exist.'],
    })
    expect((await patch({ seller: 9 })).json.errors).toEqual({
      seller: ['Invalid pk "9" - object does not exist.'],
    })
    expect((await patch({ reseller: 9 }, '1$s')).json).toMatchObject({ reseller: 9, seller: null })
    expect((await house.get('/iam/clients/3990')).status).toBe(404)
    expect(await house.ids('', '9$s')).toEqual([3990, 4000])
    expect((await patch({ name: 'x' }, '12$s')).status).toBe(404)
    expect((await send(house, 'PATCH', '/iam/clients/3989', {}, { as: '12$s' })).status).toBe(403)
    expect((await send(house, 'PATCH', '/iam/clients/7', {})).status).toBe(403)
  })
})

describe('availability', () => {
  it('is what a reseller offers, unless the client has a value of its own', async () => {
    const house = await boot()
    const shown = async (path: string, as = '7$s'): Promise<unknown> =>
      (await house.get(path, as)).json.filter(({ available }: any) => !available)
    expect((await house.get(DEFAULTS, '8$s')).json.map((one: any) => one.product_name)).toEqual([
      'CDN',
      'STORAGE',
      'STREAMING',
      'DNS',
      'DDOS',
      'CLOUD',
    ])
    const off = { product_name: 'CLOUD', available: false }
    expect((await send(house, 'PATCH', DEFAULTS, off)).json).toEqual(off)
    expect(await shown(DEFAULTS)).toEqual([off])
    expect(await shown(`${PERSONAL}/3990`, '8$s')).toEqual([off])
    const on = { product_name: 'CLOUD', available: true }
    await send(house, 'PATCH', `${PERSONAL}/3990`, on, { as: '8$s' })
    expect(await shown(`${PERSONAL}/3990`)).toEqual([])
    expect(await house.ids('?personal_product_availability=CDN,CLOUD')).toEqual([3990])
    expect(await shown(`${PERSONAL}/4000`, '9$s')).toEqual([])
    const reset = await send(house, 'DELETE', PERSONAL, { product_names: ['CLOUD'] })
    expect([reset.status, reset.text]).toEqual([204, ''])
    expect(await shown(`${PERSONAL}/3990`)).toEqual([off])
  })

  it('is for those to read and write who may', async () => {
    const house = await boot()
    const off = { product_name: 'CLOUD', available: false }
    const statuses = async (as: string): Promise<ReadonlyArray<number>> => [
      (await house.get(DEFAULTS, as)).status,
      (await send(house, 'PATCH', DEFAULTS, off, { as })).status,
      (await send(house, 'DELETE', PERSONAL, { product_names: ['CLOUD'] }, { as })).status,
      (await house.get(`${PERSONAL}/3989`, as)).status,
      (await send(house, 'PATCH', `${PERSONAL}/3989`, off, { as })).status,
    ]
    expect(await statuses('12$s')).toEqual([403, 403, 403, 403, 403])
    expect(await statuses('8$s')).toEqual([200, 403, 403, 404, 404])
    expect(await statuses('7$s')).toEqual([200, 200, 204, 200, 200])
    expect(await statuses('1$s')).toEqual([400, 400, 400, 200, 200])
    expect((await house.get(`${DEFAULTS}?reseller_id=7`, '1$s')).status).toBe(200)
    expect((await house.get(`${PERSONAL}/7`)).status).toBe(404)
  })

  it.each([
    [{}, { product_name: ['This field is required.'], available: ['This field is required.'] }],
    [
      { product_name: 'X', available: 'yes' },
      { product_name: ['"X" is not a valid choice.'], available: ['Must be a valid boolean.'] },
    ],
  ])('is not set by %j', async (body, errors) => {
    const { status, json } = await send(await boot(), 'PATCH', DEFAULTS, body)
    expect([status, json.errors]).toEqual([400, errors])
  })

  it('cannot be taken from clients who use it, by default, by reset or by a move', async () => {
    const house = await boot()
    const lists = { trial: ['DNS'], activating: [], active: [] }
    const off = { product_name: 'DNS', available: false }
    const refused = await send(house, 'PATCH', DEFAULTS, off)
    expect([refused.status, refused.json]).toEqual([403, expect.objectContaining(lists)])
    await send(house, 'PATCH', `${PERSONAL}/3989`, { product_name: 'DNS', available: true })
    expect((await send(house, 'PATCH', DEFAULTS, off)).status).toBe(200)
    const body = { product_names: ['DNS'] }
    for (const path of [PERSONAL, `${PERSONAL}/3989`])
      expect((await send(house, 'DELETE', path, body)).json).toMatchObject(lists)
    await send(house, 'PATCH', DEFAULTS, { product_name: 'CDN', available: false }, { as: '9$s' })
    const moved = await send(house, 'PATCH', '/iam/clients/3989', { reseller: 9 }, { as: '1$s' })
    expect([moved.status, moved.json.active]).toEqual([403, ['CDN']])
  })

  it('and use never cross, however they come', async () => {
    for (let round = 0; round < 20; round += 1) {
      const house = await boot()
      const off = { product_name: 'CDN', available: false }
      await send(house, 'PUT', CDN, { status: 'paused' })
      const personal = round % 2 === 0
      const [used, taken] = await Promise.all([
        send(house, 'PUT', NEW_CDN, { status: 'active' }),
        personal
          ? send(house, 'PATCH', `${PERSONAL}/3990`, off)
          : send(house, 'PATCH', DEFAULTS, off),
      ])
      expect([
        [200, 403],
        [400, 200],
      ]).toContainEqual([used.status, taken.status])
    }
  })
})

describe('what follows from services', () => {
  it('agrees with them while many write at once', async () => {
    const house = await boot(SETTINGS, PRINCIPALS)
    const ids = [101, 102, 103, 104, 105, 106]
    const words = ['trial', 'active', 'paused', 'trialend', 'active', 'paused']
    const writes = words.flatMap((status, round) =>
      ids.map(async (id) => {
        await send(house, 'PUT', `/iam/clients/3990/services/${id}`, {
          status: words[(round + id) % words.length] ?? status,
        })
        await send(house, 'PATCH', '/iam/clients/3990', { name: `${id}` })
      }),
    )
    await Promise.all(writes)
    const { json: services } = await house.get('/iam/clients/3990/services')
    const { json: client } = await house.get('/iam/clients/3990')
    expect(client.serviceStatuses).toEqual(
      Object.fromEntries(
        services.map(({ name, status, enabled }: any) => [name, { status, enabled }]),
      ),
    )
    const { json: changes } = await house.get('/iam/activity_log/account_status_changes')
    const own = changes.results.filter((change: any) => change.client === 3990).toReversed()
    // Each change goes on from where the one before it ended.
    expect(own.map(({ old_status: old }: any) => old)).toEqual([
      'preparation',
      ...own.slice(0, -1).map(({ new_status: now }: any) => now),
    ])
    expect(own.at(-1)?.new_status).toBe(client.status)
  })
})
