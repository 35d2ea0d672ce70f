import type { Document } from '@signalbox/core/store'
import { memoryStore } from '@signalbox/stores/memory'
import { expect, it } from 'vitest'
import { T0 } from '../__fixtures__/house.ts'
import { virtualClock } from '../clock.ts'
import { openBox } from './__fixtures__/box.ts'
import type { Box } from './__fixtures__/box.ts'

interface Made {
  readonly id: string
  readonly token: string
}

const makeToken = async (
  { control }: Box,
  body: object,
  as = 'adam',
): Promise<Made & { readonly status: number; readonly value: unknown }> => {
  const { status, value } = await control('POST /tokens', { as, body })
  return { ...(value as Made), status, value }
}

const asks = async ({ control }: Box, token: string, line = 'GET /providers'): Promise<number> =>
  (await control(line, { as: null, headers: { authorization: `Bearer ${token}` } })).status

const documents = async (
  store: ReturnType<typeof memoryStore>,
): Promise<ReadonlyArray<Document>> => {
  const page = await store.documents({ provider: 'signalbox', kind: 'token', limit: 100 })()
  return page._tag === 'Right' ? page.right.items : []
}

it('makes a token whose text is shown once, and which does what it allows', async () => {
  const store = memoryStore()
  const box = await openBox({ store })
  const made = await box.control('POST /tokens', {
    as: 'adam',
    body: { name: 'ci', roles: ['viewer'] },
  })
  expect(made.status).toBe(201)
  const { token, ...shown } = made.value as Made
  expect(shown).toEqual({
    id: expect.any(String),
    name: 'ci',
    roles: ['viewer'],
    providers: '*',
    tenants: '*',
    createdAt: new Date(T0).toISOString(),
    createdBy: 'signalbox/adam',
    expiresAt: null,
    href: `/_signalbox/v1/tokens/${shown.id}`,
  })
  expect(made.headers.get('location')).toBe(`/_signalbox/v1/tokens/${shown.id}`)
  expect(await asks(box, token)).toBe(200)
  expect(await asks(box, token, 'GET /tokens')).toBe(403)
  expect((await box.control('GET /tokens', { as: 'adam' })).value).toEqual({
    items: [shown],
    next: null,
  })
})

it('keeps no secret of a token, neither in the store nor in the log nor in the journal', async () => {
  const store = memoryStore()
  const box = await openBox({ store })
  const { token } = await makeToken(box, { name: 'ci', roles: ['viewer'] })
  await asks(box, token)
  const secret = token.slice(token.indexOf('.') + 1)
  expect(secret).toHaveLength(43)
  const events = await box.control('GET /events', { as: 'adam' })
  for (const kept of [await documents(store), box.lines, events.value])
    expect(JSON.stringify(kept)).not.toContain(secret)
})

it('takes no text that differs from a token anywhere', async () => {
  const box = await openBox({ store: memoryStore() })
  const { token, id } = await makeToken(box, { name: 'ci', roles: ['viewer'] })
  const other = await makeToken(box, { name: 'cd', roles: ['viewer'] })
  const last = token.endsWith('A') ? 'B' : 'A'
  expect(await asks(box, `${token.slice(0, -1)}${last}`)).toBe(401)
  expect(await asks(box, token.replace(id, other.id))).toBe(401)
  expect(await asks(box, token.replace(id, 'nobody'))).toBe(401)
  expect(await asks(box, token.toUpperCase())).toBe(401)
  expect(await asks(box, token)).toBe(200)
})

it('revokes a token at once on this host, and soon on another one', async () => {
  const clock = virtualClock(T0)
  const store = memoryStore()
  const box = await openBox({ store, clock })
  const elsewhere = await openBox({ store, clock })
  const { token, id } = await makeToken(box, { name: 'ci', roles: ['viewer'] })
  expect(await asks(box, token)).toBe(200)
  expect(await asks(elsewhere, token)).toBe(200)
  expect((await box.control(`DELETE /tokens/${id}`, { as: 'adam' })).status).toBe(204)
  expect(await asks(box, token)).toBe(401)
  await clock.advance(2_000)
  expect(await asks(elsewhere, token)).toBe(401)
  expect((await box.control(`DELETE /tokens/${id}`, { as: 'adam' })).status).toBe(404)
})

it('ends a token at its instant', async () => {
  const clock = virtualClock(T0)
  const box = await openBox({ store: memoryStore(), clock })
  const expiresAt = new Date(T0 + 1_000).toISOString()
  const { token, value } = await makeToken(box, { name: 'ci', roles: ['viewer'], expiresAt })
  expect(value).toMatchObject({ expiresAt })
  await clock.advance(999)
  expect(await asks(box, token)).toBe(200)
  await clock.advance(1)
  expect(await asks(box, token)).toBe(401)
})

it('lets nobody make a token that may more than its maker', async () => {
  const box = await openBox({ store: memoryStore() })
  const roles = ['admin']
  expect((await makeToken(box, { name: 'a', roles }, 'olga')).status).toBe(403)
  expect(
    (await makeToken(box, { name: 'a', roles, tenants: '*' }, 'elsewhere')).value,
  ).toMatchObject({ status: 400, errors: [{ pointer: '/tenants' }] })
  expect(
    (await makeToken(box, { name: 'a', roles, tenants: ['u', 't'] }, 'elsewhere')).status,
  ).toBe(400)
  // What is left out is what the maker has.
  expect((await makeToken(box, { name: 'a', roles }, 'elsewhere')).value).toMatchObject({
    tenants: ['u'],
  })
  expect(
    (await makeToken(box, { name: 'a', roles, providers: ['demo'] }, 'others')).value,
  ).toMatchObject({ status: 400, errors: [{ pointer: '/providers/0' }] })
  expect((await makeToken(box, { name: 'a', roles }, 'others')).value).toMatchObject({
    providers: ['other'],
  })
  const expiresAt = new Date(T0 + 60_000).toISOString()
  const short = await makeToken(box, { name: 'short', roles, expiresAt })
  const headers = { authorization: `Bearer ${short.token}` }
  const longer = { name: 'longer', roles, expiresAt: new Date(T0 + 60_001).toISOString() }
  expect((await box.control('POST /tokens', { as: null, headers, body: longer })).status).toBe(400)
  const child = await box.control('POST /tokens', {
    as: null,
    headers,
    body: { name: 'child', roles },
  })
  expect(child.value).toMatchObject({ expiresAt, createdBy: `signalbox/short:${short.id}` })
})

it('shows and revokes only tokens that may no more than the caller', async () => {
  const box = await openBox({ store: memoryStore() })
  const whole = await makeToken(box, { name: 'whole', roles: ['viewer'] })
  const part = await makeToken(box, { name: 'part', roles: ['viewer'], tenants: ['u'] })
  const listed = await box.control('GET /tokens', { as: 'elsewhere' })
  expect(listed.value).toMatchObject({ items: [{ id: part.id }] })
  expect((await box.control(`DELETE /tokens/${whole.id}`, { as: 'elsewhere' })).status).toBe(404)
  expect((await box.control(`DELETE /tokens/${part.id}`, { as: 'elsewhere' })).status).toBe(204)
  expect(await asks(box, whole.token)).toBe(200)
})

it('lists tokens by page', async () => {
  const box = await openBox({ store: memoryStore() })
  const ids: Array<string> = []
  for (const name of ['a', 'b', 'c'])
    ids.push((await makeToken(box, { name, roles: ['viewer'] })).id)
  const seen: Array<string> = []
  let after = ''
  for (let pages = 0; pages < 3; pages += 1) {
    const { value } = await box.control(`GET /tokens?limit=1${after}`, { as: 'adam' })
    const { items, next } = value as { items: ReadonlyArray<Made>; next: string | null }
    expect(items).toHaveLength(1)
    seen.push(...items.map(({ id }) => id))
    after = `&after=${String(next)}`
  }
  expect(seen.toSorted()).toEqual(ids.toSorted())
})

it('journals who made and who revoked a token', async () => {
  const box = await openBox({ store: memoryStore() })
  const { id } = await makeToken(box, { name: 'ci', roles: ['viewer'], tenants: ['t'] })
  await box.control(`DELETE /tokens/${id}`, { as: 'adam' })
  const { value } = await box.control('GET /events', { as: 'adam' })
  expect(value).toMatchObject({
    items: ['token.create', 'token.revoke'].map((type) => ({
      data: {
        provider: 'signalbox',
        service: id,
        type,
        actor: { id: 'signalbox/adam' },
        detail: { name: 'ci', roles: ['viewer'], tenants: ['t'] },
      },
    })),
  })
})

it('names what is wrong with the request for a token', async () => {
  const box = await openBox({ store: memoryStore() })
  const refused = async (body: object): Promise<unknown> => {
    const { status, value } = await makeToken(box, body)
    expect(status).toBe(400)
    return (value as { errors: unknown }).errors
  }
  expect(await refused({ name: 'a b', roles: [] })).toMatchObject([
    { pointer: '/name' },
    { pointer: '/roles' },
  ])
  expect(await refused({ name: 'a', roles: ['owner'] })).toMatchObject([{ pointer: '/roles/0' }])
  expect(await refused({ name: 'a', roles: ['viewer'], expiresAt: '2020-01-01' })).toMatchObject([
    { pointer: '/expiresAt' },
  ])
  const past = '2020-01-01T00:00:00Z'
  expect(await refused({ name: 'a', roles: ['viewer'], expiresAt: past })).toMatchObject([
    { pointer: '/expiresAt', rule: 'an instant to come expected' },
  ])
})
