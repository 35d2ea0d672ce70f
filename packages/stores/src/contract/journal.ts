import type { JournalQuery, Store } from '@signalbox/core/store'
import { expect, it } from 'vitest'
import {
  answer,
  commitOf,
  commitOne,
  effectOf,
  entryOf,
  everyPage,
  refOf,
  stand,
  stateOf,
  writing,
} from './given.ts'
import type { Given } from './given.ts'

const ref = refOf('a')

/** The order of the journal, its cursor and its filters. */
export const journalCases = (given: Given): void => {
  it('answers entries as they were written, in the order in which they were', async () => {
    const { store } = given()
    const rich = entryOf('b', ref, {
      actor: { id: 'ops', roles: ['operator'] },
      request: 'r-1',
      effects: ['e1'],
      reasons: [{ guard: 'ready', words: 'not yet' }],
      detail: { nested: { list: [1, 2] } },
    })
    await stand(store, commitOf({ journal: [entryOf('a', ref), rich] }))
    await stand(store, commitOf({ journal: [entryOf('c', ref)] }))
    const { entries } = await answer(store.journal({ limit: 10 }))
    expect(entries.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    expect(entries[1]).toEqual({ ...rich, cursor: entries[1]?.cursor })
  })

  it('keeps the order of commits in a batch', async () => {
    const { store } = given()
    const ids = Array.from({ length: 12 }, (_, n) => `e${n}`)
    await answer(store.commit(ids.map((id) => commitOf({ journal: [entryOf(id, ref)] }))))
    expect(await idsOf(store, { limit: 100 })).toEqual(ids)
  })

  it('resumes after each cursor it has given', async () => {
    const { store } = given()
    const ids = Array.from({ length: 7 }, (_, n) => `e${n}`)
    await stand(store, commitOf({ journal: ids.map((id) => entryOf(id, ref)) }))
    const { entries } = await answer(store.journal({ limit: 100 }))
    for (const [index, { cursor }] of entries.entries())
      expect(await idsOf(store, { after: cursor, limit: 100 })).toEqual(ids.slice(index + 1))
  })

  it('answers with the cursor behind all that there is when asked for the end', async () => {
    const { store } = given()
    const end = { latest: true, limit: 1 } as const
    expect(await answer(store.journal(end))).toEqual({
      entries: [],
      cursor: undefined,
      more: false,
    })
    await stand(store, commitOf({ journal: ['a', 'b', 'c'].map((id) => entryOf(id, ref)) }))
    const { entries, cursor, more } = await answer(store.journal(end))
    expect({ entries, more }).toEqual({ entries: [], more: false })
    if (cursor === undefined) throw new Error('the journal has no end')
    expect(await idsOf(store, { after: cursor, limit: 10 })).toEqual([])
    await stand(store, commitOf({ journal: [entryOf('d', ref)] }))
    expect(await idsOf(store, { after: cursor, limit: 10 })).toEqual(['d'])
  })

  it('answers a commit with the cursor that follows its last entry', async () => {
    const { store } = given()
    const { cursor } = await stand(
      store,
      commitOf({ journal: [entryOf('a', ref), entryOf('b', ref)] }),
    )
    await stand(store, commitOf({ journal: [entryOf('c', ref)] }))
    if (cursor === undefined) throw new Error('the commit has no cursor')
    expect(await idsOf(store, { after: cursor, limit: 10 })).toEqual(['c'])
  })

  it('answers a commit without entries with no cursor', async () => {
    const { store } = given()
    expect((await stand(store, writing([stateOf(ref)]))).cursor).toBeUndefined()
  })

  it('says whether there is more', async () => {
    const { store } = given()
    await stand(store, commitOf({ journal: ['a', 'b', 'c'].map((id) => entryOf(id, ref)) }))
    const first = await answer(store.journal({ limit: 2 }))
    expect(first.more).toBe(true)
    expect(first.cursor).toBe(first.entries[1]?.cursor)
    const last = await answer(store.journal({ limit: 2, after: first.cursor ?? '' }))
    expect(last.entries.map(({ id }) => id)).toEqual(['c'])
    expect(last.more).toBe(false)
  })

  it('stays where it was when there is nothing new, so that a reader can wait', async () => {
    const { store } = given()
    expect(await answer(store.journal({ limit: 5 }))).toEqual({
      entries: [],
      cursor: undefined,
      more: false,
    })
    const { cursor } = await stand(store, commitOf({ journal: [entryOf('a', ref)] }))
    if (cursor === undefined) throw new Error('the commit has no cursor')
    expect(await answer(store.journal({ limit: 5, after: cursor }))).toEqual({
      entries: [],
      cursor,
      more: false,
    })
    await stand(store, commitOf({ journal: [entryOf('b', ref)] }))
    expect(await idsOf(store, { after: cursor, limit: 5 })).toEqual(['b'])
  })

  it('skips no entry and shows none twice while others write, refused commits among them', async () => {
    const { store } = given()
    const seen: Array<string> = []
    let after: string | undefined
    const read = async (): Promise<void> => {
      const page = await answer(
        store.journal({ limit: 5, ...(after === undefined ? {} : { after }) }),
      )
      seen.push(...page.entries.map(({ id }) => id))
      after = page.cursor
    }
    const write = async (n: number): Promise<void> => {
      await answer(
        store.commit([
          commitOf({ journal: [entryOf(`${n}.a`, ref), entryOf(`${n}.b`, ref)] }),
          writing([stateOf(ref, { revision: 9 })], { journal: [entryOf(`${n}.no`, ref)] }),
        ]),
      )
    }
    for (let n = 0; n < 40; n += 1) await Promise.all([write(n), read()])
    for (let left = 0; left < 20; left += 1) await read()
    const expected = Array.from({ length: 40 }, (_, n) => [`${n}.a`, `${n}.b`]).flat()
    expect(seen).toEqual(expected)
  })

  it('filters by service, provider and tenant, and by two of them', async () => {
    const { store } = given()
    const refs = [
      refOf('1', 'acme', 'demo'),
      refOf('2', 'acme', 'demo'),
      refOf('1', 'umbrella', 'demo'),
      refOf('1', 'acme', 'rival'),
    ]
    for (let turn = 0; turn < 3; turn += 1)
      for (const [n, one] of refs.entries())
        await stand(store, commitOf({ journal: [entryOf(`${turn}.${n}`, one)] }))
    const of = async (query: Omit<JournalQuery, 'limit'>): Promise<ReadonlyArray<string>> =>
      idsOf(store, { ...query, limit: 100 })
    expect(await of({ ref: refs[1] ?? ref })).toEqual(['0.1', '1.1', '2.1'])
    expect(await of({ provider: 'rival' })).toEqual(['0.3', '1.3', '2.3'])
    expect(await of({ provider: 'demo', tenant: 'acme' })).toEqual([
      '0.0',
      '0.1',
      '1.0',
      '1.1',
      '2.0',
      '2.1',
    ])
    expect(await of({ tenant: 'acme' })).toEqual([
      '0.0',
      '0.1',
      '0.3',
      '1.0',
      '1.1',
      '1.3',
      '2.0',
      '2.1',
      '2.3',
    ])
    expect(await of({ tenant: 'nobody' })).toEqual([])
    expect(await of({ provider: 'rival', ref: refs[0] ?? ref })).toEqual([])
  })

  it('tells all that happened to a service, before it was first stored too, however much it is', async () => {
    const { store } = given()
    const turns = Array.from({ length: 150 }, (_, turn) => `${turn}`)
    for (const turn of turns) {
      const revision = Number(turn) - 49
      await stand(
        store,
        commitOf({
          states:
            revision < 1 ? [] : [{ state: stateOf(ref, { revision }), expected: revision - 1 }],
          journal: [entryOf(turn, ref), entryOf(`other ${turn}`, refOf('b'))],
          effects: [effectOf(turn, ref), effectOf(`other ${turn}`, refOf('b'))],
          settles: [{ effect: turn, outcome: 'done', at: 150 }],
        }),
      )
    }
    for (const limit of [1, 40, 150, 1000]) {
      const effects = await everyPage((after) =>
        store.effects({ ref, work: 'done', limit, ...(after !== undefined && { after }) }),
      )
      expect(effects.flat().map(({ effect }) => effect.id)).toEqual(turns)
      const seen: Array<string> = []
      let page = await answer(store.journal({ ref, limit }))
      seen.push(...page.entries.map(({ id }) => id))
      while (page.more) {
        page = await answer(store.journal({ ref, limit, after: page.cursor ?? '' }))
        seen.push(...page.entries.map(({ id }) => id))
      }
      expect(seen).toEqual(turns)
    }
  })

  it('pages through a filter without skipping', async () => {
    const { store } = given()
    for (let n = 0; n < 30; n += 1)
      await commitOne(store, commitOf({ journal: [entryOf(`${n}`, refOf('1', `t${n % 3}`))] }))
    const seen: Array<string> = []
    let page = await answer(store.journal({ tenant: 't1', limit: 4 }))
    seen.push(...page.entries.map(({ id }) => id))
    while (page.more) {
      page = await answer(store.journal({ tenant: 't1', limit: 4, after: page.cursor ?? '' }))
      seen.push(...page.entries.map(({ id }) => id))
    }
    expect(seen).toEqual(Array.from({ length: 10 }, (_, n) => `${3 * n + 1}`))
  })
}

// -- internals

const idsOf = async (store: Store, query: JournalQuery): Promise<ReadonlyArray<string>> =>
  (await answer(store.journal(query))).entries.map(({ id }) => id)
