import { memoryStore } from '@signalbox/stores/memory'
import { expect, it } from 'vitest'
import { bootWith, CDN, DAY, HOUR } from './__fixtures__/house.ts'
import type { Answer, Booted } from './__fixtures__/house.ts'

const boot = bootWith(memoryStore)

const KEYS = '/iam/v2/clients/7/tokens'

const make = ({ call }: Booted, body: object = {}, path = KEYS, as = '7$s'): Promise<Answer> =>
  call('POST', path, {
    as,
    body: JSON.stringify({
      name: 'CI',
      exp_date: null,
      client_user: { role: { name: 'Administrators' } },
      ...body,
    }),
  })

it('shows a key once, and its record from then on', async () => {
  const house = await boot()
  const { json } = await make(house, { description: 'builds', exp_date: '2026-12-01T00:00:00Z' })
  const { token, ...shown } = json
  expect(shown).toEqual({
    id: expect.any(Number),
    name: 'CI',
    description: 'builds',
    exp_date: '2026-12-01T00:00:00.000000Z',
    deleted: false,
    expired: false,
    created: '2026-11-21T20:00:00.000000Z',
    last_usage: '2026-11-21T20:00:00.000000Z',
    client_user: {
      deleted: false,
      user_id: 7,
      user_name: 'r@example.com',
      user_email: 'r@example.com',
      client_id: 7,
      role: { id: 1, name: 'Administrators' },
    },
  })
  expect(json.id).toBeGreaterThan(12)
  expect((await house.get(`${KEYS}/${json.id}`)).json).toEqual(shown)
  expect((await house.get(KEYS)).json).toEqual([shown])
  const secret = token.split('_')[1]
  const stored = JSON.stringify(
    await house.store.documents({ provider: 'gcore', kind: 'key', limit: 9 })(),
  )
  const log = (await house.get('/iam/activity_log/requests', '1$s')).text
  for (const text of [stored, log, JSON.stringify(house.lines)]) expect(text).not.toContain(secret)
})

it('acts as its issuer, and notes when', async () => {
  const house = await boot()
  const { json: key } = await make(house)
  await house.clock.advance(HOUR)
  for (const authorization of [`APIKey ${key.token}`, `apikey ${key.token.replace('_', '$')}`]) {
    const { status } = await house.call('PUT', CDN, { authorization, body: '{"status":"paused"}' })
    expect(status).toBe(200)
  }
  expect((await house.get(`${KEYS}/${key.id}`)).json.last_usage).toBe('2026-11-21T21:00:00.000000Z')
  const [line] = (await house.get('/iam/activity_log/requests')).json.results
  expect(line).toMatchObject({ user: 7, token: key.id, client: 7 })
  const wrong = await house.call('GET', CDN, {
    authorization: `APIKey ${key.id}_${'0'.repeat(64)}`,
  })
  expect([wrong.status, wrong.json.message]).toEqual([401, `Bad token: ${key.id}`])
})

it('dies at its instant, and is listed among the deleted', async () => {
  const house = await boot()
  const { json: key } = await make(house, { exp_date: '2026-11-22T20:00:00Z' })
  const by = { authorization: `APIKey ${key.token}` }
  await house.clock.advance(DAY - 1)
  expect((await house.call('GET', CDN, by)).status).toBe(200)
  await house.clock.advance(1)
  const refused = await house.call('GET', CDN, by)
  expect([refused.status, refused.json.exception_class]).toEqual([401, 'token_not_valid'])
  expect((await house.get(`${KEYS}/${key.id}`)).status).toBe(404)
  expect((await house.call('DELETE', `${KEYS}/${key.id}`)).status).toBe(404)
  expect((await house.get(KEYS)).json).toEqual([])
  expect((await house.get(`${KEYS}?deleted=true`)).json).toMatchObject([
    { id: key.id, deleted: true, expired: true },
  ])
})

it.each([
  [{ client_user: { role: { name: 'Boss' } } }, { client_user: { role: ['Invalid role: Boss'] } }],
  [{ client_user: { role: { id: 4 } } }, { client_user: { role: ['Invalid role: 4'] } }],
  [{ client_user: {} }, { client_user: { role: ['This field is required.'] } }],
  [{ name: '' }, { name: ['This field may not be blank.'] }],
  [{ exp_date: 'soon' }, { exp_date: ['Enter a valid date/time.'] }],
  [{ exp_date: '2026-11-21T20:00:00Z' }, { exp_date: ['The date must be in the future.'] }],
])('is not made of %j', async (body, errors) => {
  const { status, json } = await make(await boot(), body)
  expect([status, json.errors]).toEqual([400, errors])
})

it('is made by those who may, and for no higher role than their own', async () => {
  const house = await boot()
  expect((await make(house, {}, '/iam/v2/clients/3989/tokens')).status).toBe(403)
  expect((await make(house, {}, '/iam/v2/clients/3989/tokens', '1$s')).status).toBe(200)
  expect((await make(house, {}, '/iam/v2/clients/4000/tokens')).status).toBe(404)
  const own = '/iam/v2/clients/3989/tokens'
  const { json: low } = await make(house, { client_user: { role: { id: 2 } } }, own, '12$s')
  const by = { authorization: `APIKey ${low.token}` }
  expect((await house.call('GET', CDN, by)).status).toBe(200)
  expect((await house.call('GET', '/iam/activity_log/requests', by)).status).toBe(403)
  const create = (role: string): Promise<Answer> =>
    house.call('POST', own, {
      ...by,
      body: JSON.stringify({ name: 'x', exp_date: null, client_user: { role: { name: role } } }),
    })
  expect((await create('Administrators')).json.errors).toEqual({
    client_user: { role: ["Can't create token with role Administrators"] },
  })
  expect((await create('Users')).status).toBe(200)
  // Those below Administrators see the keys that they issued; both of these are the same user's.
  expect((await house.call('GET', own, by)).json).toHaveLength(2)
  expect((await house.get(`${own}?role=Users&issued_by=12`, '12$s')).json).toHaveLength(2)
  expect((await house.get(`${own}?not_issued_by=12`, '12$s')).json).toHaveLength(1)
  expect((await house.get(`${own}?role=Engineers`, '12$s')).json).toHaveLength(0)
})

it('is one of a hundred at most, also when many are made at once', async () => {
  const house = await boot()
  for (let made = 0; made < 95; made += 1) await make(house)
  const more = await Promise.all(Array.from({ length: 12 }, () => make(house)))
  const refused = more.filter(({ status }) => status === 400)
  expect(more.filter(({ status }) => status === 200)).toHaveLength(5)
  expect(refused).toHaveLength(7)
  expect(refused[0]?.json.errors).toEqual({ errors: ['Maximum number of API tokens reached.'] })
  expect((await house.get(KEYS)).json).toHaveLength(100)
})
