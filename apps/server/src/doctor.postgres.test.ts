import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { makeDatabase } from './database.ts'
import type { Database } from './database.ts'
import type { Check, Report } from './doctor.ts'
import { effectAt, plant } from './planted-work.ts'
import { runCommand } from './server-process.ts'
import type { Ended } from './server-process.ts'

let cwd = ''
let database: Database

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  database = await makeDatabase(inject('postgres'))
})
afterEach(async () => {
  await database.drop()
  rmSync(cwd, { recursive: true })
})

const run = (
  command: string,
  args: ReadonlyArray<string> = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> => runCommand([command, '--store', database.url, ...args], { cwd, env })

const examined = async (
  env: Readonly<Record<string, string>> = {},
): Promise<Report & { readonly code: number | null }> => {
  const { code, stdout } = await run('doctor', ['--json'], env)
  return { ...(JSON.parse(stdout) as Report), code }
}

const levelOf = ({ checks }: Report, name: Check['name']): Check['level'] | undefined =>
  checks.find((check) => check.name === name)?.level

// A machine whose clock is ahead of the database's.
const ahead = (ms: number): Readonly<Record<string, string>> => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
    `const now = Date.now; Date.now = () => now() + ${ms}`,
  )}`,
})

describe('signalbox migrate', () => {
  it('brings a database forward once, however many come at once', async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => run('migrate')))
    expect(all.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      all.map(() => ({ code: 0, stderr: '' })),
    )
    expect(all.filter(({ stdout }) => stdout.includes('was empty'))).toHaveLength(1)
    expect((await run('migrate')).stdout).toMatch(/ has schema version \d+ already\n$/)
  })

  it('says what is in the way', async () => {
    await database.ask('create schema signalbox; create table signalbox.album (title text)')
    const ended = await run('migrate')
    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toMatch(/^signalbox: postgres:.*not a store of Signalbox.*\n$/)
  })
})

describe('signalbox doctor', () => {
  it('finds a database healthy that is served or may be', async () => {
    const before = await examined()
    expect(before).toMatchObject({ code: 0, healthy: true })
    expect(levelOf(before, 'schema')).toBe('warn')
    await run('migrate')
    const report = await examined()
    expect(report).toMatchObject({ code: 0, healthy: true })
    expect(report.checks.map(({ name, level }) => [name, level])).toEqual(
      ['store', 'schema', 'clock', 'effects', 'parked', 'deadlines'].map((name) => [name, 'ok']),
    )
  })

  it('tells when the clocks are apart, and when so far that leases are at stake', async () => {
    await run('migrate')
    expect(levelOf(await examined(ahead(3000)), 'clock')).toBe('warn')
    const far = await examined(ahead(-20_000))
    expect(far).toMatchObject({ code: 1, healthy: false })
    expect(levelOf(far, 'clock')).toBe('fail')
    expect(far.checks.find(({ name }) => name === 'clock')?.message).toMatch(
      /^the database is (19|20)\d{3} ms ahead of this machine$/,
    )
  })

  it('counts the work that waits', async () => {
    const now = Date.now()
    await plant(
      { kind: 'postgres', url: database.url },
      {
        effects: [effectAt('late', now - 120_000), effectAt('parked', now)],
        parks: [{ effect: 'parked', at: now, error: 'nobody answers' }],
      },
    )
    const report = await examined()
    expect(report.diagnosis).toMatchObject({ effects: { pending: 1, parked: 1 } })
    expect(report).toMatchObject({ code: 1, healthy: false })
    expect(levelOf(report, 'effects')).toBe('fail')
    expect(levelOf(report, 'parked')).toBe('warn')
  })

  it('says that it cannot reach the database, without its password', async () => {
    const store = 'postgres://signalbox:hunter2@127.0.0.1:1/box'
    const { code, stdout, stderr } = await runCommand(['doctor', '--store', store], { cwd })
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(stdout).toContain('cannot be reached')
    expect(stdout).not.toContain('hunter2')
  })
})
