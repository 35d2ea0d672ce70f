import { storeClosed } from '@signalbox/core/store'
import type { Store, StoreFailure } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { expect, it } from 'vitest'
import { answer, commitOf, entryOf, leaseAt, refOf, stateOf, writing } from './given.ts'
import type { Given } from './given.ts'

/** A store from its opening to its closing. */
export const sessionCases = (given: Given): void => {
  it('answers a ping', async () => {
    const { store } = given()
    expect(await store.ping()()).toEqual(E.right(undefined))
  })

  it('does nothing before a task is run, and does it again when it is run again', async () => {
    const { store } = given()
    const commit = store.commit([commitOf({ quotas: [{ key: 'q', by: 1 }] })])
    expect(await answer(store.quota('q'))).toBe(0)
    await commit()
    await commit()
    expect(await answer(store.quota('q'))).toBe(2)
  })

  it('says that it is closed, whatever it is asked', async () => {
    const { store } = given()
    const questions = everyQuestion(store)
    expect(await store.close()()).toEqual(E.right(undefined))
    for (const [name, question] of Object.entries(questions))
      expect([name, await question()]).toEqual([name, E.left(storeClosed)])
  })
}

// -- internals

const everyQuestion = (
  store: Store,
): Readonly<
  Record<keyof Omit<Store, 'exclusive' | 'watch'>, TE.TaskEither<StoreFailure, unknown>>
> => {
  const ref = refOf('a')
  return {
    load: store.load(ref),
    commit: store.commit([writing([stateOf(ref)], { journal: [entryOf('j', ref)] })]),
    list: store.list({ provider: 'demo', limit: 1 }),
    overdue: store.overdue({ provider: 'demo', at: 1, limit: 1 }),
    journal: store.journal({ limit: 1 }),
    claim: store.claim('k'),
    quota: store.quota('k'),
    receipt: store.receipt('k'),
    leaseEffects: store.leaseEffects(leaseAt(1)),
    renewEffects: store.renewEffects({ owner: 'one', ids: [], until: 1 }),
    deferEffect: store.deferEffect({ effect: 'e', owner: 'one', notBefore: 1, error: 'x' }),
    effect: store.effect('e'),
    effects: store.effects({ limit: 1 }),
    leaseDeadlines: store.leaseDeadlines(leaseAt(1)),
    nextWake: store.nextWake(),
    document: store.document({ provider: 'demo', kind: 'k', id: 'd' }),
    documents: store.documents({ provider: 'demo', kind: 'k', limit: 1 }),
    allocate: store.allocate({ sequence: 's', count: 1, floor: 1 }),
    upcoming: store.upcoming('s'),
    diagnose: store.diagnose(1),
    ping: store.ping(),
    close: store.close(),
  }
}
