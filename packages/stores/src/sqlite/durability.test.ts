import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Store } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { answer, refOf, stateOf, writing } from '../contract/given.ts'
import { sqliteStore } from './index.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

interface Flushes {
  readonly store: Store
  readonly database: DatabaseSync
  /** How many flushes have begun. */
  readonly begun: () => number
  /** Ends the flush that runs. */
  readonly end: (failure?: Error) => void
}

// A store whose flushes end when the test says so.
const held = (file = join(folder, 'store.db')): Flushes => {
  const database = new DatabaseSync(file)
  let begun = 0
  let ends: (failure?: Error) => void = () => {}
  const flush = (): Promise<void> => {
    begun += 1
    return new Promise((resolve, reject) => {
      ends = (failure) => (failure === undefined ? resolve() : reject(failure))
    })
  }
  const store = sqliteStore({ database, flush })
  if (E.isLeft(store)) throw new Error(store.left.message)
  return { store: store.right, database, begun: () => begun, end: (failure) => ends(failure) }
}

// Tells whether a promise has been settled by all that can go on without anybody's doing.
const isSettled = async (promise: Promise<unknown>): Promise<boolean> => {
  let settled = false
  void promise.finally(() => {
    settled = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  return settled
}

const [a, b, c] = ['a', 'b', 'c'].map((id) => [writing([stateOf(refOf(id))])])
const done = { _tag: 'Right' }

it('acknowledges a commit once it has been flushed, and not before', async () => {
  const { store, begun, end } = held()
  const committed = store.commit(a ?? [])()
  expect(await isSettled(committed)).toBe(false)
  end()
  expect(await committed).toMatchObject({ right: [done] })
  expect(begun()).toBe(1)
})

it('shows nobody what has not been flushed', async () => {
  const { store, end } = held()
  const committed = store.commit(a ?? [])()
  const loaded = store.load(refOf('a'))()
  const listed = store.list({ provider: 'demo', limit: 9 })()
  expect(await isSettled(Promise.race([loaded, listed]))).toBe(false)
  end()
  await committed
  expect(await loaded).toMatchObject({ right: { ref: refOf('a') } })
  expect(await listed).toMatchObject({ right: { items: [{ ref: refOf('a') }] } })
})

it('flushes once more for what was committed while a flush ran, however much that is', async () => {
  const { store, begun, end } = held()
  const first = store.commit(a ?? [])()
  const later = Promise.all([store.commit(b ?? [])(), store.commit(c ?? [])()])
  end()
  expect(await first).toMatchObject({ right: [done] })
  expect(await isSettled(later)).toBe(false)
  end()
  expect(await later).toMatchObject([{ right: [done] }, { right: [done] }])
  expect(begun()).toBe(2)
})

it('answers nothing any more after a flush has failed, and serves again when it is opened anew', async () => {
  const { store, end } = held()
  const committed = store.commit(a ?? [])()
  end(new Error('input/output error'))
  const unavailable = E.left({ _tag: 'StoreUnavailable', message: 'input/output error' })
  expect(await committed).toEqual(unavailable)
  expect(await store.load(refOf('a'))()).toEqual(unavailable)
  expect(await store.commit(b ?? [])()).toEqual(unavailable)
  expect(await store.ping()()).toEqual(unavailable)
  expect(await store.close()()).toEqual(unavailable)
  const again = sqliteStore({ database: new DatabaseSync(join(folder, 'store.db')) })
  if (E.isLeft(again)) throw new Error(again.left.message)
  await answer(again.right.ping())
  await answer(again.right.close())
})

it('does not flush for a question', async () => {
  const { store, begun } = held()
  expect(await store.load(refOf('a'))()).toEqual(E.right(undefined))
  expect(begun()).toBe(0)
})

it('waits for the last flush when it is closed', async () => {
  const { store, end, database } = held()
  const committed = store.commit(a ?? [])()
  const closed = store.close()()
  expect(await isSettled(closed)).toBe(false)
  expect(database.isOpen).toBe(true)
  end()
  expect(await committed).toMatchObject({ right: [done] })
  expect(await closed).toEqual(E.right(undefined))
  expect(database.isOpen).toBe(false)
})

it('leaves it to SQLite where there is no log', async () => {
  const { store, begun } = held(':memory:')
  expect(await store.commit(a ?? [])()).toMatchObject({ right: [done] })
  expect(begun()).toBe(0)
})

it('has SQLite itself make each commit durable when nobody else does', () => {
  const mode = (flush?: () => Promise<void>): unknown => {
    const database = new DatabaseSync(join(folder, `${flush === undefined}.db`))
    sqliteStore({ database, ...(flush === undefined ? {} : { flush }) })
    return database.prepare('pragma main.synchronous').get()?.['synchronous']
  }
  expect([mode(), mode(async () => {})]).toEqual([2, 1])
})
