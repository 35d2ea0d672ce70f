import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { refKey } from '@signalbox/core'
import type { JournalEntry } from '@signalbox/core'
import { afterEach, beforeEach, expect, inject, it } from 'vitest'
import { startPostgres } from '../../../scripts/postgres-server.ts'
import { makeDatabase } from './database.ts'
import type { Database } from './database.ts'
import { openFaultProxy } from './fault-proxy.ts'
import type { FaultProxy } from './fault-proxy.ts'
import { must } from './house.ts'
import { openStore } from './open-store.ts'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import {
  createPoppyService,
  VENDORS,
  vendorsConfiguration,
  vendorsSettings,
  wholeJournal,
} from './vendors.ts'
import type { Vendor } from './vendors.ts'
import { exchange } from './wire.ts'
import type { WireReply } from './wire.ts'

let cwd = ''
let database: Database
let proxy: FaultProxy
let server: ServerProcess

const begin = async (storeTimeoutMs: number): Promise<void> => {
  const providers = vendorsSettings({ effectDelay: 50, effectTimeout: 2 })
  const configuration = vendorsConfiguration({ storeTimeoutMs, leaseMs: 1000, providers })
  writeFileSync(join(cwd, 'signalbox.config.json'), JSON.stringify(configuration))
  server = await startServer([], { cwd, env: { PORT: '0', SIGNALBOX_STORE: proxy.url } })
}

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  database = await makeDatabase(inject('postgres'))
  proxy = await openFaultProxy(database.url)
})

afterEach(async () => {
  server.kill('SIGKILL')
  await server.ended
  await proxy.close()
  await database.drop()
  rmSync(cwd, { recursive: true })
})

const terminate = (): Promise<unknown> =>
  database.ask(
    `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'signalbox'`,
  )

const readOnly = async (on: boolean): Promise<void> => {
  await database.ask(
    `alter database ${new URL(database.url).pathname.slice(1)}
    set default_transaction_read_only = ${on ? 'on' : 'off'}`,
  )
  await terminate()
}

/** Each is begun, lasts until as many requests were refused as are waited for, and ends. */
const FAULTS: Readonly<Record<string, readonly [begin: () => unknown, end: () => unknown]>> = {
  'every connection drops and none is let in': [() => proxy.turn('cut'), () => proxy.turn('pass')],
  'nothing gets through': [() => proxy.turn('stall'), () => proxy.turn('pass')],
  'nothing comes back': [() => proxy.turn('mute'), () => proxy.turn('pass')],
  'the database takes no writes, as after a failover': [
    () => readOnly(true),
    () => readOnly(false),
  ],
}

for (const [name, [break_, mend]] of Object.entries(FAULTS))
  it(`refuses with 503 while ${name}, acknowledges nothing falsely, and recovers by itself`, async () => {
    await begin(400)
    const pending = await createPoppyService(server.url, 'before')
    const callers = VENDORS.map(call)
    await until(callers, 'acknowledged', () => 3)
    await break_()
    await until(callers, 'refused', () => 3)
    await mend()
    const before = new Map(callers.map((caller) => [caller, caller.acknowledged.length]))
    await until(callers, 'acknowledged', (caller) => (before.get(caller) ?? 0) + 5)
    await Promise.all(callers.map(({ stop }) => stop()))
    // The workers go on as well, with what was asked for before and what is asked for now.
    const late = await createPoppyService(server.url, 'after')
    for (const path of [pending, late]) await untilDecided(path)
    for (const { vendor, refused } of callers)
      for (const reply of refused) expectRefused(vendor, reply)
    const journal = await journalled()
    for (const { acknowledged } of callers) expectKept(journal, acknowledged)
    expectWhole(journal)
  }, 60_000)

it('goes on when its connections are ended by an administrator again and again', async () => {
  await begin(2000)
  const callers = VENDORS.map(call)
  for (let round = 1; round <= 5; round += 1) {
    await until(callers, 'acknowledged', () => 4 * round)
    await terminate()
  }
  await Promise.all(callers.map(({ stop }) => stop()))
  for (const { vendor, refused } of callers)
    for (const reply of refused) expectRefused(vendor, reply)
  const journal = await journalled()
  for (const { acknowledged } of callers) expectKept(journal, acknowledged)
  expectWhole(journal)
}, 60_000)

it.skipIf(process.env['SIGNALBOX_TEST_POSTGRES'] !== undefined)(
  'goes on by itself when the database server ends in order or crashes, and starts again',
  async () => {
    const own = await startPostgres(['fsync=on'])
    await proxy.close()
    await database.drop()
    database = await makeDatabase(own.url)
    proxy = await openFaultProxy(database.url)
    try {
      await begin(2000)
      const callers = VENDORS.map(call)
      for (const mode of ['fast', 'immediate', 'fast'] as const) {
        const before = new Map(callers.map((caller) => [caller, caller.acknowledged.length]))
        await until(callers, 'acknowledged', (caller) => (before.get(caller) ?? 0) + 4)
        await own.restart(mode)
      }
      const before = new Map(callers.map((caller) => [caller, caller.acknowledged.length]))
      await until(callers, 'acknowledged', (caller) => (before.get(caller) ?? 0) + 4)
      await Promise.all(callers.map(({ stop }) => stop()))
      for (const { vendor, refused } of callers)
        for (const reply of refused) expectRefused(vendor, reply)
      const journal = await journalled()
      for (const { acknowledged } of callers) expectKept(journal, acknowledged)
      expectWhole(journal)
    } finally {
      await database.drop()
      await own.stop()
      database = await makeDatabase(inject('postgres'))
    }
  },
  90_000,
)

it('answers within its patience while the database stalls for 30 s, and works on when that is over', async () => {
  await begin(2000)
  for (const vendor of VENDORS)
    expect((await vendor.set(server.url, vendor.statuses[0], `${vendor.provider}:0`)).status).toBe(
      vendor.provider === 'poppy' ? 201 : 200,
    )
  proxy.turn('stall')
  const ends = Date.now() + 30_000
  for (let n = 1; Date.now() < ends; n += 1) {
    const asked = Date.now()
    const replies = await Promise.all(
      VENDORS.map((vendor) =>
        vendor.set(server.url, vendor.statuses[1], `${vendor.provider}:${n}`),
      ),
    )
    // A wait for a connection, one for what is before, one for the answer, and time to spare.
    expect(Date.now() - asked).toBeLessThan(4 * 2000)
    for (const [index, vendor] of VENDORS.entries()) {
      const reply = replies[index]
      if (reply !== undefined) expectRefused(vendor, reply)
    }
  }
  expect(await exchange(server.url, '/livez')).toMatchObject({ status: 200 })
  expect(await exchange(server.url, '/readyz')).toMatchObject({ status: 503 })
  proxy.turn('pass')
  for (const vendor of VENDORS)
    await expect
      .poll(
        async () => (await vendor.set(server.url, vendor.statuses[0], crypto.randomUUID())).status,
        {
          timeout: 20_000,
          interval: 50,
        },
      )
      .not.toBe(503)
  expectWhole(await journalled())
}, 90_000)

// -- internals

interface Caller {
  readonly vendor: Vendor
  /** The requests that asked for each change that was acknowledged: the last of them was, those before it were refused. */
  readonly acknowledged: ReadonlyArray<ReadonlyArray<string>>
  readonly refused: ReadonlyArray<WireReply>
  /** What went wrong beside. */
  readonly failure: () => string | undefined
  readonly stop: () => Promise<void>
}

/** Moves a vendor's service there and back, one request after another. */
const call = (vendor: Vendor): Caller => {
  const acknowledged: Array<ReadonlyArray<string>> = []
  const refused: WireReply[] = []
  let stopped = false
  let failure: string | undefined
  const run = async (): Promise<void> => {
    for (let turn = 0; !stopped; turn += 1) {
      const requests: string[] = []
      const status = vendor.statuses[turn % 2] ?? ''
      for (let done = false; !done && !stopped;) {
        const request = `${vendor.provider}:${turn}:${requests.length}`
        requests.push(request)
        const reply = await vendor.set(server.url, status, request)
        if (reply.status === 503) refused.push(reply)
        else if (reply.status >= 500) throw new Error(`${reply.status} ${reply.text}`)
        else done = true
        if (reply.status < 300) acknowledged.push(requests)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
  }
  const running = run().catch((thrown: unknown) => {
    failure = String(thrown)
  })
  return {
    vendor,
    acknowledged,
    refused,
    failure: () => failure,
    stop: async () => {
      stopped = true
      await running
      expect(failure).toBeUndefined()
    },
  }
}

/** Waits until every caller has so many replies of a kind. */
const until = async (
  callers: ReadonlyArray<Caller>,
  kind: 'acknowledged' | 'refused',
  counts: (caller: Caller) => number,
): Promise<void> => {
  const missing = (): unknown =>
    callers
      .filter((caller) => caller[kind].length < counts(caller))
      .map(({ vendor, failure, refused }) => [vendor.provider, failure(), refused.at(-1)?.text])
  await expect.poll(missing, { timeout: 25_000, interval: 10 }).toEqual([])
}

const untilDecided = async (path: string): Promise<void> => {
  await expect
    .poll(
      async () =>
        (await exchange(server.url, path, { headers: { 'x-auth-token': 'tenant' } })).text,
      {
        timeout: 20_000,
        interval: 50,
      },
    )
    .toMatch(/"status":"(deployed|failed)"/)
}

const expectRefused = (
  { errorMember, provider }: Vendor,
  { status, headers, text }: WireReply,
): void => {
  expect(status, text).toBe(503)
  expect(headers.get('retry-after'), `${provider} ${text}`).toMatch(/^[1-9]\d*$/)
  expect(JSON.parse(text)).toHaveProperty(errorMember)
}

const journalled = async (): Promise<ReadonlyArray<JournalEntry>> => {
  const store = must(await openStore({ kind: 'postgres', url: database.url }))
  try {
    return await wholeJournal(store)
  } finally {
    await store.close()()
  }
}

/**
 * What was acknowledged is there, and nothing twice. A refused request may have taken place all the same; to ask for it once
 * more may then be no change.
 */
const expectKept = (
  journal: ReadonlyArray<JournalEntry>,
  acknowledged: ReadonlyArray<ReadonlyArray<string>>,
): void => {
  const counts = new Map<string | undefined, number>()
  for (const { kind, outcome, request } of journal)
    if (kind === 'command' && outcome === 'moved')
      counts.set(request, (counts.get(request) ?? 0) + 1)
  for (const requests of acknowledged) {
    const moves = requests.map((request) => counts.get(request) ?? 0)
    expect(Math.max(...moves), requests.join()).toBe(1)
  }
}

/** Each service's entries follow one from another, no revision is missing and none is there twice. */
const expectWhole = (journal: ReadonlyArray<JournalEntry>): void => {
  const last = new Map<string, JournalEntry>()
  for (const entry of journal) {
    const before = last.get(refKey(entry.ref))
    expect(entry.from, entry.id).toBe(before?.to ?? null)
    expect(entry.revision - (before?.revision ?? 0), entry.id).toBeLessThanOrEqual(1)
    last.set(refKey(entry.ref), entry)
  }
  const fired = journal.filter(({ kind }) => kind === 'deadline')
  const instants = fired.map(({ ref, type, at }) => JSON.stringify([refKey(ref), type, at]))
  expect(new Set(instants).size).toBe(instants.length)
}
