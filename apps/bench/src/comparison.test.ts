import { expect, test } from 'vitest'
import { comparisonOf } from './comparison.ts'

const rounds = [
  { ours: 50, beside: 100 },
  { ours: 90, beside: 100 },
  { ours: 60, beside: 200 },
]

test('A comparison has the median of each side, and of the ratios of the rounds.', () => {
  expect(
    comparisonOf('it', { unit: 'a second', bound: { kind: 'at least', value: 0.5 }, rounds }),
  ).toEqual({
    subject: 'it',
    unit: 'a second',
    ours: 60,
    beside: 100,
    ratio: 0.5,
    bound: { kind: 'at least', value: 0.5 },
    reached: true,
  })
})

test('A bound is reached from its own side, itself included.', () => {
  const reached = (kind: 'at least' | 'at most', value: number): boolean =>
    comparisonOf('it', { unit: 'ms', bound: { kind, value }, rounds }).reached
  expect([0.4, 0.5, 0.6].map((value) => reached('at least', value))).toEqual([true, true, false])
  expect([0.4, 0.5, 0.6].map((value) => reached('at most', value))).toEqual([false, true, true])
})

test('What was never measured has reached nothing.', () => {
  for (const kind of ['at least', 'at most'] as const)
    expect(comparisonOf('it', { unit: 'ms', bound: { kind, value: 1 }, rounds: [] }).reached).toBe(
      false,
    )
})
