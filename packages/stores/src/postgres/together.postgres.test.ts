import type { Commit } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import type { Pool } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  answer,
  commitOf,
  deadlineOf,
  effectOf,
  entryOf,
  leaseAt,
  refOf,
  stand,
  stateOf,
  writing,
} from '../contract/given.ts'
import { makeDatabase } from './__fixtures__/database.ts'
import type { Database } from './__fixtures__/database.ts'
import { changesOf } from './changes.ts'

let databases: ReadonlyArray<Database>
beforeAll(async () => {
  databases = [await makeDatabase(), await makeDatabase()]
})
afterAll(async () => {
  for (const database of databases) await database.drop()
})

// Of each of them the same can be said, and of none what is said of the others.
const NAMES = ['settled', 'superseded', 'added', 'behind', 'own', 'parked', 'leased']
const lane = (name: string, at: string): string => `${name}-${at}`

const begun: ReadonlyArray<Commit> = NAMES.map((name) => {
  const ref = refOf(name)
  return writing([stateOf(ref, { labels: { zone: 'a', kind: name } })], {
    effects: [effectOf(lane(name, 'first'), ref), effectOf(lane(name, 'second'), ref)],
    armed: [
      { ref, deadline: deadlineOf('soon', 500) },
      { ref, deadline: deadlineOf('late', 900) },
    ],
  })
})

const changeOf = (name: string, generation: number, parts: Partial<Commit>): Commit => {
  const ref = refOf(name)
  const labels = { zone: generation > 1 ? 'b' : 'a', kind: name }
  const state = stateOf(ref, { revision: 2, status: 'OFF', generation, labels })
  const entries = [entryOf(`${name}-1`, ref), entryOf(`${name}-2`, ref)]
  return writing([state], { journal: entries, ...parts })
}

const settled = (effect: string, message?: string): Commit['settles'][number] => ({
  effect,
  outcome: 'failed',
  at: 600,
  ...(message === undefined ? {} : { message }),
})

const changes: ReadonlyArray<Commit> = [
  changeOf('settled', 1, {
    settles: [settled(lane('settled', 'first'), 'why\u0001')],
    cancelled: [{ ref: refOf('settled'), name: 'soon' }],
  }),
  changeOf('superseded', 2, {
    armed: [{ ref: refOf('superseded'), deadline: deadlineOf('late', 950, 2) }],
  }),
  changeOf('added', 2, {
    effects: [
      effectOf('added-new', refOf('added'), { generation: 2 }),
      effectOf('added-other', refOf('added'), { generation: 2, lane: 'other' }),
    ],
    lease: { owner: 'one', until: 9_000 },
  }),
  changeOf('behind', 1, {
    effects: [effectOf('behind-new', refOf('behind'))],
    lease: { owner: 'one', until: 9_000 },
  }),
  changeOf('own', 2, {
    effects: [effectOf('own-new', refOf('own'), { generation: 2 })],
    settles: [settled('own-new', 'at once')],
  }),
  changeOf('parked', 1, { settles: [settled(lane('parked', 'second'))] }),
  changeOf('leased', 2, {
    settles: [settled(lane('leased', 'first'))],
    effects: [effectOf('leased-new', refOf('leased'), { generation: 2 })],
  }),
]

const TABLES = {
  state: '*',
  label: '*',
  deadline: '*',
  effect: `id, provider, tenant, service, lane, generation, work, open, attempts, not_before, wake_at,
    owner, settled_at, error, body, rank() over (order by seq)`,
  journal: 'era, provider, tenant, service, body, rank() over (order by xid, id)',
}

const contentsOf = async (pool: Pool): Promise<Readonly<Record<string, ReadonlyArray<string>>>> => {
  const contents: Record<string, ReadonlyArray<string>> = {}
  for (const [table, columns] of Object.entries(TABLES)) {
    const { rows } = await pool.query(`select ${columns} from signalbox.${table}`)
    contents[table] = rows.map((row) => JSON.stringify(row)).toSorted()
  }
  return contents
}

it('leaves the same behind whether changes are taken together or one by one', async () => {
  // A counter has no place among changes that are taken together.
  const apart = [...changes, commitOf({ quotas: [{ key: 'apart', by: 1 }] })]
  expect(changesOf(changes)).toBeDefined()
  expect(changesOf(apart)).toBeUndefined()
  const seen = []
  for (const [index, batch] of [changes, apart].entries()) {
    const database = databases[index]
    if (database === undefined) throw new Error('no database')
    const store = await database.open()
    for (const answered of await answer(store.commit(begun))) expect(E.isRight(answered)).toBe(true)
    await answer(store.leaseEffects(leaseAt(200, { limit: 2 })))
    const parks = [{ effect: lane('parked', 'first'), at: 300, error: 'gave up' }]
    await stand(store, commitOf({ parks }))
    const answers = await answer(store.commit(batch))
    seen.push({
      leased: answers.slice(0, changes.length).map(E.map(({ leased }) => leased)),
      ...(await contentsOf(database.pool())),
    })
    await store.close()()
  }
  expect(seen[0]).toEqual(seen[1])
  expect(seen[0]?.leased).toContainEqual(E.right(['added-new', 'added-other']))
})

it('leaves nothing of a batch that cannot stand together, and answers each by itself', async () => {
  const [database] = databases
  if (database === undefined) throw new Error('no database')
  const store = await database.open()
  const next = (name: string, expected: number): Commit => ({
    ...changeOf(name, 3, {}),
    states: [{ state: stateOf(refOf(name), { revision: expected + 1, generation: 3 }), expected }],
  })
  const answers = await answer(store.commit([next('own', 2), next('added', 7)]))
  expect(answers).toMatchObject([
    { _tag: 'Right' },
    { _tag: 'Left', left: { _tag: 'RevisionConflict', expected: 7, actual: 2 } },
  ])
  expect(await answer(store.load(refOf('own')))).toMatchObject({ revision: 3 })
  expect(await answer(store.load(refOf('added')))).toMatchObject({ revision: 2 })
  await store.close()()
})
