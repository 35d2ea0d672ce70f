import * as t from 'io-ts'
import type { Json, JsonObject } from './json.ts'
import { isStruct } from './struct.ts'

/** A schema of JSON Schema's draft 2020-12, as OpenAPI 3.1 takes it. */
export type JsonSchema = JsonObject

/**
 * Says what a codec of one's own accepts, which nothing in it tells: the codec is answered as it is, and `jsonSchemaOf`
 * knows it from then on.
 */
export const described = <Codec extends t.Any>(codec: Codec, schema: JsonSchema): Codec => {
  descriptions.set(codec, schema)
  return codec
}

/**
 * Describes what a codec accepts, as far as the codec tells. A codec that is not made of the library's own and was not
 * described accepts anything. What is recursive is described to the depth at which it begins to repeat itself.
 */
export const jsonSchemaOf = (codec: t.Any): JsonSchema => schemaOf(codec, [])

// -- internals

const descriptions = new WeakMap<t.Any, JsonSchema>()

const ANYTHING: JsonSchema = {}

const schemaOf = (codec: t.Any, within: ReadonlyArray<t.Any>): JsonSchema => {
  const known = descriptions.get(codec)
  if (known !== undefined) return known
  if (within.includes(codec)) return ANYTHING
  const inner = (part: t.Any): JsonSchema => schemaOf(part, [...within, codec])
  if (codec === t.Int) return { type: 'integer' }
  if (codec instanceof t.StringType) return { type: 'string' }
  if (codec instanceof t.NumberType) return { type: 'number' }
  if (codec instanceof t.BooleanType) return { type: 'boolean' }
  if (codec instanceof t.NullType) return { type: 'null' }
  if (codec instanceof t.LiteralType) return { const: codec.value as Json }
  if (codec instanceof t.KeyofType)
    return { type: 'string', enum: Object.keys(codec.keys as object) }
  if (codec instanceof t.ArrayType || codec instanceof t.ReadonlyArrayType)
    return { type: 'array', items: inner(codec.type as t.Any) }
  if (codec instanceof t.TupleType) {
    const parts = (codec.types as ReadonlyArray<t.Any>).map(inner)
    return { type: 'array', prefixItems: parts, minItems: parts.length, maxItems: parts.length }
  }
  if (isStruct(codec))
    return {
      type: 'object',
      properties: Object.fromEntries(
        Object.entries(codec.props).map(([name, part]) => [name, inner(part)]),
      ),
      ...(codec.required.length > 0 ? { required: codec.required } : {}),
      additionalProperties: false,
    }
  if (codec instanceof t.InterfaceType)
    return objectOf(codec.props as t.AnyProps, inner, { required: true })
  if (codec instanceof t.PartialType)
    return objectOf(codec.props as t.AnyProps, inner, { required: false })
  if (codec instanceof t.DictionaryType)
    return { type: 'object', additionalProperties: inner(codec.codomain as t.Any) }
  if (codec instanceof t.UnionType)
    return { anyOf: (codec.types as ReadonlyArray<t.Any>).map(inner) }
  if (codec instanceof t.IntersectionType)
    return { allOf: (codec.types as ReadonlyArray<t.Any>).map(inner) }
  if (
    codec instanceof t.ReadonlyType ||
    codec instanceof t.ExactType ||
    codec instanceof t.RefinementType
  )
    return inner(codec.type as t.Any)
  return codec instanceof t.RecursiveType ? inner(codec.type as t.Any) : ANYTHING
}

const objectOf = (
  props: t.AnyProps,
  inner: (part: t.Any) => JsonSchema,
  { required }: { readonly required: boolean },
): JsonSchema => ({
  type: 'object',
  properties: Object.fromEntries(
    Object.entries(props).map(([name, part]) => [name, inner(part as t.Any)]),
  ),
  ...(required && Object.keys(props).length > 0 ? { required: Object.keys(props) } : {}),
})
