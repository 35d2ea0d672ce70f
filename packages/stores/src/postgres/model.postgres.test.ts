import { afterAll, beforeAll, expect, it } from 'vitest'
import { comparesToMemory } from '../__fixtures__/calls.ts'
import { clear, makeDatabase, openOn } from './__fixtures__/database.ts'
import type { Database } from './__fixtures__/database.ts'

let database: Database
beforeAll(async () => {
  database = await makeDatabase()
  await (await database.open()).close()()
})
afterAll(() => database.drop())

it('answers any sequence of calls as the memory store does', async () => {
  const pool = database.pool()
  const seen = await comparesToMemory(
    async () => {
      await clear(pool)
      return openOn({
        query: (query) => pool.query(query),
        connect: () => pool.connect(),
        on: () => undefined,
        end: () => Promise.resolve(),
      })
    },
    { numRuns: 100 },
  )
  expect(seen.stood).toBeGreaterThan(100)
  expect(seen.refused).toBeGreaterThan(100)
  expect(seen.leased).toBeGreaterThan(10)
}, 120_000)
