import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, inject, it } from 'vitest'
import { makeDatabase } from './database.ts'
import type { Database } from './database.ts'
import { eventsConfiguration, watchUnderFire } from './event-watch.ts'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'

const TOKEN = 'the token of ops'

let cwd = ''
let database: Database
const servers: ServerProcess[] = []

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  writeFileSync(join(cwd, 'signalbox.config.json'), JSON.stringify(eventsConfiguration(TOKEN)))
  database = await makeDatabase(inject('postgres'))
})

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.kill('SIGKILL')
    await server.ended
  }
  await database.drop()
  rmSync(cwd, { recursive: true })
})

it('gives a client that is killed 100 times, and goes to the other of two hosts each time, every event of 10,000 once', async () => {
  for (let started = 0; started < 2; started += 1)
    servers.push(await startServer([], { cwd, env: { PORT: '0', SIGNALBOX_STORE: database.url } }))
  const { seen, all, kills } = await watchUnderFire(
    servers.map(({ url }) => url),
    TOKEN,
  )
  expect(kills).toBe(100)
  expect(all.length).toBeGreaterThanOrEqual(10_000)
  expect(seen).toEqual(all)
}, 90_000)
