import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'

type Members = Readonly<Record<string, t.Mixed>>

type Struct<Required extends Members, Optional extends Members> = {
  readonly [Name in keyof Required]: t.TypeOf<Required[Name]>
} & { readonly [Name in keyof Optional]?: t.TypeOf<Optional[Name]> }

/** A codec of an object that refuses every member it does not know, by name: a misspelt setting must not be ignored. */
export const struct = <Required extends Members, Optional extends Members>(
  required: Required,
  optional: Optional,
): t.Type<Struct<Required, Optional>, unknown, unknown> => {
  const members: Members = { ...optional, ...required }
  const known = [...Object.keys(required), ...Object.keys(optional)]
  return new t.Type(
    'an object',
    (value): value is Struct<Required, Optional> =>
      isObject(value) &&
      Object.keys(value).every((name) => known.includes(name)) &&
      known.every(
        (name) => (name in optional && !(name in value)) || members[name]?.is(value[name]) === true,
      ),
    (value, context) => {
      if (!isObject(value)) return t.failure(value, context)
      const errors: t.ValidationError[] = []
      const decoded: Record<string, unknown> = {}
      for (const name of Object.keys(value)) {
        if (known.includes(name)) continue
        const at = t.appendContext(context, name, t.never, value[name])
        errors.push({
          value: value[name],
          context: at,
          message: `unknown member; known are ${known.join(', ')}`,
        })
      }
      for (const name of known) {
        const codec = members[name]
        if (codec === undefined || (name in optional && !Object.hasOwn(value, name))) continue
        const member = Object.hasOwn(value, name) ? value[name] : undefined
        const result = codec.validate(member, t.appendContext(context, name, codec, member))
        if (E.isLeft(result)) errors.push(...result.left)
        else decoded[name] = result.right
      }
      // Each member was decoded by its own codec, which the loop's type cannot say.
      return errors.length > 0
        ? t.failures(errors)
        : t.success(decoded as Struct<Required, Optional>)
    },
    t.identity,
  )
}

// -- internals

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
