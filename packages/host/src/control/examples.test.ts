import { memoryStore } from '@signalbox/stores/memory'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { erased } from '../erased.ts'
import { openapi } from '../openapi.ts'
import { createControl } from './control.ts'
import { EXAMPLES } from './examples.ts'

// Routes are data: to look at them takes nothing of what they would use when they are called.
const control = createControl({
  site: { store: memoryStore() },
  credentials: {},
  effects: {},
  callback: () => {},
  draw: async () => '',
} as unknown as Parameters<typeof createControl>[0])

const routes = control.routes.map(erased)

it.each(routes.map((route) => [route.name, route] as const))(
  'shows what %s takes and answers, as its codecs take it',
  (name, { body, responses = {}, examples = {} }) => {
    expect(Object.keys(responses).length).toBeGreaterThan(0)
    for (const [status, codec] of Object.entries(responses)) {
      const example = examples.responses?.[Number(status)]
      if (codec === null) expect(example).toBe(undefined)
      else expect(E.isRight(codec.decode(example)), `${name} ${status}`).toBe(true)
    }
    if (body === undefined) return
    const codec = body.documented ?? body.codec
    expect(E.isRight(codec.decode(examples.body)), name).toBe(true)
  },
)

it('has an example of no route that is not there', () => {
  expect(
    Object.keys(EXAMPLES).filter((name) => !routes.some((route) => route.name === name)),
  ).toEqual([])
})

it('describes every route with its answers', () => {
  const { description } = control
  if (description === undefined) throw new Error('the control plane is not described')
  const { paths } = openapi(control.routes, description) as {
    paths: Record<string, Record<string, { operationId: string; responses: object }>>
  }
  const operations = Object.values(paths).flatMap((path) => Object.values(path))
  expect(operations.map(({ operationId }) => operationId).toSorted()).toEqual(
    routes.map(({ name }) => name).toSorted(),
  )
  for (const { responses } of operations)
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['4XX', 'default']))
})
