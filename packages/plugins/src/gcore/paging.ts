import type { FieldErrors } from '@signalbox/core/gcore'
import * as E from 'fp-ts/lib/Either.js'

/** Which part of a list is asked for, and at most how much of it. */
export interface Paging {
  readonly limit: number
  readonly offset: number
}

/** A part of a list, as clients read it. */
export interface Envelope<A> {
  readonly count: number
  readonly next: string | null
  readonly previous: string | null
  readonly results: ReadonlyArray<A>
}

/** Reads `limit` and `offset`; undefined when neither is given, which asks for a bare array of all. */
export const readPaging = (query: URLSearchParams): E.Either<FieldErrors, Paging | undefined> => {
  if (!query.has('limit') && !query.has('offset')) return E.right(undefined)
  const limit = readWhole(query.getAll('limit').at(-1), DEFAULT_LIMIT, 1)
  const offset = readWhole(query.getAll('offset').at(-1), 0, 0)
  if (E.isLeft(limit) || E.isLeft(offset))
    return E.left({
      ...(E.isLeft(limit) ? { limit: [limit.left] } : {}),
      ...(E.isLeft(offset) ? { offset: [offset.left] } : {}),
    })
  return E.right({ limit: Math.min(limit.right, MOST), offset: offset.right })
}

/** The members of a list that were asked for. */
export const pageOf = <A>(all: ReadonlyArray<A>, paging: Paging | undefined): ReadonlyArray<A> =>
  paging === undefined ? all : all.slice(paging.offset, paging.offset + paging.limit)

/** Puts a page into its envelope, with absolute links that keep the other members of the query. */
export const envelopeOf = <A>(
  url: URL,
  { limit, offset }: Paging,
  count: number,
  results: ReadonlyArray<A>,
): Envelope<A> => {
  const link = (to: number): string => {
    const target = new URL(url)
    target.searchParams.set('limit', String(limit))
    target.searchParams.set('offset', String(to))
    return target.href
  }
  return {
    count,
    next: offset + limit < count ? link(offset + limit) : null,
    previous: offset > 0 ? link(Math.max(0, offset - limit)) : null,
    results,
  }
}

/** What is shown of a list that is always cut into parts, when no part is asked for. */
export const wholeList: Paging = { limit: 100, offset: 0 }

// -- internals

const DEFAULT_LIMIT = 100
const MOST = 1000

const readWhole = (
  text: string | undefined,
  fallback: number,
  least: number,
): E.Either<string, number> => {
  if (text === undefined) return E.right(fallback)
  if (!/^-?\d+$/.test(text)) return E.left('A valid integer is required.')
  const value = Math.min(Number(text), Number.MAX_SAFE_INTEGER)
  return value < least
    ? E.left(`Ensure this value is greater than or equal to ${least}.`)
    : E.right(value)
}
