import { expect, test } from 'vitest'
import { median, percentile, rowOf } from './statistics.ts'

test('A percentile is a value of the list, by the nearest rank.', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1)
  expect([0, 0.5, 0.99, 1].map((part) => percentile(hundred, part))).toEqual([1, 50, 99, 100])
  expect(percentile([7], 0.99)).toBe(7)
  expect(percentile([], 0.5)).toBeNaN()
})

test('A median is the middle of what was measured, in whatever order.', () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([10, 1, 2, 3])).toBe(2.5)
  expect(median([])).toBeNaN()
})

test('A row has the median of each column over the rounds that have it.', () => {
  const rounds = [{ a: 1, b: 4 }, { a: 3 }, { a: 2, b: 6 }]
  expect(rowOf('it', rounds)).toEqual({ subject: 'it', medians: { a: 2, b: 5 }, rounds })
})
