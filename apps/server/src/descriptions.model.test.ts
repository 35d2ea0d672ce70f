import { jsonSchemaOf } from '@signalbox/core'
import { sampleOf } from '@signalbox/core/testing'
import { createHost, operationsOf, virtualClock } from '@signalbox/host'
import type { AnyPlugin, Mounted, Operation } from '@signalbox/host'
import { memoryStore } from '@signalbox/stores/memory'
import { Ajv2020 } from 'ajv/dist/2020.js'
import * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { PLUGINS } from './plugins.ts'

// With everything that settings may add to what is served.
const SETTINGS = { gcore: { legacy: true }, poppy: {}, zosconnect: {} }

const mounted = new Map<string, Mounted>()

const host = await createHost({
  store: memoryStore(),
  plugins: PLUGINS.map((plugin): AnyPlugin => ({
    ...plugin,
    setup: async (tools) => {
      const made = await plugin.setup(tools)
      mounted.set(plugin.name, made)
      return made
    },
  })),
  settings: SETTINGS,
  principals: [],
  clock: virtualClock(0),
  newId: () => 'id',
  random: () => 0.5,
  log: () => {},
})

const operations = [...mounted].flatMap(([name, { routes, description }]) =>
  operationsOf(routes, description ?? {}).map(
    (operation) => [`${name} ${operation.name}`, operation] as const,
  ),
)

describe.each(PLUGINS.map(({ name }) => name))('the description of %s', (name) => {
  it('has every route, with what it is for and what it answers', async () => {
    const response = await host.fetch(new Request(`http://h/_signalbox/openapi/${name}.json`))
    expect(response.status).toBe(200)
    const { paths } = (await response.json()) as { paths: Record<string, Record<string, Shown>> }
    const shown = Object.values(paths).flatMap((path) => Object.values(path))
    const ids = shown.map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(
      expect.arrayContaining((mounted.get(name)?.routes ?? []).map((route) => route.name)),
    )
    for (const { operationId, summary, responses } of shown) {
      expect(summary, operationId).toMatch(/\w/)
      expect(Object.keys(responses), operationId).toEqual(
        expect.arrayContaining([expect.stringMatching(/^2\d\d$/), '4XX', 'default']),
      )
    }
  })

  it('says nothing of routes that are not there', () => {
    const { routes = [], description } = mounted.get(name) ?? {}
    const said = Object.keys(description?.details?.() ?? {})
    expect(said.filter((each) => !routes.some((route) => route.name === each))).toEqual([])
  })
})

describe.each(operations)('%s', (_, operation) => {
  it('says of every answer what it is, and shows what its codecs take', () => {
    const { responses, examples = {} } = operation
    expect(responses).toBeDefined()
    for (const [status, codec] of Object.entries(responses ?? {})) {
      const example = examples.responses?.[Number(status)]
      if (codec === null) expect(example, status).toBe(undefined)
      // To the letter: a strict codec drops what it does not name.
      else expect(codec.decode(example), status).toEqual(E.right(example))
    }
    for (const { where, codec, example } of takenBy(operation))
      if (example !== undefined || where === 'body')
        expect(E.isRight(codec.decode(example)), where).toBe(true)
  })

  it('takes exactly the bodies that it is described to take', () => {
    for (const { codec, where } of takenBy(operation)) {
      if (where !== 'body') continue
      const { accepted, refused } = compare(codec, (value) => [value, value])
      expect([accepted > 20, refused > 20], `${accepted} of ${SAMPLES}`).toEqual([true, true])
    }
  })

  it('takes exactly the parameters that it is described to take', () => {
    for (const { codec, where } of takenBy(operation)) {
      if (where === 'body') continue
      const { properties = {} } = jsonSchemaOf(codec) as { properties?: Record<string, object> }
      const { accepted } = compare(codec, (value) => {
        const sent = spelled(value)
        return [sent, read(properties, sent)]
      })
      expect(accepted).toBeGreaterThan(20)
    }
  })

  it('answers what codecs take exactly as they are described', () => {
    for (const codec of Object.values(operation.responses ?? {}))
      if (codec !== null) compare(codec, (value) => [value, value])
  })
})

// -- internals

interface Shown {
  readonly operationId: string
  readonly summary: string
  readonly responses: object
}

const SAMPLES = 1_000

const ajv = new Ajv2020({ strict: false, ownProperties: true })

interface Taken {
  readonly where: 'body' | 'params' | 'query' | 'headers'
  readonly codec: t.Any
  readonly example: unknown
}

// What a client is told to send, as the description has it. Bytes have no form.
const takenBy = ({
  params,
  query,
  body,
  documented = {},
  examples = {},
}: Operation): ReadonlyArray<Taken> => {
  const json = body?.documented ?? (body?.kind === 'json' ? body.codec : undefined)
  const bodies = documented.bodies ?? (json === undefined ? {} : { 'application/json': json })
  return [
    ...Object.values(bodies).flatMap((codec) =>
      codec === null ? [] : [{ where: 'body' as const, codec, example: examples.body }],
    ),
    ...[
      {
        where: 'params' as const,
        codec: documented.params ?? params,
        example: textsOf(examples.params),
      },
      {
        where: 'query' as const,
        codec: documented.query ?? query,
        example: textsOf(examples.query),
      },
      { where: 'headers' as const, codec: documented.headers, example: undefined },
    ].flatMap(({ codec, ...taken }) => (codec === undefined ? [] : [{ ...taken, codec }])),
  ]
}

const textsOf = (example: unknown): unknown =>
  example === undefined ? undefined : spelled(example)

// Holds a codec to its schema; `make` says how a sample is sent, and how it is read.
const compare = (
  codec: t.Any,
  make: (sample: unknown) => readonly [sent: unknown, read: unknown],
): { readonly accepted: number; readonly refused: number } => {
  const schema = jsonSchemaOf(codec)
  const validate = ajv.compile(schema)
  const random = dice(1)
  let accepted = 0
  for (let count = 0; count < SAMPLES; count += 1) {
    const [sent, heard] = make(sampleOf(schema, random))
    const wanted = validate(heard)
    if (wanted) accepted += 1
    const taken = E.isRight(codec.decode(sent))
    // No schema compares two members.
    if (wanted && !taken && namesTwoProjects(codec, sent)) continue
    expect(taken, `${codec.name}: ${JSON.stringify(sent)}`).toBe(wanted)
  }
  return { accepted, refused: SAMPLES - accepted }
}

// Who asks Poppy for a token may name the project twice, and must not name two.
const namesTwoProjects = ({ name }: t.Any, body: unknown): boolean => {
  if (name !== 'TokenRequest') return false
  const { auth } = body as { readonly auth: Readonly<Record<string, unknown>> }
  return auth['tenantId'] !== auth['tenantName']
}

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
const read = (properties: Readonly<Record<string, object>>, sent: Wire): unknown =>
  Object.fromEntries(
    Object.entries(sent).map(([name, value]) => {
      const schema = properties[name]
      const isNumber = schema !== undefined && 'type' in schema && schema.type === 'integer'
      return [
        name,
        isNumber && typeof value === 'string' && /^-?(?:0|[1-9]\d*)$/.test(value)
          ? Number(value)
          : value,
      ]
    }),
  )

// The same numbers in every run.
const dice = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
