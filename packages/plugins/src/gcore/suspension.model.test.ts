import { memoryStore } from '@signalbox/stores/memory'
import { expect, it } from 'vitest'
import { bootWith, HOUR, principal } from './__fixtures__/house.ts'
import type { Booted } from './__fixtures__/house.ts'

const boot = bootWith(memoryStore)

const CLIENTS = 100

const SETTINGS = {
  clients: Array.from({ length: CLIENTS }, (_, index) => ({
    id: 1000 + index,
    name: `C${index}`,
    email: `c${index}@example.com`,
    companyName: `C${index}`,
    reseller: 7,
    services: {
      CDN: { status: 'active', enabled: true },
      STORAGE: { status: 'trial' },
      STREAMING: { status: 'activating' },
      DNS: { status: 'active' },
      DDOS: { status: 'trial' },
      CLOUD: { status: 'active' },
    },
  })),
  services: { STREAMING: { activationMinutes: 600 } },
}

interface Row {
  readonly id: number
  readonly client: number
  readonly name: string
  readonly status: string
  readonly previous_status: string
}

const rowsOf = async ({ get }: Booted): Promise<ReadonlyArray<Row>> =>
  (
    await Promise.all(
      SETTINGS.clients.map(async ({ id }) => (await get(`/iam/clients/${id}/services`)).json),
    )
  ).flat()

// Reads until it is told to stop; whatever is read agrees with itself.
const readers = (house: Booted): (() => Promise<number>) => {
  let stopped = false
  let reads = 0
  const read = async (path: string): Promise<void> => {
    while (!stopped) {
      const { status, json } = await house.get(path)
      expect(status).toBe(200)
      if (path.startsWith('/iam/clients?')) expect(json.results).toHaveLength(10)
      reads += 1
      // In memory nothing waits for a device, and a loop without a pause would leave the writers no turn.
      await new Promise((resolve) => setTimeout(resolve, 0))
    }
  }
  const all = Promise.all(
    ['/iam/clients?limit=10', '/iam/clients/1050', '/iam/clients/1099/services'].map(read),
  )
  return async () => {
    stopped = true
    await all
    return reads
  }
}

const linesOf = async ({ get }: Booted): Promise<ReadonlyArray<any>> => {
  const lines: Array<any> = []
  for (let offset = 0; ; offset += 1000) {
    const { json } = await get(`/iam/activity_log/requests?limit=1000&offset=${offset}`)
    lines.push(...json.results)
    if (json.next === null) return lines
  }
}

it('pauses 600 services by requests and resumes them, while others read', async () => {
  const house = await boot(SETTINGS, [principal('7', 'reseller', '*')])
  const before = await rowsOf(house)
  expect(before).toHaveLength(600)
  const stop = readers(house)
  const put = async ({ id, client }: Row, status: string): Promise<void> => {
    const body = JSON.stringify({ status })
    const answer = await house.call('PUT', `/iam/clients/${client}/services/${id}`, { body })
    expect(answer.status).toBe(200)
  }
  await Promise.all(before.map((row) => put(row, 'paused')))
  const paused = await rowsOf(house)
  expect(paused.every(({ status }) => status === 'paused')).toBe(true)
  expect(paused.map((row) => row.previous_status)).toEqual(before.map(({ status }) => status))
  // A clock that stands still moves on only when nobody asks for anything.
  expect(await stop()).toBeGreaterThan(10)
  await house.clock.advance(HOUR)
  const stopAgain = readers(house)
  // As its previous status says; for `activating`, request `active`.
  await Promise.all(
    paused.map((row) =>
      put(row, row.previous_status === 'activating' ? 'active' : row.previous_status),
    ),
  )
  expect(await stopAgain()).toBeGreaterThan(10)
  const after = await rowsOf(house)
  expect(after.map(({ id, status }) => [id, status])).toEqual(
    before.map(({ id, status }) => [id, status]),
  )
  const lines = await linesOf(house)
  expect(lines).toHaveLength(1200)
  expect(new Set(lines.map(({ id }) => id)).size).toBe(1200)
  expect(
    lines.every(({ user, user_email: email }) => user === 7 && email === 'r@example.com'),
  ).toBe(true)
  const paths = lines.map(({ path, data }) => `${path} ${data.includes('paused')}`)
  expect(new Set(paths).size).toBe(1200)
}, 60_000)

it('suspends 600 services by a billing run and undoes it, each to where it was', async () => {
  const house = await boot(SETTINGS, [principal('7', 'reseller', '*')])
  const before = await rowsOf(house)
  const services = before.map(({ id }) => id)
  const stop = readers(house)
  const run = { batch: 'b1', reason: 'unpaid', services }
  await Promise.all([house.billing().suspend(run), house.billing().suspend(run)])
  expect(await stop()).toBeGreaterThan(10)
  await house.clock.advance(2 * HOUR)
  const stopAgain = readers(house)
  const moved = before[0]
  await house.call('PUT', `/iam/clients/${moved?.client}/services/${moved?.id}`, {
    body: '{"status":"trialend"}',
  })
  await Promise.all([
    house.billing().restore({ batch: 'b1' }),
    house.billing().restore({ batch: 'b1' }),
  ])
  expect(await stopAgain()).toBeGreaterThan(10)
  const after = await rowsOf(house)
  expect(after.map(({ id, status }) => [id, status])).toEqual(
    before.map(({ id, status }) => [id, id === moved?.id ? 'trialend' : status]),
  )
  const lines = (await linesOf(house)).filter(({ method }) => method === 'SYSTEM')
  const count = (action: string): number =>
    lines.filter(({ actions, data }) => actions === action && JSON.parse(data).batch === 'b1')
      .length
  expect([count('billing.suspended'), count('billing.restored')]).toEqual([600, 599])
}, 60_000)
