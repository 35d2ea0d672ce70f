import type { Store } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import type { Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  answer,
  commitOf,
  effectOf,
  entryOf,
  leaseAt,
  refOf,
  stateOf,
  writing,
} from '../contract/given.ts'
import { clear, makeDatabase, openOn } from './__fixtures__/database.ts'
import type { Database } from './__fixtures__/database.ts'
import type { PostgresPool } from './index.ts'

let database: Database
let pool: Pool
beforeAll(async () => {
  database = await makeDatabase()
  pool = database.pool({ application_name: 'executioner' })
  await (await database.open()).close()()
})
afterAll(() => database.drop())
beforeEach(() => clear(pool))

const KILL = `
  select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and application_name <> 'executioner'`

// A pool whose next answers fail as they are told to, before the database is asked or after it has answered.
const failing = (
  inner: Pool,
  faults: Array<{ readonly when: 'before' | 'after'; readonly error: Error }>,
): PostgresPool => ({
  query: async (query) => {
    const fault = faults.shift()
    if (fault?.when === 'before') throw fault.error
    const result = await inner.query(query)
    if (fault !== undefined) throw fault.error
    return result
  },
  connect: () => inner.connect(),
  on: () => undefined,
  end: () => inner.end(),
})

const errorOf = (code: string): Error => Object.assign(new Error(`failed with ${code}`), { code })

describe('a commit', () => {
  const commit = commitOf({ quotas: [{ key: 'q', by: 1 }], journal: [entryOf('j', refOf('a'))] })

  for (const code of ['40001', '40P01'])
    it(`is repeated when the server undid it with ${code}`, async () => {
      const error = errorOf(code)
      const faults = Array.from({ length: 4 }, () => ({ when: 'before' as const, error }))
      const store = await openOn(failing(database.pool(), faults))
      expect(E.isRight(await store.commit([commit])())).toBe(true)
      expect(await answer(store.quota('q'))).toBe(1)
    })

  it('is given up when the server undoes it again and again', async () => {
    const faults = Array.from({ length: 5 }, () => ({
      when: 'before' as const,
      error: errorOf('40001'),
    }))
    const store = await openOn(failing(database.pool(), faults))
    expect(await store.commit([commit])()).toEqual(
      E.left({ _tag: 'StoreUnavailable', message: 'failed with 40001' }),
    )
    expect(await answer(store.quota('q'))).toBe(0)
  })

  for (const code of ['ECONNRESET', '57P01', '08006'])
    it(`is not repeated when the connection broke with ${code}, for it may have taken place`, async () => {
      const faults = [{ when: 'after' as const, error: errorOf(code) }]
      const store = await openOn(failing(database.pool(), faults))
      expect(await store.commit([commit])()).toMatchObject({
        left: { _tag: 'StoreUnavailable' },
      })
      expect(await answer(store.quota('q'))).toBe(1)
    })
})

describe('a question', () => {
  it('is asked again when its connection broke, and not without end', async () => {
    const broken = { when: 'before' as const, error: errorOf('ECONNRESET') }
    const faults = [broken, broken]
    const store = await openOn(failing(database.pool(), faults))
    expect(await answer(store.quota('q'))).toBe(0)
    for (let n = 0; n < 5; n += 1) faults.push(broken)
    expect(E.isLeft(await store.quota('q')())).toBe(true)
    expect(faults).toEqual([])
  })

  it('is not asked again when the server cannot be reached, for that takes its time', async () => {
    for (const error of [
      errorOf('ECONNREFUSED'),
      errorOf('57P03'),
      new Error('Query read timeout'),
    ]) {
      const faults = [{ when: 'before' as const, error }]
      const store = await openOn(failing(database.pool(), faults))
      expect(E.isLeft(await store.quota('q')())).toBe(true)
    }
  })

  it('is not asked again when the database refuses it', async () => {
    const faults = [{ when: 'before' as const, error: errorOf('42P01') }]
    const store = await openOn(failing(database.pool(), faults))
    expect(await store.quota('q')()).toEqual(
      E.left({ _tag: 'StoreUnavailable', message: 'failed with 42P01' }),
    )
  })
})

it('loses nothing that it acknowledged and acknowledges nothing falsely while its connections are killed', async () => {
  const stores = await Promise.all([database.open(), database.open({ max: 3 })])
  const acknowledged: Array<string> = []
  let unknown = 0
  let running = true
  const write = async (store: Store, host: number): Promise<void> => {
    for (let n = 0; running; n += 1) {
      const ids = [0, 1, 2].map((k) => `${host}.${n}.${k}`)
      const batch = ids.map((id) =>
        writing([stateOf(refOf(id))], {
          journal: [entryOf(id, refOf(id))],
          effects: [effectOf(id, refOf(id))],
          quotas: [{ key: 'all', by: 1 }],
        }),
      )
      const result = await store.commit(batch)()
      if (E.isLeft(result)) {
        expect(result.left._tag).toBe('StoreUnavailable')
        unknown += 1
      } else {
        expect(result.right.every(E.isRight)).toBe(true)
        acknowledged.push(...ids)
      }
    }
  }
  const writers = [0, 1, 2, 3].map((host) => write(stores[host % 2] as Store, host))
  for (let kills = 0; kills < 25; kills += 1) {
    const enough = acknowledged.length + 30
    while (acknowledged.length < enough) await new Promise((resolve) => setTimeout(resolve, 1))
    await pool.query(KILL)
  }
  running = false
  await Promise.all(writers)
  const store = await database.open()
  const seen = new Map<string, number>()
  let after: string | undefined
  for (let more = true; more;) {
    const page = await answer(
      store.journal({ limit: 1000, ...(after === undefined ? {} : { after }) }),
    )
    for (const { id } of page.entries) seen.set(id, (seen.get(id) ?? 0) + 1)
    after = page.cursor
    more = page.more
  }
  expect(unknown).toBeGreaterThan(3)
  expect(acknowledged.length).toBeGreaterThan(100)
  expect(acknowledged.filter((id) => seen.get(id) !== 1)).toEqual([])
  // What nobody acknowledged is there as a whole, as a batch, or not at all.
  expect([...seen.values()].every((times) => times === 1)).toBe(true)
  for (const id of seen.keys())
    expect(seen.has(id.replace(/\d$/, '0')) && seen.has(id.replace(/\d$/, '2'))).toBe(true)
  expect(await answer(store.quota('all'))).toBe(seen.size)
  const states = await pool.query('select count(*) from signalbox.state')
  const effects = await pool.query('select count(*) from signalbox.effect')
  expect([states.rows, effects.rows]).toEqual([
    [{ count: String(seen.size) }],
    [{ count: String(seen.size) }],
  ])
  for (const one of [...stores, store]) await one.close()()
})

it('serves on by itself once connections can be made again', async () => {
  const store = await database.open()
  await answer(store.commit([commitOf({ effects: [effectOf('e', refOf('a'))] })]))
  await pool.query(KILL)
  expect(await answer(store.leaseEffects(leaseAt(100)))).toHaveLength(1)
  await store.close()()
})
