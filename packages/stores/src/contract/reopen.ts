import { effectSettled } from '@signalbox/core/store'
import type { Store } from '@signalbox/core/store'
import { expect, it } from 'vitest'
import {
  answer,
  commitOf,
  deadlineOf,
  effectOf,
  entryOf,
  leaseAt,
  refOf,
  refusalOf,
  stand,
  stateOf,
  writing,
} from './given.ts'
import type { Given } from './given.ts'

const ref = refOf('a')

/** What a persistent store finds again. */
export const reopenCases = (given: Given): void => {
  it('finds everything again', async () => {
    const { store } = given()
    const state = stateOf(ref, { labels: { l: 'v' }, deadlines: [deadlineOf('expires', 500)] })
    const receipt = { key: 'r', fingerprint: 'f', reply: { ok: true }, expiresAt: 9 }
    const document = { provider: 'demo', kind: 'k', id: 'd', tenant: 'acme', body: { x: 1 } }
    await stand(
      store,
      writing([state], {
        journal: [entryOf('j', ref)],
        effects: [effectOf('e', ref), effectOf('f', ref)],
        settles: [{ effect: 'e', outcome: 'done', at: 3 }],
        armed: [{ ref, deadline: deadlineOf('expires', 500) }],
        takes: [{ key: 'k', holder: 'h' }],
        quotas: [{ key: 'q', by: 4 }],
        documents: [document],
        receipt,
      }),
    )
    await answer(store.allocate({ sequence: 's', count: 5, floor: 1 }))
    const again = await reopened(given, store)
    expect(await answer(again.load(ref))).toEqual(state)
    const label = { name: 'l', value: 'v' }
    expect((await answer(again.list({ provider: 'demo', label, limit: 9 }))).items).toEqual([state])
    expect((await answer(again.journal({ limit: 9 }))).entries).toMatchObject([{ id: 'j' }])
    expect(
      await refusalOf(again, commitOf({ settles: [{ effect: 'e', outcome: 'done', at: 9 }] })),
    ).toEqual(effectSettled('e'))
    expect(await answer(again.leaseEffects(leaseAt(100)))).toMatchObject([{ effect: { id: 'f' } }])
    expect(await answer(again.leaseDeadlines(leaseAt(500)))).toMatchObject([{ name: 'expires' }])
    expect(await answer(again.claim('k'))).toBe('h')
    expect(await answer(again.quota('q'))).toBe(4)
    expect(await answer(again.document(document))).toEqual({ ...document, revision: 1 })
    expect(await answer(again.receipt('r'))).toEqual(receipt)
    expect(await answer(again.allocate({ sequence: 's', count: 1, floor: 1 }))).toBe(6)
  })

  it('keeps cursors valid and the journal in order', async () => {
    const { store } = given()
    const { cursor = '' } = await stand(store, commitOf({ journal: [entryOf('a', ref)] }))
    await stand(store, commitOf({ journal: [entryOf('b', ref)] }))
    const again = await reopened(given, store)
    await stand(again, commitOf({ journal: [entryOf('c', ref)] }))
    const { entries } = await answer(again.journal({ after: cursor, limit: 9 }))
    expect(entries.map(({ id }) => id)).toEqual(['b', 'c'])
  })

  it('keeps a lease until it expires', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: [effectOf('e', ref)] }))
    await answer(store.leaseEffects(leaseAt(100)))
    const again = await reopened(given, store)
    expect(await answer(again.leaseEffects(leaseAt(200, { owner: 'two' })))).toEqual([])
    expect(await answer(again.renewEffects({ owner: 'one', ids: ['e'], until: 300 }))).toEqual([
      'e',
    ])
    expect(await answer(again.leaseEffects(leaseAt(10_100, { owner: 'two' })))).toHaveLength(1)
  })
}

// -- internals

const reopened = async (given: Given, store: Store): Promise<Store> => {
  const { reopen } = given()
  if (reopen === undefined) throw new Error('a persistent store must offer reopen')
  await answer(store.close())
  return reopen()
}
