import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from './json.ts'

const faultOf = (text: string): unknown => {
  const parsed = parseJson(text)
  return E.isLeft(parsed) ? parsed.left : undefined
}

describe('parseJson', () => {
  it('parses what the engine parses', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(text)).toEqual(E.right(JSON.parse(text)))
      }),
      { seed: 20_261_122 },
    )
  })

  it.each([
    ['', 1, 1],
    ['  ', 1, 3],
    ['{', 1, 2],
    ['{\n  "a": 1,\n}', 3, 1],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3],
    ['{\n  a: 1\n}', 2, 3],
    ['{"a" 1}', 1, 6],
    ['{"a":}', 1, 6],
    ['{"a": "x\ny"}', 1, 7],
    ['[1, 2,]', 1, 7],
    ['[1 2]', 1, 4],
    ['[1}', 1, 3],
    ['{"ä😀": oops}', 1, 8],
    ['{} {}', 1, 4],
    ['{"a": 01}', 1, 8],
    ['{"a": // no\n 1}', 1, 7],
  ])('finds the fault of %j at line %i, column %i', (text, line, column) => {
    expect(faultOf(text)).toEqual({ line, column })
  })

  it('finds a fault wherever the engine does, and never behind the end', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.string(), (text, at, noise) => {
        const cut = at % (text.length + 1)
        const broken = text.slice(0, cut) + noise + text.slice(cut)
        const fault = faultOf(broken)
        let fails = false
        try {
          JSON.parse(broken)
        } catch {
          fails = true
        }
        expect(fault !== undefined).toBe(fails)
      }),
      { seed: 20_261_122 },
    )
  })

  it('stands where the engine says it stands, when the engine says it', () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.nat(),
        fc.constantFrom('}', ']', ',', ':', 'x'),
        (text, at, mark) => {
          const cut = at % (text.length + 1)
          const broken = `[\n${text.slice(0, cut)}${mark}${text.slice(cut)}`
          let said: RegExpExecArray | null = null
          try {
            JSON.parse(broken)
          } catch (thrown) {
            said = /\(line (\d+) column (\d+)\)/.exec(String(thrown))
          }
          fc.pre(said !== null && !/["\\]/.test(broken) && /^[\u0020-\u007e\n]*$/.test(broken))
          expect(faultOf(broken)).toMatchObject({ line: Number(said?.[1]) })
        },
      ),
      { seed: 20_261_122 },
    )
  })
})
