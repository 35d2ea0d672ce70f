import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Check, Report } from './doctor.ts'
import { effectAt, nobodys, plant } from './planted-work.ts'
import { runCommand, startServer } from './server-process.ts'
import type { Ended } from './server-process.ts'

let cwd = ''
let path = ''
const store = 'sqlite:data/box.db'

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  path = join(cwd, 'data', 'box.db')
})
afterEach(() => rmSync(cwd, { recursive: true }))

const run = (...args: ReadonlyArray<string>): Promise<Ended> => runCommand(args, { cwd })

const examined = async (): Promise<Report & { readonly code: number | null }> => {
  const { code, stdout, stderr } = await run('doctor', '--json', '--store', store)
  expect(stderr).toBe('')
  return { ...(JSON.parse(stdout) as Report), code }
}

const levelsOf = ({ checks }: Report): Readonly<Record<string, Check['level']>> =>
  Object.fromEntries(checks.map(({ name, level }) => [name, level]))

describe('signalbox migrate', () => {
  it('makes the schema of a file, and says when it is there', async () => {
    const made = await run('migrate', '--store', store)
    expect(made).toMatchObject({ code: 0, stderr: '' })
    expect(made.stdout).toMatch(/^sqlite:data\/box\.db was empty and has schema version \d+ now\n$/)
    const again = await run('migrate', '--store', store)
    expect(again).toMatchObject({ code: 0, stderr: '' })
    expect(again.stdout).toMatch(/ has schema version \d+ already\n$/)
  })

  it('lets several come at once, and one that comes while a server has the file', async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => run('migrate', '--store', store)))
    expect(all.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      all.map(() => ({ code: 0, stderr: '' })),
    )
    expect(all.filter(({ stdout }) => stdout.includes('was empty'))).toHaveLength(1)
    const server = await startServer(['--port', '0', '--store', store], { cwd })
    const beside = await run('migrate', '--store', store)
    server.kill('SIGKILL')
    await server.ended
    expect(beside).toMatchObject({ code: 0, stderr: '' })
    expect(beside.stdout).toContain('already')
  })

  it('takes the store of the configuration and of the environment, as the server does', async () => {
    writeFileSync(
      join(cwd, 'other.json'),
      JSON.stringify({ principals: [], store: 'sqlite:configured.db' }),
    )
    expect((await run('migrate', '--config', 'other.json')).stdout).toContain('configured.db')
    const env = { SIGNALBOX_STORE: 'sqlite:environment.db', SIGNALBOX_CONFIG: 'other.json' }
    expect((await runCommand(['migrate'], { cwd, env })).stdout).toContain('environment.db')
    expect(existsSync(join(cwd, 'environment.db'))).toBe(true)
    expect(await run('migrate', '--store', 'mysql://here')).toMatchObject({ code: 2, stdout: '' })
    expect((await run('migrate')).stdout).toContain('nothing to bring forward')
  })

  it('says what is in the way', async () => {
    writeFileSync(join(cwd, 'diary.db'), 'Dear diary, '.repeat(1000))
    const ended = await run('migrate', '--store', 'sqlite:diary.db')
    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toMatch(/^signalbox: sqlite:diary\.db: .*not a database\n$/)
  })
})

describe('signalbox doctor', () => {
  it('finds a fresh store healthy, and makes no file where there is none', async () => {
    const missing = await examined()
    expect(missing).toMatchObject({ code: 1, healthy: false })
    expect(missing.checks).toMatchObject([{ name: 'store', level: 'fail' }])
    expect(readdirSync(cwd)).toEqual([])
    await run('migrate', '--store', store)
    const report = await examined()
    expect(report).toMatchObject({ code: 0, healthy: true, store })
    expect(new Set(Object.values(levelsOf(report)))).toEqual(new Set(['ok']))
  })

  it('prints a line for each check', async () => {
    await run('migrate', '--store', store)
    const { code, stdout } = await run('doctor', '--store', store)
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(lines.at(-1)).toBe('sqlite:data/box.db is healthy')
    for (const line of lines.slice(0, -1)) expect(line).toMatch(/^(ok {2}|warn|fail) {2}[a-z]+ /)
  })

  it('counts the work that waits, and tells how late the oldest is', async () => {
    const now = Date.now()
    const location = { kind: 'sqlite', path } as const
    await plant(location, {
      effects: [
        effectAt('late', now - 30_000),
        effectAt('later', now + 600_000),
        effectAt('parked', now),
        effectAt('failed', now),
      ],
      parks: [{ effect: 'parked', at: now, error: 'nobody answers' }],
      settles: [{ effect: 'failed', outcome: 'failed', at: now }],
    })
    const report = await examined()
    expect(report.diagnosis).toMatchObject({
      effects: { pending: 2, leased: 0, parked: 1, failed: 1, unknown: 0 },
      due: { count: 1, since: now - 30_000 },
    })
    expect(report).toMatchObject({ code: 0, healthy: true })
    expect(levelsOf(report)).toMatchObject({ effects: 'warn', parked: 'warn', deadlines: 'ok' })
    const name = 'expires'
    const deadline = { name, dueAt: now - 90_000, armedAt: 1, generation: 1 }
    await plant(location, { armed: [{ ref: nobodys('late'), deadline }] })
    const overdue = await examined()
    expect(overdue).toMatchObject({ code: 1, healthy: false })
    expect(levelsOf(overdue)).toMatchObject({ deadlines: 'fail' })
    expect(overdue.checks.find(({ level }) => level === 'fail')?.message).toMatch(
      /^1 due, the oldest for 9\d\.?\d* s$/,
    )
  })

  it('reads a file that a server has, and leaves it to that', async () => {
    const server = await startServer(['--port', '0', '--store', store], { cwd })
    const report = await examined()
    const owner = report.checks.find((check) => check.name === 'owner')
    expect(owner?.message).toContain('another process')
    expect(report).toMatchObject({ code: 0, healthy: true })
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    server.kill('SIGKILL')
    await server.ended
    const after = (await examined()).checks.find((check) => check.name === 'owner')
    expect(after?.message).toContain('no process')
  })

  it('finds a later schema unhealthy, and an earlier one worth a word', async () => {
    await run('migrate', '--store', store)
    const file = new DatabaseSync(path)
    const versions = async (version: number): Promise<Report> => {
      file.exec(`pragma user_version = ${version}`)
      return examined()
    }
    expect(levelsOf(await versions(99))).toMatchObject({ schema: 'fail' })
    expect(await versions(1)).toMatchObject({ healthy: true })
    expect(levelsOf(await versions(1))).toMatchObject({ schema: 'warn' })
    file.close()
  })

  it('has nothing to look at in memory, and refuses what is no store', async () => {
    expect((await run('doctor')).code).toBe(0)
    expect(await run('doctor', '--store', 'mysql://here')).toMatchObject({ code: 2, stdout: '' })
    expect(await run('doctor', '--loud')).toMatchObject({ code: 2, stdout: '' })
  })
})
