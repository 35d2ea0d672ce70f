import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonFault } from './json-fault.ts'

describe('the place of a fault in JSON', () => {
  it.each([
    ['', 'Expecting value: line 1 column 1 (char 0)'],
    [' \n ', 'Expecting value: line 2 column 2 (char 3)'],
    ['{bad', 'Expecting property name enclosed in double quotes: line 1 column 2 (char 1)'],
    ['{"status": }', 'Expecting value: line 1 column 12 (char 11)'],
    ['{"status": paused}', 'Expecting value: line 1 column 12 (char 11)'],
    ['{"status" "paused"}', "Expecting ':' delimiter: line 1 column 11 (char 10)"],
    ['{"a": 1 "b": 2}', "Expecting ',' delimiter: line 1 column 9 (char 8)"],
    ['{"a": 1,}', 'Expecting property name enclosed in double quotes: line 1 column 9 (char 8)'],
    ['[1, 2', "Expecting ',' delimiter: line 1 column 6 (char 5)"],
    ['[1,]', 'Expecting value: line 1 column 4 (char 3)'],
    ['{} {}', 'Extra data: line 1 column 4 (char 3)'],
    ['01', 'Extra data: line 1 column 2 (char 1)'],
    ['{"a": NaN}', 'Expecting value: line 1 column 7 (char 6)'],
    ['"open', 'Unterminated string starting at: line 1 column 1 (char 0)'],
    ['"a\tb"', 'Invalid control character at: line 1 column 3 (char 2)'],
    ['"a\\x"', 'Invalid \\escape: line 1 column 3 (char 2)'],
    ['{"a": "😀" 1}', "Expecting ',' delimiter: line 1 column 11 (char 10)"],
    ['{\n  "status": "paused",\n  "enabled": no\n}', 'Expecting value: line 3 column 14 (char 37)'],
  ])('finds it in %j', (text, expected) => {
    expect(jsonFault(text)).toBe(expected)
  })

  it('finds one in every text that does not parse, and at no character before the fault', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (text, cut) => {
        const broken = text.slice(0, cut % text.length)
        if (parses(broken)) return
        const at = Number(/\(char (\d+)\)$/.exec(jsonFault(broken))?.[1])
        expect(at).toBeLessThanOrEqual(broken.length)
      }),
      { seed: 20_261_122 },
    )
  })

  it('follows a text of any depth', () => {
    const depth = 400_000
    expect(jsonFault('['.repeat(depth))).toBe(
      `Expecting value: line 1 column ${depth + 1} (char ${depth})`,
    )
  })
})

const parses = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
