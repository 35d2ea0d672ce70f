import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-torture-test-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const torture = (...args: ReadonlyArray<string>): Promise<Ended> =>
  new Promise((resolve) => {
    const main = fileURLToPath(new URL('main.ts', import.meta.url))
    const child = spawn(process.execPath, ['--conditions=source', main, ...args])
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

test('A short run on SQLite finds nothing wrong, and says what it has counted.', async () => {
  const json = join(folder, 'report.json')
  const short = ['--store', 'sqlite', '--rounds', '3', '--seed', 't3', '--json', json]
  const { code, stdout, stderr } = await torture(...short)
  expect({ code, stdout, stderr }).toMatchObject({ code: 0 })
  expect(stdout).toContain('seed t3\n')
  expect(stdout).toMatch(/^violations +0$/m)
  const { seed, outcomes } = JSON.parse(readFileSync(json, 'utf8')) as {
    readonly seed: string
    readonly outcomes: ReadonlyArray<{ readonly counts: Readonly<Record<string, number>> }>
  }
  expect(seed).toBe('t3')
  expect(outcomes).toHaveLength(1)
  const { counts = {} } = outcomes[0] ?? {}
  expect(counts['rounds']).toBe(3)
  expect(counts['hosts killed']).toBeGreaterThan(2)
  expect(counts['providers of what was acknowledged']).toBe(3)
  for (const counted of ['requests acknowledged', 'journal entries', 'performances asked for'])
    expect(counts[counted], counted).toBeGreaterThan(10)
  // What is checked of them would hold of none as well.
  expect(counts['deadlines fired']).toBeGreaterThan(0)
}, 120_000)

test('A mistaken option ends the command in one line.', async () => {
  const { code, stdout, stderr } = await torture('--store', 'paper')
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^torture: .+\n$/)
})
