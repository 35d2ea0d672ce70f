import * as t from 'io-ts'
import { expect, it } from 'vitest'
import { described, jsonSchemaOf } from './json-schema.ts'

const Own = new t.Type<number, number, unknown>('Own', t.number.is, t.number.validate, t.identity)

interface Tree {
  readonly leaves: ReadonlyArray<Tree>
}
const Tree: t.Type<Tree> = t.recursion('Tree', () => t.strict({ leaves: t.readonlyArray(Tree) }))

it.each([
  [t.string, { type: 'string' }],
  [t.Int, { type: 'integer' }],
  [t.literal('a'), { const: 'a' }],
  [t.keyof({ a: null, b: null }), { type: 'string', enum: ['a', 'b'] }],
  [t.union([t.number, t.null]), { anyOf: [{ type: 'number' }, { type: 'null' }] }],
  [t.readonlyArray(t.boolean), { type: 'array', items: { type: 'boolean' } }],
  [t.record(t.string, t.number), { type: 'object', additionalProperties: { type: 'number' } }],
  [
    t.readonly(t.strict({ a: t.string })),
    { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
  ],
  [t.exact(t.partial({ a: t.string })), { type: 'object', properties: { a: { type: 'string' } } }],
  [
    t.tuple([t.string, t.number]),
    {
      type: 'array',
      prefixItems: [{ type: 'string' }, { type: 'number' }],
      minItems: 2,
      maxItems: 2,
    },
  ],
  [
    Tree,
    {
      type: 'object',
      properties: { leaves: { type: 'array', items: {} } },
      required: ['leaves'],
    },
  ],
  [t.unknown, {}],
  [Own, {}],
])('describes %#', (codec, schema) => {
  expect(jsonSchemaOf(codec)).toEqual(schema)
})

it('knows a codec of one’s own once it was described', () => {
  const codec = described(
    new t.Type<string, string, unknown>('Id', t.string.is, t.string.validate, t.identity),
    { type: 'string', pattern: '^x' },
  )
  expect(jsonSchemaOf(t.array(codec))).toEqual({
    type: 'array',
    items: { type: 'string', pattern: '^x' },
  })
})
