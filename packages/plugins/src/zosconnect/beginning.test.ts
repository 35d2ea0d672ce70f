import { storeUnavailable } from '@signalbox/core/store'
import type { Commit, Store } from '@signalbox/core/store'
import { createHost, virtualClock } from '@signalbox/host'
import { memoryStore } from '@signalbox/stores/memory'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it, vi } from 'vitest'
import { manifest, sar } from './__fixtures__/archive.ts'
import { createBench } from './__fixtures__/bench.ts'
import type { Bench } from './__fixtures__/bench.ts'
import { createZosconnect } from './index.ts'

const bench = createBench(memoryStore)

const S = '/zosConnect/services'

const AWAY = TE.left(storeUnavailable('away'))

interface Away {
  list: boolean
  archives: boolean
  commit: (commit: Commit) => boolean
  load: (id: string) => boolean
}

const never = (): boolean => false

// A store that holds what a host has deployed before, and the ways in which it can be away.
const stored = async (...names: ReadonlyArray<string>) => {
  const memory = memoryStore()
  const first = await bench({ store: memory })
  for (const name of names) await first.send(`POST ${S}`, { body: sar(manifest(name)) })
  await first.host.drain()
  const away: Away = { list: false, archives: false, commit: never, load: never }
  const store: Store = {
    ...memory,
    list: (query) => (away.list ? AWAY : memory.list(query)),
    load: (ref) => (away.load(ref.id) ? AWAY : memory.load(ref)),
    document: (key) => (away.archives ? AWAY : memory.document(key)),
    commit: (batch) => (batch.some(away.commit) ? AWAY : memory.commit(batch)),
  }
  return { memory, store, away }
}

const statusOf = async ({ send }: Pick<Bench, 'send'>, name: string): Promise<unknown> =>
  ((await send(`GET ${S}/${name}`)).body as { zosConnect: { serviceStatus: string } }).zosConnect
    .serviceStatus

const untold = ({ log }: Bench): number =>
  log.filter(({ event }) => event === 'service.unreported').length

const tells =
  (type: string) =>
  ({ journal }: Commit): boolean =>
    journal.some((entry) => entry.type === type)

describe('a service that is taken up again', () => {
  it('is unknown until its machine has been told, however often that fails', async () => {
    const { store, away } = await stored('x')
    away.commit = tells('host.resumed')
    const made = await bench({ store, clock: virtualClock(Date.UTC(2026, 10, 22)) })
    expect(made.host.boot).toEqual([{ plugin: 'zosconnect', ok: true }])
    await made.clock.advance(10_000)
    expect(untold(made)).toBeGreaterThan(2)
    expect(await statusOf(made, 'x')).toBe('Unknown')
    const stop = await made.send(`PUT ${S}/x?status=stopped`)
    expect([stop.status, stop.text]).toEqual([503, expect.stringContaining('signalbox.busy')])
    away.commit = never
    await made.clock.advance(60_000)
    expect(await statusOf(made, 'x')).toBe('Started')
    expect((await made.send(`PUT ${S}/x?status=stopped`)).status).toBe(200)
    const told = untold(made)
    await made.clock.advance(600_000)
    expect(untold(made)).toBe(told)
    expect(await statusOf(made, 'x')).toBe('Stopped')
  })

  it('holds up no other while its machine cannot be told', async () => {
    const { store, away } = await stored('x', 'y')
    away.load = (id) => id.includes('x')
    const services = [{ name: 'z', provider: 'CICS-1.0' }]
    const made = await bench({ store, settings: { services } })
    expect(await statusOf(made, 'y')).toBe('Started')
    expect(await statusOf(made, 'z')).toBe('Started')
    await made.send(`POST ${S}`, { body: sar(manifest('later')) })
    expect(await statusOf(made, 'later')).toBe('Started')
    away.load = never
    expect(await statusOf(made, 'x')).toBe('Unknown')
    await made.clock.advance(60_000)
    expect(await statusOf(made, 'x')).toBe('Started')
  })

  it('is not taken for one without an archive while archives cannot be read', async () => {
    const { store, away } = await stored('x')
    away.archives = true
    const made = await bench({ store })
    expect(await statusOf(made, 'x')).toBe('Unknown')
    away.archives = false
    await made.clock.advance(60_000)
    expect(await statusOf(made, 'x')).toBe('Started')
  })

  it('is left alone when it is gone by the time that its machine can be told', async () => {
    const { memory, store, away } = await stored('x')
    away.archives = true
    const made = await bench({ store })
    const other = await bench({ store: memory })
    await other.send(`PUT ${S}/x?status=stopped`)
    await other.send(`DELETE ${S}/x`)
    away.archives = false
    await made.clock.advance(60_000)
    expect(made.log.filter(({ event }) => event === 'service.unresumed')).toHaveLength(1)
    expect((await made.send(`GET ${S}/x`)).status).toBe(404)
  })

  it('is taken up no more once the host stops', async () => {
    const { store, away } = await stored('x')
    away.commit = tells('host.resumed')
    const made = await bench({ store })
    await made.host.drain(0)
    let loads = 0
    away.load = () => {
      loads += 1
      return false
    }
    await made.clock.advance(600_000)
    expect([untold(made), loads]).toEqual([1, 0])
  })
})

describe('a service of the settings', () => {
  const services = (version: string) => [{ name: 'x', provider: 'CICS-1.0', version }]

  it('is installed as soon as the store answers', async () => {
    const { store, away } = await stored()
    away.load = () => true
    const made = await bench({ store, settings: { services: services('1') } })
    away.load = never
    expect((await made.send(`GET ${S}/x`)).status).toBe(404)
    away.commit = tells('service.deploy')
    await made.clock.advance(60_000)
    expect((await made.send(`GET ${S}/x`)).status).toBe(404)
    away.commit = never
    await made.clock.advance(60_000)
    expect(await statusOf(made, 'x')).toBe('Started')
  })

  it.each(['service.stop', 'service.update'])(
    'comes back to its status when its update goes on after a failed %s',
    async (step) => {
      const { store, away } = await stored()
      const first = await bench({ store, settings: { services: services('1') } })
      await first.host.drain()
      away.commit = tells(step)
      const made = await bench({ store, settings: { services: services('2') } })
      expect((await made.send(`GET ${S}/x`)).body).toMatchObject({ zosConnect: { version: '1' } })
      away.commit = never
      await made.clock.advance(60_000)
      expect((await made.send(`GET ${S}/x`)).body).toMatchObject({
        zosConnect: { version: '2', serviceStatus: 'Started' },
      })
    },
  )
})

describe('a service of the settings whose host dies while it updates it', () => {
  const services = (version: string) => [{ name: 'x', provider: 'CICS-1.0', version }]

  // The second host over the store has got as far as before the step; its clock stands still from then on.
  const broken = async (step: string) => {
    const { memory, store, away } = await stored()
    const first = await bench({ store, settings: { services: services('1'), restart: 'last' } })
    await first.host.drain()
    let refused = 0
    away.commit = (commit) => {
      if (!tells(step)(commit)) return false
      refused += 1
      return true
    }
    void bench({ store, settings: { services: services('2'), restart: 'last' } })
    await vi.waitFor(() => expect(refused).toBe(1))
    return memory
  }

  const shown = async ({ send }: Bench): Promise<unknown> => (await send(`GET ${S}/x`)).body

  const intents = async (store: Store): Promise<unknown> =>
    store.documents({ provider: 'zosconnect', kind: 'intent', limit: 9 })()

  it.each(['service.update', 'provider.updated'])(
    'comes back to its status when the next host goes on from before %s',
    async (step) => {
      const store = await broken(step)
      const next = await bench({ store, settings: { services: services('2'), restart: 'last' } })
      expect(await shown(next)).toMatchObject({
        zosConnect: { version: '2', serviceStatus: 'Started' },
      })
      expect(await intents(store)).toMatchObject({ right: { items: [] } })
    },
  )

  it('comes back to its status when its declaration is what it was', async () => {
    const store = await broken('service.update')
    const next = await bench({ store, settings: { services: services('1'), restart: 'last' } })
    expect(await shown(next)).toMatchObject({
      zosConnect: { version: '1', serviceStatus: 'Started' },
    })
    expect(await intents(store)).toMatchObject({ right: { items: [] } })
  })

  it('stays as it was stopped later, by whom it was', async () => {
    const store = await broken('service.update')
    const next = await bench({ store, settings: { services: services('2'), restart: 'last' } })
    await next.send(`PUT ${S}/x?status=stopped`)
    await next.host.drain()
    const last = await bench({ store, settings: { services: services('3'), restart: 'last' } })
    expect(await shown(last)).toMatchObject({
      zosConnect: { version: '3', serviceStatus: 'Stopped' },
    })
  })
})

describe('a start', () => {
  it('is made again by the host when the store cannot be read', async () => {
    const { store, away } = await stored('x')
    away.list = true
    const made = await bench({ store })
    expect(made.host.boot).toMatchObject([{ ok: false }])
    away.list = false
    await made.clock.advance(60_000)
    expect(made.host.boot).toEqual([{ plugin: 'zosconnect', ok: true }])
    expect(await statusOf(made, 'x')).toBe('Started')
  })

  it('goes on until it has succeeded when it fails after its bound', async () => {
    const { store, away, memory } = await stored('x')
    const { now, after, advance } = virtualClock(Date.UTC(2026, 10, 22))
    let lists = 0
    const stalling: Store = {
      ...store,
      list: (query) => async () => {
        lists += 1
        if (lists <= 3) await new Promise<void>((resolve) => after(12_000, resolve))
        return away.list ? AWAY() : memory.list(query)()
      },
    }
    const events: Array<string> = []
    const host = await createHost({
      store: stalling,
      plugins: [createZosconnect()],
      settings: { zosconnect: { requireSecure: false, requireAuth: false } },
      principals: [],
      // It cannot be joined: what it stands still for is the store itself.
      clock: { now, after },
      newId: () => crypto.randomUUID(),
      random: () => 0.5,
      log: ({ event }) => events.push(event),
    })
    const shown = async (): Promise<string> =>
      (await host.fetch(new Request(`http://h${S}/x`))).text()
    const failures = (): number => events.filter((event) => event === 'start.failed').length
    away.list = true
    const started = host.start()
    await vi.waitFor(() => expect(lists).toBe(3))
    await advance(10_000)
    await started
    expect(host.boot).toEqual([{ plugin: 'zosconnect', ok: true }])
    await advance(2_000)
    await vi.waitFor(() => expect(failures()).toBe(1))
    await advance(1_000)
    await vi.waitFor(() => expect(failures()).toBe(2))
    expect(await shown()).toContain('"Unknown"')
    away.list = false
    await advance(2_000)
    await vi.waitFor(async () => expect(await shown()).toContain('"Started"'))
    await host.drain(0)
  })
})
