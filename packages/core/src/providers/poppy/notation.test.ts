import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeHtml, toCanonical, toPython } from './notation.ts'

describe('toPython', () => {
  it.each([
    ['a', "'a'"],
    ["it's", '"it\'s"'],
    [`'"`, `'\\'"'`],
    ['a\\b\n\t\r', "'a\\\\b\\n\\t\\r'"],
    ['\u0000\u007f\u00a0', "'\\x00\\x7f\\xa0'"],
    ['\u200b\ud800', "'\\u200b\\ud800'"],
    ['é 漢 😀', "'é 漢 😀'"],
    [true, 'True'],
    [false, 'False'],
    [null, 'None'],
    [-1, '-1'],
    [-0, '0'],
    [1.5, '1.5'],
    [1e-7, '1e-07'],
    [0.00005, '5e-05'],
    [1e300, '1e+300'],
    [Infinity, 'inf'],
    [[1, 'a'], "[1, 'a']"],
    [{ k: 1 }, "{'k': 1}"],
    [{ a: [], b: {} }, "{'a': [], 'b': {}}"],
  ])('writes %j as Python does', (value, text) => {
    expect(toPython(value)).toBe(text)
  })

  it('writes any depth that a parser takes', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`)
    expect(toPython(deep)).toMatch(/^\[+\.\.\.\]+$/)
  })
})

describe('toCanonical', () => {
  it('spells two values alike exactly when they are equal', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.jsonValue({ maxDepth: 3 }), (a, b) => {
        expect(toCanonical(a) === toCanonical(b)).toBe(sorted(a) === sorted(b))
      }),
      { seed: 20_261_122 },
    )
    expect(toCanonical({ a: 1, b: 2 })).toBe(toCanonical({ b: 2, a: 1 }))
  })
})

describe('escapeHtml', () => {
  it('escapes what opens markup, once, and leaves quotes alone', () => {
    expect(escapeHtml(`<a href="x">'&amp;'</a>`)).toBe(`&lt;a href="x"&gt;'&amp;amp;'&lt;/a&gt;`)
  })
})

const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )
