import * as t from 'io-ts'
import { described } from './json-schema.ts'

/** A codec of whole numbers within bounds, which names them: `what` is what is counted. */
export const wholeNumber = ({
  least,
  most = Number.MAX_SAFE_INTEGER,
  what = 'a whole number',
}: {
  readonly least: number
  readonly most?: number
  readonly what?: string
}): t.Type<number, number, unknown> => {
  const is = (value: unknown): value is number =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
  const bounds =
    most === Number.MAX_SAFE_INTEGER ? `, ${least} or more` : ` from ${least} to ${most}`
  return described(
    new t.Type(
      `${what}${bounds}`,
      is,
      (value, context) => (is(value) ? t.success(value) : t.failure(value, context)),
      t.identity,
    ),
    { type: 'integer', minimum: least, maximum: most },
  )
}
