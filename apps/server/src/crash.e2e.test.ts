import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { refKey, restoreState } from '@signalbox/core'
import type { JournalEntry, Lifecycle, ServiceRef, State } from '@signalbox/core'
import { createGcoreLifecycle } from '@signalbox/core/gcore'
import { createPoppyLifecycle } from '@signalbox/core/poppy'
import type { Page, PendingEffect, Store } from '@signalbox/core/store'
import { walk } from '@signalbox/core/testing'
import { zosService } from '@signalbox/core/zosconnect'
import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { must } from './house.ts'
import { openStore } from './open-store.ts'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import { basic, exchange } from './wire.ts'
import type { WireReply } from './wire.ts'

let cwd = ''
let server: ServerProcess

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  writeFileSync(join(cwd, 'signalbox.config.json'), JSON.stringify(CONFIGURATION))
})

afterEach(async () => {
  server.kill('SIGKILL')
  await server.ended
  rmSync(cwd, { recursive: true })
})

it('keeps every acknowledged change through kill -9, stays legal, and does the work that was asked for', async () => {
  await start()
  const targets = await targetsOf()
  const acknowledged: Acknowledged[] = []
  const created: string[] = []
  const orphans = new Set<string>()
  for (const [round, killAt] of KILL_AT.entries()) {
    const before = acknowledged.length
    const ended = await changeAll(`${round}`, targets, {
      acknowledge: (change) => {
        acknowledged.push(change)
        if (acknowledged.length - before === killAt) server.kill('SIGKILL')
      },
      created: (path) => created.push(path),
    })
    expect(await server.ended).toMatchObject({ signal: 'SIGKILL' })
    expect(ended).toBe('cut off')
    expect(acknowledged.length - before).toBeGreaterThanOrEqual(killAt)
    const left = await inStore(async (store) => {
      const journal = await journalOf(store)
      expectAcknowledged(journal, acknowledged)
      expectLegal(journal, await statesOf(store))
      return effectsOf(store, true)
    })
    // It was killed in the middle of things: there is work of committed changes that nobody does any more.
    expect(left.length).toBeGreaterThan(0)
    for (const { effect } of left) orphans.add(effect.id)
    await start()
  }

  const rest = await changeAll('last', targets, {
    acknowledge: (change) => acknowledged.push(change),
    created: (path) => created.push(path),
  })
  expect(rest).toBe('complete')
  // Work that was under way when the server died is leased to it for some seconds more.
  await untilDeployed(created)
  for (const [index, target] of targets.entries())
    for (const status of (await target.read?.()) === target.statuses[0]
      ? target.statuses.toReversed()
      : target.statuses) {
      const request = `after:${index}:${status}`
      const reply = await target.set(status, request)
      expect(reply.status, reply.text).toBe(target.success)
      acknowledged.push({ request, ref: target.ref, status })
    }
  await stopWhenIdle()

  await inStore(async (store) => {
    const journal = await journalOf(store)
    const states = await statesOf(store)
    expectAcknowledged(journal, acknowledged)
    expectLegal(journal, states)
    const effects = await effectsOf(store, false)
    expect(effects.filter(({ work }) => work !== 'done' && work !== 'superseded')).toEqual([])
    const works = new Map(effects.map(({ effect, work }) => [effect.id, work]))
    for (const { effects: asked = [] } of journal)
      for (const id of asked) expect(works.has(id), id).toBe(true)
    const taken = [...orphans].filter((id) => works.get(id) === 'done')
    expect(taken.length).toBeGreaterThan(0)
    process.stdout.write(
      `\n${acknowledged.length} changes and ${created.length} creations acknowledged over ${KILL_AT.length} kills, ${journal.length} journal entries of ${states.length} services, ${effects.length} effects settled, of ${orphans.size} left open by a kill ${taken.length} performed and the others superseded\n`,
    )
  })
}, 180_000)

// -- internals

/** After how many acknowledged changes of each round the server is killed. */
const KILL_AT = [250, 800, 1600]

const CHANGES = 2000

/** How many callers change one and the same service at once, beside those who have one each. */
const CROWD = 4

const PRODUCTS = ['CDN', 'STORAGE', 'STREAMING', 'DNS', 'DDOS', 'CLOUD']
const CLIENTS = [1001, 1002, 1003, 1004]
const POPPY_SERVICES = 28
const ZOS_SERVICES = 8

const CONFIGURATION = {
  store: 'sqlite:box.db',
  principals: [
    { id: 'operator', provider: 'poppy', secret: 'operator', tenants: '*', roles: ['operator'] },
    { id: 'tenant', provider: 'poppy', secret: 'tenant', tenants: ['110011'] },
    { id: '7', provider: 'gcore', secret: 'reseller', tenants: '*', roles: ['reseller'] },
    { id: 'ADMIN', provider: 'zosconnect', secret: 'admin', tenants: '*' },
  ],
  providers: {
    poppy: {
      maxServicesPerProject: 100_000,
      effectDelay: 200,
      seedFlavors: [
        {
          id: 'cdn',
          providers: [
            { provider: 'mock', links: [{ href: 'http://m.example', rel: 'provider_url' }] },
          ],
        },
      ],
    },
    gcore: {
      latencyMs: 20,
      clients: CLIENTS.map((id, client) => ({
        id,
        name: `Client ${id}`,
        email: `${id}@example.com`,
        companyName: `Client ${id}`,
        reseller: 7,
        services: Object.fromEntries(
          PRODUCTS.map((name, product) => [
            name,
            { id: 5000 + 10 * client + product, status: 'active' },
          ]),
        ),
      })),
    },
    zosconnect: {
      requireSecure: false,
      simulated: true,
      restart: 'last',
      services: Array.from({ length: ZOS_SERVICES }, (_, index) => ({
        name: `service${index}`,
        provider: 'signalbox.simulated',
      })),
    },
  },
}

const TENANT = { 'x-auth-token': 'tenant' }
const OPERATOR = { 'x-auth-token': 'operator' }

const LIFECYCLES: ReadonlyArray<Lifecycle> = [
  createPoppyLifecycle(),
  createGcoreLifecycle(),
  zosService,
]

/** A service with two statuses that it is moved to in turn. */
interface Target {
  readonly ref: ServiceRef
  readonly statuses: readonly [string, string]
  readonly set: (status: string, request: string) => Promise<WireReply>
  /** The status code of success. */
  readonly success: number
  /** The present status, for a provider to which the same one again is no change. */
  readonly read?: () => Promise<string>
}

/** A change that the server has answered with success. */
interface Acknowledged {
  readonly request: string
  readonly ref: ServiceRef
  readonly status: string
}

interface Hearing {
  readonly acknowledge: (change: Acknowledged) => void
  /** The path of a service whose creation the server has answered with success. */
  readonly created: (path: string) => void
}

const start = async (): Promise<void> => {
  server = await startServer([], { cwd, env: { PORT: '0' } })
}

const targetsOf = async (): Promise<ReadonlyArray<Target>> => {
  const paths = await Promise.all(Array.from({ length: POPPY_SERVICES }, () => create('early')))
  await untilDeployed(paths)
  return [
    ...paths.map((path) => poppyTarget(path.split('/').at(-1) ?? '')),
    ...CLIENTS.flatMap((client, at) =>
      PRODUCTS.map((_, product) => gcoreTarget(client, 5000 + 10 * at + product)),
    ),
    ...Array.from({ length: ZOS_SERVICES }, (_, index) => zosTarget(`service${index}`)),
  ]
}

const poppyTarget = (id: string): Target => ({
  ref: { provider: 'poppy', tenant: '110011', id },
  statuses: ['failed', 'deployed'],
  success: 201,
  set: (status, request) =>
    send('POST', '/v1.0/110011/admin/services/status', request, {
      headers: OPERATOR,
      body: JSON.stringify({ project_id: '110011', service_id: id, status }),
    }),
})

const gcoreTarget = (client: number, id: number): Target => {
  const path = `/iam/clients/${client}/services/${id}`
  const headers = { authorization: 'apikey 7$reseller', 'content-type': 'application/json' }
  return {
    ref: { provider: 'gcore', tenant: String(client), id: String(id) },
    statuses: ['paused', 'active'],
    success: 200,
    set: (status, request) =>
      send('PATCH', path, request, { headers, body: JSON.stringify({ status }) }),
    read: async () => {
      const { text } = await exchange(server.url, path, { headers })
      return (JSON.parse(text) as { readonly status: string }).status
    },
  }
}

const zosTarget = (name: string): Target => ({
  ref: { provider: 'zosconnect', tenant: 'default', id: name },
  statuses: ['Stopped', 'Started'],
  success: 200,
  set: (status, request) =>
    send('PUT', `/zosConnect/services/${name}?status=${status.toLowerCase()}`, request, {
      headers: { authorization: basic('ADMIN', 'admin') },
    }),
})

const send = (
  method: string,
  path: string,
  request: string,
  {
    headers,
    body = null,
  }: { readonly headers: Record<string, string>; readonly body?: string | null },
): Promise<WireReply> =>
  exchange(server.url, path, { method, headers: { ...headers, 'x-request-id': request }, body })

let made = 0

/** Creates a service that its provider takes some time for, and answers its path. */
const create = async (name: string): Promise<string> => {
  const domain = `www.site${(made += 1)}.example`
  const { status, headers, text } = await exchange(server.url, '/v1.0/110011/services', {
    method: 'POST',
    headers: TENANT,
    body: JSON.stringify({
      name,
      domains: [{ domain }],
      origins: [{ origin: `origin.${domain}` }],
      flavor_id: 'cdn',
    }),
  })
  expect(status, text).toBe(202)
  return new URL(headers.get('location') ?? '').pathname
}

const untilDeployed = async (paths: ReadonlyArray<string>): Promise<void> => {
  for (const path of paths)
    await expect
      .poll(async () => (await exchange(server.url, path, { headers: TENANT })).text, {
        timeout: 30_000,
        interval: 100,
      })
      .toContain('"status":"deployed"')
}

/** Moves every target there and back until all changes are made or the server is gone. */
const changeAll = async (
  round: string,
  targets: ReadonlyArray<Target>,
  { acknowledge, created }: Hearing,
): Promise<'complete' | 'cut off'> => {
  let begun = 0
  let gone = false
  const whileThere = async (work: () => Promise<void>): Promise<void> => {
    while (!gone && begun < CHANGES)
      try {
        await work()
      } catch (thrown) {
        // What a killed server does not answer any more is not acknowledged; any other answer is a mistake.
        if (!isCutOff(thrown)) throw thrown
        gone = true
      }
  }
  const caller = async (target: Target, name: string): Promise<void> => {
    let turn = (await target.read?.()) === target.statuses[0] ? 1 : 0
    await whileThere(async () => {
      begun += 1
      const request = `${round}:${name}:${turn}`
      const status = target.statuses[turn % 2] ?? ''
      const reply = await target.set(status, request)
      // What was in the middle of a change when the server died is busy until the dead one's lease has ended.
      if (reply.status === 503 && reply.text.includes('signalbox.busy')) return pause(50)
      expect(reply.status, reply.text).toBe(target.success)
      turn += 1
      acknowledge({ request, ref: target.ref, status })
    })
  }
  const [crowded] = targets
  await Promise.all([
    ...targets.map((target, index) => caller(target, `${index}`)),
    ...Array.from({ length: CROWD }, (_, index) =>
      crowded === undefined ? undefined : caller(crowded, `crowd${index}`),
    ),
    whileThere(async () => created(await create('late'))),
  ])
  return gone ? 'cut off' : 'complete'
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const isCutOff = (thrown: unknown): boolean => thrown instanceof TypeError

const stopWhenIdle = async (): Promise<void> => {
  // Another reader does not disturb the server; how the rows came out is asked of the store itself afterwards.
  const reader = new DatabaseSync(join(cwd, 'box.db'), { readOnly: true })
  await expect
    .poll(() => reader.prepare('select count(*) as open from effect where open = 1').get(), {
      timeout: 30_000,
      interval: 100,
    })
    .toEqual({ open: 0 })
  reader.close()
  server.kill('SIGTERM')
  expect(await server.ended).toMatchObject({ code: 0 })
}

const inStore = async <A>(work: (store: Store) => Promise<A>): Promise<A> => {
  const store = must(await openStore({ kind: 'sqlite', path: join(cwd, 'box.db') }))
  try {
    return await work(store)
  } finally {
    await store.close()()
  }
}

const journalOf = async (store: Store): Promise<ReadonlyArray<JournalEntry>> => {
  const all: JournalEntry[] = []
  let after: string | undefined
  for (let more = true; more;) {
    const page = must(
      await store.journal({ limit: 1000, ...(after === undefined ? {} : { after }) })(),
    )
    all.push(...page.entries)
    after = page.cursor
    more = page.more
  }
  return all
}

const statesOf = async (store: Store): Promise<ReadonlyArray<State>> => {
  const all: State[] = []
  for (const { provider } of LIFECYCLES)
    all.push(
      ...(await allPages((after) =>
        store.list({ provider, done: 'include', limit: 1000, ...after }),
      )),
    )
  return all
}

const effectsOf = (store: Store, open: boolean): Promise<ReadonlyArray<PendingEffect>> =>
  allPages((after) => store.effects({ open, limit: 1000, ...after }))

const allPages = async <A>(
  read: (after: { readonly after?: string }) => TE.TaskEither<unknown, Page<A>>,
): Promise<ReadonlyArray<A>> => {
  const all: A[] = []
  let after: string | undefined
  do {
    const page = must(await read(after === undefined ? {} : { after })())
    all.push(...page.items)
    after = page.next
  } while (after !== undefined)
  return all
}

/** Every acknowledged change has its line in the journal, and that line says what was acknowledged. */
const expectAcknowledged = (
  journal: ReadonlyArray<JournalEntry>,
  acknowledged: ReadonlyArray<Acknowledged>,
): void => {
  const commands = new Map(journal.map((entry) => [entry.request, entry]))
  const reports = new Map(journal.map((entry) => [entry.effect, entry]))
  for (const { request, ref, status } of acknowledged) {
    const entry = commands.get(request)
    expect(entry, request).toMatchObject({ ref, kind: 'command', outcome: 'moved' })
    // Where the provider is waited for, its report has been stored as well.
    const [work = ''] = entry?.effects ?? []
    const last = ref.provider === 'zosconnect' ? reports.get(work) : entry
    expect(last?.to, request).toBe(status)
  }
}

/** Every state can be read, and the journal leads to it by moves that its machine has. */
const expectLegal = (journal: ReadonlyArray<JournalEntry>, states: ReadonlyArray<State>): void => {
  const lines = new Map<string, JournalEntry[]>()
  for (const entry of journal) {
    const key = refKey(entry.ref)
    const own = lines.get(key) ?? []
    const last = own.at(-1)
    lines.set(key, own)
    own.push(entry)
    expect(entry.from, entry.id).toBe(last?.to ?? null)
    const step = entry.revision - (last?.revision ?? 0)
    expect(step === 1 || (step === 0 && last !== undefined), entry.id).toBe(true)
    if (entry.outcome === 'moved' && last !== undefined) expect(MOVES.has(spell(entry))).toBe(true)
  }
  expect(states.length).toBe(lines.size)
  for (const state of states) {
    const lifecycle = LIFECYCLES.find(({ name }) => name === state.lifecycle)
    if (lifecycle === undefined) throw new Error(state.lifecycle)
    expect(restoreState(lifecycle, state)).toEqual(E.right(state))
    expect(lifecycle.status(state.value, state.context)).toBe(state.status)
    const { to, revision, generation } = lines.get(refKey(state.ref))?.at(-1) ?? {}
    expect({ to, revision, generation }).toEqual({
      to: state.status,
      revision: state.revision,
      generation: state.generation,
    })
  }
}

const spell = ({ ref, type, from, to }: JournalEntry): string =>
  `${ref.provider} ${type}: ${from} to ${to}`

/** Every move that a walk of the lifecycles finds. */
const MOVES: ReadonlySet<string> = new Set(
  LIFECYCLES.flatMap((lifecycle) =>
    walk(lifecycle).attempts.flatMap(({ outcome }) =>
      E.isRight(outcome)
        ? outcome.right.journal.map((entry) =>
            spell({ ...entry, ref: { ...entry.ref, provider: lifecycle.provider } }),
          )
        : [],
    ),
  ),
)
