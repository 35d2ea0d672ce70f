import { described } from '@signalbox/core'
import type { JsonSchema } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { BodyErrors } from './fields.ts'

/** A codec of the bodies that a route's own reader takes, and the schema that says which they are. */
export const judged = (
  name: string,
  read: (body: unknown) => E.Either<BodyErrors, unknown>,
  schema: JsonSchema,
): t.Type<unknown, unknown, unknown> => {
  const is = (body: unknown): body is unknown => E.isRight(read(body))
  return described(
    new t.Type(
      name,
      is,
      (body, context) => (is(body) ? t.success(body) : t.failure(body, context)),
      t.identity,
    ),
    schema,
  )
}

/** The schema of a text that is not blank. */
export const text = ({
  least = 0,
  most = 255,
}: { readonly least?: number; readonly most?: number } = {}): JsonSchema => ({
  type: 'string',
  pattern: `^${STORED}*(?!\\s)${STORED}+$`,
  ...(least > 0 ? { minLength: least } : {}),
  maxLength: most,
})

/** The schema of a text that is empty or not blank. */
export const anyText = (most: number): JsonSchema => ({
  type: 'string',
  pattern: `^(?:${STORED}*(?!\\s)${STORED}+)?$`,
  maxLength: most,
})

/** The schema of an address of the form `name@domain.tld`. */
export const EMAIL: JsonSchema = {
  type: 'string',
  pattern:
    '^[^\\s@<>()",;:\\\\\\[\\]\\u0000\\p{Surrogate}]+@[A-Za-z0-9](?:[A-Za-z0-9\\-]*[A-Za-z0-9])?(?:\\.[A-Za-z0-9](?:[A-Za-z0-9\\-]*[A-Za-z0-9])?)+$',
  maxLength: 254,
}

/** The schema of null, and of what another one takes. */
export const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] })

// -- internals

// What a store keeps: well-formed text without NUL.
const STORED = '[^\\u0000\\p{Surrogate}]'
