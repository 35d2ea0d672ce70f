import { DatabaseSync } from 'node:sqlite'
import type { StateQuery, Store } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { answer, commitOf, leaseAt, refOf } from '../contract/given.ts'
import type { SqliteDatabase } from './index.ts'
import { sqliteStore } from './index.ts'

// What SQLite says it will do for each statement that a store runs.
const plansOf = async (ask: (store: Store) => Promise<unknown>): Promise<ReadonlyArray<string>> => {
  const database = new DatabaseSync(':memory:')
  const texts: Array<string> = []
  const watched: SqliteDatabase = {
    exec: (sql) => database.exec(sql),
    prepare: (sql) => {
      texts.push(sql)
      return database.prepare(sql)
    },
    close: () => database.close(),
  }
  const store = sqliteStore({ database: watched })
  if (E.isLeft(store)) throw new Error(store.left.message)
  texts.length = 0
  await ask(store.right)
  return texts
    .filter((sql) => /^\s*(select|with|update|delete|insert)/.test(sql))
    .flatMap((sql) => database.prepare(`explain query plan ${sql}`).all())
    .map(({ detail }) => String(detail))
}

const expectIndexed = (plans: ReadonlyArray<string>): void => {
  expect(plans.length).toBeGreaterThan(0)
  expect(
    plans.filter((plan) => /TEMP B-TREE|^SCAN (?!known|CONSTANT)/.test(plan) && !few.test(plan)),
  ).toEqual([])
}

// Numbers of one page, and the providers.
const few = /^SCAN (json_each|scope .*INDEX scope_provider)/

const after = 'acme/x'
const label = { name: 'l', value: 'v' }
const queries: ReadonlyArray<Omit<StateQuery, 'provider' | 'limit'>> = [
  {},
  { after },
  { tenant: 'acme', after },
  { tenant: 'acme', afterId: 'x' },
  { statuses: ['a', 'b'], after },
  { statuses: ['a'], tenant: 'acme', afterId: 'x' },
  { label, after },
  { label, tenant: 'acme', afterId: 'x', statuses: ['a'], lifecycle: 'y' },
  { lifecycle: 'y', after },
]

for (const done of ['exclude', 'only', 'include'] as const)
  for (const query of queries)
    it(`reads a page of states from an index in its order: ${JSON.stringify({ done, ...query })}`, async () => {
      const plans = await plansOf((store) =>
        answer(store.list({ provider: 'demo', done, ...query, limit: 9 })),
      )
      expectIndexed(plans)
    })

it('starts a page of states at its cursor', async () => {
  const plans = await plansOf((store) => answer(store.list({ provider: 'demo', after, limit: 9 })))
  expect(plans.join()).toMatch(/provider=\? AND done=\? AND \(tenant,id\)>\(\?,\?\)/)
})

it('reads the journal from an index, whatever it is filtered by', async () => {
  const ref = refOf('a')
  for (const query of [
    {},
    { provider: 'demo' },
    { tenant: 'acme' },
    { ref },
    { ...ref, after: '7' },
  ])
    expectIndexed(
      await plansOf((store) => answer(store.journal({ after: '0', ...query, limit: 9 }))),
    )
})

it('finds stopped effects from an index of them, and open ones without a look at what is settled', async () => {
  for (const query of [
    { work: 'parked' as const },
    { work: 'superseded' as const, provider: 'demo', after: '5' },
    { work: 'failed' as const, tenant: 'acme' },
  ])
    expectIndexed(await plansOf((store) => answer(store.effects({ ...query, limit: 9 }))))
  for (const query of [
    { open: true },
    { work: 'leased' as const, after: '5' },
    { open: true, tenant: 'acme' },
    { open: true, ref: refOf('a') },
  ])
    expect(
      (await plansOf((store) => answer(store.effects({ ...query, limit: 9 })))).join(),
    ).toContain('INDEX effect_open')
})

it('diagnoses without a look at what is settled or not due', async () => {
  const plans = await plansOf((store) => answer(store.diagnose(1)))
  const bounded = /INDEX effect_(open|wake|stopped)|COVERING INDEX deadline_due|known|subquery/
  expect(plans.filter((plan) => /SCAN|SEARCH/.test(plan) && !bounded.test(plan))).toEqual([])
})

it('finds what can be leased without a look at what is settled or waits in its lane', async () => {
  const plans = await plansOf(async (store) => {
    await answer(store.leaseEffects(leaseAt(1)))
    await answer(store.leaseDeadlines(leaseAt(1)))
    await answer(store.nextWake())
    await answer(store.overdue({ provider: 'demo', at: 1, limit: 9 }))
    await answer(store.overdue({ provider: 'demo', tenant: 'acme', at: 1, limit: 9 }))
  })
  expectIndexed(plans.filter((plan) => !/USING COVERING INDEX (effect|deadline)_wake/.test(plan)))
})

it('looks up by index whatever a commit must know', async () => {
  const ref = refOf('a')
  const plans = await plansOf((store) =>
    answer(
      store.commit([
        commitOf({
          settles: [],
          releases: [{ key: 'k', holder: 'h' }],
          takes: [{ key: 'k', holder: 'h' }],
          quotas: [{ key: 'q', by: 1 }],
          cancelled: [{ ref, name: 'n' }],
          documents: [{ provider: 'demo', kind: 'k', id: 'd', tenant: 'acme', body: null }],
        }),
      ]),
    ),
  )
  expectIndexed(plans)
})
