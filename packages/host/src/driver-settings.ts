import * as t from 'io-ts'

/** Codecs of driver settings by their `kind`. */
type Kinds = Readonly<Record<string, t.Mixed>>

/** The codec of a `driver` setting: one of some kinds, told apart by `kind`, so that what is wrong is said of the one meant. */
export const driverSettings = <const Known extends Kinds>(
  kinds: Known,
): t.Type<t.TypeOf<Known[keyof Known]>, unknown, unknown> => {
  const named = Object.keys(kinds)
  const Kind = t.keyof(kinds, named.map((kind) => `"${kind}"`).join(' or '))
  return new t.Type(
    'a driver',
    (value): value is t.TypeOf<Known[keyof Known]> =>
      named.some((kind) => kinds[kind]?.is(value) === true),
    (value, context) => {
      if (typeof value !== 'object' || value === null) return t.failure(value, context)
      const kind = 'kind' in value ? value.kind : undefined
      const meant = typeof kind === 'string' && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
      return meant === undefined
        ? t.failures([{ value: kind, context: t.appendContext(context, 'kind', Kind, kind) }])
        : meant.validate(value, context)
    },
    t.identity,
  )
}
