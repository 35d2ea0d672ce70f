import { memoryStore } from '@signalbox/stores/memory'
import { storeUnavailable } from '@signalbox/core/store'
import type { Store } from '@signalbox/core/store'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { dataOf } from './activity.ts'
import { bootWith, CDN, DAY, NEW_CDN, PRINCIPALS, SETTINGS, T0 } from './__fixtures__/house.ts'
import type { Booted } from './__fixtures__/house.ts'

const boot = bootWith(memoryStore)

const LOG = '/iam/activity_log/requests'
const CHANGES = '/iam/activity_log/account_status_changes'

const linesOf = async ({ get }: Booted, as = '1$s'): Promise<ReadonlyArray<any>> =>
  (await get(`${LOG}?limit=1000`, as)).json.results

describe('the log of requests', () => {
  it('tells of a write with everything that is known of it', async () => {
    const house = await boot()
    const body = '{"status":"paused", "enabled":false}\n'
    await house.call('PUT', `${CDN}?x=1&y=%20`, { body })
    const [line] = await linesOf(house)
    expect(line).toEqual({
      id: expect.any(Number),
      actions: 'service.update',
      data: body,
      user_email: 'r@example.com',
      client: 7,
      token: 0,
      requested_at: '2026-11-21T20:00:00.000000Z',
      path: CDN,
      remote_ip_address: '',
      host: 'localhost',
      method: 'PUT',
      query_params: 'x=1&y=%20',
      status_code: 200,
      reverted: false,
      user: 7,
    })
    expect((await house.get(`${LOG}/${line.id}`)).json).toEqual(line)
  })

  it('tells of each write once, refused or not, and of no read', async () => {
    const house = await boot()
    const { call, get } = house
    await get(CDN)
    await call('PUT', CDN, { body: '{"status":"paused"}' })
    await call('PUT', CDN, { body: '{"status":"paused"}' })
    await call('PUT', CDN, { body: '{"status":"new"}' })
    await call('PATCH', CDN, { body: '{bad' })
    await call('PATCH', CDN, { body: 'text', type: 'text/plain' })
    await call('PUT', CDN, { body: '{"status":"active"}', as: '12$s' })
    await call('PUT', CDN, { body: '{}', as: '7$wrong' })
    await call('DELETE', CDN)
    await call('POST', '/iam/nowhere', { body: '{"password":"p"}' })
    await call('PUT', '/iam/clients/4000/services/1', { body: '{}' })
    await call('PATCH', '/iam/clients/3990', { body: '{"name":"Z"}' })
    await call('PATCH', '/iam/clients/3990', { body: '{"is_test":"Z"}' })
    const lines = (await linesOf(house)).map(
      ({ actions, data, method, status_code, reverted, user }) => [
        actions,
        method,
        data,
        status_code,
        reverted,
        user,
      ],
    )
    expect(lines.toReversed()).toEqual([
      ['service.update', 'PUT', '{"status":"paused"}', 200, false, 7],
      ['service.update', 'PUT', '{"status":"paused"}', 200, false, 7],
      ['service.update', 'PUT', '{"status":"new"}', 400, true, 7],
      ['service.update', 'PATCH', '{bad', 400, true, 7],
      ['service.update', 'PATCH', 'text', 415, true, 7],
      ['service.update', 'PUT', '{"status":"active"}', 403, true, 12],
      ['', 'DELETE', '', 405, true, 7],
      ['', 'POST', '{"password":"***"}', 404, true, 7],
      ['service.update', 'PUT', '{}', 404, true, 7],
      ['client.update', 'PATCH', '{"name":"Z"}', 200, false, 7],
      ['client.update', 'PATCH', '{"is_test":"Z"}', 400, true, 7],
    ])
  })

  it('shows each caller the accounts in its sight', async () => {
    const house = await boot()
    await house.call('PUT', NEW_CDN, { body: '{"status":"trial"}', as: '8$s' })
    await house.call('PUT', CDN, { body: '{}', as: '12$s' })
    await house.call('PUT', '/iam/nowhere', { body: '{}', as: '9$s' })
    // The demo's paused STORAGE is kept no longer.
    await house.clock.advance(2 * DAY)
    const seen = async (as: string): Promise<ReadonlyArray<unknown>> =>
      (await linesOf(house, as)).map(({ user, client }) => [user, client])
    expect(await seen('1$s')).toEqual([
      [0, 3989],
      [9, 9],
      [12, 3989],
      [8, 7],
    ])
    expect(await seen('7$s')).toEqual([
      [0, 3989],
      [12, 3989],
      [8, 7],
    ])
    expect(await seen('8$s')).toEqual([[8, 7]])
    expect(await seen('12$s')).toEqual([
      [0, 3989],
      [12, 3989],
    ])
    const [own] = await linesOf(house, '9$s')
    expect((await house.get(`${LOG}/${own.id}`)).status).toBe(404)
    expect((await house.get(`${LOG}/${own.id}`, '9$s')).status).toBe(200)
    expect((await house.get(`${LOG}/999999999`, '1$s')).status).toBe(404)
  })

  it('comes in parts, newest first, under both names', async () => {
    const house = await boot()
    for (let at = 0; at < 5; at += 1) {
      await house.call('PUT', CDN, { body: `{"status":"x${at}"}` })
      await house.clock.advance(1000)
    }
    const { json } = await house.get(`${LOG}?limit=2&offset=1`)
    expect(json).toMatchObject({
      count: 5,
      next: `http://localhost${LOG}?limit=2&offset=3`,
      previous: `http://localhost${LOG}?limit=2&offset=0`,
    })
    expect(json.result.map(({ data }: any) => data)).toEqual(['{"status":"x3"}', '{"status":"x2"}'])
    expect(json.results).toEqual(json.result)
    expect((await house.get(LOG)).json.results).toHaveLength(5)
    expect((await house.get(`${LOG}?offset=9`)).json).toMatchObject({ count: 5, results: [] })
    expect((await house.get(`${LOG}?limit=0`)).status).toBe(400)
  })

  it('does not stand in the way of an answer when it cannot be written', async () => {
    const memory = memoryStore()
    let away = false
    const store: Store = {
      ...memory,
      commit: (batch) => (away ? TE.left(storeUnavailable('full')) : memory.commit(batch)),
    }
    const { call, lines } = await boot(SETTINGS, PRINCIPALS, store)
    away = true
    expect((await call('PUT', CDN, { body: '{bad' })).status).toBe(400)
    expect((await call('PUT', CDN, { body: '{"status":"paused"}' })).status).toBe(503)
    expect(lines.map(({ event }) => event)).toContain('request.unaudited')
  })
})

describe('the changes of an account’s status', () => {
  it('are told at the instants of the services, newest first', async () => {
    const { call, get, restart } = await boot()
    await call('PUT', NEW_CDN, { body: '{"status":"trial"}' })
    await call('PUT', '/iam/clients/3990/services/102', { body: '{"status":"trial"}' })
    const later = await restart(T0 + 200 * DAY, { asleep: true })
    const { json } = await later.get(CHANGES, '8$s')
    expect(json.count).toBe(2)
    expect(json.result).toMatchObject([
      {
        status_change_at: '2026-12-05T20:00:00.000000Z',
        old_status: 'trial',
        new_status: 'trialend',
        federation_id: 'GCL',
        client: 3990,
      },
      { old_status: 'preparation', new_status: 'trial', client: 3990 },
    ])
    expect(json.result[0].id).toBeGreaterThan(json.result[1].id)
    expect((await get(CHANGES, '9$s')).status).toBe(503)
  })

  it('replay what several services owe in order of instant', async () => {
    const { call, restart } = await boot()
    await call('PUT', NEW_CDN, { body: '{"status":"active"}' })
    await call('PUT', '/iam/clients/3990/services/104', { body: '{"status":"trial"}' })
    await call('PUT', '/iam/clients/3990/services/105', { body: '{"status":"trial"}' })
    const later = await restart(T0 + 400 * DAY, { asleep: true })
    const system = (await linesOf(later))
      .filter(({ method, client }) => method === 'SYSTEM' && client === 3990)
      .map(({ requested_at: at, actions, path }) => [at.slice(0, 10), actions, path.slice(-3)])
    expect(system.toReversed()).toEqual([
      ['2026-11-21', 'activationFinishes', '101'],
      ['2026-12-05', 'trialEnds', '104'],
      ['2026-12-21', 'trialEnds', '105'],
      ['2027-03-05', 'retentionPasses', '104'],
      ['2027-03-21', 'retentionPasses', '105'],
    ])
  })
})

describe('what is kept of a body', () => {
  const kept = (text: string): string => dataOf(new TextEncoder().encode(text))

  it.each([
    ['{"name":"x"}', '{"name":"x"}'],
    [' {"a": 1}\n', ' {"a": 1}\n'],
    ['{"password":"p","email":"e"}', '{"password":"***","email":"e"}'],
    ['{"p\\u0061ssword":"p"}', '{"password":"***"}'],
    ['{"deep":[{"token":{"a":1},"refresh":2}]}', '{"deep":[{"token":"***","refresh":"***"}]}'],
    ['{"password":"p', '{"password":"***"'],
    ['{"password": p, "x": 1', '{"password": "***", "x": 1'],
    ['password=p&x=1', 'password="***"&x=1'],
    ["{'Password': 'it\\'s'}", '{\'Password\': "***"}'],
  ])('of %j is %j', (text, expected) => {
    expect(kept(text)).toBe(expected)
  })

  it('is 10 kB at most, cut between characters', () => {
    const text = kept('é'.repeat(20_000))
    expect(new TextEncoder().encode(text).length).toBe(10_240)
    expect(text).not.toContain('\uFFFD')
  })
})
