import * as t from 'io-ts'

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

const isJsonObject = (u: unknown): u is JsonObject =>
  isPlainObject(u) && Object.values(u).every(isJson)

/** Accepts what JSON can say, and only that: no `undefined`, `NaN`, `Date`, `Map` or class instance. */
export const Json = new t.Type<Json, Json, unknown>(
  'Json',
  isJson,
  (u, c) => (isJson(u) ? t.success(u) : t.failure(u, c)),
  t.identity,
)

/** Accepts a JSON object. */
export const JsonObject = new t.Type<JsonObject, JsonObject, unknown>(
  'JsonObject',
  isJsonObject,
  (u, c) => (isJsonObject(u) ? t.success(u) : t.failure(u, c)),
  t.identity,
)
