import type { State } from '@signalbox/core'
import { emptyCommit } from '@signalbox/core/store'
import type { Commit, Store } from '@signalbox/core/store'
import { memoryStore } from '@signalbox/stores/memory'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { remembering } from './remembering.ts'

const ref = { provider: 'demo', tenant: 'acme', id: 'a' }

const stateOf = (revision: number, context: State['context'] = {}): State => ({
  ref,
  lifecycle: 'demo/service',
  version: 1,
  value: 'on',
  status: 'on',
  context,
  deadlines: [],
  labels: {},
  done: false,
  revision,
  generation: 1,
  createdAt: 1,
  changedAt: 1,
})

const writing = (state: State, expected: number): Commit => ({
  ...emptyCommit,
  states: [{ state, expected }],
})

const recording = (body: { readonly [name: string]: number } | null): Commit => ({
  ...emptyCommit,
  documents: [{ provider: 'demo', kind: 'flavor', id: 'f', tenant: '', body }],
})

// A store that counts what it is asked.
const counted = (
  own: Partial<Store> = {},
): { readonly store: Store; readonly asked: () => number } => {
  const store = { ...memoryStore(), ...own }
  let asked = 0
  return {
    asked: () => asked,
    store: {
      ...store,
      exclusive: true,
      load: (wanted) => {
        const load = store.load(wanted)
        return () => {
          asked += 1
          return load()
        }
      },
      document: (wanted) => {
        const document = store.document(wanted)
        return () => {
          asked += 1
          return document()
        }
      },
    },
  }
}

const key = { provider: 'demo', kind: 'flavor', id: 'f' }

it('answers what was committed without asking the store', async () => {
  const { store, asked } = counted()
  const remembered = remembering(store)
  await remembered.commit([writing(stateOf(1), 0)])()
  await remembered.commit([writing(stateOf(2), 1), writing(stateOf(3), 2)])()
  expect(await remembered.load(ref)()).toEqual(E.right(stateOf(3)))
  expect(asked()).toBe(0)
})

it('asks once for what was not committed through it', async () => {
  const { store, asked } = counted()
  await store.commit([writing(stateOf(1), 0), recording({ size: 1 })])()
  const remembered = remembering(store)
  for (let times = 0; times < 3; times += 1) {
    expect(await remembered.load(ref)()).toEqual(E.right(stateOf(1)))
    expect(await remembered.document(key)()).toMatchObject({ right: { body: { size: 1 } } })
  }
  expect(asked()).toBe(2)
})

it('asks the store again after a write of a record, and after its end', async () => {
  const remembered = remembering(counted().store)
  for (const size of [1, 2]) {
    await remembered.commit([recording({ size })])()
    expect(await remembered.document(key)()).toMatchObject({ right: { body: { size } } })
  }
  await remembered.commit([recording(null)])()
  expect(await remembered.document(key)()).toEqual(E.right(undefined))
})

it('knows at once what was committed, and what has come from the store once it is decoded', async () => {
  const { store } = counted()
  await store.commit([writing(stateOf(1), 0)])()
  const remembered = remembering(store)
  const loaded = await remembered.load(ref)()
  expect(remembered.recall?.(ref)).toBeUndefined()
  if (E.isLeft(loaded) || loaded.right === undefined) throw new Error('not loaded')
  const migrated = stateOf(1, { migrated: 1 })
  remembered.decoded?.(loaded.right, migrated)
  expect(remembered.recall?.(ref)).toBe(migrated)
  const next = stateOf(2)
  await remembered.commit([writing(next, 1)])()
  // What was decoded of a state that is no more comes too late.
  remembered.decoded?.(loaded.right, migrated)
  expect(remembered.recall?.(ref)).toBe(next)
})

it('asks the store again after a refused commit', async () => {
  const { store, asked } = counted()
  const remembered = remembering(store)
  await remembered.commit([writing(stateOf(1), 0)])()
  await store.commit([writing(stateOf(2), 1)])()
  const [refused] = E.getOrElse((): ReadonlyArray<unknown> => [])(
    await remembered.commit([writing(stateOf(2, { mine: 1 }), 1)])(),
  )
  expect(refused).toMatchObject({ _tag: 'Left', left: { _tag: 'RevisionConflict' } })
  expect(await remembered.load(ref)()).toEqual(E.right(stateOf(2)))
  expect(asked()).toBe(1)
})

it('forgets what a batch has touched when the store cannot tell whether it stands', async () => {
  const { store, asked } = counted()
  let commit = store.commit
  const remembered = remembering({ ...store, commit: (batch) => commit(batch) })
  await remembered.commit([writing(stateOf(1), 0)])()
  commit = () => async () => E.left({ _tag: 'StoreUnavailable', message: 'gone' })
  await remembered.commit([writing(stateOf(2), 1)])()
  expect(await remembered.load(ref)()).toEqual(E.right(stateOf(1)))
  expect(asked()).toBe(1)
})

it('does not keep an answer that a batch has overtaken', async () => {
  const { store } = counted()
  await store.commit([writing(stateOf(1), 0)])()
  let release = (): void => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const remembered = remembering({
    ...store,
    load: (wanted) => async () => {
      const answered = await store.load(wanted)()
      await held
      return answered
    },
  })
  const late = remembered.load(ref)()
  await remembered.commit([writing(stateOf(2), 1)])()
  release()
  await late
  expect(await remembered.load(ref)()).toEqual(E.right(stateOf(2)))
})

it('keeps no more than it may, and nothing that is large beside that', async () => {
  const { store, asked } = counted()
  const remembered = remembering(store, 100_000)
  const large = (revision: number, length: number): State =>
    stateOf(revision, { text: 'x'.repeat(length) })
  await remembered.commit([writing(large(1, 100), 0)])()
  await remembered.commit([writing(large(2, 20_000), 1)])()
  await remembered.load(ref)()
  expect(asked()).toBe(1)
  await remembered.commit([writing(large(3, 100), 2)])()
  const others = Array.from({ length: 40 }, (_, index) => {
    const { ref: own, ...state } = large(1, 4000)
    return writing({ ...state, ref: { ...own, id: `other-${index}` } }, 0)
  })
  await remembered.commit(others)()
  await remembered.load(ref)()
  expect(asked()).toBe(2)
})

it('leaves a store that is not exclusive as it is', () => {
  const store = memoryStore()
  expect(remembering(store)).toBe(store)
})
