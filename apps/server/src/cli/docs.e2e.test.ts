import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { DEMO_SECRETS } from '../demo.ts'
import { startServer } from '../server-process.ts'
import type { ServerProcess } from '../server-process.ts'
import { atRest, openShell, steady } from './shell.ts'
import type { Shell } from './shell.ts'

const PAGE = readFileSync(
  fileURLToPath(new URL('../../../../docs/cli.md', import.meta.url)),
  'utf8',
)

let cwd = ''
const running: Array<ServerProcess> = []

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
})

afterEach(async () => {
  for (const { kill, ended } of running.splice(0)) {
    kill('SIGKILL')
    await ended
  }
  rmSync(cwd, { recursive: true })
})

interface Session {
  readonly section: string
  /** The lines that a person types, each with what is printed behind it. */
  readonly shown: string
}

const sessions: ReadonlyArray<Session> = PAGE.split(/^## /m).flatMap((section) =>
  [...section.matchAll(/^```console\n(.*?)^```$/gms)].map(([, shown = '']) => ({
    section: section.split('\n')[0] ?? '',
    shown,
  })),
)

const repeated = async ({ run }: Shell, { shown }: Session): Promise<string> => {
  let text = ''
  let before = 0
  for (const [, line = ''] of shown.matchAll(/^\$ (.*)$/gm)) {
    const { output, code } = await run(`(exit ${before}); ${line}`)
    before = code ?? 1
    text += `$ ${line}\n${steady(output)}`
  }
  return text
}

const serve = async (env: Readonly<Record<string, string>>, token: string): Promise<Shell> => {
  const store = 'sqlite:data/signalbox.db'
  const server = await startServer([], {
    cwd,
    env: { PORT: '0', SIGNALBOX_STORE: store, ...env },
  })
  running.push(server)
  await atRest(server.url, token)
  return openShell(cwd, { SIGNALBOX_URL: server.url, SIGNALBOX_TOKEN: token })
}

it('shows of the demo what is printed', { timeout: 60_000 }, async () => {
  const shell = await serve({}, DEMO_SECRETS.controlOperator)
  const shown = sessions.filter(({ section }) => section !== 'Tokens')
  expect(shown.length).toBeGreaterThan(6)
  for (const session of shown) expect(await repeated(shell, session)).toBe(session.shown)
})

it('shows of tokens what an admin sees', async () => {
  const [, configuration = ''] = /^```json\n(.*?)^```$/ms.exec(PAGE) ?? []
  writeFileSync(join(cwd, 'signalbox.config.json'), configuration)
  const shell = await serve({ BOSS_SECRET: 'the-secret-of-the-boss' }, 'the-secret-of-the-boss')
  const shown = sessions.filter(({ section }) => section === 'Tokens')
  expect(shown).toHaveLength(1)
  for (const session of shown) expect(await repeated(shell, session)).toBe(session.shown)
})

it('shows an example of every command', async () => {
  const { output } = await openShell(cwd, {}).run('signalbox --help')
  const [, list = ''] = output.split('Commands:\n')
  const commands = [...list.matchAll(/^ {2}(\S+)/gm)].map(([, name = '']) => name)
  expect(commands.length).toBeGreaterThan(15)
  const lines = sessions.flatMap(({ shown }) => shown.match(/^\$ .*$/gm) ?? [])
  const missing = commands.filter(
    (name) => !lines.some((line) => new RegExp(`\\bsignalbox ${name}\\b`).test(line)),
  )
  expect(missing).toEqual([])
})
