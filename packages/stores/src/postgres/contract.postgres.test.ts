import { afterAll, beforeAll } from 'vitest'
import { storeContract } from '../contract.ts'
import { clear, makeDatabase, openOn } from './__fixtures__/database.ts'
import type { Database } from './__fixtures__/database.ts'

let database: Database
beforeAll(async () => {
  database = await makeDatabase()
  await (await database.open()).close()()
})
afterAll(() => database.drop())

storeContract(
  'postgres',
  async () => {
    const pool = database.pool()
    await clear(pool)
    return {
      store: await openOn(pool),
      reopen: () => database.open(),
      dispose: async () => {
        if (!pool.ended) await pool.end()
      },
    }
  },
  { persistent: true },
)
