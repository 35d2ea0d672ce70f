import type { Pool } from 'pg'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { storeContract } from '../contract.ts'
import { clear, makeDatabase, openOn } from './__fixtures__/database.ts'
import type { Database } from './__fixtures__/database.ts'

const pgbouncer = inject('pgbouncer')

if ('missing' in pgbouncer)
  it('serves from behind PgBouncer in transaction mode', ({ skip }) => skip(pgbouncer.missing))
else {
  let database: Database
  let pool: Pool
  beforeAll(async () => {
    database = await makeDatabase('', { by: pgbouncer.url })
    pool = database.pool()
    await (await database.open()).close()()
  })
  afterAll(() => database.drop())

  it('shares few connections of the server among many clients', async () => {
    const many = database.pool({ max: 12 })
    const clients = await Promise.all(Array.from({ length: 12 }, () => many.connect()))
    const sessions = await Promise.all(
      clients.map(async (client) => {
        const { rows } = await client.query('select pg_backend_pid() as pid, pg_sleep(0.01)')
        return rows[0].pid
      }),
    )
    for (const client of clients) client.release()
    expect(new Set(sessions).size).toBeLessThan(clients.length)
  })

  storeContract(
    'postgres behind PgBouncer',
    async () => {
      await clear(pool)
      const own = database.pool()
      return {
        store: await openOn(own),
        reopen: () => database.open(),
        dispose: async () => {
          if (!own.ended) await own.end()
        },
      }
    },
    { persistent: true },
  )
}
