import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { lamp } from './__fixtures__/lamp.ts'
import { decode } from './decode.ts'
import { JsonObject } from './json.ts'
import { gcoreService } from './providers/gcore/index.ts'
import { poppyCertificate, poppyService } from './providers/poppy/index.ts'
import { zosApi, zosApiRequester, zosService } from './providers/zosconnect/index.ts'
import { State } from './state.ts'
import { struct } from './struct.ts'

interface Tree {
  readonly a: number
  readonly within: ReadonlyArray<Tree>
}

const Tree: t.Type<Tree, unknown, unknown> = t.recursion('Tree', () =>
  t.readonly(t.strict({ a: t.number, within: t.readonlyArray(Tree) })),
)

// Answers something else than it is given.
const Halved = new t.Type<number, number, unknown>(
  'Halved',
  t.number.is,
  (u, c) => (typeof u === 'number' ? t.success(u / 2) : t.failure(u, c)),
  t.identity,
)

const CODECS: ReadonlyArray<t.Mixed> = [
  t.string,
  t.null,
  t.unknown,
  t.Int,
  t.undefined,
  t.literal('a'),
  t.keyof({ a: null, b: null }),
  t.array(t.union([t.string, t.Int])),
  t.array(Halved),
  t.type({ a: t.unknown, b: t.union([t.number, t.undefined]) }),
  t.strict({ a: t.number, within: t.array(t.strict({ b: t.boolean })) }),
  t.strict({ a: Halved, b: t.readonly(t.strict({ a: t.string })) }),
  t.partial({ a: t.number, b: Halved }),
  t.exact(t.partial({ a: t.number, b: Halved })),
  t.exact(t.intersection([t.type({ a: t.number }), t.partial({ b: t.string })])),
  t.intersection([t.strict({ a: t.number }), t.partial({ b: t.string })]),
  t.union([t.strict({ a: t.number }), t.strict({ a: t.number, b: t.unknown })]),
  t.union([t.strict({ a: t.literal('x'), b: t.number }), t.strict({ a: t.literal('y') })]),
  t.record(t.string, t.strict({ a: t.number })),
  t.record(t.keyof({ a: null, b: null }), Halved),
  t.tuple([t.string, t.number]),
  t.refinement(t.strict({ a: t.number }), ({ a }) => a > 0),
  struct({ a: t.number }, { b: t.string }),
  Tree,
  JsonObject,
]

const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, undefined, true, 'a', 'b', 'x', 'y', 1, 2, -1, 0.5),
    fc.array(tie('any'), { maxLength: 2 }),
    fc.record({ a: tie('any'), b: tie('any'), within: tie('any') }, { requiredKeys: [] }),
  ),
})).any

describe('a codec that is asked for errors only', () => {
  it.each(CODECS.map((codec) => [codec.name, codec] as const))(
    'decodes as %s itself',
    (_, codec) => {
      let accepted = 0
      fc.assert(
        fc.property(value, (given) => {
          accepted += expectSame(codec, given) ? 1 : 0
        }),
        { numRuns: 1500, seed: 3 },
      )
      expect(accepted).toBeGreaterThan(0)
    },
  )

  it.each(
    [lamp, poppyService, poppyCertificate, gcoreService, zosService, zosApi, zosApiRequester].map(
      (lifecycle) => [lifecycle.name, lifecycle] as const,
    ),
  )(
    'decodes what a client may send to %s as its codecs do, whatever is missing or amiss',
    (_, lifecycle) => {
      for (const { payload, examples } of Object.values({
        ...lifecycle.commands,
        ...lifecycle.reports,
      }))
        for (const example of examples)
          for (const given of variantsOf(example)) expectSame(payload, given)
    },
  )

  it('decodes a state as its codec does, whatever is missing or amiss', () => {
    const state = {
      ref: { provider: 'demo', tenant: 't', id: '1' },
      lifecycle: 'demo/lamp',
      version: 2,
      value: { a: 'b', c: { d: 'e' } },
      status: 'on',
      context: { presses: 1 },
      deadlines: [{ name: 'burns', dueAt: 2, armedAt: 1, generation: 1 }],
      labels: { owner: 'ann' },
      done: false,
      revision: 1,
      generation: 1,
      createdAt: 1,
      changedAt: 1,
    }
    for (const given of variantsOf(state)) expectSame(State, given)
    expect(decode(State, state)).toEqual(E.right(state))
  })
})

// -- internals

const expectSame = (codec: t.Mixed, given: unknown): boolean => {
  const theirs: t.Validation<unknown> = codec.decode(given)
  const ours: t.Validation<unknown> = decode(codec, given)
  expect(spelled(ours)).toEqual(spelled(theirs))
  if (E.isLeft(theirs) || E.isLeft(ours)) return false
  // Nothing is copied that the codec does not copy: whoever compares by identity sees no difference.
  expect(ours.right === given).toBe(theirs.right === given)
  expect(JSON.stringify(ours.right)).toBe(JSON.stringify(theirs.right))
  return true
}

const spelled = (decoded: t.Validation<unknown>): unknown =>
  E.isLeft(decoded)
    ? decoded.left.map(({ context, message }) => [context.map(({ key }) => key), message])
    : decoded.right

// The value itself, and with each of its parts left out, put in another's place, or joined by one more.
const variantsOf = (whole: unknown): ReadonlyArray<unknown> => {
  if (Array.isArray(whole))
    return [
      whole,
      [...whole, 7],
      ...whole.flatMap((item: unknown, index) =>
        variantsOf(item).map((variant) => whole.with(index, variant)),
      ),
    ]
  if (typeof whole !== 'object' || whole === null) return [whole, null, 7, '', [], {}]
  return [
    whole,
    { ...whole, extra: 1 },
    ...Object.entries(whole).flatMap(([name, held]) => [
      Object.fromEntries(Object.entries(whole).filter(([other]) => other !== name)),
      ...variantsOf(held).map((variant) => ({ ...whole, [name]: variant })),
    ]),
  ]
}
