import type { State } from '@signalbox/core'
import type { StateQuery, Store } from '@signalbox/core/store'
import { expect, it } from 'vitest'
import { answer, everyPage, refOf, stand, stateOf, writing } from './given.ts'
import type { Given } from './given.ts'

const words = ['ON', 'OFF', 'ERROR']

/** Pages of states and their filters. */
export const listCases = (given: Given): void => {
  it('lists a provider in order of tenant and id', async () => {
    const { store } = given()
    const refs = [refOf('b', 'y'), refOf('a', 'y'), refOf('c', 'x'), refOf('a', 'z', 'rival')]
    await stand(store, writing(refs.map((ref) => stateOf(ref))))
    expect(await names(store, {})).toEqual(['x/c', 'y/a', 'y/b'])
    expect(await names(store, { provider: 'rival' })).toEqual(['z/a'])
    expect(await names(store, { provider: 'none' })).toEqual([])
  })

  it('answers whole states', async () => {
    const { store } = given()
    const state = stateOf(refOf('a'), { labels: { l: 'v' }, context: { deep: [{ x: 1 }] } })
    await stand(store, writing([state]))
    expect(await answer(store.list({ provider: 'demo', limit: 5 }))).toEqual({
      items: [state],
      next: undefined,
    })
  })

  it('leads on by a cursor only when there is more', async () => {
    const { store } = given()
    await stand(store, writing(['a', 'b', 'c', 'd'].map((id) => stateOf(refOf(id)))))
    const first = await answer(store.list({ provider: 'demo', limit: 2 }))
    expect(first.items.map(({ ref }) => ref.id)).toEqual(['a', 'b'])
    const last = await answer(store.list({ provider: 'demo', limit: 2, after: first.next ?? '' }))
    expect(last.items.map(({ ref }) => ref.id)).toEqual(['c', 'd'])
    expect(last.next).toBeUndefined()
  })

  it('filters by tenant, lifecycle and status, in every combination, page by page', async () => {
    const { store } = given()
    const states = await fleet(store)
    for (const tenant of [undefined, 't1'])
      for (const lifecycle of [undefined, 'demo/two'])
        for (const statuses of [undefined, ['ON'], ['OFF', 'ERROR', 'OFF'], [], ['none']]) {
          const query = {
            ...(tenant === undefined ? {} : { tenant }),
            ...(lifecycle === undefined ? {} : { lifecycle }),
            ...(statuses === undefined ? {} : { statuses }),
          }
          const expected = states.filter(
            (state) =>
              !state.done &&
              (tenant ?? state.ref.tenant) === state.ref.tenant &&
              (lifecycle ?? state.lifecycle) === state.lifecycle &&
              (statuses ?? words).includes(state.status),
          )
          expect(await names(store, query, 7)).toEqual(expected.map(nameOf))
        }
  })

  it('filters by label, also with a tenant and statuses, page by page', async () => {
    const { store } = given()
    const states = await fleet(store)
    for (const done of ['exclude', 'include', 'only'] as const)
      for (const tenant of [undefined, 't0'])
        for (const statuses of [undefined, ['OFF', 'ON']]) {
          const query = {
            done,
            label: { name: 'zone', value: 'z1' },
            ...(tenant === undefined ? {} : { tenant }),
            ...(statuses === undefined ? {} : { statuses }),
          }
          const expected = states.filter(
            (state) =>
              (done === 'include' || state.done === (done === 'only')) &&
              state.labels['zone'] === 'z1' &&
              (tenant ?? state.ref.tenant) === state.ref.tenant &&
              (statuses ?? words).includes(state.status),
          )
          expect(await names(store, query, 3)).toEqual(expected.map(nameOf))
        }
    expect(await names(store, { label: { name: 'zone', value: 'none' } })).toEqual([])
    expect(await names(store, { label: { name: 'z1', value: 'zone' } })).toEqual([])
  })

  it('follows the labels of a state as they change, come and go', async () => {
    const { store } = given()
    const ref = refOf('a')
    const having = async (name: string, value: string) =>
      (await names(store, { label: { name, value }, done: 'include' })).length
    const labels = [
      { x: '1', y: '1' },
      { x: '2', y: '1' },
      { y: '1' },
      {},
      { x: '1' },
    ] as ReadonlyArray<Record<string, string>>
    for (const [n, now] of labels.entries()) {
      await stand(store, writing([stateOf(ref, { revision: n + 1, labels: now, done: n === 2 })]))
      for (const name of ['x', 'y'])
        for (const value of ['1', '2'])
          expect(await having(name, value)).toBe(now[name] === value ? 1 : 0)
    }
  })

  it('follows the status of a state', async () => {
    const { store } = given()
    const ref = refOf('a')
    for (const [n, status] of ['ON', 'OFF', 'ON', 'ERROR'].entries()) {
      await stand(store, writing([stateOf(ref, { revision: n + 1, status })]))
      for (const word of words)
        expect(await names(store, { statuses: [word] })).toEqual(word === status ? ['acme/a'] : [])
    }
  })

  it('leaves out what is done unless asked for it', async () => {
    const { store } = given()
    await stand(
      store,
      writing([stateOf(refOf('a')), stateOf(refOf('b'), { done: true, labels: { l: 'v' } })]),
    )
    expect(await names(store, {})).toEqual(['acme/a'])
    expect(await names(store, { done: 'exclude' })).toEqual(['acme/a'])
    expect(await names(store, { done: 'include' })).toEqual(['acme/a', 'acme/b'])
    expect(await names(store, { done: 'only' })).toEqual(['acme/b'])
    expect(await names(store, { done: 'include', statuses: ['ON'] })).toEqual(['acme/a', 'acme/b'])
    expect(await answer(store.load(refOf('b')))).toMatchObject({ done: true })
  })

  it('lists a service again that was created in the place of one that is done', async () => {
    const { store } = given()
    const ref = refOf('a')
    const labels = { l: 'v' }
    await stand(store, writing([stateOf(ref, { labels })]))
    await stand(store, writing([stateOf(ref, { labels, revision: 2, done: true })]))
    expect(await names(store, { label: { name: 'l', value: 'v' } })).toEqual([])
    await stand(store, writing([stateOf(ref, { labels, revision: 3, generation: 2 })]))
    expect(await names(store, {})).toEqual(['acme/a'])
    expect(await names(store, { label: { name: 'l', value: 'v' } })).toEqual(['acme/a'])
    expect(await names(store, { done: 'only' })).toEqual([])
  })

  it('begins after an id of a tenant, and after the cursor as well', async () => {
    const { store } = given()
    const ids = ['a', 'b', 'c', 'd']
    await stand(
      store,
      writing([...ids.map((id) => stateOf(refOf(id))), stateOf(refOf('z', 'umbrella'))]),
    )
    const query = { provider: 'demo', tenant: 'acme', limit: 1 }
    const first = await answer(store.list({ ...query, afterId: 'a' }))
    expect(first.items.map(({ ref }) => ref.id)).toEqual(['b'])
    const second = await answer(store.list({ ...query, afterId: 'a', after: first.next ?? '' }))
    expect(second.items.map(({ ref }) => ref.id)).toEqual(['c'])
    const leap = await answer(store.list({ ...query, afterId: 'c', after: first.next ?? '' }))
    expect(leap.items.map(({ ref }) => ref.id)).toEqual(['d'])
    expect(leap.next).toBeUndefined()
    expect(await names(store, { tenant: 'acme', afterId: 'd' })).toEqual([])
    expect(await names(store, { tenant: 'acme', afterId: 'aa' })).toEqual([
      'acme/b',
      'acme/c',
      'acme/d',
    ])
  })

  it('places the cursor of all tenants in the list of one', async () => {
    const { store } = given()
    const refs = ['s', 't', 'u'].flatMap((tenant) => ['a', 'b'].map((id) => refOf(id, tenant)))
    await stand(store, writing(refs.map((ref) => stateOf(ref))))
    const { next: after = '' } = await answer(store.list({ provider: 'demo', limit: 3 }))
    const inTenant = async (tenant: string) =>
      (await answer(store.list({ provider: 'demo', tenant, after, limit: 9 }))).items.map(nameOf)
    expect(await inTenant('s')).toEqual([])
    expect(await inTenant('t')).toEqual(['t/b'])
    expect(await inTenant('u')).toEqual(['u/a', 'u/b'])
  })

  it('refuses a cursor that it never gave', async () => {
    const { store } = given()
    const answers = [
      await store.list({ provider: 'demo', limit: 1, after: 'no cursor' })(),
      await store.journal({ limit: 1, after: 'no cursor' })(),
      await store.effects({ limit: 1, after: '-1' })(),
    ]
    for (const either of answers)
      expect(either).toMatchObject({ _tag: 'Left', left: { _tag: 'StoreUnavailable' } })
  })

  it('pages through 10,000 states, exactly and without overlap, while others come and go', async () => {
    const { store } = given()
    const idOf = (n: number): string => `s${String(n).padStart(5, '0')}`
    const even = Array.from({ length: 10_000 }, (_, n) => idOf(2 * n))
    for (let from = 0; from < even.length; from += 500)
      await answer(
        store.commit(even.slice(from, from + 500).map((id) => writing([stateOf(refOf(id))]))),
      )
    const seen: Array<string> = []
    let after: string | undefined
    let turn = 0
    do {
      const page = await answer(
        store.list({ provider: 'demo', limit: 200, ...(after === undefined ? {} : { after }) }),
      )
      seen.push(...page.items.map(({ ref }) => ref.id))
      after = page.next
      // One comes behind the cursor and one before it; one that was seen goes, and the very last goes before it is.
      const place = 2 * 200 * (turn + 1)
      const last = idOf(2 * (9999 - turn))
      await answer(
        store.commit([
          writing([stateOf(refOf(idOf(place - 101)))]),
          writing([stateOf(refOf(idOf(place + 101)))]),
          writing([stateOf(refOf(idOf(place - 100)), { revision: 2, done: true })]),
          writing([stateOf(refOf(last), { revision: 2, done: true })]),
        ]),
      )
      turn += 1
    } while (after !== undefined && turn < 1000)
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toEqual(seen.toSorted())
    // Those that were there from the first page to the last were all seen.
    const steady = even.slice(0, 9999 - turn)
    const seenOnce = new Set(seen)
    expect(steady.filter((id) => !seenOnce.has(id))).toEqual([])
    // And those that came before the cursor in time were, too.
    expect(seenOnce.has(idOf(2 * 200 + 101))).toBe(true)
    expect(seenOnce.has(idOf(2 * 200 - 101))).toBe(false)
  }, 30_000)
}

// -- internals

const nameOf = ({ ref }: State): string => `${ref.tenant}/${ref.id}`

const names = async (
  store: Store,
  query: Partial<StateQuery>,
  limit = 1000,
): Promise<ReadonlyArray<string>> => {
  const pages = await everyPage((after) =>
    store.list({ provider: 'demo', ...query, limit, ...(after === undefined ? {} : { after }) }),
  )
  return pages.flat().map(nameOf)
}

// 120 states, in the order of the list, of every mixture of what can be asked for.
const fleet = async (store: Store): Promise<ReadonlyArray<State>> => {
  const states = Array.from({ length: 120 }, (_, n) =>
    stateOf(refOf(`s${String(n % 40).padStart(2, '0')}`, `t${Math.floor(n / 40)}`), {
      lifecycle: n % 5 === 0 ? 'demo/two' : 'demo/one',
      status: words[n % 3] ?? '',
      done: n % 4 === 0,
      labels: n % 7 === 0 ? {} : { zone: `z${n % 2}`, n: `${n}` },
    }),
  )
  await answer(store.commit(states.map((state) => writing([state])).toReversed()))
  return states
}
