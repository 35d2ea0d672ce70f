import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { eventsConfiguration, watchUnderFire } from './event-watch.ts'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'

const TOKEN = 'the token of ops'

let cwd = ''
let server: ServerProcess | undefined

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  writeFileSync(join(cwd, 'signalbox.config.json'), JSON.stringify(eventsConfiguration(TOKEN)))
})

afterEach(async () => {
  server?.kill('SIGKILL')
  await server?.ended
  server = undefined
  rmSync(cwd, { recursive: true })
})

it('gives a client of the event stream that is killed 100 times every event of 10,000 once, in order', async () => {
  server = await startServer([], {
    cwd,
    env: { PORT: '0', SIGNALBOX_STORE: `sqlite:${join(cwd, 'signalbox.db')}` },
  })
  const { seen, all, kills } = await watchUnderFire([server.url], TOKEN)
  expect(kills).toBe(100)
  expect(all.length).toBeGreaterThanOrEqual(10_000)
  expect(seen).toEqual(all)
}, 90_000)
