import { expect, it } from 'vitest'
import { answer, commitOf, deadlineOf, effectOf, leaseAt, refOf, stand } from './given.ts'
import type { Given } from './given.ts'

const ref = refOf('a')

/** What an operator is told of a store. */
export const diagnosisCases = (given: Given): void => {
  it('tells of a store in which nothing waits', async () => {
    const { store } = given()
    const { schema, clock, ...work } = await answer(store.diagnose(1000))
    expect(work).toMatchObject({
      effects: { pending: 0, leased: 0, parked: 0, failed: 0, unknown: 0 },
      due: { count: 0, since: undefined },
      overdue: { count: 0, since: undefined },
    })
    expect(work.bound).toBeGreaterThanOrEqual(1000)
    expect(schema?.version).toBe(schema?.known)
    expect(['undefined', 'number']).toContain(typeof clock)
  })

  it('counts effects by the state of their work', async () => {
    const { store } = given()
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l']
    await stand(
      store,
      commitOf({
        effects: ids.map((id) => effectOf(id, refOf(id), { at: id < 'd' ? 100 : 900 })),
        settles: [
          { effect: 'd', outcome: 'done', at: 1 },
          { effect: 'e', outcome: 'failed', at: 1 },
          { effect: 'f', outcome: 'unknown', at: 1 },
          { effect: 'g', outcome: 'unknown', at: 1 },
        ],
        parks: ['h', 'i'].map((effect) => ({ effect, at: 1, error: 'gave up' })),
      }),
    )
    await answer(store.leaseEffects(leaseAt(100)))
    expect((await answer(store.diagnose(100))).effects).toEqual({
      pending: 3,
      leased: 3,
      parked: 2,
      failed: 1,
      unknown: 2,
    })
  })

  it('tells how many effects could be leased by an instant, and since when', async () => {
    const { store } = given()
    await stand(
      store,
      commitOf({
        effects: [
          effectOf('a', refOf('a'), { at: 100 }),
          effectOf('behind', refOf('a'), { at: 50 }),
          effectOf('b', refOf('b'), { at: 200 }),
          effectOf('c', refOf('c'), { at: 300 }),
          effectOf('parked', refOf('d'), { at: 10 }),
        ],
        parks: [{ effect: 'parked', at: 10, error: 'gave up' }],
      }),
    )
    const due = async (at: number) => (await answer(store.diagnose(at))).due
    expect(await due(99)).toEqual({ count: 0, since: undefined })
    expect(await due(200)).toEqual({ count: 2, since: 100 })
    await answer(store.leaseEffects(leaseAt(100)))
    expect(await due(10_099)).toEqual({ count: 2, since: 200 })
    expect(await due(10_100)).toEqual({ count: 3, since: 200 })
  })

  it('tells how many deadlines are overdue, whoever has leased them, and since when', async () => {
    const { store } = given()
    const armed = [
      { ref, deadline: deadlineOf('x', 500) },
      { ref, deadline: deadlineOf('y', 600) },
      { ref: refOf('b', 'acme', 'rival'), deadline: deadlineOf('x', 400) },
      { ref: refOf('b', 'acme', 'third'), deadline: deadlineOf('x', 900) },
    ]
    await stand(store, commitOf({ armed }))
    await answer(store.leaseDeadlines(leaseAt(450)))
    const overdue = async (at: number) => (await answer(store.diagnose(at))).overdue
    expect(await overdue(399)).toEqual({ count: 0, since: undefined })
    expect(await overdue(500)).toEqual({ count: 2, since: 400 })
    expect(await overdue(1000)).toEqual({ count: 4, since: 400 })
    await stand(store, commitOf({ cancelled: [{ ref: refOf('b', 'acme', 'rival'), name: 'x' }] }))
    expect(await overdue(1000)).toEqual({ count: 3, since: 500 })
  })
}
