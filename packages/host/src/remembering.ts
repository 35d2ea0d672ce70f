import type { ServiceRef, State } from '@signalbox/core'
import type { Commit, Document, DocumentKey, Store, StoreFailure } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'

/** A store that may know a state at once. */
export interface Remembering extends Store {
  /** A state that is remembered and need not be decoded any more. */
  readonly recall?: (ref: ServiceRef) => State | undefined
  /** Hears what a state that was loaded has been decoded to. */
  readonly decoded?: (loaded: State, state: State) => void
}

/**
 * Answers what an exclusive store was lately asked or told without asking it again: those states and records that were
 * used last, `most` characters of each. A store that others write as well is left as it is. What is committed has been
 * decided on, so it is known to be sound.
 */
export const remembering = (store: Store, most: number = 32 * 1024 * 1024): Remembering => {
  if (store.exclusive !== true) return store
  const states = createMemory<State>(most)
  const documents = createMemory<Document>(most)
  let batches = 0
  const recalled =
    <A>(
      memory: Memory<A>,
      key: string,
      ask: TE.TaskEither<StoreFailure, A | undefined>,
    ): TE.TaskEither<StoreFailure, A | undefined> =>
    async () => {
      const known = memory.get(key)
      if (known !== undefined) return E.right(known)
      const before = batches
      const answered = await ask()
      // What a batch has overtaken may be out of date.
      if (E.isRight(answered) && answered.right !== undefined && batches === before)
        memory.set(key, answered.right)
      return answered
    }
  const told = (batch: ReadonlyArray<Commit>, stands: (index: number) => boolean): void => {
    batches += 1
    for (const [index, commit] of batch.entries()) {
      for (const { state } of commit.states)
        if (stands(index)) states.set(serviceKey(state.ref), state, 'sound')
        else states.forget(serviceKey(state.ref))
      for (const write of commit.documents) documents.forget(documentKey(write))
    }
  }
  return {
    ...store,
    recall: (ref) => states.sound(serviceKey(ref)),
    decoded: (loaded, state) => {
      const key = serviceKey(loaded.ref)
      if (states.get(key) === loaded) states.set(key, state, 'sound')
    },
    load: (ref) => recalled(states, serviceKey(ref), store.load(ref)),
    document: (key) => recalled(documents, documentKey(key), store.document(key)),
    commit: (batch) => async () => {
      let answers: Awaited<ReturnType<ReturnType<Store['commit']>>> | undefined
      try {
        answers = await store.commit(batch)()
        return answers
      } finally {
        const known = answers !== undefined && E.isRight(answers) ? answers.right : []
        told(batch, (index) => known[index]?._tag === 'Right')
      }
    },
  }
}

// -- internals

interface Memory<A> {
  readonly get: (key: string) => A | undefined
  /** What is not as it came from the store, but sound. */
  readonly sound: (key: string) => A | undefined
  readonly set: (key: string, value: A, as?: Soundness) => void
  readonly forget: (key: string) => void
}

type Soundness = 'sound' | 'as it came'

interface Kept<A> {
  readonly value: A
  readonly weight: number
  readonly as: Soundness
}

// One value that weighs more than this part of the whole is not worth its room.
const LARGEST_PART = 16

const createMemory = <A>(most: number): Memory<A> => {
  // A map is walked in the order in which its keys were set: what was not told or used for longest comes first.
  const kept = new Map<string, Kept<A>>()
  let weight = 0
  const forget = (key: string): void => {
    weight -= kept.get(key)?.weight ?? 0
    kept.delete(key)
  }
  return {
    get: (key) => kept.get(key)?.value,
    sound: (key) => {
      const known = kept.get(key)
      return known?.as === 'sound' ? known.value : undefined
    },
    set: (key, value, as = 'as it came') => {
      const before = kept.get(key)
      if (before !== undefined) forget(key)
      const own =
        before === undefined ? weightOf(value) : before.weight + growth(value, before.value)
      if (own > most / LARGEST_PART) return
      kept.set(key, { value, weight: own, as })
      weight += own
      while (weight > most) {
        const [oldest] = kept.keys()
        if (oldest === undefined) return
        forget(oldest)
      }
    },
    forget,
  }
}

// About the length of its JSON.
const weightOf = (value: unknown): number => {
  if (value === undefined) return 0
  if (typeof value === 'string') return value.length + 3
  if (!isObject(value)) return 8
  let weight = 2
  for (const name of Object.keys(value)) weight += name.length + 3 + weightOf(value[name])
  return weight
}

// By how much one value weighs more than another, without a look at what they share: a change keeps most of what it changes.
const growth = (after: unknown, before: unknown): number => {
  if (after === before) return 0
  if (!isObject(after) || !isObject(before)) return weightOf(after) - weightOf(before)
  let grown = 0
  // Plain data: whatever is walked is its own.
  for (const name in after) grown += growth(after[name], before[name])
  for (const name in before) if (!Object.hasOwn(after, name)) grown -= weightOf(before[name])
  return grown
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

// No part of a ref or of a key holds a NUL.
const serviceKey = ({ provider, tenant, id }: ServiceRef): string => `${provider}\0${tenant}\0${id}`

const documentKey = ({ provider, kind, id }: DocumentKey): string => `${provider}\0${kind}\0${id}`
