import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JournalEntry } from '@signalbox/core'
import type { Store } from '@signalbox/core/store'
import { gcore } from '@signalbox/plugins/gcore'
import { poppy } from '@signalbox/plugins/poppy'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { must, openHouse } from './house.ts'
import type { House } from './house.ts'
import { exchange } from './wire.ts'

const T0 = Date.parse('2026-11-21T20:00:00Z')
const DAY = 86_400_000

let cwd = ''
let house: House | undefined

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
})

afterEach(async () => {
  await takeDown()
  rmSync(cwd, { recursive: true })
})

describe('a trial of which nobody takes notice', () => {
  it('ends and is deleted at the instants that are due, while the host runs', async () => {
    const { clock, store } = await bringUp(T0)
    expect(await put('CDN', 'trial')).toMatchObject({
      status: 'trial',
      start: '2026-11-21T20:00:00.000000Z',
    })

    await clock.advance(14 * DAY - 1)
    expect(await journalOf(store, 'CDN', 'deadline')).toEqual([])
    expect(await get('CDN')).toMatchObject({ status: 'trial', deleted_date: null })

    // The clock is what moves it: nothing was read when the journal already says so.
    await clock.advance(1)
    expect(await journalOf(store, 'CDN', 'deadline')).toEqual([TRIAL_ENDED])
    expect(await get('CDN')).toMatchObject({
      status: 'trialend',
      previous_status: 'trial',
      status_changed_at: '2026-12-05T20:00:00.000000Z',
      deleted_date: '2027-03-05T20:00:00.000000Z',
    })

    await clock.advance(90 * DAY - 1)
    expect(await get('CDN')).toMatchObject({ status: 'trialend' })
    await clock.advance(1)
    expect(await journalOf(store, 'CDN', 'deadline')).toEqual([TRIAL_ENDED, DELETED])
    expect(await get('CDN')).toMatchObject(SHOWN_DELETED)
  })

  it('steps over both instants in one leap, each at its own', async () => {
    const { clock, store } = await bringUp(T0)
    await put('CDN', 'trial')
    await clock.advance(400 * DAY)
    expect(await journalOf(store, 'CDN', 'deadline')).toEqual([TRIAL_ENDED, DELETED])
    expect(await get('CDN')).toMatchObject(SHOWN_DELETED)
  })

  it('takes both steps at their instants when the host was down in between', async () => {
    await bringUp(T0)
    await put('CDN', 'trial')
    await takeDown()

    const { clock, store } = await bringUp(Date.parse('2027-06-01T00:00:00Z'))
    await clock.advance(0)
    expect(await journalOf(store, 'CDN', 'deadline')).toEqual([TRIAL_ENDED, DELETED])
    expect(await get('CDN')).toMatchObject(SHOWN_DELETED)
  })

  it('shows the same to a read that comes before the clock’s own work', async () => {
    await bringUp(T0)
    await put('CDN', 'trial')
    await takeDown()

    const { store } = await bringUp(Date.parse('2027-06-01T00:00:00Z'), { start: false })
    expect(await journalOf(store, 'CDN', 'deadline')).toEqual([])
    const client = await exchange(base(), '/iam/clients?cdn=deleted', { headers: KEY })
    expect(JSON.parse(client.text)).toMatchObject([
      { id: 3989, serviceStatuses: { CDN: { status: 'deleted' } } },
    ])
    expect(await get('CDN')).toMatchObject(SHOWN_DELETED)
    expect(await journalOf(store, 'CDN', 'deadline')).toEqual([TRIAL_ENDED, DELETED])
  })

  it('goes through one end while the host is up and the other while it is down', async () => {
    const first = await bringUp(T0)
    await put('CDN', 'trial')
    await first.clock.advance(20 * DAY)
    expect(await get('CDN')).toMatchObject({ status: 'trialend' })
    await takeDown()

    const { clock, store } = await bringUp(T0 + 104 * DAY - 1000)
    expect(await get('CDN')).toMatchObject({ status: 'trialend' })
    await clock.advance(1000)
    expect(await journalOf(store, 'CDN', 'deadline')).toEqual([TRIAL_ENDED, DELETED])
  })

  it('knows the shorter retention of another product', async () => {
    const { clock } = await bringUp(T0)
    await put('STORAGE', 'trial')
    await clock.advance(20 * DAY)
    expect(await get('STORAGE')).toMatchObject({
      status: 'deleted',
      status_changed_at: '2026-12-07T20:00:00.000000Z',
    })
  })
})

describe('work that no provider answers', () => {
  it('times out at its instant, also when the host was down then', async () => {
    await bringUp(T0)
    const created = await exchange(base(), '/v1.0/110011/services', {
      method: 'POST',
      headers: TOKEN,
      body: JSON.stringify({
        name: 'shop',
        domains: [{ domain: 'www.shop-a.com' }],
        origins: [{ origin: 'o.shop-a.com' }],
        flavor_id: 'cdn',
      }),
    })
    expect(created.status).toBe(202)
    const path = new URL(created.headers.get('location') ?? '').pathname
    const show = async (): Promise<unknown> =>
      JSON.parse((await exchange(base(), path, { headers: TOKEN })).text)
    expect(await show()).toMatchObject({ status: 'create_in_progress', errors: [] })
    await takeDown()

    const { clock, store } = await bringUp(T0 + DAY)
    await clock.advance(0)
    const ref = { provider: 'poppy', tenant: '110011', id: path.split('/').at(-1) ?? '' }
    const entries = await entriesOf(store, ref)
    expect(entries.filter(({ kind }) => kind === 'deadline')).toMatchObject([
      { type: 'effectTimeout', at: T0 + 600_000, from: 'create_in_progress', to: 'failed' },
    ])
    expect(await show()).toMatchObject({
      status: 'failed',
      errors: [{ message: 'Timed out after 600 s' }],
    })
  })
})

// -- internals

const TRIAL_ENDED = {
  type: 'trialEnds',
  at: T0 + 14 * DAY,
  outcome: 'moved',
  from: 'trial',
  to: 'trialend',
}

const DELETED = {
  type: 'retentionPasses',
  at: T0 + 104 * DAY,
  outcome: 'moved',
  from: 'trialend',
  to: 'deleted',
}

const SHOWN_DELETED = {
  status: 'deleted',
  previous_status: 'trialend',
  status_changed_at: '2027-03-05T20:00:00.000000Z',
  deleted_date: null,
  enabled: false,
}

const IDS: Readonly<Record<string, number>> = { CDN: 21_797, STORAGE: 21_798 }

const KEY = { authorization: 'apikey 7$7-secret', 'content-type': 'application/json' }
const TOKEN = { 'x-auth-token': 'tenant-secret' }

const CLIENT = {
  id: 3989,
  name: 'A',
  email: 'a@example.com',
  companyName: 'A',
  reseller: 7,
  services: { CDN: { id: IDS['CDN'] }, STORAGE: { id: IDS['STORAGE'] } },
}

const FLAVOR = {
  id: 'cdn',
  providers: [{ provider: 'mock', links: [{ href: 'http://m.example', rel: 'provider_url' }] }],
}

const bringUp = async (at: number, { start = true } = {}): Promise<House> => {
  house = await openHouse({
    path: join(cwd, 'box.db'),
    at,
    start,
    plugins: [gcore, poppy],
    settings: {
      gcore: { clients: [CLIENT] },
      poppy: { driver: { kind: 'manual' }, seedFlavors: [FLAVOR] },
    },
    principals: [
      { id: '7', provider: 'gcore', tenants: ['3989'], roles: ['reseller'] },
      { id: 'tenant', provider: 'poppy', tenants: ['110011'], roles: [] },
    ],
  })
  return house
}

const takeDown = async (): Promise<void> => {
  await house?.close()
  house = undefined
}

const base = (): string => house?.url ?? ''

const pathOf = (product: string): string => `/iam/clients/3989/services/${IDS[product]}`

const get = async (product: string): Promise<object> => {
  const { status, text } = await exchange(base(), pathOf(product), { headers: KEY })
  expect(status).toBe(200)
  return JSON.parse(text) as object
}

const put = async (product: string, status: string): Promise<unknown> => {
  const body = JSON.stringify({ status })
  const reply = await exchange(base(), pathOf(product), { method: 'PUT', headers: KEY, body })
  expect(reply.status).toBe(200)
  return JSON.parse(reply.text)
}

const journalOf = async (store: Store, product: string, kind: string): Promise<unknown> => {
  const ref = { provider: 'gcore', tenant: '3989', id: String(IDS[product]) }
  const entries = await entriesOf(store, ref)
  return entries
    .filter((entry) => entry.kind === kind)
    .map(({ type, at, outcome, from, to }) => ({ type, at, outcome, from, to }))
}

const entriesOf = async (
  store: Store,
  ref: JournalEntry['ref'],
): Promise<ReadonlyArray<JournalEntry>> => {
  const { entries } = must(await store.journal({ ref, limit: 1000 })())
  return entries
}
