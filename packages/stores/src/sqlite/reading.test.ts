import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { emptyCommit } from '@signalbox/core/store'
import type { Store } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { answer, commitOf, entryOf, refOf, stateOf, writing } from '../contract/given.ts'
import { readSqlite, sqliteStore } from './index.ts'

let folder = ''
let file = ''
let owner: Store

const must = <A>(opened: E.Either<{ readonly message: string }, A>): A => {
  if (E.isLeft(opened)) throw new Error(opened.left.message)
  return opened.right
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-'))
  file = join(folder, 'box.db')
  owner = must(sqliteStore({ database: new DatabaseSync(file) }))
})

afterEach(async () => {
  await owner.close()()
  rmSync(folder, { recursive: true })
})

const reader = (): DatabaseSync => new DatabaseSync(file, { readOnly: true })

const write = async (id: string): Promise<void> => {
  const journal = [entryOf(id, refOf(id))]
  await answer(owner.commit([writing([stateOf(refOf(id))], { journal })]))
}

it('reads what its owner has committed, beside it, and refuses every change', async () => {
  await write('a')
  const { store } = must(readSqlite({ database: reader() }))
  expect(await answer(store.load(refOf('a')))).toMatchObject({ ref: refOf('a') })
  await write('b')
  expect((await answer(store.journal({ limit: 9 }))).entries).toHaveLength(2)
  const lease = { owner: 'x', now: 0, until: 9, limit: 1 }
  for (const change of [
    store.commit([commitOf({})]),
    store.leaseEffects(lease),
    store.leaseDeadlines(lease),
    store.renewEffects({ owner: 'x', ids: [], until: 9 }),
    store.deferEffect({ effect: 'x', owner: 'x', notBefore: 0, error: '' }),
    store.allocate({ sequence: 'x', count: 1, floor: 1 }),
  ])
    expect(await change()).toMatchObject(
      E.left({ _tag: 'StoreUnavailable', message: 'it is open for reading only' }),
    )
  await answer(store.close())
  await write('c')
})

it('sees one moment within a transaction', async () => {
  await write('a')
  const database = reader()
  const { store } = must(readSqlite({ database }))
  database.exec('begin')
  expect(await answer(store.load(refOf('b')))).toBeUndefined()
  await write('b')
  expect(await answer(store.load(refOf('b')))).toBeUndefined()
  database.exec('commit')
  expect(await answer(store.load(refOf('b')))).toBeDefined()
  await answer(store.close())
})

it('tells the names of all that has to be asked for by name', async () => {
  await write('a')
  await answer(
    owner.commit([
      {
        ...emptyCommit,
        takes: ['two', 'one'].map((key) => ({ key, holder: 'me' })),
        quotas: [{ key: 'all', by: 3 }],
        documents: [{ provider: 'p', kind: 'k', id: '1', tenant: '', body: {} }],
        receipt: { key: 'r', fingerprint: 'f', reply: { ok: true }, expiresAt: 7 },
      },
    ]),
  )
  await answer(owner.allocate({ sequence: 'numbers', count: 2, floor: 5 }))
  const { store, inventory } = must(readSqlite({ database: reader() }))
  expect(inventory.providers()).toEqual([refOf('a').provider])
  expect(inventory.kinds()).toEqual([{ provider: 'p', kind: 'k' }])
  expect(inventory.sequences()).toEqual([{ name: 'numbers', next: 7 }])
  expect(inventory.claims('', 1)).toEqual([{ key: 'one', holder: 'me' }])
  expect(inventory.claims('one', 9)).toEqual([{ key: 'two', holder: 'me' }])
  expect(inventory.quotas('', 9)).toEqual([{ key: 'all', count: 3 }])
  expect(inventory.receipts('', 9)).toEqual([
    { key: 'r', fingerprint: 'f', reply: { ok: true }, expiresAt: 7 },
  ])
  await answer(store.close())
})

it('refuses a file that has no schema yet, and one that is not ours', () => {
  const empty = new DatabaseSync(':memory:')
  expect(readSqlite({ database: empty })).toMatchObject(
    E.left({ _tag: 'OpenFailed', message: expect.stringMatching(/version 0, and not yet \d/) }),
  )
  const foreign = new DatabaseSync(':memory:')
  foreign.exec('create table theirs (id)')
  expect(readSqlite({ database: foreign })).toMatchObject(E.left({ _tag: 'ForeignFile' }))
})
