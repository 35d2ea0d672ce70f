import { described } from '@signalbox/core'
import * as t from 'io-ts'
import { readPlace } from './cursor.ts'
import type { Place } from './cursor.ts'

const MOST = 500

/** A name or an id as the store can hold it: well-formed text without NUL, not empty. */
export const Name = described(
  new t.Type<string, string, unknown>(
    'a name',
    (value): value is string => isName(value),
    (value, context) => (isName(value) ? t.success(value) : t.failure(value, context)),
    t.identity,
  ),
  { type: 'string', pattern: '^[^\\u0000\\p{Surrogate}]+$' },
)

/** How many items a page may have, as a query says it. */
export const Limit = described(
  new t.Type<number, string, unknown>(
    'a whole number from 1 to 500',
    (value): value is number => Number.isInteger(value),
    (value, context) => {
      const limit = typeof value === 'string' && /^\d{1,3}$/.test(value) ? Number(value) : 0
      return limit >= 1 && limit <= MOST ? t.success(limit) : t.failure(value, context)
    },
    String,
  ),
  { type: 'integer', minimum: 1, maximum: MOST, default: 50 },
)

/** How many items a page has unless the query says it. */
export const USUAL_LIMIT = 50

/** The place behind which a page begins: what an earlier page gave as `next`. */
export const After = described(
  new t.Type<Place, string, unknown>(
    'the `next` of an earlier page',
    (value): value is Place => typeof value === 'object',
    (value, context) => {
      const place = typeof value === 'string' ? readPlace(value) : undefined
      return place === undefined ? t.failure(value, context) : t.success(place)
    },
    ({ source }) => source,
  ),
  { type: 'string' },
)

/** Spells an instant as RFC 3339 does, in UTC. */
export const timestamp = (at: number): string => new Date(at).toISOString()

// -- internals

const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && !/[\0\p{Surrogate}]/u.test(value)
