import { effectSettled } from '@signalbox/core/store'
import type { Commit, EffectQuery, Store } from '@signalbox/core/store'
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

/** Effects that are given up until somebody looks at them, and how they are found and taken up again. */
export const parkingCases = (given: Given): void => {
  it('parks an effect that is leased: its lease ends, the attempt counts, the error stays', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: [effectOf('e', ref)] }))
    await leased(store, 100)
    await answer(store.deferEffect({ effect: 'e', owner: 'one', notBefore: 150, error: 'busy' }))
    await leased(store, 150)
    await stand(store, parking('e', 200))
    expect(await answer(store.effect('e'))).toEqual({
      effect: effectOf('e', ref),
      work: 'parked',
      attempts: 2,
      notBefore: 200,
      error: 'gave up',
    })
    expect(await answer(store.renewEffects({ owner: 'one', ids: ['e'], until: 1e6 }))).toEqual([])
    await answer(store.deferEffect({ effect: 'e', owner: 'one', notBefore: 1, error: 'late' }))
    expect((await answer(store.effect('e')))?.work).toBe('parked')
  })

  it('parks an effect that is pending, and one that comes with the same commit', async () => {
    const { store } = given()
    const lease = { owner: 'one', until: 2000 }
    await stand(store, commitOf({ effects: [effectOf('e', ref)] }))
    await stand(store, parking('e', 200))
    const { leased: own } = await stand(store, {
      ...parking('f', 200),
      effects: [effectOf('f', refOf('b')), effectOf('g', refOf('b'))],
      lease,
    })
    expect(own).toEqual([])
    expect(await worksOf(store)).toEqual({ e: 'parked', f: 'parked', g: 'pending' })
    expect(await leased(store, 1e6)).toEqual([])
  })

  it('never leases what is parked, nor what waits behind it in its lane', async () => {
    const { store } = given()
    const other = effectOf('other', ref, { lane: 'other' })
    await stand(store, commitOf({ effects: [effectOf('e', ref), effectOf('f', ref), other] }))
    await stand(store, parking('e', 200))
    expect(await leased(store, 1e9)).toEqual(['other'])
    const committed = await stand(
      store,
      commitOf({ effects: [effectOf('g', ref)], lease: { owner: 'one', until: 2e9 } }),
    )
    expect(committed.leased).toEqual([])
    expect(await leased(store, 1e9)).toEqual([])
  })

  it('keeps a lane closed behind what is parked when others of it are settled', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: ['e', 'f', 'g'].map((id) => effectOf(id, ref)) }))
    await stand(store, parking('e', 200))
    await settle(store, 'f')
    expect(await leased(store, 1e9)).toEqual([])
    expect(await answer(store.nextWake())).toBeUndefined()
  })

  it('stops a lane at what was parked in its middle once it comes to it', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: ['e', 'f', 'g'].map((id) => effectOf(id, ref)) }))
    await stand(store, parking('f', 200))
    expect(await leased(store, 300)).toEqual(['e'])
    await settle(store, 'e')
    expect(await leased(store, 1e9)).toEqual([])
    await stand(store, retrying('f', 500))
    expect(await leased(store, 500)).toEqual(['f'])
  })

  it('does not wake for what is parked', async () => {
    const { store } = given()
    const later = effectOf('later', refOf('b'), { at: 900 })
    await stand(store, commitOf({ effects: [effectOf('e', ref), later] }))
    await stand(store, parking('e', 200))
    expect(await answer(store.nextWake())).toBe(900)
    await settle(store, 'later')
    expect(await answer(store.nextWake())).toBeUndefined()
  })

  it('opens the lane when what is parked is settled', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: [effectOf('e', ref), effectOf('f', ref)] }))
    await stand(store, parking('e', 200))
    await settle(store, 'e')
    expect(await worksOf(store)).toEqual({ e: 'done', f: 'pending' })
    expect(await leased(store, 300)).toEqual(['f'])
  })

  it('supersedes what is parked, and opens its lane to the new generation', async () => {
    const { store } = given()
    await stand(store, writing([stateOf(ref)], { effects: [effectOf('e', ref)] }))
    await stand(store, parking('e', 200))
    await stand(
      store,
      writing([stateOf(ref, { revision: 2, generation: 2 })], {
        effects: [effectOf('f', ref, { generation: 2 })],
      }),
    )
    expect(await worksOf(store)).toEqual({ e: 'superseded', f: 'pending' })
    expect(await leased(store, 300)).toEqual(['f'])
    expect(await refusalOf(store, retrying('e', 400))).toEqual(effectSettled('e'))
  })

  it('supersedes what is before something parked, and leaves that parked', async () => {
    const { store } = given()
    await stand(
      store,
      writing([stateOf(ref)], {
        effects: [effectOf('e', ref), effectOf('f', ref, { generation: 2 })],
      }),
    )
    await stand(store, parking('f', 200))
    await stand(store, writing([stateOf(ref, { revision: 2, generation: 2 })]))
    expect(await worksOf(store)).toEqual({ e: 'superseded', f: 'parked' })
    expect(await leased(store, 1e9)).toEqual([])
  })

  it('makes what is parked pending again from an instant on, for whichever host comes first', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: [effectOf('e', ref), effectOf('f', ref)] }))
    await leased(store, 100)
    await stand(store, parking('e', 200))
    await stand(store, retrying('e', 700))
    expect(await answer(store.effect('e'))).toEqual({
      effect: effectOf('e', ref),
      work: 'pending',
      attempts: 0,
      notBefore: 700,
      error: 'gave up',
    })
    expect(await answer(store.nextWake())).toBe(700)
    expect(await leased(store, 699, 'two')).toEqual([])
    expect(await leased(store, 700, 'two')).toEqual(['e'])
    expect(await leased(store, 700, 'one')).toEqual([])
  })

  it('takes a lease away by a retry, and brings a wait to its end', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: [effectOf('e', ref), effectOf('f', refOf('b'))] }))
    await leased(store, 100)
    await answer(store.deferEffect({ effect: 'f', owner: 'one', notBefore: 9e6, error: 'busy' }))
    await stand(store, commitOf({ retries: ['e', 'f'].map((effect) => ({ effect, at: 300 })) }))
    expect(await answer(store.renewEffects({ owner: 'one', ids: ['e'], until: 1e6 }))).toEqual([])
    expect((await answer(store.effect('f')))?.attempts).toBe(0)
    expect(await leased(store, 300, 'two')).toEqual(['e', 'f'])
  })

  it('lets what is retried wait for its lane', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: [effectOf('e', ref), effectOf('f', ref)] }))
    await stand(store, retrying('f', 50))
    expect(await leased(store, 100)).toEqual(['e'])
    expect(await leased(store, 100)).toEqual([])
    await settle(store, 'e')
    expect(await leased(store, 50)).toEqual(['f'])
  })

  it('parks what was parked before and retries it again, in the order of the commits', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: [effectOf('e', ref)] }))
    await stand(store, parking('e', 200))
    await stand(store, parking('e', 300))
    expect(await answer(store.effect('e'))).toMatchObject({ attempts: 2, notBefore: 300 })
    await stand(store, { ...parking('e', 400), retries: [{ effect: 'e', at: 500 }] })
    expect(await leased(store, 500)).toEqual(['e'])
  })

  for (const [name, commit] of Object.entries({
    parks: (effect: string) => parking(effect, 300),
    retries: (effect: string) => retrying(effect, 300),
  }))
    it(`${name} nothing that is settled, superseded or unknown, and nothing else of the commit`, async () => {
      const { store } = given()
      await stand(
        store,
        writing([stateOf(ref)], {
          effects: [effectOf('settled', ref), effectOf('superseded', ref)],
          settles: [{ effect: 'settled', outcome: 'failed', at: 150 }],
        }),
      )
      await stand(store, writing([stateOf(ref, { revision: 2, generation: 2 })]))
      for (const effect of ['settled', 'superseded', 'unknown']) {
        const full = { ...commit(effect), effects: [effectOf('new', refOf('b'))] }
        expect(await refusalOf(store, full)).toEqual(effectSettled(effect))
      }
      expect(await worksOf(store)).toEqual({ settled: 'failed', superseded: 'superseded' })
    })

  it('finds an effect by its id', async () => {
    const { store } = given()
    await stand(store, commitOf({ effects: [effectOf('e', ref), effectOf('f', ref)] }))
    expect(await answer(store.effect('f'))).toEqual({
      effect: effectOf('f', ref),
      work: 'pending',
      attempts: 0,
      notBefore: 100,
      error: undefined,
    })
    expect(await answer(store.effect('unknown'))).toBeUndefined()
  })

  it('pages through the effects of a work, a provider and a tenant', async () => {
    const { store } = given()
    const refs = [refOf('a'), refOf('a', 'umbrella'), refOf('a', 'acme', 'rival')]
    const effects = Array.from({ length: 12 }, (_, n) =>
      effectOf(`e${n}`, refs[n % 3] ?? ref, { lane: `${n}` }),
    )
    await stand(
      store,
      commitOf({
        effects,
        settles: [0, 1, 2].map((n) => ({ effect: `e${n}`, outcome: 'failed', at: 150 })),
        parks: [3, 4, 5, 6, 7].map((n) => ({ effect: `e${n}`, at: 150, error: 'gave up' })),
      }),
    )
    await leased(store, 100, 'one', 1)
    const pages = async (query: Omit<EffectQuery, 'limit'>) =>
      (
        await everyPage((after) =>
          store.effects({ ...query, limit: 2, ...(after === undefined ? {} : { after }) }),
        )
      ).map((page) => page.map(({ effect }) => effect.id))
    expect(await pages({ work: 'parked' })).toEqual([['e3', 'e4'], ['e5', 'e6'], ['e7']])
    expect(await pages({ work: 'parked', provider: 'demo' })).toEqual([
      ['e3', 'e4'],
      ['e6', 'e7'],
    ])
    expect(await pages({ work: 'parked', tenant: 'acme' })).toEqual([['e3', 'e5'], ['e6']])
    expect(await pages({ work: 'failed', provider: 'demo', tenant: 'umbrella' })).toEqual([['e1']])
    expect(await pages({ work: 'pending' })).toEqual([['e9', 'e10'], ['e11']])
    expect(await pages({ work: 'leased' })).toEqual([['e8']])
    expect(await pages({ work: 'done' })).toEqual([[]])
    expect(await pages({ work: 'failed', open: true })).toEqual([[]])
    expect(await pages({ open: true, provider: 'rival' })).toEqual([['e5', 'e8'], ['e11']])
    expect(await pages({ provider: 'rival' })).toEqual([
      ['e2', 'e5'],
      ['e8', 'e11'],
    ])
    expect(await pages({ tenant: 'umbrella', ref })).toEqual([[]])
    expect(await pages({ work: 'parked', ref })).toEqual([['e3', 'e6']])
  })
}

// -- internals

const parking = (effect: string, at: number): Commit =>
  commitOf({ parks: [{ effect, at, error: 'gave up' }] })

const retrying = (effect: string, at: number): Commit => commitOf({ retries: [{ effect, at }] })

const settle = async (store: Store, effect: string): Promise<void> => {
  await stand(store, commitOf({ settles: [{ effect, outcome: 'done', at: 1000 }] }))
}

const leased = async (
  store: Store,
  now: number,
  owner = 'one',
  limit = 100,
): Promise<ReadonlyArray<string>> =>
  (await answer(store.leaseEffects(leaseAt(now, { owner, limit })))).map(({ effect }) => effect.id)

const worksOf = async (store: Store): Promise<unknown> => {
  const { items } = await answer(store.effects({ limit: 100 }))
  return Object.fromEntries(items.map(({ effect, work }) => [effect.id, work]))
}
