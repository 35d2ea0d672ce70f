import stringWidth from 'string-width'
import { expect, it } from 'vitest'
import { plain } from './plain-text.ts'
import { tableOf } from './table.ts'

const paint = (_: string, text: string): string => text

it('lines columns up by what they look like, wide characters included', () => {
  const table = tableOf(
    { columns: undefined, paint },
    ['NAME', 'OTHER'],
    [
      ['日本', 'a'],
      ['x', 'b'],
    ],
  )
  expect(table).toBe('NAME  OTHER\n日本  a\nx     b\n')
})

it('shortens the widest columns of a narrow terminal, and never one that is to be kept whole', () => {
  const row = ['a/very/long/name/of/a/service', 'words '.repeat(10), '👩‍👩‍👧 '.repeat(10)]
  const table = tableOf({ columns: 60, paint }, [{ whole: 'NAME' }, 'WORDS', 'MORE'], [row])
  for (const line of table.trimEnd().split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(60)
  expect(table).toContain('a/very/long/name/of/a/service  words w')
  expect(table).toContain('…')
})

it('spells what would move the cursor or turn the text', () => {
  expect(plain('a\u001b[2Jb\r\n\u202ec')).toBe('a\\u001b[2Jb\\u000d\\u000a\\u202ec')
  expect(tableOf({ columns: undefined, paint }, ['X'], [['\u0007']])).toBe('X\n\\u0007\n')
})
