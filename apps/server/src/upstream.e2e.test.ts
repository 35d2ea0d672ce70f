import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { JournalEntry } from '@signalbox/core'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { openProxy } from './__fixtures__/proxy.ts'
import type { Proxy } from './__fixtures__/proxy.ts'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import { basic, exchange } from './wire.ts'
import type { WireReply } from './wire.ts'

const PATIENCE = { timeout: 25_000, interval: 20 }

const REACH = { allow: ['127.0.0.1'], allowHttp: true }

const FLAVORS = [
  {
    id: 'cdn',
    providers: [{ provider: 'mock', links: [{ href: 'http://m.example', rel: 'provider_url' }] }],
  },
]

const NAMES = ['plain', 'lost', 'away', 'gone', 'stubborn']

const PRODUCTS = ['CDN', 'STORAGE', 'STREAMING', 'DNS', 'DDOS']

const clientWith = (firstId: number) => ({
  id: 1001,
  name: 'A',
  email: 'a@example.com',
  companyName: 'A',
  reseller: 7,
  services: Object.fromEntries(
    PRODUCTS.map((name, index) => [name, { id: firstId + index, status: 'active' }]),
  ),
})

const PRINCIPALS = [
  { id: 'tenant', provider: 'poppy', secret: { env: 'TOKEN' }, tenants: ['acme-7'] },
  { id: '7', provider: 'gcore', secret: { env: 'KEY' }, tenants: '*', roles: ['reseller'] },
  { id: '1', provider: 'gcore', secret: { env: 'KEY' }, tenants: '*', roles: ['admin'] },
  { id: 'ADMIN', provider: 'zosconnect', secret: { env: 'PASSWORD' }, tenants: '*' },
]

const OPERATOR = {
  id: 'olga',
  provider: 'signalbox',
  secret: 'operator',
  tenants: '*',
  roles: ['operator'],
}

const SECRETS = { TOKEN: 'token-of-tenant', KEY: 'key-of-reseller', PASSWORD: 'password-of-admin' }

const BACK = {
  store: 'sqlite:box.db',
  principals: PRINCIPALS,
  providers: {
    poppy: { seedFlavors: FLAVORS, effectDelay: 200 },
    gcore: { clients: [clientWith(6000)] },
    zosconnect: {
      requireSecure: false,
      restart: 'last',
      simulated: true,
      services: NAMES.map((name) => ({
        name,
        provider: 'signalbox.simulated',
        properties: name === 'stubborn' ? { failStop: '418' } : {},
      })),
    },
  },
}

const frontOf = (url: string, more: Readonly<Record<string, unknown>> = {}) => {
  const driver = { kind: 'upstream', url, reach: REACH, timeoutMs: 5_000, ...more }
  return {
    store: 'sqlite:box.db',
    principals: [...PRINCIPALS, OPERATOR],
    providers: {
      poppy: {
        seedFlavors: FLAVORS,
        driver: { ...driver, token: { env: 'TOKEN' }, pollMs: 100 },
      },
      gcore: {
        clients: [clientWith(5000)],
        driver: { ...driver, apiKey: { env: 'APIKEY' } },
      },
      zosconnect: {
        requireSecure: false,
        services: NAMES.map((name) => ({ name, provider: 'CICS-1.0' })),
        driver: { ...driver, user: 'ADMIN', password: { env: 'PASSWORD' } },
      },
    },
  }
}

let cwd = ''
let back: ServerProcess
let front: ServerProcess
let proxy: Proxy
const servers: ServerProcess[] = []

const run = async (name: string, configuration: object, port = 0): Promise<ServerProcess> => {
  mkdirSync(join(cwd, name), { recursive: true })
  writeFileSync(join(cwd, name, 'signalbox.config.json'), JSON.stringify(configuration))
  const env = { PORT: String(port), ...SECRETS, APIKEY: `7$${SECRETS.KEY}` }
  const server = await startServer([], { cwd: join(cwd, name), env })
  servers.push(server)
  return server
}

// The file may be read while its server runs.
const journalOf = (name: string): ReadonlyArray<JournalEntry> => {
  const database = new DatabaseSync(join(cwd, name, 'box.db'), { readOnly: true })
  const rows = database.prepare('select body from journal order by seq').all()
  database.close()
  return rows.map(({ body }) => JSON.parse(String(body)) as JournalEntry)
}

const countAtBack = (type: string, id: string): number =>
  journalOf('back').filter(
    (entry) => entry.kind === 'command' && entry.type === type && entry.ref.id === id,
  ).length

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  back = await run('back', BACK)
  proxy = await openProxy(back.port)
  front = await run('front', frontOf(proxy.url))
  await begun(front)
})

afterEach(() => proxy.turn('fine'))

afterAll(async () => {
  for (const server of servers) {
    server.kill('SIGKILL')
    await server.ended
  }
  await proxy.close()
  rmSync(cwd, { recursive: true })
})

// Loses the answer to the first request with a method; answers how many it has lost.
const cutOnce = (method: string): (() => number) => {
  let lost = 0
  proxy.turn((line) => {
    if (lost > 0 || !line.startsWith(`${method} `)) return 'fine'
    lost += 1
    return 'cut'
  })
  return () => lost
}

const control = (server: ServerProcess, call: string): Promise<WireReply> => {
  const [method = '', path = ''] = call.split(' ')
  const headers = { authorization: `Bearer ${OPERATOR.secret}` }
  return exchange(server.url, `/_signalbox/v1${path}`, { method, headers })
}

interface Work {
  readonly id: string
  readonly type: string
  readonly state: string
}

const effects = async (server: ServerProcess, query: string): Promise<ReadonlyArray<Work>> =>
  JSON.parse((await control(server, `GET /effects${query}`)).text).items

const OPEN = ['pending', 'leased', 'parked']

// The work that its settings ask for has ended: each service of z/OS Connect is registered, each of Gcore provided.
const begun = async (server: ServerProcess): Promise<void> => {
  const first = NAMES.length + PRODUCTS.length
  await vi.waitFor(async () => {
    const held = await effects(server, '?limit=100')
    expect(held.length).toBeGreaterThanOrEqual(first)
    expect(held.filter(({ state }) => OPEN.includes(state))).toEqual([])
  }, PATIENCE)
}

const zos = (server: ServerProcess, call: string): Promise<WireReply> => {
  const [method = '', path = ''] = call.split(' ')
  const headers = { authorization: basic('ADMIN', SECRETS.PASSWORD) }
  return exchange(server.url, `/zosConnect/services/${path}`, { method, headers })
}

const zosStatus = async (server: ServerProcess, name: string): Promise<string> =>
  JSON.parse((await zos(server, `GET ${name}`)).text).zosConnect.serviceStatus

const gcore = (server: ServerProcess, id: number, status?: string, as = '7'): Promise<WireReply> =>
  exchange(server.url, `/iam/clients/1001/services/${id}`, {
    method: status === undefined ? 'GET' : 'PUT',
    headers: { authorization: `APIKey ${as}$${SECRETS.KEY}`, 'content-type': 'application/json' },
    body: status === undefined ? null : JSON.stringify({ status }),
  })

const gcoreStatus = async (server: ServerProcess, id: number): Promise<string> =>
  JSON.parse((await gcore(server, id)).text).status

const poppy = (server: ServerProcess, call: string, body?: unknown): Promise<WireReply> => {
  const [method = '', path = ''] = call.split(' ')
  return exchange(server.url, `/v1.0/acme-7/services${path}`, {
    method,
    headers: { 'x-auth-token': SECRETS.TOKEN },
    body: body === undefined ? null : JSON.stringify(body),
  })
}

interface Shown {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly errors: ReadonlyArray<{ readonly message: string }>
}

const shop = (name: string) => ({
  name,
  domains: [{ domain: `${name}.shop-a.com` }],
  origins: [{ origin: 'o.shop-b.com' }],
  flavor_id: 'cdn',
})

const create = async (server: ServerProcess, name: string): Promise<string> => {
  const created = await poppy(server, 'POST ', shop(name))
  expect(created.status).toBe(202)
  return created.headers.get('location')?.split('/').at(-1) ?? ''
}

const poppyShown = async (server: ServerProcess, id: string): Promise<Shown | undefined> => {
  const { status, text } = await poppy(server, `GET /${id}`)
  return status === 200 ? (JSON.parse(text) as Shown) : undefined
}

const poppyStatus = async (server: ServerProcess, id: string): Promise<string | undefined> =>
  (await poppyShown(server, id))?.status

const namedAtBack = async (name: string): Promise<ReadonlyArray<Shown>> =>
  (JSON.parse((await poppy(back, 'GET ?limit=20')).text).services as ReadonlyArray<Shown>).filter(
    (shown) => shown.name === name,
  )

describe('a server that forwards to another one', () => {
  it('carries the changes of z/OS Connect there, and what they come to home', async () => {
    const stopped = await zos(front, 'PUT plain?status=stopped')
    expect([stopped.status, JSON.parse(stopped.text).zosConnect.serviceStatus]).toEqual([
      200,
      'Stopped',
    ])
    expect(await zosStatus(back, 'plain')).toBe('Stopped')
    await zos(back, 'PUT plain?status=started')
    expect(await zosStatus(front, 'plain')).toBe('Started')
  })

  it('carries the changes of Gcore there', async () => {
    expect((await gcore(front, 5000, 'paused')).status).toBe(200)
    await expect.poll(() => gcoreStatus(back, 6000), PATIENCE).toBe('paused')
    expect(await gcoreStatus(front, 5000)).toBe('paused')
  })

  it('carries the changes of Poppy there, and what they come to home', async () => {
    const id = await create(front, 'plain')
    await expect.poll(() => poppyStatus(front, id), PATIENCE).toBe('deployed')
    const [there] = await namedAtBack('plain')
    expect(there?.status).toBe('deployed')
    const rename = [{ op: 'replace', path: '/name', value: 'renamed' }]
    expect((await poppy(front, `PATCH /${id}`, rename)).status).toBe(202)
    await expect.poll(() => poppyStatus(front, id), PATIENCE).toBe('deployed')
    expect((await namedAtBack('renamed')).map((shown) => shown.id)).toEqual([there?.id])
    await poppy(front, `DELETE /${id}`)
    await expect.poll(() => poppyStatus(front, id), PATIENCE).toBeUndefined()
    expect(await namedAtBack('renamed')).toEqual([])
  })

  it('shows what the other one refuses, in its words', async () => {
    const refused = await zos(front, 'PUT stubborn?status=stopped')
    expect([refused.status, refused.text]).toEqual([
      418,
      expect.stringContaining('The simulated stop fails.'),
    ])

    await create(back, 'taken')
    const other = { ...shop('taken'), name: 'other' }
    const created = await poppy(front, 'POST ', other)
    const id = created.headers.get('location')?.split('/').at(-1) ?? ''
    await expect.poll(() => poppyStatus(front, id), PATIENCE).toBe('failed')
    expect((await poppyShown(front, id))?.errors).toEqual([
      { message: 'the upstream answered 400: Domain taken.shop-a.com has already been taken' },
    ])

    // Only an admin may delete, which the front is not there.
    const deleted = await gcore(front, 5001, 'deleted', '1')
    expect(deleted.status).toBe(200)
    const failures = () => journalOf('front').filter(({ type }) => type === 'wipe.failed')
    await expect.poll(failures, PATIENCE).toMatchObject([
      {
        detail: {
          message: 'the upstream answered 400: status: Status "deleted" is set by the system.',
        },
      },
    ])
    expect(await gcoreStatus(back, 6001)).toBe('active')
  })

  it('reads what has become of a change of z/OS Connect whose answer is lost', async () => {
    const lost = cutOnce('PUT')
    const stopped = await zos(front, 'PUT lost?status=stopped')
    expect([stopped.status, await zosStatus(back, 'lost')]).toEqual([200, 'Stopped'])
    expect([lost(), countAtBack('service.stop', 'lost')]).toEqual([1, 1])
  })

  it('reads what has become of a change of Gcore whose answer is lost', async () => {
    const lost = cutOnce('PUT')
    await gcore(front, 5002, 'paused')
    await expect.poll(() => gcoreStatus(back, 6002), PATIENCE).toBe('paused')
    await gcore(front, 5002, 'active')
    await expect.poll(() => gcoreStatus(back, 6002), PATIENCE).toBe('active')
    expect([lost(), countAtBack('service.pause', '6002')]).toEqual([1, 1])
  })

  it.each(['POST', 'PATCH', 'DELETE'])(
    'reads what has become of a %s of Poppy whose answer is lost',
    async (method) => {
      const name = `lost-${method.toLowerCase()}`
      const lost = cutOnce(method)
      const id = await create(front, name)
      await expect.poll(() => poppyStatus(front, id), PATIENCE).toBe('deployed')
      const [there, ...more] = await namedAtBack(name)
      expect(more).toEqual([])
      await poppy(front, `PATCH /${id}`, [
        { op: 'replace', path: '/log_delivery/enabled', value: true },
      ])
      await expect.poll(() => poppyStatus(front, id), PATIENCE).toBe('deployed')
      await poppy(front, `DELETE /${id}`)
      await expect.poll(() => poppyStatus(front, id), PATIENCE).toBeUndefined()
      const counts = ['create', 'update', 'delete'].map((verb) =>
        countAtBack(`service.${verb}`, there?.id ?? ''),
      )
      expect([lost(), ...counts]).toEqual([1, 1, 1, 1])
    },
  )

  it('waits while the other one is away, and then does what it was asked', async () => {
    back.kill('SIGKILL')
    await back.ended
    const stopping = zos(front, 'PUT away?status=stopped')
    expect((await gcore(front, 5003, 'paused')).status).toBe(200)
    const id = await create(front, 'away')
    // Each of the three has been tried in vain more than once.
    const tries = proxy.passed.length
    await expect.poll(() => proxy.passed.length - tries, PATIENCE).toBeGreaterThan(6)
    expect(await poppyStatus(front, id)).toBe('create_in_progress')
    back = await run('back', BACK, back.port)
    expect((await stopping).status).toBe(200)
    expect(await zosStatus(back, 'away')).toBe('Stopped')
    await expect.poll(() => gcoreStatus(back, 6003), PATIENCE).toBe('paused')
    await expect.poll(() => poppyStatus(front, id), PATIENCE).toBe('deployed')
    expect(await namedAtBack('away')).toHaveLength(1)
  }, 60_000)

  it('parks what the other one never takes, shows it, and does it when it is retried', async () => {
    const far = await openProxy(back.port)
    const patient = await run('patient', frontOf(far.url, { attempts: 2 }))
    await begun(patient)
    far.turn('down')
    const late = await zos(patient, 'PUT gone?status=stopped')
    expect(late.status).toBe(503)
    await gcore(patient, 5004, 'paused')
    const id = await create(patient, 'gone')
    const parked = () => effects(patient, '?work=parked')
    await expect
      .poll(async () => (await parked()).map(({ type }) => type).toSorted(), PATIENCE)
      .toEqual(['provider.stop', 'provision', 'suspend'])
    far.turn('fine')
    for (const effect of await parked())
      expect((await control(patient, `POST /effects/${effect.id}/retry`)).status).toBe(200)
    await expect.poll(() => zosStatus(back, 'gone'), PATIENCE).toBe('Stopped')
    await expect.poll(() => gcoreStatus(back, 6004), PATIENCE).toBe('paused')
    await expect.poll(() => poppyStatus(patient, id), PATIENCE).toBe('deployed')
    expect(await parked()).toEqual([])
    await far.close()
  }, 60_000)

  it('lets no credentials out', async () => {
    // Whatever a store holds, errors of its effects among it, and the log of what keeps it open.
    const kept = ['front', 'patient', 'back'].flatMap((name) =>
      readdirSync(join(cwd, name)).map((file) => readFileSync(join(cwd, name, file), 'latin1')),
    )
    expect(kept.join('')).toContain('the upstream answered 400')
    const said = servers.map((server) => server.stdout())
    const shown = (await control(front, 'GET /effects?limit=100')).text
    const basicWords = Object.values(SECRETS).map((secret) => btoa(`ADMIN:${secret}`))
    for (const secret of [...Object.values(SECRETS), ...basicWords])
      for (const text of [...kept, ...said, shown]) expect(text.includes(secret)).toBe(false)
  })
})
