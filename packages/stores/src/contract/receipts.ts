import { receiptExists } from '@signalbox/core/store'
import type { Receipt } from '@signalbox/core/store'
import { expect, it } from 'vitest'
import { answer, commitOf, entryOf, refOf, refusalOf, stand, stateOf, writing } from './given.ts'
import type { Given } from './given.ts'

const ref = refOf('a')
const receipt: Receipt = {
  key: 'k',
  fingerprint: 'one',
  reply: { status: 202, body: { id: 7, none: null } },
  expiresAt: 1000,
}
const later: Receipt = { ...receipt, fingerprint: 'two', expiresAt: 3000 }

/** Stored replies, and numbers that are given once. */
export const receiptCases = (given: Given): void => {
  it('keeps a reply under its key', async () => {
    const { store } = given()
    expect(await answer(store.receipt('k'))).toBeUndefined()
    await stand(store, commitOf({ receipt }))
    expect(await answer(store.receipt('k'))).toEqual(receipt)
  })

  it('refuses a second reply under a key and answers the first', async () => {
    const { store } = given()
    await stand(store, commitOf({ receipt }))
    expect(await refusalOf(store, commitOf({ receipt: later }))).toEqual(receiptExists(receipt))
    expect(await answer(store.receipt('k'))).toEqual(receipt)
  })

  it('lets one of two with the same key in one batch stand', async () => {
    const { store } = given()
    const results = await answer(
      store.commit([commitOf({ receipt }), commitOf({ receipt: later })]),
    )
    expect(results.map((result) => result._tag)).toEqual(['Right', 'Left'])
  })

  it('tells of a receipt before a conflict of revisions, so that a repeated request is known as one', async () => {
    const { store } = given()
    await stand(store, writing([stateOf(ref)], { receipt }))
    expect(await refusalOf(store, writing([stateOf(ref)], { receipt }))).toEqual(
      receiptExists(receipt),
    )
  })

  it('replaces a receipt that has expired at the instant of the commit', async () => {
    const { store } = given()
    await stand(store, commitOf({ receipt }))
    const at = (instant: number) => [entryOf(`at ${instant}`, ref, { at: instant })]
    expect(await refusalOf(store, commitOf({ receipt: later, journal: at(999) }))).toEqual(
      receiptExists(receipt),
    )
    await stand(store, commitOf({ receipt: later, journal: at(1000) }))
    expect(await answer(store.receipt('k'))).toEqual(later)
  })

  it('answers a receipt that has expired as long as nothing replaces it', async () => {
    const { store } = given()
    await stand(store, commitOf({ receipt: { ...receipt, expiresAt: 0 } }))
    expect((await answer(store.receipt('k')))?.expiresAt).toBe(0)
  })

  it('gives successive numbers, beginning with the floor', async () => {
    const { store } = given()
    const take = (count: number, floor: number) =>
      answer(store.allocate({ sequence: 's', count, floor }))
    expect(await take(1, 100)).toBe(100)
    expect(await take(3, 100)).toBe(101)
    expect(await take(1, 100)).toBe(104)
  })

  it('leaps to a floor that has risen and never falls back', async () => {
    const { store } = given()
    const take = (floor: number) => answer(store.allocate({ sequence: 's', count: 2, floor }))
    expect(await take(1)).toBe(1)
    expect(await take(50)).toBe(50)
    expect(await take(1)).toBe(52)
  })

  it('counts each sequence by itself', async () => {
    const { store } = given()
    expect(await answer(store.allocate({ sequence: 's', count: 9, floor: 1 }))).toBe(1)
    expect(await answer(store.allocate({ sequence: 'r', count: 1, floor: 1 }))).toBe(1)
  })

  it('says which number comes next without taking it', async () => {
    const { store } = given()
    expect(await answer(store.upcoming('s'))).toBeUndefined()
    await answer(store.allocate({ sequence: 's', count: 3, floor: 7 }))
    expect(await answer(store.upcoming('s'))).toBe(10)
    expect(await answer(store.upcoming('s'))).toBe(10)
    expect(await answer(store.upcoming('r'))).toBeUndefined()
    expect(await answer(store.allocate({ sequence: 's', count: 1, floor: 1 }))).toBe(10)
  })

  it('never gives a number to two that ask at once', async () => {
    const { store } = given()
    const firsts = await Promise.all(
      Array.from({ length: 30 }, () =>
        answer(store.allocate({ sequence: 's', count: 3, floor: 1 })),
      ),
    )
    const expected = Array.from({ length: 30 }, (_, n) => 1 + 3 * n)
    expect(firsts.toSorted((a, b) => a - b)).toEqual(expected)
  })
}
