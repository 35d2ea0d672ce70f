import { memoryStore } from '@signalbox/stores/memory'
import { beforeEach, describe, expect, it } from 'vitest'
import { openBench, T0 } from './__fixtures__/bench.ts'
import type { Answer, Bench } from './__fixtures__/bench.ts'
import type { PoppySettings } from './settings.ts'

const TOKENS = 'POST /v2.0/tokens'
const DAY_MS = 86_400_000

let bench: Bench

const open = async (settings: PoppySettings = {}): Promise<void> => {
  bench = await openBench(memoryStore(), settings)
}

beforeEach(() => open())

const apiKey = (username: string, key = username.toUpperCase(), members: object = {}): object => ({
  auth: { 'RAX-KSKEY:apiKeyCredentials': { username, apiKey: key }, ...members },
})

const password = (username: string, members: object = {}): object => ({
  auth: { passwordCredentials: { username, password: username.toUpperCase() }, ...members },
})

interface Access {
  readonly token: {
    readonly id: string
    readonly expires: string
    readonly tenant: { readonly id: string; readonly name: string }
  }
  readonly serviceCatalog: ReadonlyArray<{ readonly endpoints: ReadonlyArray<unknown> }>
}

const accessOf = ({ value }: Answer): Access => (value as { readonly access: Access }).access

const login = async (body: object): Promise<Access> => {
  const answer = await bench.ask('nobody', TOKENS, body)
  expect(answer.status, answer.text).toBe(200)
  return accessOf(answer)
}

const list = async (token: string, project = 'acme-7'): Promise<number> =>
  (
    await bench.ask('nobody', `GET /v1.0/${project}/services`, undefined, {
      'x-auth-token': token,
    })
  ).status

describe('a token', () => {
  it('comes with the catalog that clients look into', async () => {
    const answer = await bench.ask('nobody', TOKENS, apiKey('ann'))
    const endpoints = [{ tenantId: 'acme-7', publicURL: 'http://cdn.example/v1.0/acme-7' }]
    expect(answer.headers.get('content-type')).toBe('application/json; charset=UTF-8')
    expect(answer.value).toEqual({
      access: {
        token: {
          id: expect.stringMatching(/^[\w.-]{40,}$/),
          expires: new Date(T0 + 6_000 + DAY_MS).toISOString(),
          tenant: { id: 'acme-7', name: 'acme-7' },
        },
        serviceCatalog: [
          { name: 'rackCDN', type: 'rax:cdn', endpoints },
          { name: 'rackcdn', type: 'cdn', endpoints },
        ],
        user: { id: 'ann', name: 'ann', roles: [{ id: '1', name: 'cdn:creator' }] },
      },
    })
    expect(Object.keys(answer.value as object)).toEqual(['access'])
  })

  it('is valid for its project for a day, and then no more', async () => {
    const { token } = await login(password('ann'))
    expect(await list(token.id)).toBe(200)
    expect(await list(token.id, 'beta-1')).toBe(401)
    await bench.advance(DAY_MS - 1)
    expect(await list(token.id)).toBe(200)
    await bench.advance(1)
    expect(await list(token.id)).toBe(401)
  })

  it('of an operator is valid for all projects and routes', async () => {
    const { token } = await login(password('ops', { tenantName: 'beta-1' }))
    expect(token.tenant.id).toBe('beta-1')
    expect(await list(token.id, 'acme-7')).toBe(200)
    const health = await bench.ask('nobody', 'GET /v1.0/beta-1/health', undefined, {
      'x-auth-token': token.id,
    })
    expect(health.status).toBe(200)
    const without = await login(password('ops'))
    expect(without.token.tenant).toEqual({ id: 'ops', name: 'ops' })
  })

  it('is exchanged for another one, which does not live longer', async () => {
    const first = await login(password('ann'))
    await bench.advance(1_000)
    const second = await login({ auth: { token: { id: first.token.id }, tenantId: 'acme-7' } })
    expect(second.token.id).not.toBe(first.token.id)
    expect(second.token.expires).toBe(first.token.expires)
    expect(await list(second.token.id)).toBe(200)
  })

  it('has an endpoint for each configured region, after the one without', async () => {
    await open({ regions: ['DFW'], publicUrl: 'https://cdn.example.org/', tokenLifetime: 60 })
    const { serviceCatalog, token } = await login(apiKey('ann'))
    const endpoint = { tenantId: 'acme-7', publicURL: 'https://cdn.example.org/v1.0/acme-7' }
    expect(serviceCatalog[0]?.endpoints).toEqual([endpoint, { ...endpoint, region: 'DFW' }])
    expect(token.expires).toBe(new Date(T0 + 66_000).toISOString())
  })

  it('is stored as a digest only, and forgotten some time after it has expired', async () => {
    const { token } = await login(apiKey('ann'))
    const stored = async (): Promise<string> =>
      JSON.stringify(
        await bench.store.documents({ provider: 'poppy', kind: 'token', limit: 100 })(),
      )
    const [, secret = ''] = token.id.split('.')
    expect(await stored()).toContain('"principal":"ann"')
    expect(await stored()).not.toContain(secret)
    await bench.advance(DAY_MS)
    await login(apiKey('bob'))
    expect(await stored()).not.toContain('"principal":"ann"')
  })

  it.each([
    ['a wrong key', apiKey('ann', 'wrong')],
    ['an unknown user', apiKey('nobody')],
    ["another's project", apiKey('ann', 'ANN', { tenantId: 'beta-1' })],
    ['no project at all', apiKey('ops', 'OPS', { tenantId: 'a b' })],
    ['an unknown token', { auth: { token: { id: 'made-up' } } }],
  ])('is refused for %s', async (_, body) => {
    const answer = await bench.ask('nobody', TOKENS, body)
    expect([answer.status, answer.text]).toEqual([
      401,
      '{"error":{"code":401,"title":"Unauthorized","message":"Invalid credentials."}}',
    ])
  })

  it.each([
    '',
    '{',
    '[]',
    'null',
    {},
    { auth: [] },
    { auth: {} },
    { auth: { passwordCredentials: { username: 'ann' } } },
    { auth: { token: { id: 'x' }, passwordCredentials: { username: 'a', password: 'b' } } },
    apiKey('ann', 'ANN', { tenantId: 7 }),
    apiKey('ann', 'ANN', { tenantId: 'acme-7', tenantName: 'beta-1' }),
  ])('is not made of %j', async (body) => {
    const answer = await bench.ask('nobody', TOKENS, body)
    expect(answer.status).toBe(400)
    expect(answer.value).toEqual({
      error: { code: 400, title: 'Bad Request', message: 'The request is malformed.' },
    })
  })

  it('is asked for in one way only', async () => {
    const answer = await bench.ask('nobody', 'GET /v2.0/tokens')
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
    expect((await bench.ask('nobody', 'GET /v2.0/users')).status).toBe(404)
    expect((await bench.ask('ann', `POST /v1.0/110011${'/v2.0/tokens'}`, {})).status).not.toBe(200)
  })
})

it('hands out no token in a rehearsal', async () => {
  const dry = { prefer: 'handling=dry-run' }
  expect(await bench.ask('nobody', TOKENS, apiKey('ann'), dry)).toMatchObject({
    status: 501,
    value: { message: 'This request cannot be rehearsed. Nothing was changed.' },
  })
  expect(await bench.ask('nobody', TOKENS, apiKey('ann'), { prefer: 'handling=x' })).toMatchObject({
    status: 400,
  })
})
