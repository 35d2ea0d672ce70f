import type { Commit } from '@signalbox/core/store'
import { expect, it } from 'vitest'
import { deadlineOf, effectOf, entryOf, refOf, stateOf, writing } from '../contract/given.ts'
import { changesOf } from './changes.ts'

const a = refOf('a')
const b = refOf('b')

const change = (ref = a, parts: Partial<Commit> = {}): Commit =>
  writing([stateOf(ref, { revision: 2 })], parts)

const done = (effect: string): Commit['settles'][number] => ({ effect, outcome: 'done', at: 1 })

it('takes changes of different services together, with all that belongs to them', () => {
  const parts = {
    journal: [entryOf('j', a)],
    effects: [effectOf('e', a), effectOf('f', a, { lane: 'other' })],
    settles: [done('g')],
    armed: [{ ref: a, deadline: deadlineOf('x', 5) }],
    cancelled: [{ ref: a, name: 'y' }],
    lease: { owner: 'one', until: 9 },
  }
  expect(changesOf([change(a, parts), change(b)])).toMatchObject({
    changes: [{ n: 1 }, { n: 2 }],
    effects: [{ key: 'e', owner: 'one', until: 9 }, { key: 'f' }],
    settles: [{ id: 'a', key: 'g', status: 'done' }],
  })
})

it('writes an effect that its own commit settles as it stays, without a lease', () => {
  const parts = {
    effects: [effectOf('e', a)],
    settles: [done('e')],
    lease: { owner: 'one', until: 9 },
  }
  const changes = changesOf([change(a, parts)])
  expect(changes).toMatchObject({
    effects: [{ key: 'e', status: 'done', settled: 1 }],
    settles: [],
  })
  expect(changes?.effects[0]).not.toHaveProperty('owner')
})

it.each<readonly [string, ReadonlyArray<Commit>]>([
  ['one service twice', [change(), change()]],
  ['a service that is not there', [writing([stateOf(a)])]],
  ['a commit without a state', [writing([], { journal: [entryOf('j', a)] })]],
  [
    'a commit of two services',
    [writing([stateOf(a, { revision: 2 }), stateOf(b, { revision: 2 })])],
  ],
  ['an effect of another service', [change(a, { effects: [effectOf('e', b)] })]],
  ['a deadline of another service', [change(a, { cancelled: [{ ref: b, name: 'x' }] })]],
  ['two open effects of a lane', [change(a, { effects: [effectOf('e', a), effectOf('f', a)] })]],
  [
    'one effect in two commits',
    [change(a, { effects: [effectOf('e', a)] }), change(b, { effects: [effectOf('e', b)] })],
  ],
  ['one outcome twice', [change(a, { settles: [done('e')] }), change(b, { settles: [done('e')] })]],
  [
    'outcomes of its own effects and of others',
    [change(a, { effects: [effectOf('e', a)], settles: [done('e'), done('f')] })],
  ],
  ['a parked effect', [change(a, { parks: [{ effect: 'e', at: 1, error: 'x' }] })]],
  ['a retried effect', [change(a, { retries: [{ effect: 'e', at: 1 }] })]],
  ['a claim', [change(a, { takes: [{ key: 'k', holder: 'h' }] })]],
  ['a claim given up', [change(a, { releases: [{ key: 'k', holder: 'h' }] })]],
  ['a counter', [change(a, { quotas: [{ key: 'k', by: 1 }] })]],
  [
    'a document',
    [change(a, { documents: [{ provider: 'demo', kind: 'k', id: 'd', tenant: 't', body: {} }] })],
  ],
  ['a receipt', [change(a, { receipt: { key: 'r', fingerprint: 'f', reply: {}, expiresAt: 1 } })]],
])('leaves %s to what takes commits one by one', (_, batch) => {
  expect(changesOf(batch)).toBeUndefined()
  expect(changesOf([...batch, change(refOf('c'))])).toBeUndefined()
})
