import { jsonSchemaOf } from '@signalbox/core'
import type { Json, JsonObject } from '@signalbox/core'
import * as t from 'io-ts'
import { erased } from './erased.ts'
import type { BodySpec, Operation, Route } from './route.ts'

/** What a description of routes says that no route does. */
export interface Description {
  readonly title: string
  readonly version: string
  /** Sentences for people, in CommonMark. */
  readonly about?: string
  /** The body of every answer from 400 on that a route does not describe itself. */
  readonly error: t.Any
  /** The media type of `error`; `application/json` unless said. */
  readonly errorType?: string
  /** How callers are known: security schemes of OpenAPI by name. Any of them will do. */
  readonly security: Readonly<Record<string, JsonObject>>
  /** The names of routes that need no caller to be known. */
  readonly open?: ReadonlyArray<string>
  /** What is answered beside the routes. */
  readonly beside?: ReadonlyArray<Operation>
  /** What is said of routes beside what they say themselves, by their names. It is asked for with each document. */
  readonly details?: () => Readonly<Record<string, Details>>
}

/** What a description says of one route. */
export type Details = Pick<Operation, 'responses' | 'examples' | 'documented'>

/**
 * Describes routes in OpenAPI 3.1. Schemas come from the routes' codecs; a codec with a name that no other one has is a
 * component of that name.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
export const openapi = (routes: ReadonlyArray<Route>, description: Description): JsonObject => {
  const components = createComponents()
  const paths: Record<string, Record<string, Json>> = {}
  for (const operation of operationsOf(routes, description)) {
    const path = operation.path.replaceAll(PARAMETER, '{$1}')
    const operations = (paths[path] ??= {})
    operations[operation.method.toLowerCase()] = operationOf(operation, description, components)
  }
  return {
    openapi: '3.1.1',
    info: {
      title: description.title,
      version: description.version,
      ...(description.about === undefined ? {} : { description: description.about }),
      license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    security: Object.keys(description.security).map((name) => ({ [name]: [] })),
    components: { schemas: components.all(), securitySchemes: description.security },
  }
}

/** What is described: every route with all that is said of it, and what is answered beside them. */
export const operationsOf = (
  routes: ReadonlyArray<Route>,
  { details = () => ({}), beside = [] }: Pick<Description, 'details' | 'beside'>,
): ReadonlyArray<Operation> => {
  const said = details()
  return [...routes.map((route) => ({ ...erased(route), ...said[route.name] })), ...beside]
}

// -- internals

// A parameter of a path, with or without its pattern.
const PARAMETER = /:(\w+)(?:\{(?:[^{}]|\{[^{}]*\})*\})?/g

interface Components {
  readonly schemaOf: (codec: t.Any) => JsonObject
  readonly all: () => JsonObject
}

const createComponents = (): Components => {
  const schemas = new Map<string, { readonly codec: t.Any; readonly schema: JsonObject }>()
  const schemaOf = (codec: t.Any): JsonObject => {
    if (codec instanceof t.ReadonlyArrayType && isGenericName(codec.name))
      return { type: 'array', items: schemaOf(codec.type as t.Any) }
    if (codec instanceof t.UnionType && isGenericName(codec.name))
      return { anyOf: (codec.types as ReadonlyArray<t.Any>).map(schemaOf) }
    const { name } = codec
    if (isGenericName(name)) return jsonSchemaOf(codec)
    const known = schemas.get(name)
    if (known !== undefined && known.codec !== codec) return jsonSchemaOf(codec)
    if (known === undefined) schemas.set(name, { codec, schema: jsonSchemaOf(codec) })
    return { $ref: `#/components/schemas/${name}` }
  }
  return {
    schemaOf,
    all: () => Object.fromEntries([...schemas].map(([name, { schema }]) => [name, schema])),
  }
}

// The library names what has no name of its own by its parts, or in lower case.
const isGenericName = (name: string): boolean => !/^[A-Z]\w*$/.test(name) || name === 'Int'

const operationOf = (
  operation: Operation,
  { error, errorType, open = [] }: Description,
  { schemaOf }: Components,
): JsonObject => {
  const { name, summary, body, documented, examples, responseType } = operation
  const parameters = parametersOf(operation)
  return {
    operationId: name,
    summary,
    ...(documented?.description === undefined ? {} : { description: documented.description }),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body === undefined ? {} : { requestBody: requestBodyOf(operation, body, schemaOf) }),
    responses: {
      ...Object.fromEntries(
        Object.entries(operation.responses ?? { 200: t.unknown }).map(([status, codec]) => [
          status,
          responseOf(Number(status), codec, schemaOf, {
            type: Number(status) < 400 ? responseType : errorType,
            example: examples?.responses?.[Number(status)],
            meaning: documented?.meanings?.[Number(status)],
            location: documented?.locations?.[Number(status)],
          }),
        ]),
      ),
      '4XX': responseOf(400, error, schemaOf, { type: errorType }),
      default: responseOf(400, error, schemaOf, { type: errorType }),
    },
    ...(open.includes(name) ? { security: [] } : {}),
  }
}

const responseOf = (
  status: number,
  codec: t.Any | null,
  schemaOf: Components['schemaOf'],
  {
    type = 'application/json',
    example,
    meaning = status < 400 ? 'What was asked for.' : 'What was wrong.',
    location,
  }: {
    readonly type?: string | undefined
    readonly example?: Json | undefined
    readonly meaning?: string | undefined
    readonly location?: string | undefined
  },
): JsonObject => ({
  description: meaning,
  ...(location === undefined
    ? {}
    : { headers: { Location: { description: location, schema: { type: 'string' } } } }),
  ...(codec === null ? {} : { content: { [type]: contentOf(schemaOf(codec), example) } }),
})

const contentOf = (schema: JsonObject, example: Json | undefined): JsonObject => ({
  schema,
  ...(example === undefined ? {} : { example }),
})

const BYTES: JsonObject = { type: 'string', format: 'binary' }

const requestBodyOf = (
  { examples, documented }: Operation,
  body: BodySpec<unknown>,
  schemaOf: Components['schemaOf'],
): JsonObject => {
  if (documented?.bodies !== undefined)
    return {
      required: documented.bodyRequired ?? false,
      content: Object.fromEntries(
        Object.entries(documented.bodies).map(([type, codec]) => [
          type,
          codec === null ? contentOf(BYTES, undefined) : contentOf(schemaOf(codec), examples?.body),
        ]),
      ),
    }
  const codec = body.documented ?? (body.kind === 'json' ? body.codec : undefined)
  const optional = body.kind === 'json' && Object.hasOwn(body, 'ifEmpty')
  const types = body.mediaTypes ?? [
    body.kind === 'json' ? 'application/json' : 'application/octet-stream',
  ]
  const schema = codec === undefined ? BYTES : schemaOf(codec)
  return {
    // What stands for nothing at all may be a body that lacks something.
    required: !(optional && codec?.is(body.ifEmpty)),
    content: Object.fromEntries(types.map((type) => [type, contentOf(schema, examples?.body)])),
  }
}

const parametersOf = ({
  path,
  params,
  query,
  documented,
  examples,
}: Operation): ReadonlyArray<JsonObject> => {
  const inPath = propertiesOf(documented?.params ?? params)
  return [
    ...[...path.matchAll(PARAMETER)].map(([, name = '']) =>
      parameterOf('path', name, {
        required: true,
        schema: inPath.properties[name] ?? { type: 'string' },
        example: examples?.params?.[name],
      }),
    ),
    ...parametersIn('query', documented?.query ?? query, examples?.query),
    ...parametersIn('header', documented?.headers, undefined),
  ]
}

const parametersIn = (
  place: string,
  codec: t.Any | undefined,
  examples: JsonObject | undefined,
): ReadonlyArray<JsonObject> => {
  const { properties, required } = propertiesOf(codec)
  return Object.entries(properties).map(([name, schema]) =>
    parameterOf(place, name, {
      required: required.includes(name),
      schema,
      example: examples?.[name],
    }),
  )
}

const parameterOf = (
  place: string,
  name: string,
  {
    required,
    schema,
    example,
  }: {
    readonly required: boolean
    readonly schema: Json
    readonly example: Json | undefined
  },
): JsonObject => ({
  name,
  in: place,
  required,
  schema,
  ...(example === undefined ? {} : { example }),
})

interface Properties {
  readonly properties: Readonly<Record<string, Json>>
  readonly required: ReadonlyArray<Json>
}

const propertiesOf = (codec: t.Any | undefined): Properties => {
  const parts = codec === undefined ? [] : flat(jsonSchemaOf(codec))
  return {
    properties: Object.assign(
      {},
      ...parts.map(({ properties }) => properties ?? {}),
    ) as Properties['properties'],
    required: parts.flatMap(({ required }) =>
      Array.isArray(required) ? (required as ReadonlyArray<Json>) : [],
    ),
  }
}

const flat = (schema: JsonObject): ReadonlyArray<JsonObject> =>
  Array.isArray(schema['allOf'])
    ? (schema['allOf'] as ReadonlyArray<JsonObject>).flatMap(flat)
    : [schema]
