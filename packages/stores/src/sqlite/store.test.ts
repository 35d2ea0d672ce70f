import { DatabaseSync } from 'node:sqlite'
import type { Store } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { answer, commitOf, entryOf, refOf, stand, stateOf, writing } from '../contract/given.ts'
import type { SqliteDatabase } from './index.ts'
import { sqliteStore } from './index.ts'

// A handle in memory whose next run of a statement fails as a full disk or a broken one would make it fail.
const failing = (): { readonly store: Store; readonly failNext: (sql: string) => void } => {
  const database = new DatabaseSync(':memory:')
  let next: string | undefined
  const watched: SqliteDatabase = {
    exec: (sql) => database.exec(sql),
    prepare: (sql) => {
      const statement = database.prepare(sql)
      return {
        run: (...values) => {
          if (next === undefined || !sql.startsWith(next)) return statement.run(...values)
          next = undefined
          throw new Error('disk I/O error')
        },
        get: (...values) => statement.get(...values),
        all: (...values) => statement.all(...values),
      }
    },
    close: () => database.close(),
  }
  const store = sqliteStore({ database: watched })
  if (E.isLeft(store)) throw new Error(store.left.message)
  return {
    store: store.right,
    failNext: (sql) => {
      next = sql
    },
  }
}

const batch = ['a', 'b', 'c'].map((id) =>
  writing([stateOf(refOf(id))], { journal: [entryOf(id, refOf(id))] }),
)

// A batch of which one commit is refused goes the longer way, with a savepoint for each.
const refused = [...batch, writing([stateOf(refOf('d'), { revision: 5 })])]

for (const [sql, sent] of [
  ['commit', batch],
  ['insert into journal', batch],
  ['begin', batch],
  ['rollback', refused],
  ['savepoint', refused],
  ['release', refused],
] as const)
  it(`fails the whole batch and stores none of it when "${sql}" fails, and serves on`, async () => {
    const { store, failNext } = failing()
    await stand(store, commitOf({ journal: [entryOf('before', refOf('z'))] }))
    failNext(sql)
    expect(await store.commit(sent)()).toEqual(
      E.left({ _tag: 'StoreUnavailable', message: 'disk I/O error' }),
    )
    expect((await answer(store.list({ provider: 'demo', limit: 9 }))).items).toEqual([])
    expect((await answer(store.journal({ limit: 9 }))).entries).toHaveLength(1)
    expect((await answer(store.commit(batch))).every(E.isRight)).toBe(true)
    expect((await answer(store.journal({ limit: 9 }))).entries).toHaveLength(4)
  })

it('fails the whole batch when the disk is full, says so, and serves on when there is room', async () => {
  const database = new DatabaseSync(':memory:')
  const opened = sqliteStore({ database })
  if (E.isLeft(opened)) throw new Error(opened.left.message)
  const store = opened.right
  const large = writing([stateOf(refOf('d'), { context: { text: 'x'.repeat(1e6) } })])
  database.exec('pragma max_page_count = 100')
  const failed = await store.commit([...batch, large])()
  expect(failed).toMatchObject({ _tag: 'Left', left: { _tag: 'StoreUnavailable' } })
  expect(JSON.stringify(failed)).toContain('full')
  expect((await answer(store.list({ provider: 'demo', limit: 9 }))).items).toEqual([])
  await answer(store.commit(batch))
  database.exec('pragma max_page_count = 100000')
  await stand(store, large)
  expect((await answer(store.list({ provider: 'demo', limit: 9 }))).items).toHaveLength(4)
})

it('takes no lease when the transaction of the lease fails', async () => {
  const { store, failNext } = failing()
  await stand(
    store,
    commitOf({
      armed: [{ ref: refOf('a'), deadline: { name: 'x', dueAt: 5, armedAt: 1, generation: 1 } }],
    }),
  )
  const lease = { owner: 'one', now: 10, until: 20, limit: 9 }
  failNext('commit')
  expect(E.isLeft(await store.leaseDeadlines(lease)())).toBe(true)
  expect(await answer(store.leaseDeadlines(lease))).toHaveLength(1)
})
