import { expect, test } from 'vitest'
import { tableOf, violationsOf } from './table.ts'

const one = { name: 'one', counts: { rounds: 2, kills: 1234, seconds: 1.6 }, violations: [] }
const two = {
  name: 'another',
  counts: { rounds: 30, operations: 7, seconds: 20 },
  violations: Array.from({ length: 5 }, (_, index) => ({
    kind: 'gap' as const,
    subject: `service ${index}`,
    words: 'odd',
  })),
}

test('A table has a column for each outcome, and a dash where it does not count.', () => {
  expect(tableOf([one, two]).split('\n')).toEqual([
    '              one  another',
    'rounds          2       30',
    'kills       1,234        -',
    'operations      -        7',
    'seconds         2       20',
    'violations      0        5',
    '',
  ])
})

test('Violations are told by their kind, with the first few of each.', () => {
  expect(violationsOf(one)).toEqual([])
  expect(violationsOf(two)).toEqual([
    'another: 5 × the journal of a service does not follow on itself',
    '  service 0: odd',
    '  service 1: odd',
    '  service 2: odd',
  ])
})
