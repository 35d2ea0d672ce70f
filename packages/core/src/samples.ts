import type { Json, JsonObject } from './json.ts'
import type { JsonSchema } from './json-schema.ts'

/**
 * Makes a value near what a schema describes, for tests that hold one reader of it to another: often one that it accepts,
 * often one that breaks a single rule of it. `random` is at least 0 and below 1.
 */
export const sampleOf = (schema: JsonSchema, random: () => number): Json => {
  const made = likely(schema, random)
  return random() < 0.5 ? made : spoiled(made, random)
}

// -- internals

// What is at the edge of some rule or other.
const TEXTS: ReadonlyArray<string> = [
  '',
  'a',
  'ab',
  'name',
  'a name',
  'A.b-c_d@e',
  'name:value',
  ':',
  '*',
  '-',
  'null',
  '__proto__',
  '0',
  '1',
  '-1',
  '50',
  '60',
  '61',
  '500',
  '501',
  '1.5',
  '1e2',
  ' 1',
  '\u0000',
  '\ud800',
  'é',
  '😀',
  '2030-01-31T12:00:00Z',
  '2030-01-31',
  '2030-13-31T12:00:00Z',
  '2030-01-31T12:00:00.123+02:00',
  '2030-01-31t12:00:00z',
  '2030-01-31T24:00:00Z',
  '2030-01-31T12:00:60Z',
  'www.example.com',
  'http://example.com/a',
  '10.0.0.0/8',
  '::1',
  'info@example.com',
  '/a*',
  'a'.repeat(64),
  'a'.repeat(65),
  'a'.repeat(256),
  'a'.repeat(257),
  '😀'.repeat(129),
]

const ANY: ReadonlyArray<Json> = [null, true, false, 0, 1, -1, 1.5, 1e21, [], {}, [null], { a: 1 }]

const DEEPEST = 6

const pick = <A>(from: ReadonlyArray<A>, random: () => number): A | undefined =>
  from[Math.floor(random() * from.length)]

const anything = (random: () => number): Json =>
  (random() < 0.5 ? pick(ANY, random) : pick(TEXTS, random)) ?? null

const likely = (schema: JsonSchema, random: () => number, depth = 0): Json => {
  const inner = (part: unknown): Json =>
    depth < DEEPEST && isObject(part) ? likely(part, random, depth + 1) : anything(random)
  if (Object.hasOwn(schema, 'const')) return schema['const'] ?? null
  if (Array.isArray(schema['enum']))
    return pick(schema['enum'] as ReadonlyArray<Json>, random) ?? null
  const choices = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(choices)) return inner(pick(choices, random))
  if (Array.isArray(schema['allOf'])) {
    const parts = (schema['allOf'] as ReadonlyArray<Json>).map(inner)
    return parts.every(isObject) ? Object.assign({}, ...parts) : (parts[0] ?? null)
  }
  switch (
    Array.isArray(schema['type'])
      ? pick(schema['type'] as ReadonlyArray<Json>, random)
      : schema['type']
  ) {
    case 'string':
      return text(schema, random)
    case 'integer':
    case 'number':
      return numeral(schema, random)
    case 'boolean':
      return random() < 0.5
    case 'null':
      return null
    case 'array': {
      const { prefixItems, items, minItems = 0 } = schema
      if (Array.isArray(prefixItems)) {
        const more = isObject(items) ? Math.floor(random() * 3) : 0
        return [...prefixItems.map(inner), ...Array.from({ length: more }, () => inner(items))]
      }
      const length = Number(minItems) + Math.floor(random() * 3)
      return Array.from({ length }, () => inner(items))
    }
    case 'object':
      return members(schema, inner, random)
    default:
      return anything(random)
  }
}

const text = (
  { pattern, minLength, maxLength, examples }: JsonSchema,
  random: () => number,
): string => {
  if (Array.isArray(examples) && random() < 0.5) return String(pick<Json>(examples, random))
  const rule = typeof pattern === 'string' ? new RegExp(pattern, 'u') : undefined
  const fits = TEXTS.filter(
    (one) =>
      (rule === undefined || rule.test(one)) &&
      one.length >= Number(minLength ?? 0) &&
      one.length <= Number(maxLength ?? Infinity),
  )
  return pick(fits.length > 0 && random() < 0.8 ? fits : TEXTS, random) ?? ''
}

const numeral = ({ minimum, maximum }: JsonSchema, random: () => number): number => {
  const least = typeof minimum === 'number' ? minimum : 0
  const most = typeof maximum === 'number' ? maximum : 1_000
  return pick([least, least + 1, most, most - 1, least - 1, most + 1], random) ?? least
}

const members = (
  { properties, required, additionalProperties }: JsonSchema,
  inner: (part: unknown) => Json,
  random: () => number,
): JsonObject => {
  const wanted = Array.isArray(required) ? required : []
  const known = isObject(properties) ? Object.entries(properties) : []
  const made = known
    .filter(([name]) => wanted.includes(name) || random() < 0.5)
    .map(([name, part]) => [name, inner(part)] as const)
  const open = isObject(additionalProperties)
  const more = open ? [[pick(TEXTS, random) ?? 'a', inner(additionalProperties)] as const] : []
  return Object.fromEntries([...made, ...more])
}

// Breaks a rule at one place, perhaps deep inside.
const spoiled = (value: Json, random: () => number): Json => {
  if (Array.isArray(value) && value.length > 0 && random() < 0.7) {
    const at = Math.floor(random() * value.length)
    if (random() < 0.2) return Array.from({ length: 120 }, () => value[at] ?? null)
    return value.map((item: Json, index) => (index === at ? spoiled(item, random) : item))
  }
  if (isObject(value) && random() < 0.8) {
    const name = pick(Object.keys(value), random)
    const { [name ?? '']: held, ...others } = value
    const way = random()
    if (name === undefined || way < 0.25) return { ...value, stray: anything(random) }
    return way < 0.5 ? others : { ...value, [name]: spoiled(held ?? null, random) }
  }
  return anything(random)
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
