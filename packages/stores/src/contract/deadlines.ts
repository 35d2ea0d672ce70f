import type { ServiceRef } from '@signalbox/core'
import type { Store } from '@signalbox/core/store'
import { expect, it } from 'vitest'
import { answer, commitOf, deadlineOf, leaseAt, refOf, stand } from './given.ts'
import type { Given } from './given.ts'

const ref = refOf('a')

/** Deadlines: armed, due, leased and closed. */
export const deadlineCases = (given: Given): void => {
  it('leases a deadline from its due time on', async () => {
    const { store } = given()
    await arm(store, ref, 'expires', 500, 3)
    expect(await answer(store.leaseDeadlines(leaseAt(499)))).toEqual([])
    expect(await answer(store.leaseDeadlines(leaseAt(500)))).toEqual([
      { ref, name: 'expires', dueAt: 500, generation: 3 },
    ])
  })

  it('leases a deadline to one of two that ask at once', async () => {
    const { store } = given()
    await arm(store, ref, 'expires', 500)
    const answers = await Promise.all([leased(store, 600), leased(store, 600, 'two')])
    expect(answers.flat()).toEqual(['expires'])
  })

  it('leases a deadline again when its lease has expired', async () => {
    const { store } = given()
    await arm(store, ref, 'expires', 500)
    await leased(store, 500)
    expect(await leased(store, 10_499, 'two')).toEqual([])
    expect(await leased(store, 10_500, 'two')).toEqual(['expires'])
  })

  it('leases in order of due time, at most as many as asked for', async () => {
    const { store } = given()
    await arm(store, refOf('c'), 'third', 300)
    await arm(store, refOf('a'), 'first', 100)
    await arm(store, refOf('b'), 'second', 200)
    expect(await leased(store, 1000, 'one', 2)).toEqual(['first', 'second'])
    expect(await leased(store, 1000, 'one', 2)).toEqual(['third'])
  })

  it('moves a deadline that is armed again, and ends its lease', async () => {
    const { store } = given()
    await arm(store, ref, 'expires', 100, 1)
    await leased(store, 100)
    await arm(store, ref, 'expires', 700, 2)
    expect(await answer(store.nextWake())).toBe(700)
    expect(await leased(store, 699)).toEqual([])
    expect(await answer(store.leaseDeadlines(leaseAt(700)))).toEqual([
      { ref, name: 'expires', dueAt: 700, generation: 2 },
    ])
  })

  it('forgets a deadline that is cancelled, leased or not', async () => {
    const { store } = given()
    await arm(store, ref, 'expires', 100)
    await arm(store, ref, 'warns', 200)
    await leased(store, 100)
    await stand(
      store,
      commitOf({
        cancelled: [
          { ref, name: 'expires' },
          { ref, name: 'never armed' },
        ],
      }),
    )
    expect(await answer(store.nextWake())).toBe(200)
    await stand(store, commitOf({ cancelled: [{ ref, name: 'warns' }] }))
    expect(await answer(store.nextWake())).toBeUndefined()
    expect(await leased(store, 1e9)).toEqual([])
  })

  it('arms what one commit both cancels and arms', async () => {
    const { store } = given()
    await arm(store, ref, 'expires', 100)
    await stand(
      store,
      commitOf({
        cancelled: [{ ref, name: 'expires' }],
        armed: [{ ref, deadline: deadlineOf('expires', 900) }],
      }),
    )
    expect(await answer(store.nextWake())).toBe(900)
  })

  it('keeps deadlines of one name apart by their services', async () => {
    const { store } = given()
    await arm(store, refOf('a'), 'expires', 100)
    await arm(store, refOf('b'), 'expires', 200)
    await stand(store, commitOf({ cancelled: [{ ref: refOf('a'), name: 'expires' }] }))
    expect(await leased(store, 1000)).toEqual(['expires'])
  })

  it('keeps the fraction of an instant', async () => {
    const { store } = given()
    await arm(store, ref, 'expires', 100.5)
    expect(await leased(store, 100.25)).toEqual([])
    expect((await answer(store.leaseDeadlines(leaseAt(100.5))))[0]?.dueAt).toBe(100.5)
  })

  it('wakes for the earliest deadline, and for the end of its lease once it is leased', async () => {
    const { store } = given()
    await arm(store, refOf('a'), 'expires', 300)
    await arm(store, refOf('b'), 'expires', 50_000)
    expect(await answer(store.nextWake())).toBe(300)
    await leased(store, 400)
    expect(await answer(store.nextWake())).toBe(10_400)
  })

  it('names the overdue services once each, in order of their earliest due time', async () => {
    const { store } = given()
    await arm(store, refOf('late'), 'x', 300)
    await arm(store, refOf('twice'), 'x', 250)
    await arm(store, refOf('twice'), 'y', 100)
    await arm(store, refOf('never'), 'x', 401)
    await arm(store, refOf('tie'), 'x', 100)
    await arm(store, refOf('other', 'umbrella'), 'x', 200)
    await arm(store, refOf('foreign', 'acme', 'rival'), 'x', 50)
    const overdue = async (limit: number, tenant?: string): Promise<ReadonlyArray<string>> =>
      (
        await answer(
          store.overdue({
            provider: 'demo',
            at: 400,
            limit,
            ...(tenant === undefined ? {} : { tenant }),
          }),
        )
      ).map(({ id }) => id)
    expect(await overdue(10)).toEqual(['tie', 'twice', 'other', 'late'])
    expect(await overdue(2)).toEqual(['tie', 'twice'])
    expect(await overdue(10, 'acme')).toEqual(['tie', 'twice', 'late'])
    expect(await overdue(10, 'nobody')).toEqual([])
  })

  it('counts the due instant itself as overdue, and a leased deadline too', async () => {
    const { store } = given()
    await arm(store, ref, 'expires', 100)
    const at = async (instant: number) =>
      answer(store.overdue({ provider: 'demo', at: instant, limit: 10 }))
    expect(await at(99)).toEqual([])
    expect(await at(100)).toEqual([ref])
    await leased(store, 100)
    expect(await at(100)).toEqual([ref])
  })
}

// -- internals

const arm = async (
  store: Store,
  of: ServiceRef,
  name: string,
  dueAt: number,
  generation = 1,
): Promise<void> => {
  await stand(
    store,
    commitOf({ armed: [{ ref: of, deadline: deadlineOf(name, dueAt, generation) }] }),
  )
}

const leased = async (
  store: Store,
  now: number,
  owner = 'one',
  limit = 100,
): Promise<ReadonlyArray<string>> =>
  (await answer(store.leaseDeadlines(leaseAt(now, { owner, limit })))).map(({ name }) => name)
