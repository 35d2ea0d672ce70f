import { memoryStore } from '@signalbox/stores/memory'
import { SignJWT, UnsecuredJWT } from 'jose'
import { expect, it } from 'vitest'
import { hashPassword } from './passwords.ts'
import { bootWith, CDN, HOUR, MINUTE, SETTINGS, T0 } from './__fixtures__/house.ts'
import type { Answer, Booted } from './__fixtures__/house.ts'

const boot = bootWith(memoryStore)

const SECRET = 'a secret that is long enough for all'
const open = async (more: object = {}): Promise<Booted> =>
  boot({
    ...SETTINGS,
    users: { '7': { email: 'r@example.com', password: 'right' }, '8': { reseller: 7 } },
    sessionSecret: SECRET,
    ...more,
  })

const post = ({ call }: Booted, path: string, body: object): Promise<Answer> =>
  call('POST', `/iam/auth/jwt/${path}`, { authorization: '', body: JSON.stringify(body) })

const logIn = (house: Booted, password = 'right', username = 'r@example.com'): Promise<Answer> =>
  post(house, 'login', { username, password })

const me = async (house: Booted, authorization: string): Promise<number> =>
  (await house.call('GET', '/iam/clients/me', { authorization })).status

it('says in a token who it is for', async () => {
  const house = await open()
  const { json } = await logIn(house)
  const claims = (token: string): object => JSON.parse(atob(token.split('.')[1] ?? ''))
  const about = {
    exp: T0 / 1000 + 3600,
    jti: expect.any(String),
    user_id: 7,
    user_type: 'reseller',
    user_groups: ['Administrators'],
    client_id: 7,
    email: 'r@example.com',
    is_admin: false,
  }
  const refresh = claims(json.refresh) as { readonly jti: string }
  expect(refresh).toEqual({ ...about, token_type: 'refresh', exp: T0 / 1000 + 86_400 })
  expect(claims(json.access)).toEqual({ ...about, token_type: 'access', rjti: refresh.jti })
})

it('takes only its own tokens, and neither for the other', async () => {
  const house = await open()
  const { json } = await logIn(house)
  expect(await me(house, `Bearer ${json.access}`)).toBe(200)
  expect(await me(house, `bearer ${json.access}`)).toBe(200)
  expect(await me(house, `Token ${json.access}`)).toBe(401)
  expect(await me(house, `Bearer ${json.refresh}`)).toBe(401)
  expect((await post(house, 'refresh', { refresh: json.access })).status).toBe(401)
  const claims = {
    token_type: 'access',
    jti: 'x',
    user_id: 1,
    user_type: 'reseller',
    client_id: 1,
    email: 'x',
  }
  const key = new TextEncoder().encode(SECRET)
  const signed = (alg: string, secret = key): Promise<string> =>
    new SignJWT(claims)
      .setProtectedHeader({ alg })
      .setExpirationTime(T0 / 1000 + 60)
      .sign(secret)
  expect(await me(house, `Bearer ${await signed('HS256')}`)).toBe(200)
  expect(await me(house, `Bearer ${await signed('HS512')}`)).toBe(401)
  expect(await me(house, `Bearer ${await signed('HS256', new Uint8Array(32))}`)).toBe(401)
  expect(await me(house, `Bearer ${new UnsecuredJWT(claims).encode()}`)).toBe(401)
})

it('refreshes once, though two come at once, and leaves the access token be', async () => {
  const house = await open()
  const { json } = await logIn(house)
  const tries = await Promise.all(
    Array.from({ length: 8 }, () => post(house, 'refresh', { refresh: json.refresh })),
  )
  expect(tries.map(({ status }) => status).toSorted()).toEqual([200, ...Array(7).fill(401)])
  const refused = tries.find(({ status }) => status === 401)
  expect(refused?.json).toMatchObject({
    message: 'Token is invalid or expired',
    exception_class: 'token_not_valid',
  })
  expect(await me(house, `Bearer ${json.access}`)).toBe(200)
  const renewed = tries.find(({ status }) => status === 200)?.json
  expect(await me(house, `Bearer ${renewed.access}`)).toBe(200)
  const later = await house.restart(T0 + 23 * HOUR, {
    settings: { users: { '7': { email: 'r@example.com' } }, sessionSecret: SECRET },
  })
  expect((await post(later, 'refresh', { refresh: json.refresh })).status).toBe(401)
  expect((await post(later, 'refresh', { refresh: renewed.refresh })).status).toBe(200)
})

it('forgets used tokens once they have expired', async () => {
  const house = await open()
  const { json } = await logIn(house)
  await post(house, 'refresh', { refresh: json.refresh })
  const spent = async ({ store }: Booted): Promise<unknown> =>
    store.documents({ provider: 'gcore', kind: 'spent', limit: 9 })()
  expect(await spent(house)).toMatchObject({ right: { items: [{}] } })
  expect(await spent(await house.restart(T0 + 25 * HOUR))).toMatchObject({ right: { items: [] } })
})

it('lets a user in who was made over HTTP, as what it is', async () => {
  const house = await open()
  const made = await house.call('POST', '/iam/users', {
    body: JSON.stringify({ email: 'Jo@Example.com', password: 'hunter2hunter2', company: 'Jo' }),
  })
  const { json } = await logIn(house, 'hunter2hunter2', 'jo@example.COM')
  const authorization = `Bearer ${json.access}`
  const { client } = made.json
  expect((await house.call('GET', '/iam/clients/me', { authorization })).json).toMatchObject({
    id: client,
    currentUser: made.json.id,
  })
  expect((await house.call('GET', '/iam/clients', { authorization })).status).toBe(403)
  expect((await house.call('GET', CDN, { authorization })).status).toBe(404)
  const { json: users } = await house.call('GET', '/iam/users', { authorization })
  expect(users).toEqual([made.json])
  const documents = await house.store.documents({ provider: 'gcore', kind: 'password', limit: 9 })()
  expect(JSON.stringify(documents)).not.toContain('hunter2')
  expect(JSON.stringify(house.lines)).not.toContain('hunter2')
})

it('takes a configured password that is kept as its hash', async () => {
  const scrypt = await hashPassword('right')
  const house = await open({ users: { '7': { email: 'r@example.com', password: { scrypt } } } })
  expect((await logIn(house, 'wrong')).status).toBe(400)
  expect((await logIn(house)).status).toBe(200)
})

it('refuses a login that fails, whoever it is for', async () => {
  const house = await open()
  for (const username of ['r@example.com', 'nobody@example.com', 'user8@localhost']) {
    const { status, json } = await logIn(house, 'wrong', username)
    expect([status, json.errors]).toEqual([
      400,
      { errors: ['No active account found with the given credentials.'] },
    ])
  }
  expect((await post(house, 'login', {})).json.errors).toEqual({
    username: ['This field is required.'],
    password: ['This field is required.'],
  })
})

it('bounds failures in an hour and attempts in a minute, in windows that slide', async () => {
  const house = await open()
  const { clock } = house
  for (let failed = 0; failed < 3; failed += 1) {
    expect((await logIn(house, 'wrong')).status).toBe(400)
    await clock.advance(10 * MINUTE)
  }
  const refused = await logIn(house)
  expect(refused.status).toBe(429)
  expect(refused.headers.get('retry-after')).toBe('1800')
  expect(refused.headers.get('x-should-retry')).toBe('false')
  expect(refused.json).toMatchObject({
    message: 'Request was throttled. Expected available in 1800 seconds.',
    exception_class: 'throttled',
  })
  expect((await logIn(house, 'wrong', 'nobody@example.com')).status).toBe(400)
  await clock.advance(30 * MINUTE - 1)
  expect((await logIn(house)).headers.get('retry-after')).toBe('1')
  await clock.advance(1)
  for (let opened = 0; opened < 5; opened += 1) expect((await logIn(house)).status).toBe(200)
  const sixth = await logIn(house)
  expect([
    sixth.status,
    sixth.headers.get('retry-after'),
    sixth.headers.get('x-should-retry'),
  ]).toEqual([429, '60', null])
  await clock.advance(MINUTE)
  expect((await logIn(house)).status).toBe(200)
})

it('lets no more failures through because they come at once', async () => {
  const house = await open()
  const tries = await Promise.all(Array.from({ length: 6 }, () => logIn(house, 'wrong')))
  expect(tries.map(({ status }) => status).toSorted()).toEqual([400, 400, 400, 429, 429, 429])
})

it('bounds requests by credential when asked to, and says so on every answer', async () => {
  const house = await open({ rateLimit: { perSecond: 2 } })
  const { get, call, clock } = house
  const limits = ({ headers }: Answer): ReadonlyArray<string | null> =>
    ['limit', 'remaining', 'reset'].map((name) => headers.get(`ratelimit-${name}`))
  expect(limits(await get(CDN))).toEqual(['2', '1', '1'])
  expect(limits(await get('/iam/nowhere'))).toEqual(['2', '0', '1'])
  const third = await call('PUT', CDN, { body: '{bad' })
  expect([third.status, third.headers.get('retry-after'), limits(third)]).toEqual([
    429,
    '1',
    ['2', '0', '1'],
  ])
  expect(third.json.message).toBe('Request was throttled. Expected available in 1 second.')
  expect((await get(CDN, '1$s')).status).toBe(200)
  expect(limits(await call('GET', CDN, { authorization: '' }))).toEqual(['2', '2', '1'])
  await clock.advance(1000)
  expect((await get(CDN)).status).toBe(200)
})

it('is not handed out in a rehearsal', async () => {
  const house = await open()
  const response = await house.host.fetch(
    new Request('http://localhost/iam/auth/jwt/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json', prefer: 'handling=dry-run' },
      body: JSON.stringify({ username: 'r@example.com', password: 'right' }),
    }),
  )
  expect(response.status).toBe(501)
  expect(await response.json()).toMatchObject({
    message: 'This request cannot be rehearsed.',
    exception_class: 'not_implemented',
  })
})
