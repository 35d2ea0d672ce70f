import { expect, test } from 'vitest'
import { comparisonOf } from './comparison.ts'
import { closingTableOf, tableOf } from './table.ts'

test('A figure is a line for each subject, its numbers in columns; what was not measured is a dash.', () => {
  const table = tableOf({
    name: 'it',
    title: 'What it does',
    columns: ['a', 'per s'],
    rows: [
      { subject: 'one', medians: { a: 1.5, 'per s': 12345 }, rounds: [] },
      { subject: 'another', medians: {}, rounds: [] },
    ],
  })
  expect(table).toBe(
    [
      'What it does',
      '            a   per s',
      'one      1.50  12,345',
      'another     -       -',
      '',
    ].join('\n'),
  )
})

test('The closing table says what must be reached, and whether it was.', () => {
  const rounds = [{ ours: 4, beside: 2 }]
  const comparisons = [
    comparisonOf('faster', { unit: 'a second', bound: { kind: 'at least', value: 3 }, rounds }),
    comparisonOf('small', { unit: 'ms', bound: { kind: 'at most', value: 2 }, rounds }),
  ]
  expect(closingTableOf(comparisons).split('\n')).toEqual([
    '',
    'What must be reached',
    '        ours  beside      unit  ratio  must reach  reached',
    'faster  4.00    2.00  a second   2.00         ≥ 3       no',
    'small   4.00    2.00        ms   2.00         ≤ 2      yes',
    '',
  ])
  expect(closingTableOf([])).toBe('')
})
