import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'pg'
import { afterEach, beforeEach, expect, inject, it } from 'vitest'
import { startPostgres } from '../../../scripts/postgres-server.ts'
import { races } from './races.ts'
import { torture } from './torture.ts'

// What is drawn is the same each time; how far it gets is the machine's affair. `npm run torture` does more of all this.

const name = `torture_${crypto.randomUUID().replaceAll('-', '')}`
const url = new URL(inject('postgres'))
url.pathname = `/${name}`

let admin: Pool
let folder = ''

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-torture-'))
  admin = new Pool({ connectionString: inject('postgres') })
  await admin.query(`create database ${name}`)
})

afterEach(async () => {
  await admin.query(`drop database ${name} with (force)`)
  await admin.end()
  rmSync(folder, { recursive: true })
})

const shared = { seed: 'm', hosts: 3, store: url.href, say: () => {} }

it('shows one status at a time through three hosts, one of which is killed', async () => {
  const { counts, violations } = await races({ ...shared, name: 'races', rounds: 2, folder })
  expect(violations).toEqual([])
  expect(counts).toMatchObject({ rounds: 2, 'hosts killed': 1, services: 8 })
  expect(counts['operations']).toBeGreaterThan(20)
  expect(counts['of them concurrent at most']).toBeGreaterThan(1)
}, 120_000)

it('loses and doubles nothing while three hosts are killed and the database is restarted', async () => {
  // Other tests may use the server that was named: it is not restarted.
  const own = process.env['SIGNALBOX_TEST_POSTGRES'] === undefined
  const server = own ? await startPostgres() : undefined
  try {
    const { counts, violations } = await torture({
      ...shared,
      store: server?.url ?? shared.store,
      ...(server === undefined ? {} : { restart: server.restart }),
      name: 'postgres',
      rounds: 2,
      clients: 8,
      checkEvery: 10,
      folder,
    })
    expect(violations).toEqual([])
    expect(counts['hosts killed']).toBeGreaterThan(1)
    expect(counts['databases restarted']).toBe(own ? 2 : 0)
    expect(counts['providers of what was acknowledged']).toBe(3)
    for (const counted of ['requests acknowledged', 'performances asked for'])
      expect(counts[counted], counted).toBeGreaterThan(10)
    expect(counts['deadlines fired']).toBeGreaterThan(0)
  } finally {
    await server?.stop()
  }
}, 180_000)
