import type { ServiceRef } from '@signalbox/core'
import { emptyCommit } from '@signalbox/core/store'
import type { Commit, Store } from '@signalbox/core/store'
import * as fc from 'fast-check'
import { expect } from 'vitest'
import {
  answer,
  deadlineOf,
  effectOf,
  entryOf,
  everyPage,
  refOf,
  stateOf,
} from '../contract/given.ts'
import { memoryStore } from '../memory.ts'

// Few names, so that calls meet: on one service, in one lane, at one key.
const refs = [
  refOf('a'),
  refOf('b'),
  refOf('\u{1f600}'),
  refOf('\ufb00', 'umbrella'),
  refOf('a', 'umbrella'),
  refOf('a', 'acme', 'rival'),
]
const ref = fc.constantFrom(...refs)
const key = fc.constantFrom('k', 'l', '\u{1f600}')
const owner = fc.constantFrom('one', 'two')
const effectId = fc.integer({ min: 0, max: 7 }).map((n) => `e${n}`)
const instant = fc.integer({ min: 0, max: 60 })
const word = fc.constantFrom('ON', 'OFF', 'ERROR')
const works = ['pending', 'leased', 'parked', 'done', 'failed', 'unknown', 'superseded'] as const
const limit = fc.integer({ min: 1, max: 4 })
const few = <A>(one: fc.Arbitrary<A>) => fc.array(one, { maxLength: 2 })
// What is often refused is asked for seldom, or hardly any commit would stand.
const seldom = <A>(one: fc.Arbitrary<A>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: few(one) })

// A write says how far it is off from the revision that is stored, so that most of them stand.
const write = fc.record({
  ref,
  off: fc.constantFrom(0, 0, 0, 0, 1, -1),
  generation: fc.integer({ min: 1, max: 3 }),
  status: word,
  done: fc.constantFrom(false, false, false, true),
  labels: fc.constantFrom<Record<string, string>>({}, { x: '1' }, { x: '2' }, { x: '1', y: '1' }),
  lifecycle: fc.constantFrom('demo/one', 'demo/two'),
  at: instant,
})
type Write = typeof write extends fc.Arbitrary<infer A> ? A : never

const receipt = fc.record({
  key,
  fingerprint: fc.constantFrom('f', 'g'),
  reply: fc.constant({ ok: true }),
  expiresAt: instant,
})

const commit = fc.record({
  writes: few(write),
  rest: fc.record(
    {
      journal: few(
        fc.record({ ref, at: instant }).map(({ ref: of, at }) => entryOf('j', of, { at })),
      ),
      effects: few(
        fc
          .record({
            id: effectId,
            ref,
            lane: fc.constantFrom('main', 'other'),
            at: instant,
            generation: fc.integer({ min: 1, max: 3 }),
          })
          .map(({ id, ref: of, ...over }) => effectOf(id, of, over)),
      ),
      lease: fc.record({ owner, until: instant }),
      settles: seldom(
        fc.record(
          {
            effect: effectId,
            outcome: fc.constantFrom('done' as const, 'failed' as const, 'unknown' as const),
            at: instant,
            message: fc.constant('it failed'),
          },
          { requiredKeys: ['effect', 'outcome', 'at'] },
        ),
      ),
      parks: seldom(fc.record({ effect: effectId, at: instant, error: fc.constant('gave up') })),
      retries: seldom(fc.record({ effect: effectId, at: instant })),
      armed: few(
        fc.record({
          ref,
          deadline: fc
            .tuple(fc.constantFrom('x', 'y'), instant, fc.integer({ min: 1, max: 3 }))
            .map(([name, dueAt, generation]) => deadlineOf(name, dueAt, generation)),
        }),
      ),
      cancelled: few(fc.record({ ref, name: fc.constantFrom('x', 'y') })),
      takes: seldom(fc.record({ key, holder: owner })),
      releases: few(fc.record({ key, holder: owner })),
      quotas: seldom(
        fc.record(
          { key, by: fc.integer({ min: -2, max: 2 }), limit: fc.integer({ min: 1, max: 3 }) },
          { requiredKeys: ['key', 'by'] },
        ),
      ),
      documents: seldom(
        fc.record(
          {
            provider: fc.constant('demo'),
            kind: fc.constant('k'),
            id: key,
            tenant: fc.constantFrom('acme', 'umbrella'),
            body: fc.constantFrom({ n: 1 }, { n: 2 }, null),
            expected: fc.integer({ min: 0, max: 2 }),
          },
          { requiredKeys: ['provider', 'kind', 'id', 'tenant', 'body'] },
        ),
      ),
    },
    { requiredKeys: [] },
  ),
  receipt: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, receipt),
})
type Parts = typeof commit extends fc.Arbitrary<infer A> ? A : never

const lease = fc.record({ owner, now: instant, until: instant, limit })
const stateQuery = fc.record(
  {
    provider: fc.constantFrom('demo', 'demo', 'rival'),
    limit,
    tenant: fc.constantFrom('acme', 'umbrella'),
    lifecycle: fc.constantFrom('demo/one', 'demo/two'),
    statuses: fc.array(word, { maxLength: 3 }),
    label: fc.constantFrom({ name: 'x', value: '1' }, { name: 'y', value: '1' }),
    done: fc.constantFrom('exclude' as const, 'include' as const, 'only' as const),
    after: fc.constantFrom('acme/a', 'umbrella/', 'acme/%EF%AC%80'),
    afterId: fc.constantFrom('a', '\ufb00'),
  },
  { requiredKeys: ['provider', 'limit'] },
)

const call = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      ask: fc.constant('commit' as const),
      batch: fc.array(commit, { maxLength: 3 }),
    }),
  },
  fc.record({ ask: fc.constant('leaseEffects' as const), query: lease }),
  fc.record({ ask: fc.constant('leaseDeadlines' as const), query: lease }),
  fc.record({
    ask: fc.constant('renewEffects' as const),
    query: fc.record({ owner, ids: fc.array(effectId, { maxLength: 4 }), until: instant }),
  }),
  fc.record({
    ask: fc.constant('deferEffect' as const),
    query: fc.record({ effect: effectId, owner, notBefore: instant, error: fc.constant('busy') }),
  }),
  fc.record({ ask: fc.constant('list' as const), query: stateQuery }),
  fc.record({
    ask: fc.constant('overdue' as const),
    query: fc.record(
      { provider: fc.constant('demo'), at: instant, limit, tenant: fc.constant('acme') },
      { requiredKeys: ['provider', 'at', 'limit'] },
    ),
  }),
  fc.record({
    ask: fc.constant('journal' as const),
    query: fc.record(
      {
        limit,
        after: fc.nat({ max: 9 }),
        provider: fc.constantFrom('demo', 'rival'),
        tenant: fc.constantFrom('acme', 'umbrella'),
        ref,
      },
      { requiredKeys: ['limit'] },
    ),
  }),
  fc.record({
    ask: fc.constant('effects' as const),
    query: fc.record(
      {
        limit,
        after: fc.nat({ max: 9 }),
        ref,
        open: fc.boolean(),
        work: fc.constantFrom(...works),
        provider: fc.constantFrom('demo', 'rival'),
        tenant: fc.constantFrom('acme', 'umbrella'),
      },
      { requiredKeys: ['limit'] },
    ),
  }),
  fc.record({ ask: fc.constant('effect' as const), query: effectId }),
  fc.record({ ask: fc.constant('diagnose' as const), query: instant }),
  fc.record({
    ask: fc.constant('allocate' as const),
    query: fc.record({
      sequence: key,
      count: fc.integer({ min: 1, max: 3 }),
      floor: fc.nat({ max: 9 }),
    }),
  }),
)
type Call = typeof call extends fc.Arbitrary<infer A> ? A : never

// Each store spells its cursors as it likes, so they are told by what they stand for.
const perform = async (store: Store, asked: Call): Promise<unknown> => {
  switch (asked.ask) {
    case 'commit': {
      const answers = await answer(store.commit(await batchOf(store, asked.batch)))
      const places = await placesOf(store)
      return answers.map((one) =>
        one._tag === 'Left' ? one : { ...one.right, cursor: places.indexOf(one.right.cursor ?? '') },
      )
    }
    case 'leaseEffects':
      return store.leaseEffects(asked.query)()
    case 'leaseDeadlines':
      return store.leaseDeadlines(asked.query)()
    case 'renewEffects':
      return store.renewEffects(asked.query)()
    case 'deferEffect':
      return store.deferEffect(asked.query)()
    case 'list':
      return store.list(asked.query)()
    case 'overdue':
      return store.overdue(asked.query)()
    case 'journal': {
      const { after = 0, ...query } = asked.query
      const places = await placesOf(store)
      const cursor = places[Math.min(after, places.length) - 1]
      const page = await answer(
        store.journal({ ...query, ...(cursor === undefined ? {} : { after: cursor }) }),
      )
      return {
        entries: page.entries.map((entry) => ({ ...entry, cursor: places.indexOf(entry.cursor) })),
        cursor: places.indexOf(page.cursor ?? ''),
        more: page.more,
      }
    }
    case 'effects': {
      const { after = 0, ...query } = asked.query
      const before = after === 0 ? undefined : (await answer(store.effects({ limit: after }))).next
      const page = await answer(
        store.effects({ ...query, ...(before === undefined ? {} : { after: before }) }),
      )
      return { ...page, next: page.next !== undefined }
    }
    case 'effect':
      return store.effect(asked.query)()
    case 'diagnose': {
      const { bound, effects, due, overdue } = await answer(store.diagnose(asked.query))
      return { bound, effects, due, overdue }
    }
    case 'allocate':
      return store.allocate(asked.query)()
  }
}

const placesOf = async (store: Store): Promise<ReadonlyArray<string>> =>
  (await answer(store.journal({ limit: 1000 }))).entries.map(({ cursor }) => cursor)

const batchOf = async (
  store: Store,
  batch: ReadonlyArray<Parts>,
): Promise<ReadonlyArray<Commit>> => {
  const revisions = new Map<ServiceRef, number>()
  for (const of of refs) revisions.set(of, (await answer(store.load(of)))?.revision ?? 0)
  return batch.map(({ writes, rest, receipt: reply }) => ({
    ...emptyCommit,
    ...rest,
    ...(reply === undefined ? {} : { receipt: reply }),
    states: writes.map(({ ref: of, off, at, ...over }: Write) => {
      const expected = (revisions.get(of) ?? 0) + off
      if (off === 0) revisions.set(of, expected + 1)
      return { expected, state: stateOf(of, { ...over, changedAt: at, revision: expected + 1 }) }
    }),
  }))
}

const everything = async (store: Store): Promise<unknown> => ({
  states: await everyPage((after) =>
    store.list({
      provider: 'demo',
      done: 'include',
      limit: 2,
      ...(after === undefined ? {} : { after }),
    }),
  ),
  journal: (await answer(store.journal({ limit: 1000 }))).entries.map((entry) => ({
    ...entry,
    cursor: undefined,
  })),
  effects: await everyPage((after) =>
    store.effects({ limit: 3, ...(after === undefined ? {} : { after }) }),
  ),
  documents: await everyPage((after) =>
    store.documents({
      provider: 'demo',
      kind: 'k',
      limit: 1,
      ...(after === undefined ? {} : { after }),
    }),
  ),
  overdue: await answer(store.overdue({ provider: 'demo', at: 1e9, limit: 100 })),
  wake: await answer(store.nextWake()),
  keys: await Promise.all(
    ['k', 'l', '\u{1f600}'].map(async (name) => [
      await answer(store.claim(name)),
      await answer(store.quota(name)),
      await answer(store.receipt(name)),
    ]),
  ),
})

/** Asks a store, and a memory store beside it, sequences of calls at random but the same each time, and expects the same answers of both. */
export const comparesToMemory = async (
  open: () => Promise<Store>,
  { numRuns }: { readonly numRuns: number },
): Promise<Seen> => {
  const seen = { stood: 0, refused: 0, leased: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 5, maxLength: 40 }), async (calls) => {
      const memory = memoryStore()
      const store = await open()
      for (const asked of calls) {
        const expected = await perform(memory, asked)
        expect(await perform(store, asked)).toStrictEqual(expected)
        count(seen, asked, expected)
        expect(await answer(store.nextWake())).toBe(await answer(memory.nextWake()))
      }
      expect(await everything(store)).toStrictEqual(await everything(memory))
      await store.close()()
    }),
    { numRuns, seed: 20_261_122 },
  )
  return seen
}

/** What the sequences were worth: commits that stood and that were refused, and effects that were leased. */
export interface Seen {
  readonly stood: number
  readonly refused: number
  readonly leased: number
}

const count = (
  seen: { stood: number; refused: number; leased: number },
  asked: Call,
  result: unknown,
): void => {
  if (asked.ask === 'commit') {
    const answers = result as ReadonlyArray<object>
    seen.refused += answers.filter((one) => '_tag' in one).length
    seen.stood += answers.filter((one) => !('_tag' in one)).length
  }
  if (asked.ask === 'leaseEffects')
    seen.leased += (result as { readonly right: ReadonlyArray<unknown> }).right.length
}
