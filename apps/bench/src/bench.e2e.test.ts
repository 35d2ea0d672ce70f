import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

// Shapes only: how fast a machine is at this moment says nothing about the code.

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Report {
  readonly surroundings: object
  readonly figures: ReadonlyArray<{
    readonly name: string
    readonly columns: ReadonlyArray<string>
    readonly rows: ReadonlyArray<{
      readonly subject: string
      readonly medians: Readonly<Record<string, number>>
      readonly rounds: ReadonlyArray<Readonly<Record<string, number>>>
    }>
  }>
}

const bench = (
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> =>
  new Promise((resolve) => {
    const main = fileURLToPath(new URL('main.ts', import.meta.url))
    const child = spawn(process.execPath, ['--conditions=source', main, ...args], {
      env: { ...process.env, ...env },
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-bench-test-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const SHAPE: Readonly<Record<string, { columns: ReadonlyArray<string>; rows: number }>> = {
  http: { columns: ['requests/s', 'p50 ms', 'p99 ms', 'µs CPU'], rows: 2 },
  sqlite: { columns: ['commits/s'], rows: 2 },
  start: { columns: ['ms'], rows: 2 },
  batch: { columns: ['commits/s', 'ratio'], rows: 4 },
  load: {
    columns: [
      'changes/s',
      'p50 ms',
      'p99 ms',
      'commits/change',
      'commits/tx',
      'µs CPU',
      'of bare',
      'of disk',
    ],
    rows: 5,
  },
}

test('A short run prints figures and writes the report.', { timeout: 90_000 }, async () => {
  const json = join(folder, 'report.json')
  const short = [
    '--seconds',
    '0.1',
    '--rounds',
    '1',
    '--services',
    '20',
    '--json',
    json,
    '--figures',
    Object.keys(SHAPE).join(),
  ]
  const { code, stdout, stderr } = await bench(short)
  expect({ code, stderr }).toMatchObject({ code: 0 })
  const report = JSON.parse(readFileSync(json, 'utf8')) as Report
  expect(report.figures.map(({ name }) => name)).toEqual(Object.keys(SHAPE))
  for (const { name, columns, rows } of report.figures) {
    expect(columns).toEqual(SHAPE[name]?.columns)
    expect(rows).toHaveLength(SHAPE[name]?.rows ?? 0)
    for (const { subject, medians, rounds } of rows) {
      expect(stdout).toContain(subject)
      expect(rounds.length).toBeGreaterThan(0)
      expect(columns).toEqual(expect.arrayContaining(Object.keys(medians)))
      for (const value of Object.values(medians)) expect(value).toBeGreaterThanOrEqual(0)
    }
  }
})

test('A mistaken option ends the command in one line.', async () => {
  const { code, stdout, stderr } = await bench(['--figures', 'all'])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^bench: .+\n$/)
})

test('A report that cannot be written is a malfunction.', async () => {
  const json = join(folder, 'nowhere', 'report.json')
  const alone = ['--figures', 'batch', '--seconds', '0.01', '--rounds', '1']
  const { code, stdout, stderr } = await bench([...alone, '--json', json])
  expect(code).toBe(1)
  expect(stdout).toContain('256 in a batch')
  expect(stdout).not.toContain('clients')
  expect(stderr).toMatch(/bench: ENOENT.+\n$/)
})

test('A figure that breaks does not take the others with it.', async () => {
  const json = join(folder, 'rest.json')
  const two = ['--figures', 'postgres,batch', '--seconds', '0.01', '--rounds', '1']
  const { code, stdout, stderr } = await bench([...two, '--json', json], {
    SIGNALBOX_TEST_POSTGRES: 'postgres://postgres@127.0.0.1:1/postgres',
  })
  expect(code).toBe(1)
  expect(stderr).toMatch(/^bench: postgres: .*ECONNREFUSED/m)
  expect(stdout).toContain('256 in a batch')
  expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({
    figures: [{ name: 'batch' }],
    failed: ['postgres'],
  })
})
