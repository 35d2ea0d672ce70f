import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMockProvider, createPoppy } from '@signalbox/plugins/poppy'
import {
  CONTRACT_CALLERS,
  CONTRACT_SETTINGS,
  poppyContract,
} from '@signalbox/plugins/poppy/contract'
import type { ContractBench } from '@signalbox/plugins/poppy/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { must, openHouse } from './house.ts'
import type { House } from './house.ts'
import { exchange } from './wire.ts'
import type { WireReply } from './wire.ts'

const T0 = 1_800_000_000_000
const B = {
  name: 'shop',
  domains: [{ domain: 'www.shop-a.com' }],
  origins: [{ origin: 'o.shop-a.com' }],
  flavor_id: 'cdn',
}

let cwd = ''
let house: House
let bench: ContractBench

const open = async (): Promise<void> => {
  const provider = createMockProvider()
  house = await openHouse({
    path: join(cwd, 'box.db'),
    at: T0,
    plugins: [createPoppy({ provider })],
    settings: { poppy: CONTRACT_SETTINGS },
    principals: Object.entries(CONTRACT_CALLERS).map(([id, caller]) => ({
      ...caller,
      id,
      provider: 'poppy',
    })),
  })
  bench = {
    provider,
    secretOf: (caller) => `${caller}-secret`,
    advance: house.clock.advance,
    journal: async () => must(await house.store.journal({ limit: 10_000 })()).entries,
    send: (caller, line, body, headers = {}) => {
      const [method = 'GET', path = '/'] = line.split(' ')
      return exchange(house.url, path, {
        method,
        headers: {
          ...(caller === 'nobody' ? {} : { 'x-auth-token': `${caller}-secret` }),
          ...headers,
        },
        body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
      })
    },
  }
}

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  await open()
})

afterEach(async () => {
  await house.close()
  rmSync(cwd, { recursive: true })
})

const create = (index: number, project = 'acme-7'): Promise<WireReply> =>
  bench.send('ops', `POST /v1.0/${project}/services`, {
    ...B,
    domains: [{ domain: `www${index}.shop-a.com` }],
  })

const counts = (replies: ReadonlyArray<WireReply>): Readonly<Record<number, number>> => {
  const by: Record<number, number> = {}
  for (const { status } of replies) by[status] = (by[status] ?? 0) + 1
  return by
}

describe('the contract, over a socket and a file', () => {
  it.each(poppyContract().map(({ title, run }) => [title, run] as const))('%s', async (_, run) => {
    await run(bench)
  })
})

describe('at once', () => {
  it('50 creations of one domain: one is taken, 49 are refused', async () => {
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => bench.send('ann', 'POST /v1.0/acme-7/services', B)),
    )
    expect(counts(replies)).toEqual({ 202: 1, 400: 49 })
  })

  it('40 creations where 20 are allowed: 20 are taken, 20 are refused', async () => {
    const replies = await Promise.all(Array.from({ length: 40 }, (_, index) => create(index)))
    expect(counts(replies)).toEqual({ 202: 20, 403: 20 })
  })

  it('eight creations of one shared name: five find a place of their own', async () => {
    const domains = [{ domain: 'shop', protocol: 'https', certificate: 'shared' }]
    const replies = await Promise.all(
      Array.from({ length: 8 }, () =>
        bench.send('ann', 'POST /v1.0/acme-7/services', { ...B, domains }),
      ),
    )
    expect(counts(replies)).toEqual({ 202: 5, 400: 3 })
    for (const { status, text } of replies)
      if (status === 400)
        expect(JSON.parse(text)).toEqual({ message: 'Domain shop has already been taken' })
  })
})

it('lists 500 services exactly once while others come and go', async () => {
  await bench.send('ops', 'PUT /v1.0/acme-7/admin/limits/acme-7', { limit: 1000 })
  const kept = new Set<string>()
  for (let start = 0; start < 500; start += 50)
    for (const { headers } of await Promise.all(
      Array.from({ length: 50 }, (_, index) => create(start + index)),
    ))
      kept.add(idOf(headers.get('location')))
  expect(kept.size).toBe(500)
  await bench.advance(1_000)

  let going = true
  const churn = async (): Promise<number> => {
    let count = 0
    for (; going; count += 1) {
      const made = await create(1_000 + count)
      expect(made.status).toBe(202)
      const path = `/v1.0/acme-7/services/${idOf(made.headers.get('location'))}`
      expect((await bench.send('ann', `DELETE ${path}`)).status).toBe(202)
    }
    return count
  }
  const churned = churn()
  for (let round = 0; round < 2; round += 1) {
    const seen: Array<string> = []
    for (let marker: string | undefined = ''; marker !== undefined;) {
      const query: string = marker === '' ? 'limit=20' : `limit=20&marker=${marker}`
      const { text } = await bench.send('ann', `GET /v1.0/acme-7/services?${query}`)
      const ids = (JSON.parse(text) as { services: ReadonlyArray<{ id: string }> }).services.map(
        ({ id }) => id,
      )
      seen.push(...ids)
      marker = ids.at(-1)
    }
    expect(seen).toEqual([...new Set(seen)].toSorted())
    expect(seen.filter((id) => kept.has(id)).length).toBe(500)
  }
  going = false
  expect(await churned).toBeGreaterThan(0)
})

const idOf = (location: string | null): string =>
  location?.slice(location.lastIndexOf('/') + 1) ?? ''
