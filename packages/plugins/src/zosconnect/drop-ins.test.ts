import { storeUnavailable } from '@signalbox/core/store'
import type { Store } from '@signalbox/core/store'
import { memoryStore } from '@signalbox/stores/memory'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { aar, manifest, packageXml, sar } from './__fixtures__/archive.ts'
import { createBench } from './__fixtures__/bench.ts'
import type { Bench, BenchOptions } from './__fixtures__/bench.ts'
import type { FileAccess, ProviderFactory } from './index.ts'

const bench = createBench(memoryStore)

const S = '/zosConnect/services'
const POLL = 5000

// A directory in memory; what is put there gets a mark of its own each time.
const directory = () => {
  const held = new Map<string, { bytes: Uint8Array; mark: number }>()
  let writes = 0
  const put = (path: string, bytes: Uint8Array | string): void => {
    const content = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes
    held.set(`/drop/${path}`, { bytes: content, mark: (writes += 1) })
  }
  let broken = false
  const files: FileAccess = {
    list: async (folder) => {
      if (broken) throw new Error('gone')
      return [...held].flatMap(([path, { mark }]) => {
        const name = path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : ''
        return name === '' ? [] : [{ name, mark: String(mark) }]
      })
    },
    read: async (path, limit) => {
      const file = held.get(path)
      if (file === undefined || file.bytes.length > limit) throw new Error('cannot be read')
      return file.bytes
    },
    write: async (path, bytes) => put(path.slice('/drop/'.length), bytes),
    remove: async (path) => void held.delete(path),
  }
  return {
    files,
    put,
    drop: (path: string) => held.delete(`/drop/${path}`),
    has: (path: string) => held.has(`/drop/${path}`),
    bytes: (path: string) => held.get(`/drop/${path}`)?.bytes,
    lose: (lost: boolean) => {
      broken = lost
    },
  }
}

const polling = (options: BenchOptions) =>
  bench({
    ...options,
    settings: { ...options.settings, dropIns: { directory: '/drop', pollMs: POLL } },
  })

// Reading and hashing an archive takes time of its own.
const polls = async ({ clock, host }: Bench, count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) {
    await clock.advance(POLL)
    for (let rest = 0; rest < 4; rest += 1) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      await host.idle()
    }
  }
}

const names = async ({ send }: Bench): Promise<ReadonlyArray<string>> =>
  (
    (await send(`GET ${S}`)).body as { zosConnectServices: ReadonlyArray<{ ServiceName: string }> }
  ).zosConnectServices.map(({ ServiceName }) => ServiceName)

const show = async ({ send }: Bench, name: string): Promise<string> => {
  const { status, body } = await send(`GET ${S}/${name}`)
  if (status !== 200) return String(status)
  const { zosConnect } = body as { zosConnect: { serviceStatus: string; version?: string } }
  return `${zosConnect.serviceStatus} ${zosConnect.version ?? ''}`.trim()
}

const versioned = (name: string, version: string) => sar(`${manifest(name)}\nversion: "${version}"`)

describe('the directory', () => {
  it('is taken up within two looks, each file by itself', async () => {
    const { files, put } = directory()
    put('services/a.sar', 'no archive')
    put('services/b.sar', sar())
    put('services/readme.txt', 'hello')
    put('apis/c.aar', aar())
    put('apiRequesters/d.ara', aar(packageXml({ id: 'r', requester: true }), {}))
    const made = await polling({ files })
    expect(await names(made)).toEqual([])
    await polls(made, 1)
    expect(await show(made, 'placeOrder')).toBe('Started 1.0')
    expect((await made.send('GET /zosConnect/apis/catalog')).status).toBe(200)
    expect((await made.send('GET /zosConnect/apiRequesters/r')).status).toBe(200)
    expect(made.log).toContainEqual(
      expect.objectContaining({
        event: 'drop-in.refused',
        file: 'services/a.sar',
        message: 'the archive does not begin as a zip does',
      }),
    )
    const refused = () => made.log.filter(({ event }) => event === 'drop-in.refused').length
    await polls(made, 3)
    expect(refused()).toBe(1)
    put('services/a.sar', sar(manifest('late')))
    await polls(made, 2)
    expect(await show(made, 'late')).toBe('Started')
    expect(made.log).toContainEqual(
      expect.objectContaining({ event: 'service.install', principal: 'drop-ins', name: 'late' }),
    )
  })

  it('waits until a file has stopped growing', async () => {
    const { files, put } = directory()
    const made = await polling({ files })
    for (let turn = 0; turn < 3; turn += 1) {
      put('services/a.sar', sar())
      await polls(made, 1)
      expect(await names(made)).toEqual([])
    }
    await polls(made, 1)
    expect(await names(made)).toEqual(['placeOrder'])
  })

  it('updates what has changed, and leaves the status as it was wanted', async () => {
    const { files, put } = directory()
    put('services/a.sar', versioned('a', '1'))
    put('services/b.sar', versioned('b', '1'))
    const made = await polling({ files })
    await polls(made, 2)
    await made.send(`PUT ${S}/b?status=stopped`)
    put('services/a.sar', versioned('a', '2'))
    put('services/b.sar', versioned('b', '2'))
    await polls(made, 2)
    expect([await show(made, 'a'), await show(made, 'b')]).toEqual(['Started 2', 'Stopped 2'])
    put('services/a.sar', 'broken')
    await polls(made, 2)
    expect(await show(made, 'a')).toBe('Started 2')
    const archives = await made.store.documents({
      provider: 'zosconnect',
      kind: 'archive',
      limit: 9,
    })()
    expect(archives).toMatchObject({ right: { items: [{}, {}] } })
  })

  it.each([
    ['goes on with', '2'],
    ['gives up', '1'],
  ])(
    'leaves the status as it was wanted when a host %s the update that another has died in',
    async (_, version) => {
      const { files, put } = directory()
      put('services/a.sar', versioned('a', '1'))
      const memory = memoryStore()
      const first = await polling({ files, store: memory, settings: { restart: 'last' } })
      await polls(first, 2)
      await first.host.drain()
      let died = false
      const store: Store = {
        ...memory,
        commit: (batch) => {
          died ||= batch.some(({ journal }) => journal.some((e) => e.type === 'service.update'))
          return died ? TE.left(storeUnavailable('away')) : memory.commit(batch)
        },
      }
      const second = await polling({ files, store, settings: { restart: 'last' } })
      put('services/a.sar', versioned('a', '2'))
      await polls(second, 2)
      expect(died).toBe(true)
      put('services/a.sar', versioned('a', version))
      const next = await polling({ files, store: memory, settings: { restart: 'last' } })
      await polls(next, 3)
      expect(await show(next, 'a')).toBe(`Started ${version}`)
      expect(
        await memory.documents({ provider: 'zosconnect', kind: 'intent', limit: 9 })(),
      ).toMatchObject({ right: { items: [] } })
    },
  )

  it('withdraws what has been removed, and keeps all when it cannot be read', async () => {
    const { files, put, drop, lose } = directory()
    put('services/a.sar', sar(manifest('a')))
    put('services/b.sar', sar(manifest('b')))
    put('apis/c.aar', aar())
    const made = await polling({ files })
    await polls(made, 2)
    await made.send(`POST ${S}`, { body: sar(manifest('mine')) })
    lose(true)
    await polls(made, 3)
    expect(await names(made)).toEqual(['a', 'b', 'mine'])
    lose(false)
    drop('services/a.sar')
    drop('apis/c.aar')
    await polls(made, 4)
    expect(await names(made)).toEqual(['b', 'mine'])
    expect((await made.send('GET /zosConnect/apis')).text).toBe('{"apis":[]}')
  })

  it('moves to another name what now bears one', async () => {
    const { files, put, has } = directory()
    put('services/a.sar', sar(manifest('a')))
    const made = await polling({ files })
    await polls(made, 2)
    put('services/a.sar', sar(manifest('b')))
    await polls(made, 3)
    expect(await names(made)).toEqual(['b'])
    expect(has('services/a.sar')).toBe(true)
  })

  it('never takes a name that is taken', async () => {
    const { files, put } = directory()
    put('services/a.sar', versioned('x', '1'))
    put('services/b.sar', versioned('x', '2'))
    const made = await polling({ files })
    await polls(made, 3)
    expect(await show(made, 'x')).toBe('Started 1')
    expect(made.log).toContainEqual(
      expect.objectContaining({ event: 'service.install', name: 'x', result: 409 }),
    )
    await made.send(`POST ${S}`, { body: versioned('y', 'mine') })
    put('services/y.sar', versioned('y', 'dropped'))
    await polls(made, 3)
    expect(await show(made, 'y')).toBe('Started mine')
  })

  it('loses a file by a deletion, and gets it rewritten by an update', async () => {
    const { files, put, has, bytes } = directory()
    put('services/a.sar', versioned('a', '1'))
    put('services/b.sar', versioned('b', '1'))
    const made = await polling({ files })
    await polls(made, 2)
    await made.send(`PUT ${S}/a?status=stopped`)
    await made.send(`DELETE ${S}/a`)
    await made.send(`PUT ${S}/b?status=stopped`)
    const second = versioned('b', '2')
    expect((await made.send(`PUT ${S}/b?status=stopped`, { body: second })).status).toBe(200)
    await polls(made, 3)
    expect([has('services/a.sar'), await names(made)]).toEqual([false, ['b']])
    expect(bytes('services/b.sar')).toEqual(second)
    expect(await show(made, 'b')).toBe('Stopped 2')
    expect(made.log.filter(({ event }) => event === 'service.update')).toHaveLength(1)
    // It still stands for its file.
    put('services/b.sar', versioned('b', '3'))
    await polls(made, 2)
    expect(await show(made, 'b')).toBe('Stopped 3')
  })

  it('is compared with what is installed after a restart', async () => {
    const { files, put, drop } = directory()
    put('services/a.sar', versioned('a', '1'))
    put('services/b.sar', versioned('b', '1'))
    put('services/c.sar', versioned('c', '1'))
    const first = await polling({ files })
    await polls(first, 2)
    await first.send(`PUT ${S}/a?status=stopped`)
    await first.host.drain()
    put('services/b.sar', versioned('b', '2'))
    drop('services/c.sar')
    const made = await polling({ files, store: first.store, settings: { restart: 'last' } })
    await polls(made, 3)
    expect([await show(made, 'a'), await show(made, 'b'), await show(made, 'c')]).toEqual([
      'Stopped 1',
      'Started 2',
      '404',
    ])
  })

  it('is not held up by a provider that never registers', async () => {
    const { files, put } = directory()
    const factory: ProviderFactory = {
      providers: ['hangs'],
      register: () => new Promise(() => {}),
    }
    put('services/a.sar', sar(manifest('a', 'hangs')))
    put('services/b.sar', sar(manifest('b')))
    const made = await polling({ files, factories: [factory] })
    await polls(made, 2)
    expect(await show(made, 'b')).toBe('Started')
  })

  it('needs access to files, and is looked at no more once the host has stopped', async () => {
    const { host } = await polling({})
    expect(host.boot[0]).toMatchObject({ ok: false })
    const { files, put } = directory()
    const made = await polling({ files })
    await made.host.drain()
    put('services/a.sar', sar())
    await polls(made, 3)
    expect(await names(await bench({ store: made.store }))).toEqual([])
  })
})
