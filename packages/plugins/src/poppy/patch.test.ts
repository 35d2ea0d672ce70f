import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { patch } from './patch.ts'

const DOCUMENT = {
  name: 'shop',
  domains: [{ domain: 'www.shop-a.com' }, { domain: 'img.shop-a.com' }],
  log_delivery: { enabled: false },
  'a/b': { 'c~d': 1 },
}

const failed = (...operations: ReadonlyArray<unknown>): unknown =>
  E.match(
    (text) => text,
    () => 'applied',
  )(patch(DOCUMENT, operations))

const applied = (...operations: ReadonlyArray<unknown>): unknown =>
  E.match(
    (text) => ({ refused: text }),
    (document) => document,
  )(patch(DOCUMENT, operations))

describe('a patch', () => {
  it.each([
    [{}, "Operation does not contain 'op' member"],
    [7, "Operation does not contain 'op' member"],
    [null, "Operation does not contain 'op' member"],
    [['op'], "Operation does not contain 'op' member"],
    [{ op: 7, path: '/name' }, 'Operation must be a string'],
    [{ op: 'bad', path: '/name' }, "Unknown operation 'bad'"],
    [{ op: 'toString', path: '/name' }, "Unknown operation 'toString'"],
    [{ op: 'add' }, "Operation must have a 'path' member"],
    [{ op: 'add', path: 7, value: 1 }, "Invalid 'path'"],
    [{ op: 'add', path: 'name', value: 1 }, 'Location must start with /'],
    [{ op: 'add', path: '/name' }, "The operation does not contain a 'value' member"],
    [{ op: 'replace', path: '/name' }, "The operation does not contain a 'value' member"],
    [{ op: 'test', path: '/name' }, "The operation does not contain a 'value' member"],
    [{ op: 'move', path: '/name' }, "The operation does not contain a 'from' member"],
    [{ op: 'copy', path: '/name' }, "The operation does not contain a 'from' member"],
    [{ op: 'copy', path: '/x', from: 'name' }, 'Location must start with /'],
    [{ op: 'remove', path: '/client' }, "can't remove a non-existent object 'client'"],
    [{ op: 'remove', path: '/domains/2' }, "can't remove a non-existent object '2'"],
    [{ op: 'remove', path: '/domains/-' }, "can't remove a non-existent object '-'"],
    [{ op: 'replace', path: '/x', value: 1 }, "can't replace a non-existent object 'x'"],
    [{ op: 'replace', path: '/domains/2', value: 1 }, "can't replace outside of list"],
    [{ op: 'replace', path: '/domains/-', value: 1 }, "can't replace outside of list"],
    [{ op: 'add', path: '/domains/3', value: 1 }, "can't insert outside of list"],
    [{ op: 'add', path: '/domains/01', value: 1 }, "'01' is not a valid sequence index"],
    [{ op: 'remove', path: '/domains/x' }, "'x' is not a valid sequence index"],
    [{ op: 'replace', path: '/domains/-1', value: 1 }, "'-1' is not a valid sequence index"],
    [{ op: 'add', path: '/x/y', value: 1 }, "member 'x' not found"],
    [{ op: 'add', path: '/name/y', value: 1 }, "member 'y' not found"],
    [{ op: 'copy', path: '/x', from: '/y' }, "member 'y' not found"],
    [{ op: 'test', path: '/y', value: 1 }, "member 'y' not found"],
    [{ op: 'test', path: '/name', value: true }, "'shop' is not equal to tested value True"],
    [
      { op: 'test', path: '/log_delivery', value: {} },
      "{'enabled': False} is not equal to tested value {}",
    ],
    [
      { op: 'move', path: '/log_delivery/x', from: '/log_delivery' },
      'Cannot move values into its own children',
    ],
    [{ op: 'add', path: '/__proto__/polluted', value: 1 }, "member '__proto__' not found"],
    [{ op: 'add', path: '/__proto__', value: 1 }, "member '__proto__' not found"],
    [{ op: 'add', path: '/constructor/prototype/x', value: 1 }, "member 'constructor' not found"],
    [{ op: 'remove', path: '/toString' }, "can't remove a non-existent object 'toString'"],
  ])('with %j is refused', (operation, text) => {
    expect(failed(operation)).toBe(text)
  })

  it('is read before any of it is applied', () => {
    expect(failed({ op: 'remove', path: '/client' }, { op: 'bad', path: '' })).toBe(
      "Unknown operation 'bad'",
    )
  })

  it('adds, replaces, removes, copies, moves and tests, in order', () => {
    expect(
      applied(
        { op: 'test', path: '/log_delivery', value: { enabled: false } },
        { op: 'add', path: '/domains/-', value: { domain: 'c' } },
        { op: 'add', path: '/domains/0', value: { domain: 'z' } },
        { op: 'remove', path: '/domains/1' },
        { op: 'replace', path: '/name', value: 'new' },
        { op: 'copy', from: '/name', path: '/copied' },
        { op: 'move', from: '/domains/0', path: '/domains/2' },
        { op: 'replace', path: '/a~1b/c~0d', value: 2 },
        { op: 'move', from: '/name', path: '/name' },
      ),
    ).toEqual({
      name: 'new',
      domains: [{ domain: 'img.shop-a.com' }, { domain: 'c' }, { domain: 'z' }],
      log_delivery: { enabled: false },
      'a/b': { 'c~d': 2 },
      copied: 'new',
    })
  })

  it('replaces the whole document', () => {
    expect(applied({ op: 'replace', path: '', value: [1] })).toEqual([1])
    expect(failed({ op: 'remove', path: '' })).toBe("can't remove a non-existent object 'None'")
  })

  it('does not share what it copies', () => {
    expect(
      applied(
        { op: 'copy', from: '/log_delivery', path: '/other' },
        { op: 'replace', path: '/other/enabled', value: true },
      ),
    ).toMatchObject({ log_delivery: { enabled: false }, other: { enabled: true } })
  })

  it('that doubles the document again and again ends', () => {
    const twice = { op: 'copy', from: '/domains', path: '/domains/-' }
    expect(failed(...Array.from({ length: 64 }, () => twice))).toMatch(/^The server could not/)
  })

  it('that digs deeper and deeper ends', () => {
    const deeper = Array.from({ length: 80 }, (_, depth) => ({
      op: 'add',
      path: '/x'.repeat(depth + 1),
      value: {},
    }))
    expect(failed(...deeper)).toMatch(/^The server could not/)
  })

  it('never throws, and leaves its document and every prototype as they were', () => {
    const token = fc.constantFrom(
      ...'|name|domains|0|1|-|01|x|~1|~0|a~1b|log_delivery|enabled|domain'.split('|'),
      ...'__proto__|constructor|prototype|polluted'.split('|'),
    )
    const pointer = fc.oneof(
      fc.array(token, { maxLength: 4 }).map((tokens) => tokens.map((one) => `/${one}`).join('')),
      fc.jsonValue(),
    )
    const operation = fc.record(
      {
        op: fc.oneof(
          fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
          fc.jsonValue(),
        ),
        path: pointer,
        from: pointer,
        value: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    const before = JSON.stringify(DOCUMENT)
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 6 }), (operations) => {
        patch(DOCUMENT, operations)
        expect(JSON.stringify(DOCUMENT)).toBe(before)
        expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
      }),
      { seed: 6902, numRuns: 2_000 },
    )
  })
})
