import { jsonSchemaOf } from '@signalbox/core'
import { sampleOf } from '@signalbox/core/testing'
import { memoryStore } from '@signalbox/stores/memory'
import { Ajv2020 } from 'ajv/dist/2020.js'
import * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { erased } from '../erased.ts'
import { createControl } from './control.ts'

// Routes are data: to look at them takes nothing of what they would use when they are called.
const { routes } = createControl({
  site: { store: memoryStore() },
  credentials: {},
  effects: {},
  callback: () => {},
  draw: async () => '',
} as unknown as Parameters<typeof createControl>[0])

const SAMPLES = 1_000

const ajv = new Ajv2020({ strict: false, ownProperties: true })

const taken = (codec: t.Any, value: unknown): boolean => E.isRight(codec.decode(value))

describe.each(routes.map(erased).map((route) => [route.name, route] as const))('%s', (_, route) => {
  const { params, query, body } = route
  const json = body?.documented ?? body?.codec

  it.runIf(json !== undefined)('takes exactly the bodies that it is described to take', () => {
    if (json === undefined) return
    const schema = jsonSchemaOf(json)
    const validate = ajv.compile(schema)
    const random = dice(1)
    let accepted = 0
    for (let count = 0; count < SAMPLES; count += 1) {
      const value = sampleOf(schema, random)
      const wanted = validate(value)
      if (wanted) accepted += 1
      expect(taken(json, value), JSON.stringify(value)).toBe(wanted)
    }
    expect(accepted).toBeGreaterThan(SAMPLES / 10)
    expect(accepted).toBeLessThan(SAMPLES)
  })

  it.runIf(params !== undefined || query !== undefined)(
    'takes exactly the parameters that it is described to take',
    () => {
      for (const codec of [params, query]) {
        if (codec === undefined) continue
        const schema = jsonSchemaOf(codec)
        const { properties = {} } = schema as { properties?: Record<string, object> }
        const validate = ajv.compile(schema)
        const random = dice(2)
        for (let count = 0; count < SAMPLES; count += 1) {
          // A cursor is nobody's to make up: that it is text is all there is to say of it.
          const { after: _cursor, ...sent } = spelled(sampleOf(schema, random))
          // Members of a path are what its pattern names.
          if (
            codec === params &&
            Object.keys(sent).some((name) => !Object.hasOwn(properties, name))
          )
            continue
          const read = Object.fromEntries(
            Object.entries(sent).map(([name, value]) => [name, readAs(properties[name], value)]),
          )
          expect(taken(codec, sent), JSON.stringify(sent)).toBe(validate(read))
        }
      }
    },
  )
})

// -- internals

type Wire = Readonly<Record<string, string | ReadonlyArray<string>>>

// As a URL carries a value: everything is text.
const spelled = (value: unknown): Wire =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? {}
    : Object.fromEntries(
        Object.entries(value)
          .filter(([name]) => name !== '__proto__')
          .map(([name, held]) => [
            name,
            Array.isArray(held) && held.length > 1
              ? held.map((one) => textOf(one))
              : textOf(Array.isArray(held) ? held[0] : held),
          ]),
      )

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value ?? null)

// As OpenAPI reads it: a parameter that is described as a number is one where its text is a number's.
const readAs = (schema: object | undefined, value: string | ReadonlyArray<string>): unknown =>
  typeof value === 'string' &&
  schema !== undefined &&
  'type' in schema &&
  schema.type === 'integer' &&
  /^-?(?:0|[1-9]\d*)$/.test(value)
    ? Number(value)
    : value

// The same numbers in every run.
const dice = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
