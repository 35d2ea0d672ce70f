import {
  claimTaken,
  documentConflict,
  effectSettled,
  quotaExceeded,
  receiptExists,
  revisionConflict,
} from '@signalbox/core/store'
import type { Commit, CommitFailure, Receipt, Store } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import {
  answer,
  commitOf,
  deadlineOf,
  effectOf,
  entryOf,
  refOf,
  refusalOf,
  stand,
  stateOf,
  writing,
} from './given.ts'
import type { Given } from './given.ts'

const ref = refOf('a')
const other = refOf('b')
const key = { provider: 'demo', kind: 'flavor', id: 'small' }
const receipt: Receipt = { key: 'taken', fingerprint: 'f', reply: { ok: true }, expiresAt: 1e6 }

/** Atomicity, compare-and-set and batches. */
export const commitCases = (given: Given): void => {
  it('loads a state as it was written', async () => {
    const { store } = given()
    const state = stateOf(ref, {
      value: { motor: { running: 'fast' }, lamp: 'off' },
      context: { nested: [1, null, { deep: true }], text: 'x', none: null, zero: 0, half: 0.5 },
      deadlines: [deadlineOf('expires', 50)],
      labels: { owner: 'seven' },
    })
    await stand(store, writing([state]))
    expect(await answer(store.load(ref))).toEqual(state)
  })

  it('knows no state that was never written', async () => {
    const { store } = given()
    expect(await answer(store.load(ref))).toBeUndefined()
  })

  it('tells services apart by each part of their ref', async () => {
    const { store } = given()
    const refs = [ref, other, refOf('a', 'umbrella'), refOf('a', 'acme', 'rival')]
    await stand(store, writing(refs.map((one) => stateOf(one, { context: { of: { ...one } } }))))
    for (const one of refs)
      expect((await answer(store.load(one)))?.context).toEqual({ of: { ...one } })
  })

  it('answers an empty batch with no answers', async () => {
    const { store } = given()
    expect(await answer(store.commit([]))).toEqual([])
  })

  it('lets an empty commit stand', async () => {
    const { store } = given()
    expect(await stand(store, commitOf({}))).toEqual({ cursor: undefined, leased: [] })
  })

  it('writes over the revision it was decided on', async () => {
    const { store } = given()
    await stand(store, writing([stateOf(ref)]))
    await stand(store, writing([stateOf(ref, { revision: 2, status: 'OFF' })]))
    expect((await answer(store.load(ref)))?.status).toBe('OFF')
  })

  it('refuses to write over another revision and names both', async () => {
    const { store } = given()
    await stand(store, writing([stateOf(ref, { revision: 1 })]))
    await stand(store, writing([stateOf(ref, { revision: 2 })]))
    const late = { state: stateOf(ref, { revision: 2, status: 'LATE' }), expected: 1 }
    expect(await refusalOf(store, commitOf({ states: [late] }))).toEqual(
      revisionConflict(ref, 1, 2),
    )
    expect((await answer(store.load(ref)))?.status).toBe('ON')
  })

  it('refuses to create over a service that exists', async () => {
    const { store } = given()
    await stand(store, writing([stateOf(ref)]))
    expect(await refusalOf(store, writing([stateOf(ref)]))).toEqual(revisionConflict(ref, 0, 1))
  })

  it('refuses to change a service that does not exist', async () => {
    const { store } = given()
    expect(await refusalOf(store, writing([stateOf(ref, { revision: 5 })]))).toEqual(
      revisionConflict(ref, 4, 0),
    )
    expect(await answer(store.load(ref))).toBeUndefined()
  })

  it('lets one of many commits over the same revision win', async () => {
    const { store } = given()
    await stand(store, writing([stateOf(ref)]))
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        answer(store.commit([writing([stateOf(ref, { revision: 2, context: { n } })])])),
      ),
    )
    expect(results.flat().filter(E.isRight)).toHaveLength(1)
    expect((await answer(store.load(ref)))?.revision).toBe(2)
  })

  it('answers each commit of a batch by itself and in order', async () => {
    const { store } = given()
    const results = await answer(
      store.commit([
        writing([stateOf(ref)]),
        writing([stateOf(ref)]),
        writing([stateOf(other)], { journal: [entryOf('j', other)] }),
      ]),
    )
    expect(results.map((result) => result._tag)).toEqual(['Right', 'Left', 'Right'])
    expect(await answer(store.load(other))).toBeDefined()
    expect((await answer(store.journal({ limit: 10 }))).entries).toHaveLength(1)
  })

  it('shows the earlier commits of a batch to the later ones', async () => {
    const { store } = given()
    const results = await answer(
      store.commit([1, 2, 3].map((revision) => writing([stateOf(ref, { revision })]))),
    )
    expect(results.every(E.isRight)).toBe(true)
    expect((await answer(store.load(ref)))?.revision).toBe(3)
  })

  it('shows nothing of a refused commit to the later ones of its batch', async () => {
    const { store } = given()
    const results = await answer(
      store.commit([
        commitOf({
          takes: [{ key: 'k', holder: 'loser' }],
          quotas: [
            { key: 'q', by: 1 },
            { key: 'q', by: 1, limit: 1 },
          ],
        }),
        commitOf({
          takes: [{ key: 'k', holder: 'winner' }],
          quotas: [{ key: 'q', by: 1, limit: 1 }],
        }),
      ]),
    )
    expect(results.map((result) => result._tag)).toEqual(['Left', 'Right'])
    expect(await answer(store.claim('k'))).toBe('winner')
    expect(await answer(store.quota('q'))).toBe(1)
  })

  it('keeps what it stored apart from the objects it was given', async () => {
    const { store } = given()
    const context = { list: [1] }
    await stand(store, writing([stateOf(ref, { context })]))
    context.list.push(2)
    expect((await answer(store.load(ref)))?.context).toEqual({ list: [1] })
  })

  const refusals: Record<
    CommitFailure['_tag'],
    { readonly parts: Partial<Commit>; readonly failure: CommitFailure }
  > = {
    RevisionConflict: {
      parts: { states: [{ state: stateOf(other, { revision: 9 }), expected: 8 }] },
      failure: revisionConflict(other, 8, 1),
    },
    ClaimTaken: {
      parts: { takes: [{ key: 'taken', holder: 'me' }] },
      failure: claimTaken('taken', 'them'),
    },
    QuotaExceeded: {
      parts: { quotas: [{ key: 'full', by: 1, limit: 2 }] },
      failure: quotaExceeded('full', 2),
    },
    EffectSettled: {
      parts: { settles: [{ effect: 'settled', outcome: 'done', at: 20 }] },
      failure: effectSettled('settled'),
    },
    DocumentConflict: {
      parts: { documents: [{ ...key, tenant: 'acme', body: { size: 2 }, expected: 0 }] },
      failure: documentConflict(key, 0, 1),
    },
    ReceiptExists: {
      parts: { receipt: { ...receipt, fingerprint: 'g' } },
      failure: receiptExists(receipt),
    },
  }

  for (const [tag, { parts, failure }] of Object.entries(refusals))
    it(`leaves nothing of a commit that is refused with ${tag}`, async () => {
      const { store } = given()
      await seed(store)
      const before = await everything(store)
      expect(await refusalOf(store, withParts(full, parts))).toEqual(failure)
      expect(await everything(store)).toEqual(before)
      // The same commit without the part that was refused stands, so that it was only that part.
      const harmless = { ...full, receipt: { ...receipt, key: 'free' } }
      await stand(store, harmless)
      expect(await everything(store)).not.toEqual(before)
    })

  for (const [tag, { parts }] of Object.entries(refusals))
    it(`lets the others of a batch stand when one is refused with ${tag}`, async () => {
      const { store } = given()
      await seed(store)
      const results = await answer(
        store.commit([
          commitOf({ journal: [entryOf('first', ref)] }),
          withParts(full, parts),
          commitOf({ journal: [entryOf('last', ref)] }),
        ]),
      )
      expect(results.map((result) => result._tag)).toEqual(['Right', 'Left', 'Right'])
      const { entries } = await answer(store.journal({ limit: 100 }))
      expect(entries.map(({ id }) => id)).toEqual(['seeded', 'first', 'last'])
    })
}

// -- internals

// Something of every kind, in each place where a refused commit could leave a trace.
const full: Commit = {
  states: [
    { state: stateOf(ref, { revision: 2, generation: 2, labels: { l: 'new' } }), expected: 1 },
  ],
  journal: [entryOf('new', ref)],
  effects: [effectOf('new', ref, { generation: 2 })],
  lease: { owner: 'me', until: 1e6 },
  settles: [{ effect: 'open', outcome: 'done', at: 20 }],
  parks: [{ effect: 'parkable', at: 20, error: 'gave up' }],
  retries: [{ effect: 'parked', at: 20 }],
  armed: [{ ref, deadline: deadlineOf('new', 70) }],
  cancelled: [{ ref, name: 'old' }],
  takes: [{ key: 'new', holder: 'me' }],
  releases: [{ key: 'mine', holder: 'me' }],
  quotas: [{ key: 'new', by: 1 }],
  documents: [{ provider: 'demo', kind: 'flavor', id: 'new', tenant: 'acme', body: {} }],
}

const withParts = (commit: Commit, parts: Partial<Commit>): Commit => ({
  ...commit,
  ...parts,
  states: [...commit.states, ...(parts.states ?? [])],
  settles: [...commit.settles, ...(parts.settles ?? [])],
  parks: [...commit.parks, ...(parts.parks ?? [])],
  retries: [...commit.retries, ...(parts.retries ?? [])],
  takes: [...commit.takes, ...(parts.takes ?? [])],
  quotas: [...commit.quotas, ...(parts.quotas ?? [])],
  documents: [...commit.documents, ...(parts.documents ?? [])],
})

const seed = async (store: Store): Promise<void> => {
  await stand(
    store,
    writing([stateOf(ref, { labels: { l: 'old' } }), stateOf(other)], {
      journal: [entryOf('seeded', ref)],
      effects: [
        effectOf('settled', ref),
        effectOf('open', ref),
        effectOf('parkable', other),
        effectOf('parked', other, { lane: 'other' }),
      ],
      settles: [{ effect: 'settled', outcome: 'failed', at: 15, message: 'no' }],
      parks: [{ effect: 'parked', at: 15, error: 'gave up' }],
      armed: [{ ref, deadline: deadlineOf('old', 60) }],
      takes: [
        { key: 'taken', holder: 'them' },
        { key: 'mine', holder: 'me' },
      ],
      quotas: [{ key: 'full', by: 2 }],
      documents: [{ ...key, tenant: 'acme', body: { size: 1 } }],
      receipt,
    }),
  )
}

const everything = async (store: Store): Promise<unknown> => ({
  states: await answer(store.list({ provider: 'demo', done: 'include', limit: 100 })),
  old: await answer(
    store.list({ provider: 'demo', label: { name: 'l', value: 'old' }, limit: 100 }),
  ),
  new: await answer(
    store.list({ provider: 'demo', label: { name: 'l', value: 'new' }, limit: 100 }),
  ),
  journal: await answer(store.journal({ limit: 100 })),
  effects: await answer(store.effects({ limit: 100 })),
  wake: await answer(store.nextWake()),
  overdue: await answer(store.overdue({ provider: 'demo', at: 65, limit: 100 })),
  claims: [
    await answer(store.claim('taken')),
    await answer(store.claim('mine')),
    await answer(store.claim('new')),
  ],
  quotas: [await answer(store.quota('full')), await answer(store.quota('new'))],
  documents: await answer(store.documents({ provider: 'demo', kind: 'flavor', limit: 100 })),
  receipts: [await answer(store.receipt('taken')), await answer(store.receipt('free'))],
})
