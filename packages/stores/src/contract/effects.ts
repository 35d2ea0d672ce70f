import { effectSettled } from '@signalbox/core/store'
import type { Store } from '@signalbox/core/store'
import { expect, it } from 'vitest'
import {
  answer,
  commitOf,
  effectOf,
  everyPage,
  leaseAt,
  refOf,
  refusalOf,
  stand,
  stateOf,
  writing,
} from './given.ts'
import type { Given } from './given.ts'

const ref = refOf('a')

/** Leases of effects, their outcomes, and what a new generation does to them. */
export const effectCases = (given: Given): void => {
  it('leases an effect as it was stored', async () => {
    const { store } = given()
    const effect = effectOf('e', ref, { params: { nested: { list: [1, null] } } })
    await stand(store, commitOf({ effects: [effect] }))
    expect(await answer(store.leaseEffects(leaseAt(100)))).toEqual([
      { effect, work: 'leased', attempts: 0, notBefore: 100, error: undefined },
    ])
  })

  it('keeps the trace that an effect carries, and makes none up', async () => {
    const { store } = given()
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const traced = effectOf('e', ref, { trace: { traceparent, tracestate: 'vendor=1' } })
    const plain = effectOf('f', refOf('b'))
    await stand(store, commitOf({ effects: [traced, plain] }))
    expect((await answer(store.effect('e')))?.effect).toEqual(traced)
    expect((await answer(store.effect('f')))?.effect).toEqual(plain)
    const listed = await answer(store.effects({ limit: 10 }))
    expect(listed.items.map(({ effect }) => effect)).toEqual([traced, plain])
    const leases = await answer(store.leaseEffects(leaseAt(100)))
    expect(leases.map(({ effect }) => effect)).toEqual([traced, plain])
  })

  it('leases nothing before its instant', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: [effectOf('e', ref, { at: 100 })] }))
    expect(await answer(store.leaseEffects(leaseAt(99)))).toEqual([])
    expect(await leased(store, 100)).toEqual(['e'])
  })

  it('leases nothing that another holds', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: [effectOf('e', ref)] }))
    await answer(store.leaseEffects(leaseAt(100)))
    expect(await leased(store, 10_099, 'two')).toEqual([])
    expect(await leased(store, 10_099, 'one')).toEqual([])
  })

  it('lets another take over a lease that has expired', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: [effectOf('e', ref)] }))
    await answer(store.leaseEffects(leaseAt(100)))
    expect(await leased(store, 10_100, 'two')).toEqual(['e'])
    expect(await answer(store.renewEffects({ owner: 'one', ids: ['e'], until: 1e6 }))).toEqual([])
  })

  it('gives an effect to one of two that ask at once', async () => {
    const { store } = given()
    await stand(
      store,
      commitOf({ effects: Array.from({ length: 10 }, (_, n) => effectOf(`e${n}`, refOf(`${n}`))) }),
    )
    const [one = [], two = []] = await Promise.all([
      leased(store, 100, 'one', 7),
      leased(store, 100, 'two', 7),
    ])
    expect([...one, ...two].toSorted()).toEqual(Array.from({ length: 10 }, (_, n) => `e${n}`))
  })

  it('leases at most as many as asked for, those first that could be leased first', async () => {
    const { store } = given()
    const effects = [30, 10, 20].map((at) => effectOf(`at ${at}`, refOf(`${at}`), { at }))
    await stand(store, commitOf({ effects }))
    expect(await leased(store, 100, 'one', 2)).toEqual(['at 10', 'at 20'])
    expect(await leased(store, 100, 'one', 2)).toEqual(['at 30'])
  })

  it('prolongs a lease that is held and answers the ids that are', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: [effectOf('e', ref), effectOf('f', refOf('b'))] }))
    await answer(store.leaseEffects(leaseAt(100, { limit: 1 })))
    const ids = ['f', 'e', 'unknown']
    expect(await answer(store.renewEffects({ owner: 'one', ids, until: 50_000 }))).toEqual(['e'])
    expect(await answer(store.renewEffects({ owner: 'two', ids, until: 50_000 }))).toEqual([])
    expect(await leased(store, 49_999, 'two')).toEqual(['f'])
    expect(await leased(store, 50_000, 'two')).toEqual(['e'])
  })

  it('never shortens a lease by renewing it', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: [effectOf('e', ref)] }))
    await answer(store.leaseEffects(leaseAt(100)))
    expect(await answer(store.renewEffects({ owner: 'one', ids: ['e'], until: 200 }))).toEqual([
      'e',
    ])
    expect(await leased(store, 10_099, 'two')).toEqual([])
  })

  it('gives a deferred effect back, to be tried again later, and counts the attempt', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: [effectOf('e', ref)] }))
    for (const attempts of [1, 2]) {
      const now = attempts * 1000
      await answer(store.leaseEffects(leaseAt(now)))
      const notBefore = now + 500
      await answer(
        store.deferEffect({ effect: 'e', owner: 'one', notBefore, error: `${attempts}` }),
      )
      expect((await answer(store.effects({ limit: 1 }))).items).toEqual([
        { effect: effectOf('e', ref), work: 'pending', attempts, notBefore, error: `${attempts}` },
      ])
      expect(await leased(store, notBefore - 1, 'two')).toEqual([])
    }
    expect(await leased(store, 2500, 'two')).toEqual(['e'])
  })

  it('ignores a deferral by one that has lost the lease, and of what it never had', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: [effectOf('e', ref)] }))
    const defer = { effect: 'e', owner: 'one', notBefore: 1, error: 'x' }
    await answer(store.deferEffect(defer))
    await answer(store.leaseEffects(leaseAt(100)))
    await answer(store.leaseEffects(leaseAt(10_100, { owner: 'two' })))
    await answer(store.deferEffect(defer))
    await answer(store.deferEffect({ ...defer, effect: 'unknown' }))
    const { items } = await answer(store.effects({ limit: 1 }))
    expect(items[0]).toMatchObject({ work: 'leased', attempts: 0, error: undefined })
  })

  it('records each outcome and its message', async () => {
    const { store } = given()
    const outcomes = ['done', 'failed', 'unknown'] as const
    await stand(store, commitOf({ effects: outcomes.map((id) => effectOf(id, refOf(id))) }))
    await stand(
      store,
      commitOf({
        settles: outcomes.map((outcome) => ({
          effect: outcome,
          outcome,
          at: 200,
          ...(outcome === 'done' ? {} : { message: `it ${outcome}` }),
        })),
      }),
    )
    const { items } = await answer(store.effects({ limit: 10 }))
    expect(items.map(({ work, error }) => [work, error])).toEqual([
      ['done', undefined],
      ['failed', 'it failed'],
      ['unknown', 'it unknown'],
    ])
    expect(await leased(store, 1e9)).toEqual([])
  })

  it('records an outcome once, whoever reports it', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: [effectOf('e', ref)] }))
    const settles = [{ effect: 'e', outcome: 'done', at: 200 } as const]
    await stand(store, commitOf({ settles }))
    expect(await refusalOf(store, commitOf({ settles }))).toEqual(effectSettled('e'))
    expect(
      await refusalOf(store, commitOf({ settles: [{ effect: 'e', outcome: 'failed', at: 300 }] })),
    ).toEqual(effectSettled('e'))
    expect((await answer(store.effects({ limit: 1 }))).items[0]?.work).toBe('done')
  })

  it('refuses the second of two outcomes in one batch', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: [effectOf('e', ref)] }))
    const settles = [{ effect: 'e', outcome: 'done', at: 200 } as const]
    const results = await answer(store.commit([commitOf({ settles }), commitOf({ settles })]))
    expect(results.map((result) => result._tag)).toEqual(['Right', 'Left'])
  })

  it('takes an effect that it does not know as settled long ago', async () => {
    const { store } = given()
    expect(
      await refusalOf(store, commitOf({ settles: [{ effect: 'gone', outcome: 'done', at: 1 }] })),
    ).toEqual(effectSettled('gone'))
  })

  it('ends the lease of what is settled', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: [effectOf('e', ref)] }))
    await answer(store.leaseEffects(leaseAt(100)))
    await stand(store, commitOf({ settles: [{ effect: 'e', outcome: 'done', at: 200 }] }))
    expect(await answer(store.renewEffects({ owner: 'one', ids: ['e'], until: 1e6 }))).toEqual([])
    expect(await answer(store.nextWake())).toBeUndefined()
  })

  it('stores an effect once, however often it is committed', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: [effectOf('e', ref)] }))
    await stand(store, commitOf({ settles: [{ effect: 'e', outcome: 'done', at: 200 }] }))
    await stand(store, commitOf({ effects: [effectOf('e', ref, { type: 'other' })] }))
    const { items } = await answer(store.effects({ limit: 10 }))
    expect(items.map(({ effect, work }) => [effect.type, work])).toEqual([['provision', 'done']])
  })

  it('supersedes the open work of older generations of that service only', async () => {
    const { store } = given()
    await stand(
      store,
      writing([stateOf(ref)], {
        effects: [
          effectOf('settled', ref, { lane: 'x' }),
          effectOf('leased', ref, { lane: 'y' }),
          effectOf('pending', ref, { lane: 'z', at: 1e6 }),
          effectOf('new', ref, { generation: 2 }),
          effectOf('other', refOf('b'), { at: 1e6 }),
        ],
        settles: [{ effect: 'settled', outcome: 'done', at: 5 }],
      }),
    )
    expect(await leased(store, 100)).toEqual(['leased', 'new'])
    await stand(store, writing([stateOf(ref, { revision: 2, generation: 2 })]))
    const { items } = await answer(store.effects({ limit: 10 }))
    expect(Object.fromEntries(items.map(({ effect, work }) => [effect.id, work]))).toEqual({
      settled: 'done',
      leased: 'superseded',
      pending: 'superseded',
      new: 'leased',
      other: 'pending',
    })
    const ids = ['leased', 'new']
    expect(await answer(store.renewEffects({ owner: 'one', ids, until: 1e7 }))).toEqual(['new'])
    expect(await leased(store, 1e6, 'two')).toEqual(['other'])
  })

  it('keeps the work of a generation when its state is written again', async () => {
    const { store } = given()
    await stand(store, writing([stateOf(ref)], { effects: [effectOf('e', ref)] }))
    await stand(store, writing([stateOf(ref, { revision: 2 })]))
    expect(await leased(store, 100)).toEqual(['e'])
  })

  it('starts work that comes with the state of its generation', async () => {
    const { store } = given()
    await stand(store, writing([stateOf(ref)], { effects: [effectOf('old', ref)] }))
    await stand(
      store,
      writing([stateOf(ref, { revision: 2, generation: 2 })], {
        effects: [effectOf('new', ref, { generation: 2 })],
      }),
    )
    expect(await leased(store, 100)).toEqual(['new'])
  })

  it('still records the outcome of superseded work, once', async () => {
    const { store } = given()
    await stand(store, writing([stateOf(ref)], { effects: [effectOf('e', ref)] }))
    await stand(store, writing([stateOf(ref, { revision: 2, generation: 2 })]))
    const settles = [{ effect: 'e', outcome: 'done', at: 200 } as const]
    await stand(store, commitOf({ settles }))
    expect((await answer(store.effects({ limit: 1 }))).items[0]?.work).toBe('done')
    expect(await refusalOf(store, commitOf({ settles }))).toEqual(effectSettled('e'))
  })

  it('pages through effects, oldest first, all of them or the open ones of a service', async () => {
    const { store } = given()
    const ids = Array.from({ length: 9 }, (_, n) => `e${n}`)
    await stand(
      store,
      commitOf({
        effects: ids.map((id, n) => effectOf(id, refOf(`${n % 2}`), { lane: id })),
        settles: ['e0', 'e3'].map((effect) => ({ effect, outcome: 'done', at: 1 })),
      }),
    )
    const pages = async (query: { ref?: typeof ref; open?: boolean }) =>
      (
        await everyPage((after) =>
          store.effects({ ...query, limit: 2, ...(after === undefined ? {} : { after }) }),
        )
      ).map((page) => page.map(({ effect }) => effect.id))
    expect(await pages({})).toEqual([
      ['e0', 'e1'],
      ['e2', 'e3'],
      ['e4', 'e5'],
      ['e6', 'e7'],
      ['e8'],
    ])
    expect(await pages({ open: true, ref: refOf('0') })).toEqual([
      ['e2', 'e4'],
      ['e6', 'e8'],
    ])
    expect(await pages({ open: true })).toEqual([['e1', 'e2'], ['e4', 'e5'], ['e6', 'e7'], ['e8']])
    expect(await pages({ ref: refOf('1') })).toEqual([
      ['e1', 'e3'],
      ['e5', 'e7'],
    ])
    expect(await pages({ open: false, ref: refOf('1') })).toEqual([
      ['e1', 'e3'],
      ['e5', 'e7'],
    ])
    expect(await pages({ ref: refOf('none') })).toEqual([[]])
  })
}

// -- internals

const leased = async (
  store: Store,
  now: number,
  owner = 'one',
  limit = 100,
): Promise<ReadonlyArray<string>> =>
  (await answer(store.leaseEffects(leaseAt(now, { owner, limit })))).map(({ effect }) => effect.id)
