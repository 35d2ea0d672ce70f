import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { expect, it } from 'vitest'
import { lamp } from './__fixtures__/lamp.ts'
import { issuesOf } from './issue.ts'
import { restoreState } from './restore.ts'
import { given } from './testing.ts'

const { state } = given(lamp, { type: 'lamp.make', owner: 'ann', socket: 'A' }).when({
  type: 'lamp.press',
})

it('restores what was stored', () => {
  expect(restoreState(lamp, JSON.parse(JSON.stringify(state)))).toEqual(E.right(state))
})

it('brings a state of an older version forward by the lifecycle’s migration', () => {
  const { socket: _, ...context } = state.context
  expect(restoreState(lamp, { ...state, version: 1, context })).toEqual(E.right(state))
})

it('refuses a version that no migration starts from', () => {
  expect(restoreState(lamp, { ...state, version: 0 })).toEqual(
    E.left({ _tag: 'UnknownVersion', known: 2, actual: 0 }),
  )
})

it('refuses an older state that its migration cannot read', () => {
  expect(restoreState(lamp, { ...state, version: 1, context: null })).toEqual(
    E.left({ _tag: 'CorruptedState', issues: [{ path: '', expected: 'a lamp has a context' }] }),
  )
})

it('refuses a newer version', () => {
  expect(restoreState(lamp, { ...state, version: 3 })).toEqual(
    E.left({ _tag: 'NewerVersion', known: 2, actual: 3 }),
  )
})

it('refuses a state of another lifecycle', () => {
  expect(restoreState(lamp, { ...state, lifecycle: 'demo/fan' })).toEqual(
    E.left({ _tag: 'WrongLifecycle', expected: 'demo/lamp', actual: 'demo/fan' }),
  )
})

it.each([
  ['nowhere'],
  [{ on: 'cold' }],
  [{ on: 'warm', off: {} }],
  ['on'],
  [{}],
  [{ constructor: 'warm' }],
])('refuses the value %j, which the machine does not have', (value) => {
  expect(restoreState(lamp, { ...state, value })).toEqual(E.left({ _tag: 'UnknownStatus', value }))
})

it('refuses a corrupted context and names the member', () => {
  expect(restoreState(lamp, { ...state, context: { ...state.context, presses: 'many' } })).toEqual(
    E.left({ _tag: 'CorruptedState', issues: [{ path: 'context.presses', expected: 'number' }] }),
  )
})

it.each([[undefined], [null], ['{}'], [[]], [{}], [{ lifecycle: 'demo/lamp', version: 2 }]])(
  'refuses %j',
  (stored) => {
    expect(restoreState(lamp, stored)).toMatchObject({ left: { _tag: 'CorruptedState' } })
  },
)

it('names what is wrong by its path in the value, through intersections and unions', () => {
  const codec = t.readonly(
    t.intersection([
      t.strict({ name: t.string }),
      t.partial({ parts: t.array(t.union([t.string, t.strict({ size: t.number })])) }),
    ]),
  )
  const decoded = codec.decode({ name: 'a', parts: ['x', { size: 'big' }] })
  const paths = E.isLeft(decoded) ? issuesOf(decoded.left).map(({ path }) => path) : []
  expect(paths).toEqual(['parts.1', 'parts.1.size'])
})

it('refuses an older state whose migration throws', () => {
  const careless = {
    ...lamp,
    migrations: {
      1: () => {
        throw new Error('the migration tripped')
      },
    },
  }
  expect(restoreState(careless, { ...state, version: 1 })).toEqual(
    E.left({
      _tag: 'CorruptedState',
      issues: [{ path: '', expected: 'Error: the migration tripped' }],
    }),
  )
})
