import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JournalEntry } from '@signalbox/core'
import { Client } from 'pg'
import { afterEach, beforeEach, expect, inject, it } from 'vitest'
import { curlsOf } from './banner.ts'
import { sendCurl } from './curl.ts'
import { makeDatabase } from './database.ts'
import type { Database } from './database.ts'
import { DEMO_SECRETS } from './demo.ts'
import { must } from './house.ts'
import { openStore } from './open-store.ts'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import {
  createPoppyService,
  vendorsConfiguration,
  vendorsSettings,
  wholeJournal,
} from './vendors.ts'
import { exchange } from './wire.ts'

let cwd = ''
let database: Database
const servers: ServerProcess[] = []

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  database = await makeDatabase(inject('postgres'))
})

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.kill('SIGCONT')
    server.kill('SIGKILL')
    await server.ended
  }
  await database.drop()
  rmSync(cwd, { recursive: true })
})

const start = async (url: string): Promise<ServerProcess> => {
  const server = await startServer([], { cwd, env: { PORT: '0', SIGNALBOX_STORE: url } })
  servers.push(server)
  return server
}

const services = async ({ url: base }: ServerProcess): Promise<unknown> => {
  const headers = { authorization: `apikey 7$${DEMO_SECRETS.gcoreReseller}` }
  const reply = await fetch(`${base}/iam/clients/3989/services`, { headers })
  expect(reply.status).toBe(200)
  return reply.json()
}

const pgbouncer = inject('pgbouncer')
const WAYS = {
  'a database': (own: string) => own,
  'a database behind PgBouncer': (own: string) => {
    if ('missing' in pgbouncer) return undefined
    const url = new URL(pgbouncer.url)
    url.pathname = new URL(own).pathname
    return url.href
  },
}

for (const [name, way] of Object.entries(WAYS))
  it(`serves the same services from two servers that share ${name}`, async ({ skip }) => {
    const url = way(database.url)
    if (url === undefined) return skip('missing' in pgbouncer ? pgbouncer.missing : '')
    const [one, two] = await Promise.all([start(url), start(url)])
    const before = await services(one)
    expect(await services(two)).toEqual(before)
    // What one of them is asked for, the other shows.
    const replies = await Promise.all(curlsOf(one.url).map(sendCurl))
    expect(replies.map(({ status }) => status)).toEqual([201, 200, 200])
    const after = await services(two)
    expect(after).not.toEqual(before)
    expect(await services(one)).toEqual(after)
    one.kill('SIGKILL')
    await one.ended
    expect(await services(two)).toEqual(after)
    two.kill('SIGTERM')
    expect(await two.ended).toMatchObject({ code: 0 })
  })

it('lets ten servers start at once on an empty database', async () => {
  const all = await Promise.all(Array.from({ length: 10 }, () => start(database.url)))
  const shown = await Promise.all(all.map(services))
  for (const one of shown) expect(one).toEqual(shown[0])
  const ready = await Promise.all(all.map(({ url }) => exchange(url, '/readyz')))
  for (const { status, text } of ready) {
    expect(status).toBe(200)
    expect(text).not.toContain('"ok":false')
  }
}, 120_000)

const configure = (poppy: object): void =>
  writeFileSync(
    join(cwd, 'signalbox.config.json'),
    JSON.stringify(vendorsConfiguration({ leaseMs: 2000, providers: vendorsSettings(poppy) })),
  )

const MANY = 12

const createMany = async ({ url }: ServerProcess): Promise<ReadonlyArray<string>> =>
  Promise.all(Array.from({ length: MANY }, (_, n) => createPoppyService(url, `site${n}`)))

const untilAll = async (
  { url }: ServerProcess,
  paths: ReadonlyArray<string>,
  status: string,
): Promise<void> => {
  for (const path of paths)
    await expect
      .poll(
        async () => (await exchange(url, path, { headers: { 'x-auth-token': 'tenant' } })).text,
        {
          timeout: 20_000,
          interval: 50,
        },
      )
      .toContain(`"status":"${status}"`)
}

const ownersOf = async (table: 'effect' | 'deadline'): Promise<ReadonlyArray<unknown>> =>
  (await database.ask(`select owner from signalbox.${table} where owner is not null`)).map(
    ({ owner }) => owner,
  )

const journalOf = async (paths: ReadonlyArray<string>): Promise<ReadonlyArray<JournalEntry>> => {
  const ids = paths.map((path) => path.split('/').at(-1))
  const store = must(await openStore({ kind: 'postgres', url: database.url }))
  const journal = await wholeJournal(store)
  await store.close()()
  return journal.filter(({ ref }) => ids.includes(ref.id))
}

it('takes over the work of a server that is killed with it in hand, and reports each of it once', async () => {
  configure({ effectDelay: 1500, effectTimeout: 600 })
  const [one, two] = [await start(database.url), await start(database.url)]
  const paths = await createMany(one)
  const owners = await ownersOf('effect')
  expect(owners).toHaveLength(MANY)
  expect(new Set(owners).size).toBe(1)
  one.kill('SIGKILL')
  await one.ended
  // Within the lease, and the time that it takes to look: the work itself takes its own.
  await expect
    .poll(
      async () => (await ownersOf('effect')).filter((owner) => !owners.includes(owner)).length,
      {
        timeout: 4000,
        interval: 20,
      },
    )
    .toBe(MANY)
  await untilAll(two, paths, 'deployed')
  const reports = (await journalOf(paths)).filter(({ kind }) => kind === 'report')
  expect(reports).toHaveLength(MANY)
  expect(new Set(reports.map(({ effect }) => effect)).size).toBe(MANY)
  const open = await database.ask('select count(*)::int as count from signalbox.effect where open')
  expect(open).toEqual([{ count: 0 }])
})

it('fires each deadline once when the server that has leased them is killed before it could', async () => {
  configure({ effectDelay: 600_000, effectTimeout: 3 })
  const [one, two] = [await start(database.url), await start(database.url)]
  const paths = await createMany(one)
  // The one that is to die can lease what is due and not commit; the other one sleeps meanwhile.
  two.kill('SIGSTOP')
  const holder = new Client({ connectionString: database.url })
  await holder.connect()
  await holder.query('begin; select from signalbox.state for update')
  await expect
    .poll(async () => (await ownersOf('deadline')).length, { timeout: 15_000, interval: 10 })
    .toBe(MANY)
  one.kill('SIGKILL')
  await one.ended
  await database.ask(
    `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`,
  )
  await holder.end()
  two.kill('SIGCONT')
  await untilAll(two, paths, 'failed')
  const fired = (await journalOf(paths)).filter(({ kind }) => kind === 'deadline')
  expect(fired).toHaveLength(MANY)
  expect(new Set(fired.map(({ ref }) => ref.id)).size).toBe(MANY)
  const left = await database.ask('select count(*)::int as count from signalbox.deadline')
  expect(left).toEqual([{ count: 0 }])
})
