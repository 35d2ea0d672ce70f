import * as t from 'io-ts'
import type { Json } from '../../json.ts'
import { described } from '../../json-schema.ts'
import type { JsonSchema } from '../../json-schema.ts'
import { escapeHtml, toCanonical, toPython } from './notation.ts'

/** Where in a body something is wrong: keys and indices from the root. */
export type Path = ReadonlyArray<string | number>

/** One thing that is wrong with a body, in the vendor's words, not yet escaped. */
export interface Violation {
  readonly path: Path
  readonly reason: string
}

/** What a body must look like, as data: from it come the codec, its type and the vendor's words. */
export type Shape =
  | { readonly kind: 'anything' | 'null' | 'boolean' }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | {
      readonly kind: 'string'
      /** In code points. */
      readonly min: number
      readonly max: number
      readonly format: (Format & { readonly rule: RegExp }) | undefined
    }
  | { readonly kind: 'choice'; readonly values: ReadonlyArray<string | number> }
  | {
      readonly kind: 'array'
      readonly first: Shape
      readonly rest: Shape
      readonly min: number
      readonly max: number
      readonly distinct: boolean
    }
  | {
      readonly kind: 'object'
      readonly members: Readonly<Record<string, Member>>
      readonly closed: boolean
    }
  /** Several forms under our own names; a value that has none of them is one violation, at its own path. */
  | { readonly kind: 'union'; readonly forms: Readonly<Record<string, Shape>> }

/** A pattern of whole strings, as JSON Schema has them, and what it makes of one is called. */
export interface Format {
  readonly name: string
  readonly pattern: string
  readonly example: string
}

/** A codec that knows its shape. It decodes a value to itself. */
export interface Schema<A> extends t.Type<A, unknown, unknown> {
  readonly shape: Shape
}

/** A schema of whatever it decodes. */
export type AnySchema = t.Mixed & { readonly shape: Shape }

/**
 * Says what is wrong with a body, in the order of the schema; nothing when the codec accepts it. Nobody reads more than the
 * first hundred, and a list of a million wrong items would say much more than was sent.
 */
export const violations = (schema: AnySchema, body: unknown): ReadonlyArray<Violation> =>
  violationsOf(schema.shape, body, [], MOST_VIOLATIONS)

/** Renders a violation as the vendor's envelope carries it: `['caching'][0]['ttl']--1 is less than the minimum of 0`. */
export const renderViolation = ({ path, reason }: Violation): string =>
  escapeHtml(`[${path.map(toPython).join('][')}]-${reason}`)

/** Accepts whatever is there. */
export const anything = (): Schema<unknown> => schema('anything', { kind: 'anything' })

/** Accepts `null`. */
export const nothing = (): Schema<null> => schema('null', { kind: 'null' })

/** Accepts a boolean. */
export const flag = (): Schema<boolean> => schema('boolean', { kind: 'boolean' })

/** Accepts a string of so many code points, of a format if one is given. */
export const text = ({
  min = 0,
  max = Infinity,
  format,
}: {
  readonly min?: number
  readonly max?: number
  readonly format?: Format
} = {}): Schema<string> =>
  schema('string', {
    kind: 'string',
    min,
    max,
    format: format && { ...format, rule: new RegExp(format.pattern, 'u') },
  })

/** Accepts an integer within bounds, both included. */
export const integer = ({
  min = -Infinity,
  max = Infinity,
}: {
  readonly min?: number
  readonly max?: number
} = {}): Schema<number> => schema('integer', { kind: 'integer', min, max })

/** Accepts one of a few values. */
export const choice = <const A extends string | number>(values: ReadonlyArray<A>): Schema<A> =>
  schema(values.map(toPython).join(' | '), { kind: 'choice', values })

/** Accepts an array of so many items; `rest` is what every item but the first must be, if that is something else. */
export const list = <Item extends AnySchema, Rest extends AnySchema = Item>(
  item: Item,
  {
    min = 0,
    max = Infinity,
    distinct = false,
    rest,
  }: {
    readonly min?: number
    readonly max?: number
    readonly distinct?: boolean
    readonly rest?: Rest
  } = {},
): Schema<ReadonlyArray<t.TypeOf<Item> | t.TypeOf<Rest>>> =>
  schema(`Array<${item.name}>`, {
    kind: 'array',
    first: item.shape,
    rest: (rest ?? item).shape,
    min,
    max,
    distinct,
  })

/** Accepts an object; members that it does not name are let be. */
export const object = <Required extends Members, Optional extends Members = {}>(
  name: string,
  required: Required,
  optional?: Optional,
): Schema<ObjectOf<Required, Optional>> =>
  schema(name, { kind: 'object', members: membersOf(required, optional), closed: false })

/** Accepts an object without members that it does not name. */
export const closed = <Required extends Members, Optional extends Members = {}>(
  name: string,
  required: Required,
  optional?: Optional,
): Schema<ObjectOf<Required, Optional>> =>
  schema(name, { kind: 'object', members: membersOf(required, optional), closed: true })

/** Accepts a value that has one of several forms. */
export const union = <Forms extends ReadonlyArray<AnySchema>>(
  name: string,
  ...forms: Forms
): Schema<t.TypeOf<Forms[number]>> =>
  schema(name, {
    kind: 'union',
    forms: Object.fromEntries(forms.map((form) => [form.name, form.shape])),
  })

// -- internals

const MOST_VIOLATIONS = 100

type Members = Readonly<Record<string, AnySchema>>

interface Member {
  readonly shape: Shape
  readonly required: boolean
}

type ObjectOf<Required extends Members, Optional extends Members> = {
  readonly [Key in keyof Required]: t.TypeOf<Required[Key]>
} & { readonly [Key in keyof Optional]?: t.TypeOf<Optional[Key]> }

const schema = <A>(name: string, shape: Shape): Schema<A> => {
  // The shape is what decides; `A` is what the constructors above say of it.
  const is = (u: unknown): u is A => violationsOf(shape, u, [], 1).length === 0
  const codec: t.Type<A, unknown, unknown> = new t.Type<A, unknown, unknown>(
    name,
    is,
    (u, context) => {
      if (is(u)) return t.success(u)
      return t.failures(
        violationsOf(shape, u, [], MOST_VIOLATIONS).map(({ path, reason }) => ({
          value: u,
          context: [...context, ...path.map((key) => ({ key: String(key), type: codec }))],
          message: reason,
        })),
      )
    },
    t.identity,
  )
  return described(Object.assign(codec, { shape }), describe(shape))
}

const describe = (shape: Shape): JsonSchema => {
  switch (shape.kind) {
    case 'anything':
      return {}
    case 'null':
    case 'boolean':
      return { type: shape.kind }
    case 'integer':
      return {
        type: 'integer',
        ...(Number.isFinite(shape.min) ? { minimum: shape.min } : {}),
        ...(Number.isFinite(shape.max) ? { maximum: shape.max } : {}),
      }
    case 'string':
      return {
        type: 'string',
        ...(shape.min > 0 ? { minLength: shape.min } : {}),
        ...(Number.isFinite(shape.max) ? { maxLength: shape.max } : {}),
        ...(shape.format === undefined
          ? {}
          : { pattern: shape.format.pattern, examples: [shape.format.example] }),
      }
    case 'choice':
      return { enum: shape.values }
    case 'array':
      return {
        type: 'array',
        ...(shape.first === shape.rest ? {} : { prefixItems: [describe(shape.first)] }),
        items: describe(shape.rest),
        ...(shape.min > 0 ? { minItems: shape.min } : {}),
        ...(Number.isFinite(shape.max) ? { maxItems: shape.max } : {}),
        ...(shape.distinct ? { uniqueItems: true } : {}),
      }
    case 'object': {
      const members = Object.entries(shape.members)
      const required = members.flatMap(([key, member]) => (member.required ? [key] : []))
      return {
        type: 'object',
        properties: Object.fromEntries(
          members.map(([key, member]): [string, Json] => [key, describe(member.shape)]),
        ),
        ...(required.length > 0 ? { required } : {}),
        ...(shape.closed ? { additionalProperties: false } : {}),
      }
    }
    case 'union':
      return { anyOf: Object.values(shape.forms).map(describe) }
  }
}

const membersOf = (
  required: Members,
  optional: Members = {},
): Readonly<Record<string, Member>> => ({
  ...Object.fromEntries(
    Object.entries(required).map(([key, member]) => [key, { shape: member.shape, required: true }]),
  ),
  ...Object.fromEntries(
    Object.entries(optional).map(([key, member]) => [
      key,
      { shape: member.shape, required: false },
    ]),
  ),
})

type ShapeOf<Kind extends Shape['kind']> = Extract<Shape, { readonly kind: Kind }>

// Looks no further once it has found `most`.
const violationsOf = (
  shape: Shape,
  value: unknown,
  path: Path,
  most: number,
): ReadonlyArray<Violation> => {
  const refuse = (reason: string): ReadonlyArray<Violation> => [
    { path, reason: `${toPython(value)} ${reason}` },
  ]
  switch (shape.kind) {
    case 'anything':
      return []
    case 'null':
      return value === null ? [] : refuse(notOfType('null'))
    case 'boolean':
      return typeof value === 'boolean' ? [] : refuse(notOfType('boolean'))
    case 'integer':
      return Number.isInteger(value)
        ? boundsOf(value as number, shape).flatMap(refuse)
        : refuse(notOfType('integer'))
    case 'string':
      return typeof value === 'string'
        ? stringReasons(value, shape).flatMap(refuse)
        : refuse(notOfType('string'))
    case 'choice':
      return shape.values.some((choosable) => choosable === value)
        ? []
        : refuse(`is not one of ${toPython(shape.values)}`)
    case 'array':
      return Array.isArray(value)
        ? upTo(most, listReasons(value, shape).flatMap(refuse), (room) =>
            itemViolations(value, shape, path, room),
          )
        : refuse(notOfType('array'))
    case 'object':
      return isObject(value)
        ? memberViolations(value, shape, path, most)
        : refuse(notOfType('object'))
    case 'union':
      return Object.values(shape.forms).some(
        (form) => violationsOf(form, value, [], 1).length === 0,
      )
        ? []
        : refuse(notOfType(...Object.keys(shape.forms)))
  }
}

const notOfType = (...names: ReadonlyArray<string>): string =>
  `is not of type ${names.map(toPython).join(', ')}`

const boundsOf = (value: number, { min, max }: ShapeOf<'integer'>): ReadonlyArray<string> => [
  ...(value < min ? [`is less than the minimum of ${min}`] : []),
  ...(value > max ? [`is greater than the maximum of ${max}`] : []),
]

const lengthReasons = (
  length: number,
  { min, max }: { readonly min: number; readonly max: number },
): ReadonlyArray<string> => [
  ...(length < min ? ['is too short'] : []),
  ...(length > max ? ['is too long'] : []),
]

const stringReasons = (value: string, shape: ShapeOf<'string'>): ReadonlyArray<string> => [
  ...lengthReasons([...value].length, shape),
  ...(shape.format === undefined || shape.format.rule.test(value)
    ? []
    : [`is not a ${toPython(shape.format.name)}`]),
]

const listReasons = (
  value: ReadonlyArray<unknown>,
  shape: ShapeOf<'array'>,
): ReadonlyArray<string> => [
  ...lengthReasons(value.length, shape),
  ...(shape.distinct && new Set(value.map(toCanonical)).size < value.length
    ? ['has non-unique elements']
    : []),
]

const itemViolations = (
  value: ReadonlyArray<unknown>,
  { first, rest }: ShapeOf<'array'>,
  path: Path,
  most: number,
): ReadonlyArray<Violation> => {
  let found: ReadonlyArray<Violation> = []
  for (const [index, item] of value.entries()) {
    if (found.length >= most) break
    found = upTo(most, found, (room) =>
      violationsOf(index === 0 ? first : rest, item, [...path, index], room),
    )
  }
  return found
}

const memberViolations = (
  value: Readonly<Record<string, unknown>>,
  shape: ShapeOf<'object'>,
  path: Path,
  most: number,
): ReadonlyArray<Violation> => {
  let found: ReadonlyArray<Violation> = []
  for (const [key, member] of Object.entries(shape.members))
    found = upTo(most, found, (room) => {
      if (Object.hasOwn(value, key))
        return violationsOf(member.shape, value[key], [...path, key], room)
      return member.required
        ? [{ path: [...path, key], reason: `${toPython(key)} is a required property` }]
        : []
    })
  return shape.closed ? upTo(most, found, () => extraMembers(value, shape, path)) : found
}

const extraMembers = (
  value: Readonly<Record<string, unknown>>,
  { members }: ShapeOf<'object'>,
  path: Path,
): ReadonlyArray<Violation> => {
  const extras = Object.keys(value).filter((key) => !Object.hasOwn(members, key))
  if (extras.length === 0) return []
  const reason = `Additional properties are not allowed (${extras.map(toPython).join(', ')} ${
    extras.length === 1 ? 'was' : 'were'
  } unexpected)`
  return [{ path, reason }]
}

const upTo = (
  most: number,
  found: ReadonlyArray<Violation>,
  more: (room: number) => ReadonlyArray<Violation>,
): ReadonlyArray<Violation> => {
  if (found.length >= most) return found
  const next = more(most - found.length)
  return next.length === 0 ? found : [...found, ...next]
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
