import type { Effect, ServiceRef, State } from '@signalbox/core'
import { emptyCommit } from '@signalbox/core/store'
import type { Commit, Store } from '@signalbox/core/store'
import { memoryStore } from '@signalbox/stores/memory'
import * as fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { overlay } from './overlay.ts'

const ref = fc.record({
  provider: fc.constant('demo'),
  tenant: fc.constantFrom('t', 'u'),
  id: fc.constantFrom('a', 'b', 'c', '\u{1f600}', '\ufb00'),
})
const instant = fc.integer({ min: 0, max: 40 })
const key = fc.constantFrom('k', 'l')
const effectId = fc.integer({ min: 0, max: 5 }).map((n) => `e${n}`)
const seldom = <A>(one: fc.Arbitrary<A>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.tuple(one) })

const stateOf = (
  one: ServiceRef,
  more: Pick<State, 'revision' | 'generation' | 'status' | 'done' | 'deadlines' | 'changedAt'>,
): State => ({
  ref: one,
  lifecycle: 'demo/one',
  version: 1,
  value: 'x',
  context: {},
  labels: { status: more.status },
  createdAt: 0,
  ...more,
})

const effectOf = (id: string, one: ServiceRef, generation: number, at: number): Effect => ({
  id,
  ref: one,
  lifecycle: 'demo/one',
  type: 'work',
  params: {},
  generation,
  lane: 'main',
  at,
})

// A state is written over the revision that is stored, most of the time.
const change = fc.record({
  ref,
  off: fc.constantFrom(0, 0, 0, 1),
  supersedes: fc.boolean(),
  status: fc.constantFrom('on', 'off'),
  done: fc.constantFrom(false, false, true),
  due: fc.option(instant, { nil: undefined }),
  at: instant,
  effects: fc.array(effectId, { maxLength: 2 }),
  settles: seldom(effectId),
  parks: seldom(effectId),
  retries: seldom(effectId),
  takes: seldom(key),
  releases: seldom(key),
  quotas: seldom(fc.record({ key, by: fc.constantFrom(1, -1), limit: fc.constantFrom(1, 2) })),
  documents: seldom(
    fc.record({
      id: fc.constantFrom('d', 'e', 'f'),
      tenant: fc.constantFrom('t', 'u'),
      n: fc.option(fc.nat(), { nil: null }),
      expected: fc.option(fc.nat({ max: 2 }), { nil: undefined }),
    }),
  ),
  receipt: fc.option(fc.record({ key, expiresAt: instant }), { nil: undefined, freq: 6 }),
  allocates: fc.option(fc.record({ sequence: key, floor: fc.nat({ max: 9 }) }), { nil: undefined }),
})
type AnyChange = typeof change extends fc.Arbitrary<infer A> ? A : never

const right = <A>(answer: E.Either<unknown, A>): A => {
  if (E.isLeft(answer)) throw new Error(JSON.stringify(answer.left))
  return answer.right
}

const commitOf = async (store: Store, made: AnyChange): Promise<Commit> => {
  const held = right(await store.load(made.ref)())
  const holder = made.ref.id
  const generation = (held?.generation ?? 1) + (made.supersedes ? 1 : 0)
  const deadlines =
    made.due === undefined || made.done
      ? []
      : [{ name: 'd', dueAt: made.due, armedAt: 0, generation }]
  const state = stateOf(made.ref, {
    revision: (held?.revision ?? 0) + 1,
    generation,
    status: made.status,
    done: made.done,
    deadlines,
    changedAt: made.at,
  })
  const { at } = made
  return {
    ...emptyCommit,
    states: [{ state, expected: (held?.revision ?? 0) + made.off }],
    effects: made.effects.map((id) => effectOf(id, made.ref, generation, at)),
    settles: made.settles.map((effect) => ({ effect, outcome: 'failed', at, message: 'm' })),
    parks: made.parks.map((effect) => ({ effect, at, error: 'p' })),
    retries: made.retries.map((effect) => ({ effect, at })),
    cancelled: (held?.deadlines ?? [])
      .filter(() => deadlines.length === 0)
      .map(({ name }) => ({ ref: made.ref, name })),
    armed: deadlines.map((deadline) => ({ ref: made.ref, deadline })),
    takes: made.takes.map((one) => ({ key: one, holder })),
    releases: made.releases.map((one) => ({ key: one, holder })),
    quotas: made.quotas,
    documents: made.documents.map(({ id, tenant, n, expected }) => ({
      provider: 'demo',
      kind: 'k',
      id,
      tenant,
      body: n === null ? null : { n },
      ...(expected !== undefined && { expected }),
    })),
    ...(made.receipt && {
      receipt: { ...made.receipt, fingerprint: 'f', reply: {} },
    }),
  }
}

const apply = async (store: Store, made: AnyChange): Promise<unknown> => {
  const [answer] = right(await store.commit([await commitOf(store, made)])())
  const { allocates } = made
  const number = allocates && right(await store.allocate({ ...allocates, count: 2 })())
  return [answer?._tag, answer?._tag === 'Left' ? answer.left : undefined, number]
}

const everyPage = async <A>(
  page: (after: string | undefined) => Promise<{
    readonly items: ReadonlyArray<A>
    readonly next: string | undefined
  }>,
): Promise<ReadonlyArray<A>> => {
  const all: Array<A> = []
  for (let after: string | undefined; ;) {
    const { items, next } = await page(after)
    all.push(...items)
    if (next === undefined) return all
    after = next
  }
}

// Leases aside, which an overlay knows nothing of.
const seen = async (store: Store): Promise<unknown> => {
  const from = (after: string | undefined): { readonly after?: string } =>
    after === undefined ? {} : { after }
  const states = (query: Partial<Parameters<Store['list']>[0]>): Promise<ReadonlyArray<State>> =>
    everyPage(async (after) =>
      right(await store.list({ provider: 'demo', limit: 2, ...query, ...from(after) })()),
    )
  const documents = (tenant?: string): Promise<ReadonlyArray<unknown>> =>
    everyPage(async (after) =>
      right(
        await store.documents({
          provider: 'demo',
          kind: 'k',
          limit: 2,
          ...(tenant !== undefined && { tenant }),
          ...from(after),
        })(),
      ),
    )
  const effects = (query: object): Promise<ReadonlyArray<unknown>> =>
    everyPage(async (after) => right(await store.effects({ limit: 2, ...query, ...from(after) })()))
  return {
    all: await states({ done: 'include' }),
    on: await states({ statuses: ['on'], tenant: 't' }),
    labelled: await states({ label: { name: 'status', value: 'off' } }),
    beyond: await states({ tenant: 't', afterId: 'b', done: 'include' }),
    overdue: right(await store.overdue({ provider: 'demo', at: 20, limit: 3 })()),
    documents: [await documents(), await documents('t')],
    effects: [await effects({}), await effects({ open: true }), await effects({ work: 'parked' })],
    one: right(await store.effect('e1')()),
    claims: [right(await store.claim('k')()), right(await store.claim('l')())],
    quotas: [right(await store.quota('k')()), right(await store.quota('l')())],
    receipts: [right(await store.receipt('k')()), right(await store.receipt('l')())],
    upcoming: right(await store.upcoming('k')()),
    none: right(await store.leaseEffects({ owner: 'x', now: 99, until: 99, limit: 9 })()).length,
  }
}

it('answers what the store would if all had been written there, which it never is', async () => {
  let stood = 0
  let refused = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { maxLength: 8 }),
      fc.array(change, { minLength: 1, maxLength: 8 }),
      async (below, above) => {
        const base = memoryStore()
        const whole = memoryStore()
        for (const made of below) {
          await apply(base, made)
          await apply(whole, made)
        }
        const over = overlay(base)
        const before = JSON.stringify(await seen({ ...base, leaseEffects: over.leaseEffects }))
        for (const made of above) {
          const answer = await apply(over, made)
          expect(answer).toEqual(await apply(whole, made))
          if (JSON.stringify(answer).startsWith('["Right"')) stood += 1
          else refused += 1
        }
        expect(await seen(over)).toEqual(await seen({ ...whole, leaseEffects: over.leaseEffects }))
        expect(JSON.stringify(await seen({ ...base, leaseEffects: over.leaseEffects }))).toBe(
          before,
        )
      },
    ),
    { numRuns: 300, seed: 20_261_122 },
  )
  expect(stood).toBeGreaterThan(300)
  expect(refused).toBeGreaterThan(300)
})
