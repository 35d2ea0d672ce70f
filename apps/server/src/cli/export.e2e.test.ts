import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { emptyCommit } from '@signalbox/core/store'
import { sqliteStore } from '@signalbox/stores/sqlite'
import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { curlsOf } from '../banner.ts'
import { sendCurl } from '../curl.ts'
import { DEMO_SECRETS } from '../demo.ts'
import { runCommand, startServer } from '../server-process.ts'
import type { Ended, ServerProcess } from '../server-process.ts'

let cwd = ''
const running: Array<ServerProcess> = []

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
})

afterEach(async () => {
  await stop()
  rmSync(cwd, { recursive: true })
})

const stop = async (): Promise<void> => {
  for (const { kill, ended } of running.splice(0)) {
    kill('SIGKILL')
    await ended
  }
}

const start = async (store: string): Promise<ServerProcess> => {
  const server = await startServer([], { cwd, env: { PORT: '0', SIGNALBOX_STORE: store } })
  running.push(server)
  return server
}

const signalbox = (args: ReadonlyArray<string>, input = ''): Promise<Ended> =>
  runCommand(args, { cwd, input })

const linesOf = (text: string): ReadonlyArray<string> => text.trimEnd().split('\n')

// A demo in which each provider has changed something, exported while its server runs.
const exported = async (): Promise<string> => {
  const server = await start('sqlite:old.db')
  const asked = async (path: string): Promise<string> => {
    const headers = { authorization: `Bearer ${DEMO_SECRETS.controlOperator}` }
    return (await fetch(`${server.url}/_signalbox/v1${path}`, { headers })).text()
  }
  const myService = '/services/zosconnect/default/MyService%2Fv1'
  await vi.waitFor(async () => expect(await asked(myService)).toContain('"Started"'))
  for (const curl of curlsOf(server.url)) expect(await sendCurl(curl)).toMatchObject({ ok: true })
  await vi.waitFor(async () => {
    expect(await asked(myService)).toContain('"Stopped"')
    expect(await asked('/effects?work=pending')).toContain('"items":[]')
    expect(await asked('/effects?work=leased')).toContain('"items":[]')
  })
  const ended = await signalbox(['export', '--store', 'sqlite:old.db', '--out', 'box.ndjson'])
  expect(ended).toMatchObject({ code: 0, stdout: '' })
  expect(ended.stderr).toMatch(/^exported: .*9 state, \d+ journal/)
  await stop()
  return readFileSync(join(cwd, 'box.ndjson'), 'utf8')
}

describe('an export', () => {
  it('makes of an empty store one that is the same and works', async () => {
    const text = await exported()
    expect(statSync(join(cwd, 'box.ndjson')).mode & 0o077).toBe(0)
    const ended = await signalbox(['import', 'box.ndjson', '--store', 'sqlite:new.db'])
    expect(ended).toMatchObject({ code: 0, stdout: '' })
    expect(ended.stderr).toMatch(/^imported: .*9 state, \d+ journal/)
    const again = await signalbox(['export', '--store', 'sqlite:new.db'])
    expect(linesOf(again.stdout).slice(1)).toEqual(linesOf(text).slice(1))
    const server = await start('sqlite:new.db')
    const statuses = async (): Promise<string> => {
      const env = { SIGNALBOX_URL: server.url, SIGNALBOX_TOKEN: DEMO_SECRETS.controlOperator }
      const { stdout } = await runCommand(['list', '--json'], { cwd, env })
      const { items } = JSON.parse(stdout) as {
        readonly items: ReadonlyArray<{ readonly id: string; readonly status: string }>
      }
      return items.map(({ id, status }) => `${id} ${status}`).join('\n')
    }
    // The services of z/OS Connect start with their server.
    await vi.waitFor(async () =>
      expect(await statuses()).toMatch(/21797 paused[^]*MyService\/v1 Started/),
    )
    const activate = curlsOf(server.url)[1]?.replace('"paused"', '"active"') ?? ''
    const reply = await sendCurl(activate)
    expect({ status: reply.status, body: await reply.text() }).toMatchObject({ status: 200 })
    const halt = curlsOf(server.url)[2] ?? ''
    expect((await sendCurl(halt)).ok).toBe(true)
    await vi.waitFor(async () => expect(await statuses()).toMatch(/MyService\/v1 Stopped/))
  })

  it('is refused when a line is wrong, cut off or of another format, and nothing is written', async () => {
    const lines = linesOf(await exported())
    const state = lines.findIndex((line) => line.startsWith('{"state"'))
    const replaced = (at: number, line: string): ReadonlyArray<string> =>
      lines.toSpliced(at, 1, line)
    const cases: ReadonlyArray<readonly [ReadonlyArray<string>, string]> = [
      [lines.slice(0, -1), `line ${lines.length - 1}: the file is cut off`],
      [lines.toSpliced(state, 1), `line ${lines.length - 1}: 9 lines of state expected`],
      [replaced(state, '{"state":'), `line ${state + 1}: not JSON`],
      [
        replaced(state, lines[state]?.replace(/"revision":\d+/, '"revision":"x"') ?? ''),
        `line ${state + 1}: state.revision`,
      ],
      [
        lines.toSpliced(state, 0, lines.find((line) => line.startsWith('{"journal"')) ?? ''),
        `line ${state + 2}: state does not come behind journal`,
      ],
      [replaced(state, '{"thing":{}}'), `line ${state + 1}: one of sequence, `],
      [replaced(0, '{}'), 'line 1: an export of Signalbox begins'],
      [
        replaced(0, '{"header":{"format":"signalbox-export","version":2,"at":""}}'),
        'line 1: format version 1 expected, not 2',
      ],
      [[...lines, '{}'], `line ${lines.length + 1}: there is more`],
      [[], 'line 1: '],
    ]
    for (const [wrong, words] of cases) {
      const text = wrong.map((line) => `${line}\n`).join('')
      const ended = await signalbox(['import', '-', '--store', 'sqlite:new.db'], text)
      expect(ended).toMatchObject({ code: 2, stdout: '' })
      expect(ended.stderr).toContain(`signalbox: -: ${words}`)
    }
    expect(() => statSync(join(cwd, 'new.db'))).toThrow(/ENOENT/)
  })

  it('is added to a store that holds something only when that is asked, and only what is not there', async () => {
    const lines = linesOf(await exported())
    const args = ['import', 'box.ndjson', '--store', 'sqlite:old.db']
    const refused = await signalbox(args)
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.stderr).toContain('--merge')
    const before = (await signalbox(['export', '--store', 'sqlite:old.db'])).stdout
    const merged = await signalbox([...args, '--merge'])
    expect(merged).toMatchObject({ code: 1 })
    expect(merged.stderr).toMatch(/line \d+: this document is there already/)
    const after = (await signalbox(['export', '--store', 'sqlite:old.db'])).stdout
    expect(linesOf(after).slice(1)).toEqual(linesOf(before).slice(1))
    // A service of its own, which the store does not have yet.
    const own = lines.find(
      (line) => line.includes('"dateTimeService"') && line.startsWith('{"state"'),
    )
    const file = [
      lines[0],
      own?.replaceAll('dateTimeService', 'anotherService'),
      '{"end":{"state":1}}',
      '',
    ].join('\n')
    writeFileSync(join(cwd, 'one.ndjson'), file)
    const added = await signalbox(['import', 'one.ndjson', '--store', 'sqlite:old.db', '--merge'])
    expect(added).toMatchObject({ code: 0 })
    const shown = await signalbox([
      'show',
      'zosconnect/default/anotherService',
      '--store',
      'sqlite:old.db',
    ])
    expect(shown).toMatchObject({ code: 0 })
  })

  it('goes on where it was broken off, and lets no other one in between', async () => {
    await exported()
    // So many that they are written in several steps, of which one in the middle is refused: its claim is held.
    const many = Array.from({ length: 2_500 }, (_, at) => ({
      claim: { key: `name-${at}`, holder: 'gcore/3989/1' },
    }))
    const whole = [
      { header: { format: 'signalbox-export', version: 1, at: '' } },
      ...many,
      { end: { claim: many.length } },
    ]
    writeFileSync(
      join(cwd, 'many.ndjson'),
      whole.map((line) => `${JSON.stringify(line)}\n`).join(''),
    )
    const hold = async (change: object): Promise<void> => {
      const store = sqliteStore({ database: new DatabaseSync(join(cwd, 'new.db')) })
      if (E.isLeft(store)) throw new Error(store.left.message)
      await store.right.commit([{ ...emptyCommit, ...change }])()
      await store.right.close()()
    }
    await hold({ takes: [{ key: 'name-1250', holder: 'another' }] })
    const args = ['import', 'many.ndjson', '--store', 'sqlite:new.db']
    const broken = await signalbox(args)
    expect(broken).toMatchObject({ code: 1 })
    expect(broken.stderr).toMatch(/lines 1202 to 1301 are refused: ClaimTaken; 1201 are in/)
    const other = await signalbox(['import', 'box.ndjson', '--store', 'sqlite:new.db'])
    expect(other).toMatchObject({ code: 1 })
    expect(other.stderr).toContain('another file has begun')
    // Nor a server, which would work with the half of it.
    const env = { PORT: '0', SIGNALBOX_STORE: 'sqlite:new.db' }
    const served = await runCommand(['serve'], { cwd, env })
    expect(served).toMatchObject({ code: 1 })
    expect(served.stderr).toMatch(/^signalbox: sqlite:new\.db: an import into it has begun.*\n$/)
    await hold({ releases: [{ key: 'name-1250', holder: 'another' }] })
    expect(await signalbox(args)).toMatchObject({ code: 0 })
    const copy = linesOf((await signalbox(['export', '--store', 'sqlite:new.db'])).stdout)
    expect(copy.filter((line) => line.startsWith('{"claim"'))).toHaveLength(2_500)
    expect(copy.at(-1)).toBe('{"end":{"claim":2500}}')
    await start('sqlite:new.db')
  })
})
