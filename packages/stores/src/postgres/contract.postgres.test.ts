import type { Store } from '@signalbox/core/store'
import type { Pool } from 'pg'
import { afterAll, beforeAll } from 'vitest'
import { storeContract } from '../contract.ts'
import { after, clear, listenTo, makeDatabase, openOn } from './__fixtures__/database.ts'
import type { Database } from './__fixtures__/database.ts'

let database: Database
beforeAll(async () => {
  database = await makeDatabase()
  await (await database.open()).close()()
})
afterAll(() => database.drop())

const open = (pool: Pool): Promise<Store> =>
  openOn(pool, { connect: () => listenTo(database.url), after, told: () => {} })

storeContract(
  'postgres',
  async () => {
    const pool = database.pool()
    await clear(pool)
    const store = await open(pool)
    return {
      store,
      reopen: () => database.open(),
      beside: () => open(database.pool()),
      dispose: async () => {
        await store.close()()
      },
    }
  },
  { persistent: true },
)
