import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, inject, it } from 'vitest'
import { makeDatabase } from './database.ts'
import type { Database } from './database.ts'
import { DEMO_SECRETS } from './demo.ts'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import { exchange } from './wire.ts'
import type { WireReply } from './wire.ts'

const SERVICE = '/_signalbox/v1/services/gcore/3989/21797'

const AUTHORIZED = { authorization: `Bearer ${DEMO_SECRETS.controlOperator}` }

let cwd = ''
let database: Database
const servers: ServerProcess[] = []

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  database = await makeDatabase(inject('postgres'))
  for (let started = 0; started < 2; started += 1) {
    const server = await startServer([], {
      cwd,
      env: { PORT: '0', SIGNALBOX_STORE: database.url },
    })
    servers.push(server)
    await expect
      .poll(async () => (await exchange(server.url, '/readyz')).status, { timeout: 10_000 })
      .toBe(200)
  }
})

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.kill('SIGKILL')
    await server.ended
  }
  await database.drop()
  rmSync(cwd, { recursive: true })
})

const urlOf = (turn: number): string => servers[turn % servers.length]?.url ?? ''

const send = (turn: number, type: string, headers: Record<string, string>): Promise<WireReply> =>
  exchange(urlOf(turn), `${SERVICE}/commands`, {
    method: 'POST',
    headers: { ...AUTHORIZED, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ type }),
  })

const look = (turn: number): Promise<WireReply> =>
  exchange(urlOf(turn), SERVICE, { headers: AUTHORIZED })

const pauses = async (): Promise<number> => {
  const { text } = await exchange(urlOf(0), `${SERVICE}/history?limit=500`, { headers: AUTHORIZED })
  const told: {
    readonly items: ReadonlyArray<{ readonly type: string; readonly outcome: string }>
  } = JSON.parse(text)
  return told.items.filter(({ type, outcome }) => type === 'service.pause' && outcome === 'moved')
    .length
}

it('lets exactly one of 50 writes at once through that expect the same revision, on two hosts', async () => {
  const etag = (await look(0)).headers.get('etag') ?? ''
  const replies = await Promise.all(
    Array.from({ length: 50 }, (_, turn) =>
      send(turn, turn % 4 < 2 ? 'service.pause' : 'trial.end', { 'if-match': etag }),
    ),
  )
  const statuses = replies.map(({ status }) => status)
  expect(statuses.filter((status) => status >= 200 && status < 300)).toHaveLength(1)
  expect(statuses.filter((status) => status === 412)).toHaveLength(49)
  expect((await look(1)).headers.get('etag')).toBe((await look(0)).headers.get('etag'))
}, 60_000)

it('does once what is sent to two hosts at once with one key, and gives the same reply again on each', async () => {
  const key = { 'idempotency-key': 'pause-21797' }
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, turn) => send(turn, 'service.pause', key)),
  )
  const done = replies.filter(({ status }) => status < 300)
  expect(done.length).toBeGreaterThan(0)
  expect(new Set(done.map(({ text }) => text)).size).toBe(1)
  // The others were told that one runs.
  for (const { status, text } of replies.filter((reply) => !done.includes(reply)))
    expect([status, text]).toEqual([409, expect.stringContaining('idempotency-running')])
  for (const turn of [0, 1])
    expect((await send(turn, 'service.pause', key)).text).toBe(done[0]?.text)
  expect(await pauses()).toBe(1)
  for (const turn of [0, 1]) expect((await send(turn, 'trial.end', key)).status).toBe(422)
}, 60_000)
