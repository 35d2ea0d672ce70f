import { jsonSchemaOf } from '@signalbox/core'
import { sampleOf } from '@signalbox/core/testing'
import * as gcore from '@signalbox/core/gcore'
import * as poppy from '@signalbox/core/poppy'
import * as zosconnect from '@signalbox/core/zosconnect'
import type { Lifecycle } from '@signalbox/core'
import { Ajv2020 } from 'ajv/dist/2020.js'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

const isLifecycle = (value: unknown): value is Lifecycle =>
  typeof value === 'object' && value !== null && 'commands' in value && 'machine' in value

const lifecycles = [gcore, poppy, zosconnect].flatMap((provider) =>
  Object.values(provider).filter(isLifecycle),
)

const cases = lifecycles.flatMap(({ name, commands }) =>
  Object.entries(commands).map(([type, { payload }]) => [`${name} ${type}`, payload] as const),
)

const SAMPLES = 1_000

const ajv = new Ajv2020({ strict: false, ownProperties: true })

describe.each(cases)('%s', (_, payload) => {
  it('takes exactly the payloads that it is described to take', () => {
    const schema = jsonSchemaOf(payload)
    const validate = ajv.compile(schema)
    const random = dice(1)
    const isOfOptions = JSON.stringify(schema).includes('"options":')
    for (let count = 0; count < SAMPLES; count += 1) {
      const value = sampleOf(schema, random)
      const taken = E.isRight(payload.decode(value))
      // A schema cannot bound a number in a text: where options are values, it may promise more, and never less.
      if (isOfOptions && !taken) continue
      expect(taken, JSON.stringify(value)).toBe(validate(value))
    }
  })
})

// -- internals

// The same numbers in every run.
const dice = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
