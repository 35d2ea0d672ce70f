import type { Commit, Store } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import {
  answer,
  commitOf,
  deadlineOf,
  effectOf,
  entryOf,
  refOf,
  stateOf,
  writing,
} from '../contract/given.ts'
import { clear, makeDatabase, openOn } from './__fixtures__/database.ts'
import type { Database } from './__fixtures__/database.ts'

let database: Database
let store: Store
let asked: Array<string> = []

beforeAll(async () => {
  database = await makeDatabase()
  const pool = database.pool()
  store = await openOn({
    query: (query) => {
      asked.push(query.text)
      return pool.query(query)
    },
    connect: () => {
      asked.push('connect')
      return pool.connect()
    },
    on: () => undefined,
    end: () => pool.end(),
  })
})
afterAll(() => database.drop())
beforeEach(async () => {
  await clear(database.pool())
  asked = []
})

// What a change of a service consists of.
const changeOf = (id: string, revision = 1): Commit =>
  writing([stateOf(refOf(id), { revision })], {
    journal: [entryOf(`j ${id} ${revision}`, refOf(id))],
    effects: [effectOf(`e ${id} ${revision}`, refOf(id))],
    armed: [{ ref: refOf(id), deadline: deadlineOf('x', 5) }],
  })

const ids = Array.from({ length: 64 }, (_, n) => `s${n}`)

const stands = async (batch: ReadonlyArray<Commit>): Promise<number> =>
  (await answer(store.commit(batch))).filter(E.isRight).length

it('takes one round trip for a batch of changes, in a statement that is a transaction by itself', async () => {
  expect(await stands(ids.map((id) => changeOf(id)))).toBe(64)
  expect(await stands(ids.map((id) => changeOf(id, 2)))).toBe(64)
  expect(asked).toHaveLength(2)
  for (const text of asked) expect(text).toMatch(/^select signalbox\.\w+\([^;]*$/)
})

it('takes one for a batch of whatever else a commit may hold, with what is refused in it', async () => {
  const batch = ids.map((id, n) =>
    commitOf({
      ...changeOf(id),
      takes: [{ key: `claim ${n % 32}`, holder: id }],
      quotas: [{ key: 'all', by: 1 }],
    }),
  )
  expect(await stands(batch)).toBe(32)
  expect(asked).toHaveLength(1)
})

it('takes one more where one of many changes cannot stand', async () => {
  await stands(ids.map((id) => changeOf(id)))
  await stands([changeOf('s7', 2)])
  asked = []
  expect(await stands(ids.map((id) => changeOf(id, 2)))).toBe(63)
  expect(asked).toHaveLength(2)
})
