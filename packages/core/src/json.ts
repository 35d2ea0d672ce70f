import * as t from 'io-ts'
import { described } from './json-schema.ts'

/** Plain data that survives a JSON round trip unchanged. */
export type Json = null | boolean | number | string | JsonArray | JsonObject

/** A JSON array. */
export type JsonArray = ReadonlyArray<Json>

/** A JSON object; a member that is `undefined` does not belong in one. */
export interface JsonObject {
  readonly [member: string]: Json
}

const isPlainObject = (u: unknown): u is Record<string, unknown> => {
  if (typeof u !== 'object' || u === null) return false
  const prototype: unknown = Object.getPrototypeOf(u)
  return prototype === Object.prototype || prototype === null
}

const isJson = (u: unknown): u is Json =>
  u === null ||
  typeof u === 'boolean' ||
  typeof u === 'string' ||
  (typeof u === 'number' && Number.isFinite(u)) ||
  (Array.isArray(u) && u.every(isJson)) ||
  isJsonObject(u)

const isJsonObject = (u: unknown): u is JsonObject => {
  if (!isPlainObject(u)) return false
  // Every stored state comes by here: a plain object is walked without a copy of its members.
  for (const name in u) if (!isJson(u[name])) return false
  return true
}

/** Tells whether two plain values are written as the same JSON text, the order of members included. */
export const sameJson = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const own = Object.keys(a)
  const others = Object.keys(b)
  return (
    own.length === others.length &&
    own.every(
      (name, index) =>
        name === others[index] &&
        sameJson(
          (a as Readonly<Record<string, unknown>>)[name],
          (b as Readonly<Record<string, unknown>>)[name],
        ),
    )
  )
}

/** Accepts what JSON can say, and only that: no `undefined`, `NaN`, `Date`, `Map` or class instance. */
export const Json = new t.Type<Json, Json, unknown>(
  'Json',
  isJson,
  (u, c) => (isJson(u) ? t.success(u) : t.failure(u, c)),
  t.identity,
)

/** Accepts a JSON object. */
export const JsonObject = described(
  new t.Type<JsonObject, JsonObject, unknown>(
    'JsonObject',
    isJsonObject,
    (u, c) => (isJsonObject(u) ? t.success(u) : t.failure(u, c)),
    t.identity,
  ),
  { type: 'object' },
)
