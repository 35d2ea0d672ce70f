import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { DEMO_SECRETS } from './demo.ts'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import { exchange } from './wire.ts'

const SCRIPT = fileURLToPath(new URL('../../../examples/suspend-and-resume.mjs', import.meta.url))

let cwd = ''
let server: ServerProcess | undefined

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
})

afterEach(async () => {
  server?.kill('SIGKILL')
  await server?.ended
  server = undefined
  rmSync(cwd, { recursive: true })
})

it('suspends and resumes a service of each provider by one script of under 40 lines', async () => {
  expect(readFileSync(SCRIPT, 'utf8').trimEnd().split('\n').length).toBeLessThan(40)
  server = await startServer([], { cwd, env: { PORT: '0' } })
  const { url } = server
  await expect
    .poll(async () => (await exchange(url, '/readyz')).status, { timeout: 10_000 })
    .toBe(200)
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, [SCRIPT, url, DEMO_SECRETS.controlOperator])
  const lines = stdout.trimEnd().split('\n')
  expect(lines.map((line) => line.replace(/ .*: /, ' '))).toEqual([
    'poppy disabled, which is suspended',
    'poppy deployed, which is active',
    'gcore trialend, which is suspended',
    'gcore active, which is active',
    'zosconnect Stopped, which is suspended',
    'zosconnect Started, which is active',
  ])
})
