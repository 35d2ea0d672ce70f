import { refKey } from '@signalbox/core'
import type { ServiceRef, State } from '@signalbox/core'
import { byCodePoint, byTenantAndId } from '@signalbox/core/store'
import type {
  Document,
  DocumentQuery,
  OverdueQuery,
  StateQuery,
  Store,
  StoreFailure,
} from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { applyCommit } from './apply-commit.ts'
import { copyOf, documentKey, emptyLayer } from './layer.ts'
import type { Layer } from './layer.ts'
import { mergedPage } from './merged-pages.ts'
import { listEffects, loadEffect } from './overlaid-effects.ts'

/**
 * A store over another one: it answers what the other would if everything that is written here had been written there, and
 * never writes there. Nobody performs anything in it: it leases nothing out, and its journal is the other's.
 */
export const overlay = (base: Store): Store => {
  let layer: Layer = emptyLayer()
  let turn: Promise<unknown> = Promise.resolve()

  const load = (ref: ServiceRef): TE.TaskEither<StoreFailure, State | undefined> =>
    read(() => layer.states.get(refKey(ref)), base.load(ref))

  const commit: Store['commit'] = (batch) => () => {
    const done = turn.then(async () => {
      const answers = []
      for (const one of batch) {
        const draft = copyOf(layer)
        const applied = await applyCommit({ base, layer: draft }, one)
        if (E.isLeft(applied)) return applied
        if (E.isRight(applied.right)) layer = draft
        answers.push(applied.right)
      }
      return E.right(answers)
    })
    turn = done
    return done
  }

  return {
    load,
    commit,
    list: (query) => {
      const own = [...layer.states.values()]
        .filter((state) => matches(query, state))
        .toSorted((a, b) => byTenantAndId(a.ref, b.ref))
      return mergedPage(query, (after) => base.list(from(query, after)), {
        placeOf: ({ ref }) => ref,
        own,
        isCovered: ({ ref }) => layer.states.has(refKey(ref)),
      })
    },
    overdue: (query) => () => overdue(base, layer, query),
    journal: base.journal,
    claim: (key) => readOr(layer.claims, key, base.claim(key)),
    quota: (key) => read(() => layer.quotas.get(key), base.quota(key)),
    receipt: (key) => read(() => layer.receipts.get(key), base.receipt(key)),
    leaseEffects: () => nothing([]),
    renewEffects: () => nothing([]),
    deferEffect: () => nothing(undefined),
    effect: (id) => () => loadEffect({ base, layer }, id),
    effects: (query) => () => listEffects({ base, layer }, query),
    leaseDeadlines: () => nothing([]),
    nextWake: () => nothing(undefined),
    document: (key) => readOr(layer.documents, documentKey(key), base.document(key)),
    documents: (query) => {
      const own = [...layer.documents.values()]
        .filter((document) => document !== undefined)
        .filter((document) => isWanted(query, document))
        .toSorted((a, b) => byCodePoint(a.id, b.id))
      return mergedPage<Document>(query, (after) => base.documents(from(query, after)), {
        placeOf: ({ id }) => ({ tenant: '', id }),
        own,
        isCovered: (document) => layer.documents.has(documentKey(document)),
      })
    },
    allocate: ({ sequence, count, floor }) => {
      const taken: TE.TaskEither<StoreFailure, number> = async () => {
        const next = await read(() => layer.sequences.get(sequence), base.upcoming(sequence))()
        if (E.isLeft(next)) return next
        const first = Math.max(next.right ?? floor, floor)
        layer.sequences.set(sequence, first + count)
        return E.right(first)
      }
      return () => {
        const done = turn.then(taken)
        turn = done
        return done
      }
    },
    upcoming: (sequence) => read(() => layer.sequences.get(sequence), base.upcoming(sequence)),
    diagnose: base.diagnose,
    ping: base.ping,
    close: () => nothing(undefined),
  }
}

// -- internals

const nothing =
  <A>(value: A): TE.TaskEither<StoreFailure, A> =>
  async () =>
    E.right(value)

const read =
  <A>(
    own: () => A | undefined,
    otherwise: TE.TaskEither<StoreFailure, A>,
  ): TE.TaskEither<StoreFailure, A> =>
  async () => {
    const found = own()
    return found === undefined ? otherwise() : E.right(found)
  }

// What is in the layer as undefined is gone.
const readOr =
  <A>(
    own: ReadonlyMap<string, A | undefined>,
    key: string,
    otherwise: TE.TaskEither<StoreFailure, A | undefined>,
  ): TE.TaskEither<StoreFailure, A | undefined> =>
  async () =>
    own.has(key) ? E.right(own.get(key)) : otherwise()

const from = <Query extends { readonly after?: string }>(
  query: Query,
  after: string | undefined,
): Query => {
  const { after: _, ...rest } = query
  return { ...rest, ...(after !== undefined && { after }) } as Query
}

const matches = (
  { provider, lifecycle, tenant, statuses, label, done = 'exclude', afterId }: StateQuery,
  { ref, ...state }: State,
): boolean =>
  ref.provider === provider &&
  (lifecycle === undefined || state.lifecycle === lifecycle) &&
  (tenant === undefined || ref.tenant === tenant) &&
  (statuses === undefined || statuses.includes(state.status)) &&
  (label === undefined ||
    (Object.hasOwn(state.labels, label.name) && state.labels[label.name] === label.value)) &&
  (done === 'include' || state.done === (done === 'only')) &&
  (tenant === undefined || afterId === undefined || byCodePoint(ref.id, afterId) > 0)

const isWanted = ({ provider, kind, tenant }: DocumentQuery, document: Document): boolean =>
  document.provider === provider &&
  document.kind === kind &&
  (tenant === undefined || document.tenant === tenant)

// A store answers in order of due time, and does not say it: it is looked up, so that both can be put in one order.
const overdue = async (
  base: Store,
  layer: Layer,
  query: OverdueQuery,
): Promise<E.Either<StoreFailure, ReadonlyArray<ServiceRef>>> => {
  const { provider, tenant, at, limit } = query
  const below = await base.overdue({ ...query, limit: limit + layer.states.size })()
  if (E.isLeft(below)) return below
  const found: Array<State> = []
  for (const ref of below.right) {
    if (layer.states.has(refKey(ref))) continue
    const state = await base.load(ref)()
    if (E.isLeft(state)) return state
    if (state.right !== undefined) found.push(state.right)
  }
  for (const state of layer.states.values())
    if (state.ref.provider === provider && (tenant === undefined || state.ref.tenant === tenant))
      if (firstDue(state) <= at) found.push(state)
  return E.right(
    found
      .toSorted((a, b) => firstDue(a) - firstDue(b) || byTenantAndId(a.ref, b.ref))
      .slice(0, limit)
      .map(({ ref }) => ref),
  )
}

const firstDue = ({ deadlines }: State): number =>
  deadlines.reduce((earliest, { dueAt }) => Math.min(earliest, dueAt), Infinity)
