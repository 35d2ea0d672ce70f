import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'

/** Codecs by the name of the member. */
type Members = Readonly<Record<string, t.Mixed>>

/** What an object with these members decodes to. */
type Struct<Required extends Members, Optional extends Members> = {
  readonly [Name in keyof Required]: t.TypeOf<Required[Name]>
} & { readonly [Name in keyof Optional]?: t.TypeOf<Optional[Name]> }

/** The codec of an object with all its members. */
export interface StructType<Required extends Members, Optional extends Members> extends t.Type<
  Struct<Required, Optional>,
  unknown,
  unknown
> {
  readonly props: Required & Optional
  readonly required: ReadonlyArray<string>
}

/** Tells whether a codec was made by `struct`. */
export const isStruct = (codec: t.Any): codec is StructType<Members, Members> =>
  'props' in codec && 'required' in codec

/**
 * A codec of an object that refuses every member it does not know, by name: a misspelt setting must not be ignored. An
 * optional member that is undefined counts as left out.
 */
export const struct = <Required extends Members, Optional extends Members>(
  required: Required,
  optional: Optional,
  name = 'an object',
): StructType<Required, Optional> => {
  const props = { ...required, ...optional }
  const members: ReadonlyArray<readonly [string, t.Mixed]> = Object.entries(props)
  const known = Object.keys(props)
  const mayLack = (member: string): boolean => Object.hasOwn(optional, member)
  const codec = new t.Type<Struct<Required, Optional>, unknown, unknown>(
    name,
    (value): value is Struct<Required, Optional> =>
      isObject(value) &&
      Object.keys(value).every((member) => known.includes(member)) &&
      members.every(([member, type]) => {
        const held = memberOf(value, member)
        return (held === undefined && mayLack(member)) || type.is(held)
      }),
    (value, context) => {
      if (!isObject(value)) return t.failure(value, context)
      const errors: t.ValidationError[] = []
      const decoded: Record<string, unknown> = {}
      for (const member of Object.keys(value)) {
        if (known.includes(member)) continue
        errors.push({
          value: value[member],
          context: t.appendContext(context, member, t.never, value[member]),
          message: `unknown member; known are ${known.join(', ')}`,
        })
      }
      for (const [member, type] of members) {
        const held = memberOf(value, member)
        if (held === undefined && mayLack(member)) continue
        const result = type.validate(held, t.appendContext(context, member, type, held))
        if (E.isLeft(result)) errors.push(...result.left)
        else decoded[member] = result.right
      }
      // Each member was decoded by its own codec, which the loop's type cannot say.
      return errors.length > 0
        ? t.failures(errors)
        : t.success(decoded as Struct<Required, Optional>)
    },
    t.identity,
  )
  return Object.assign(codec, { props, required: Object.keys(required) })
}

// -- internals

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const memberOf = (value: Readonly<Record<string, unknown>>, member: string): unknown =>
  Object.hasOwn(value, member) ? value[member] : undefined
