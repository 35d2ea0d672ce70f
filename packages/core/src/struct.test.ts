import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { issuesOf } from './issue.ts'
import { struct } from './struct.ts'
import { wholeNumber } from './whole-number.ts'

const Lamp = struct(
  { socket: t.string, bulb: struct({ watts: t.number }, { shade: t.string }) },
  { spares: t.readonlyArray(struct({}, { watts: t.number })) },
)

const issues = (value: unknown) => E.getOrElseW(issuesOf)(Lamp.decode(value))

describe('struct', () => {
  it('decodes what it knows, with and without what is optional', () => {
    const lamp = { socket: 's', bulb: { watts: 5 } }
    for (const value of [lamp, { ...lamp, spares: [{}, { watts: 1 }] }]) {
      expect(Lamp.decode(value)).toEqual(E.right(value))
      expect(Lamp.is(value)).toBe(true)
    }
    expect(Lamp.decode({ ...lamp, spares: undefined })).toStrictEqual(E.right(lamp))
  })

  it('refuses members that it does not know, at every depth, by path and name', () => {
    const value = { socket: 's', bulb: { watts: 5, wats: 6 }, spares: [{ wats: 1 }], color: 'red' }
    expect(Lamp.is(value)).toBe(false)
    expect(issues(value)).toEqual([
      { path: 'color', expected: 'unknown member; known are socket, bulb, spares' },
      { path: 'bulb.wats', expected: 'unknown member; known are watts, shade' },
      { path: 'spares.0.wats', expected: 'unknown member; known are watts' },
    ])
  })

  it('refuses what is missing or of another type, and does not look at prototypes', () => {
    expect(issues({ bulb: { watts: '5' } })).toEqual([
      { path: 'socket', expected: 'string' },
      { path: 'bulb.watts', expected: 'number' },
    ])
    expect(issues(Object.create({ socket: 's', bulb: { watts: 5 } }))).toHaveLength(2)
    expect(issues(JSON.parse('{"socket":"s","bulb":{"watts":5},"__proto__":{}}'))).toMatchObject([
      { path: '__proto__' },
    ])
    for (const value of [null, [], 'text', undefined])
      expect([Lamp.is(value), issues(value)]).toEqual([
        false,
        [{ path: '', expected: 'an object' }],
      ])
  })
})

describe('wholeNumber', () => {
  it.each([
    [{ least: 1 }, 'a whole number, 1 or more', [1, 2 ** 53 - 1], [0, 1.5, NaN, Infinity, '1']],
    [{ least: 0, most: 9, what: 'a port' }, 'a port from 0 to 9', [0, 9], [-1, 10, 2 ** 53]],
  ])('of %j is %s', (bounds, name, taken, refused) => {
    const codec = wholeNumber(bounds)
    expect(codec.name).toBe(name)
    for (const value of taken) expect(codec.decode(value)).toEqual(E.right(value))
    for (const value of refused)
      expect([codec.is(value), codec.decode(value)._tag]).toEqual([false, 'Left'])
  })
})
