import { claimTaken, quotaExceeded } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { answer, commitOf, refusalOf, stand } from './given.ts'
import type { Given } from './given.ts'

const mine = { key: 'www.example.test', holder: 'demo/acme/1' }
const theirs = { key: 'www.example.test', holder: 'demo/acme/2' }

/** Keys with one holder, and counters with a limit. */
export const claimCases = (given: Given): void => {
  it('says who holds a claim', async () => {
    const { store } = given()
    expect(await answer(store.claim(mine.key))).toBeUndefined()
    await stand(store, commitOf({ takes: [mine] }))
    expect(await answer(store.claim(mine.key))).toBe(mine.holder)
  })

  it('refuses a claim that another holds and names the holder', async () => {
    const { store } = given()
    await stand(store, commitOf({ takes: [mine] }))
    expect(await refusalOf(store, commitOf({ takes: [theirs] }))).toEqual(
      claimTaken(mine.key, mine.holder),
    )
    expect(await answer(store.claim(mine.key))).toBe(mine.holder)
  })

  it('lets a holder take again what it holds', async () => {
    const { store } = given()
    await stand(store, commitOf({ takes: [mine] }))
    await stand(store, commitOf({ takes: [mine, mine] }))
    expect(await answer(store.claim(mine.key))).toBe(mine.holder)
  })

  it('gives a claim to the first of two in one batch', async () => {
    const { store } = given()
    const results = await answer(
      store.commit([commitOf({ takes: [mine] }), commitOf({ takes: [theirs] })]),
    )
    expect(results.map((result) => result._tag)).toEqual(['Right', 'Left'])
    expect(await answer(store.claim(mine.key))).toBe(mine.holder)
  })

  it('gives a claim to one of many that ask at once', async () => {
    const { store } = given()
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        answer(store.commit([commitOf({ takes: [{ key: 'k', holder: `holder ${n}` }] })])),
      ),
    )
    expect(results.flat().filter(E.isRight)).toHaveLength(1)
  })

  it('frees a claim that its holder releases', async () => {
    const { store } = given()
    await stand(store, commitOf({ takes: [mine] }))
    await stand(store, commitOf({ releases: [mine] }))
    expect(await answer(store.claim(mine.key))).toBeUndefined()
    await stand(store, commitOf({ takes: [theirs] }))
    expect(await answer(store.claim(mine.key))).toBe(theirs.holder)
  })

  it('ignores a release by another than the holder, and of what nobody holds', async () => {
    const { store } = given()
    await stand(store, commitOf({ takes: [mine], releases: [theirs] }))
    await stand(store, commitOf({ releases: [theirs, { key: 'nobody', holder: 'me' }] }))
    expect(await answer(store.claim(mine.key))).toBe(mine.holder)
  })

  it('hands a claim over within one commit: what is released can be taken', async () => {
    const { store } = given()
    await stand(store, commitOf({ takes: [mine] }))
    await stand(store, commitOf({ takes: [theirs], releases: [mine] }))
    expect(await answer(store.claim(mine.key))).toBe(theirs.holder)
  })

  it('counts up and down, and knows no counter as 0', async () => {
    const { store } = given()
    expect(await answer(store.quota('q'))).toBe(0)
    await stand(store, commitOf({ quotas: [{ key: 'q', by: 3 }] }))
    await stand(store, commitOf({ quotas: [{ key: 'q', by: -1 }] }))
    expect(await answer(store.quota('q'))).toBe(2)
  })

  it('never counts below 0, so that one release too many gives nothing away', async () => {
    const { store } = given()
    await stand(store, commitOf({ quotas: [{ key: 'q', by: -2 }] }))
    expect(await answer(store.quota('q'))).toBe(0)
    await stand(store, commitOf({ quotas: [{ key: 'q', by: 1 }] }))
    expect(await answer(store.quota('q'))).toBe(1)
  })

  it('fills a quota to its limit and no further', async () => {
    const { store } = given()
    await stand(store, commitOf({ quotas: [{ key: 'q', by: 2, limit: 2 }] }))
    expect(await refusalOf(store, commitOf({ quotas: [{ key: 'q', by: 1, limit: 2 }] }))).toEqual(
      quotaExceeded('q', 2),
    )
    expect(await answer(store.quota('q'))).toBe(2)
  })

  it('lets a counter without a limit pass the limit that another commit has', async () => {
    const { store } = given()
    await stand(store, commitOf({ quotas: [{ key: 'q', by: 2, limit: 2 }] }))
    await stand(store, commitOf({ quotas: [{ key: 'q', by: 1 }] }))
    expect(await answer(store.quota('q'))).toBe(3)
  })

  it('never lets many that ask at once pass a limit', async () => {
    const { store } = given()
    const batches = Array.from({ length: 10 }, () =>
      Array.from({ length: 5 }, () => commitOf({ quotas: [{ key: 'q', by: 1, limit: 7 }] })),
    )
    const results = await Promise.all(batches.map((batch) => answer(store.commit(batch))))
    expect(results.flat().filter(E.isRight)).toHaveLength(7)
    expect(await answer(store.quota('q'))).toBe(7)
  })
}
