import type { Store } from '@signalbox/core/store'
import { expect, it } from 'vitest'
import { answer, commitOf, effectOf, leaseAt, refOf, stand, stateOf, writing } from './given.ts'
import type { Given } from './given.ts'

const ref = refOf('a')

/** One effect of a lane at a time, and when to look next. */
export const laneCases = (given: Given): void => {
  it('leases the oldest of a lane only, until it is settled', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: ['a', 'b', 'c'].map((id) => effectOf(id, ref)) }))
    const order: Array<string> = []
    for (let turn = 0; turn < 3; turn += 1) {
      const ids = await leased(store, 100)
      expect(ids).toHaveLength(1)
      expect(await leased(store, 100)).toEqual([])
      order.push(...ids)
      await settle(store, ids[0] ?? '')
    }
    expect(order).toEqual(['a', 'b', 'c'])
  })

  it('runs the lanes of a service and the services beside each other', async () => {
    const { store } = given()
    await stand(
      store,
      commitOf({
        effects: [
          effectOf('a', ref),
          effectOf('b', ref, { lane: 'certificates' }),
          effectOf('c', refOf('other')),
          effectOf('d', refOf('a', 'umbrella')),
          effectOf('e', refOf('a', 'acme', 'rival')),
          effectOf('f', ref),
        ],
      }),
    )
    expect(await leased(store, 100)).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('keeps a lane closed while its oldest waits for another attempt', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: [effectOf('a', ref), effectOf('b', ref)] }))
    await leased(store, 100)
    await answer(store.deferEffect({ effect: 'a', owner: 'one', notBefore: 5000, error: 'busy' }))
    expect(await leased(store, 4999)).toEqual([])
    expect(await leased(store, 5000)).toEqual(['a'])
  })

  it('keeps a lane closed when the lease of its oldest has expired: only that one can be taken', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: [effectOf('a', ref), effectOf('b', ref)] }))
    await leased(store, 100)
    expect(await leased(store, 20_000, 'two')).toEqual(['a'])
    expect(await leased(store, 20_000, 'three')).toEqual([])
  })

  it('opens a lane when what is before in it is superseded', async () => {
    const { store } = given()
    await stand(
      store,
      writing([stateOf(ref)], {
        effects: [
          effectOf('old', ref),
          effectOf('older', ref, { lane: 'other' }),
          effectOf('new', ref, { generation: 2 }),
          effectOf('newer', ref, { generation: 2 }),
          effectOf('newest', ref, { generation: 2, lane: 'other' }),
        ],
      }),
    )
    await stand(store, writing([stateOf(ref, { revision: 2, generation: 2 })]))
    expect(await leased(store, 100)).toEqual(['new', 'newest'])
  })

  it('opens a lane again for what comes after all else in it was settled', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: [effectOf('a', ref)] }))
    await settle(store, 'a')
    await stand(store, commitOf({ effects: [effectOf('b', ref)] }))
    expect(await leased(store, 100)).toEqual(['b'])
  })

  it('opens the lane in order when one in its middle is settled first', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: ['a', 'b', 'c'].map((id) => effectOf(id, ref)) }))
    await settle(store, 'b')
    expect(await leased(store, 100)).toEqual(['a'])
    await settle(store, 'a')
    expect(await leased(store, 100)).toEqual(['c'])
  })

  it('leases the own effects of a commit to its host at once, the oldest of each lane', async () => {
    const { store } = given()
    const { leased: ids } = await stand(
      store,
      commitOf({
        effects: [
          effectOf('a', ref, { at: 900 }),
          effectOf('b', ref),
          effectOf('c', ref, { lane: 'other' }),
        ],
        lease: { owner: 'host', until: 2000 },
      }),
    )
    expect(ids).toEqual(['a', 'c'])
    expect(await leased(store, 1999)).toEqual([])
    expect(
      await answer(store.renewEffects({ owner: 'host', ids: ['a', 'b', 'c'], until: 2000 })),
    ).toEqual(['a', 'c'])
    expect(await leased(store, 2000)).toEqual(['a', 'c'])
  })

  it('leases nothing to a commit whose lane is not free', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: [effectOf('a', ref)] }))
    const lease = { owner: 'host', until: 2000 }
    expect((await stand(store, commitOf({ effects: [effectOf('b', ref)], lease }))).leased).toEqual(
      [],
    )
    expect(await leased(store, 100)).toEqual(['a'])
  })

  it('leases to a commit that settles what was before in the lane', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: [effectOf('a', ref)] }))
    const committed = await stand(
      store,
      commitOf({
        effects: [effectOf('b', ref)],
        settles: [{ effect: 'a', outcome: 'done', at: 100 }],
        lease: { owner: 'host', until: 2000 },
      }),
    )
    expect(committed.leased).toEqual(['b'])
  })

  it('wakes at the earliest instant at which something can be leased', async () => {
    const { store } = given()
    expect(await answer(store.nextWake())).toBeUndefined()
    await stand(
      store,
      commitOf({
        effects: [effectOf('a', ref, { at: 300 }), effectOf('b', refOf('b'), { at: 400 })],
      }),
    )
    expect(await answer(store.nextWake())).toBe(300)
    await leased(store, 300)
    expect(await answer(store.nextWake())).toBe(400)
    await leased(store, 400)
    expect(await answer(store.nextWake())).toBe(10_300)
    await answer(store.deferEffect({ effect: 'b', owner: 'one', notBefore: 700, error: 'x' }))
    expect(await answer(store.nextWake())).toBe(700)
    await settle(store, 'a')
    await settle(store, 'b')
    expect(await answer(store.nextWake())).toBeUndefined()
  })

  it('does not wake for what waits behind another in its lane', async () => {
    const { store } = given()
    await stand(
      store,
      commitOf({ effects: [effectOf('a', ref, { at: 500 }), effectOf('b', ref, { at: 100 })] }),
    )
    expect(await answer(store.nextWake())).toBe(500)
    await settle(store, 'a')
    expect(await answer(store.nextWake())).toBe(100)
  })
}

// -- internals

const leased = async (store: Store, now: number, owner = 'one'): Promise<ReadonlyArray<string>> =>
  (await answer(store.leaseEffects(leaseAt(now, { owner })))).map(({ effect }) => effect.id)

const settle = async (store: Store, effect: string): Promise<void> => {
  await stand(store, commitOf({ settles: [{ effect, outcome: 'done', at: 1000 }] }))
}
