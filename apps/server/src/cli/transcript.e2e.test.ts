import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { DEMO_SECRETS } from '../demo.ts'
import { startServer } from '../server-process.ts'
import type { ServerProcess } from '../server-process.ts'
import { atRest, hasTerminal, openShell, steady } from './shell.ts'

let cwd = ''
let server: ServerProcess

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  server = await startServer([], { cwd, env: { PORT: '0', SIGNALBOX_STORE: 'sqlite:box.db' } })
})

afterEach(async () => {
  server.kill('SIGKILL')
  await server.ended
  rmSync(cwd, { recursive: true })
})

const LINES = [
  'signalbox providers',
  'signalbox list',
  'signalbox show zosconnect/default/MyService%2Fv1',
  'signalbox actions gcore/3989/21797',
  'signalbox path gcore/3989/21797 trialend',
  'signalbox set gcore/3989/21797 paused --dry-run',
  'signalbox set gcore/3989/21797 paused',
  'signalbox set gcore/3989/21797 pause',
  'signalbox set zosconnect/default/dateTimeService Stopped',
  'signalbox history gcore/3989/21797',
  'signalbox show gcore/3989/1',
  'NO_COLOR=1 signalbox list gcore --limit 1',
  'signalbox diagram zosconnect/service | head -n 3',
  'signalbox watch gcore/3989/21797 --after start --limit 2',
  'SIGNALBOX_TOKEN=$ADMIN signalbox token make nightly --role viewer --provider gcore > made.token',
  'SIGNALBOX_TOKEN=$(cat made.token) signalbox list gcore',
  'SIGNALBOX_TOKEN=$ADMIN signalbox token list',
  'signalbox token list',
  'SIGNALBOX_TOKEN=$(cat made.token) signalbox set gcore/3989/21797 active',
  'SIGNALBOX_TOKEN=$ADMIN signalbox token revoke $(SIGNALBOX_TOKEN=$ADMIN signalbox token list --json | grep -o \'"id":"[^"]*"\' | cut -d \'"\' -f 4)',
  'signalbox show gcore/3989/21797 --store sqlite:box.db',
  'signalbox export --store sqlite:box.db --out box.ndjson 2>/dev/null',
  'signalbox import box.ndjson --store sqlite:copy.db 2>/dev/null',
  'signalbox list gcore --store sqlite:copy.db',
  "signalbox migrate --store sqlite:new.db | grep -o '.* was empty'",
  'signalbox doctor --store sqlite:new.db | tail -n 1',
  'signalbox completion bash | head -n 1',
  'signalbox serve --host 0.0.0.0',
]

it.skipIf(!hasTerminal())(
  'shows on a terminal what it has always shown',
  async () => {
    const shell = openShell(cwd, {
      SIGNALBOX_URL: server.url,
      SIGNALBOX_TOKEN: DEMO_SECRETS.controlOperator,
      ADMIN: DEMO_SECRETS.controlAdmin,
    })
    await atRest(server.url, DEMO_SECRETS.controlOperator)
    let transcript = ''
    for (const line of LINES) {
      const { output, code } = await shell.runOnTerminal(line, 100)
      const shown = steady(output).replaceAll('\u001b', '␛')
      transcript += `$ ${line}\n${shown}${code === 0 ? '' : `[${code}]\n`}\n`
    }
    expect(transcript).not.toContain(DEMO_SECRETS.controlOperator)
    expect(transcript).not.toContain(DEMO_SECRETS.controlAdmin)
    expect(transcript).not.toContain('sbt_')
    const fixture = fileURLToPath(new URL('__fixtures__/transcript.txt', import.meta.url))
    await expect(transcript).toMatchFileSnapshot(fixture)
  },
  90_000,
)
