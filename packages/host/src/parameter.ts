import { described } from '@signalbox/core'
import * as t from 'io-ts'

/** A codec of text that matches a pattern of JSON Schema, for a member of a path, a query or the headers. */
export const textParameter = (
  name: string,
  { pattern, examples }: { readonly pattern: string; readonly examples: ReadonlyArray<string> },
): t.Type<string, string, unknown> => {
  const rule = new RegExp(pattern, 'u')
  const is = (value: unknown): value is string => typeof value === 'string' && rule.test(value)
  return described(
    new t.Type(
      name,
      is,
      (value, context) => (is(value) ? t.success(value) : t.failure(value, context)),
      t.identity,
    ),
    { type: 'string', pattern, examples },
  )
}

/** A codec of the text of a whole number, for a member of a path, a query or the headers. */
export const numberParameter = (
  name: string,
  {
    minimum,
    maximum = Number.MAX_SAFE_INTEGER,
    usual,
  }: {
    readonly minimum: number
    readonly maximum?: number
    /** What counts where it is not given. */
    readonly usual?: number
  },
): t.Type<number, string, unknown> =>
  described(
    new t.Type(
      name,
      (value): value is number => Number.isInteger(value),
      (value, context) => {
        const number = typeof value === 'string' && NUMBER.test(value) ? Number(value) : Number.NaN
        return number >= minimum && number <= maximum
          ? t.success(number)
          : t.failure(value, context)
      },
      String,
    ),
    { type: 'integer', minimum, maximum, ...(usual === undefined ? {} : { default: usual }) },
  )

// -- internals

const NUMBER = /^-?(?:0|[1-9]\d*)$/
