import * as fc from 'fast-check'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { byCodePoint } from '@signalbox/core/store'

const text = fc.string({ unit: 'binary' })

it('orders any two texts as SQLite does', () => {
  const database = new DatabaseSync(':memory:')
  const before = database.prepare('select (?1 < ?2) - (?1 > ?2) as sign')
  fc.assert(
    fc.property(text, text, text, (start, a, b) => {
      const [left, right] = [start + a, start + b]
      expect(Math.sign(byCodePoint(left, right))).toBe(
        -Number(before.get(left, right)?.['sign']) || 0,
      )
    }),
    { numRuns: 2000, seed: 20_261_122 },
  )
  database.close()
})

it('puts what is beyond the basic plane behind all that is in it', () => {
  expect(['\u{1f600}', '\uffee', 'a', '\ufb00'].toSorted(byCodePoint)).toEqual([
    'a',
    '\ufb00',
    '\uffee',
    '\u{1f600}',
  ])
})
