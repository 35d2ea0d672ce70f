import { jsonSchemaOf } from '@signalbox/core'
import { sampleOf } from '@signalbox/core/testing'
import * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'

/** Queries that a codec is described to take and takes, out of so many that are made; the same ones in every run. */
export const describedQueries = (codec: t.Any, count: number): ReadonlyArray<URLSearchParams> => {
  const schema = jsonSchemaOf(codec)
  let state = 1
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  return Array.from({ length: count }, () => spelled(sampleOf(schema, random))).filter((query) =>
    E.isRight(codec.decode(Object.fromEntries(query))),
  )
}

// -- internals

const spelled = (sample: unknown): URLSearchParams =>
  new URLSearchParams(
    Object.entries(typeof sample === 'object' ? (sample ?? {}) : {}).map(
      ([name, value]): [string, string] => [
        name,
        typeof value === 'string' ? value : JSON.stringify(value),
      ],
    ),
  )
