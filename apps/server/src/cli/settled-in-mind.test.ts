import { emptyCommit } from '@signalbox/core/store'
import { memoryStore } from '@signalbox/stores/memory'
import { expect, it } from 'vitest'
import type { State } from '@signalbox/core'
import { must } from '../house.ts'
import { settledInMind } from './settled-in-mind.ts'

const state: State = {
  ref: { provider: 'p', tenant: 't', id: 'a' },
  lifecycle: 'p/service',
  version: 1,
  value: 'waiting',
  status: 'waiting',
  context: {},
  deadlines: [{ name: 'due', dueAt: 5, armedAt: 1, generation: 1 }],
  labels: {},
  done: false,
  revision: 1,
  generation: 1,
  createdAt: 1,
  changedAt: 1,
}

it('shows what was settled while it was read, and leaves the store behind as it was', async () => {
  const behind = memoryStore()
  must(await behind.commit([{ ...emptyCommit, states: [{ state, expected: 0 }] }])())
  const store = settledInMind(behind)
  expect(must(await store.load(state.ref)())).toEqual(state)
  const settled = { ...state, status: 'over', deadlines: [], revision: 2 }
  must(await store.commit([{ ...emptyCommit, states: [{ state: settled, expected: 1 }] }])())
  expect(must(await store.load(state.ref)())).toEqual(settled)
  expect(must(await store.list({ provider: 'p', limit: 9 })()).items).toEqual([settled])
  expect(must(await behind.load(state.ref)())).toEqual(state)
})
