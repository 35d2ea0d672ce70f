import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'

/**
 * Decodes a value exactly as the codec itself does, several times faster: the codec spells the path to each member before it
 * looks at it, which only an error needs. So it is asked only for the errors, once it is known that there are some.
 */
export const decode = <A>(codec: t.Type<A, unknown, unknown>, value: unknown): t.Validation<A> => {
  const decoded = readerOf(codec)(value)
  return decoded === REFUSED ? codec.decode(value) : E.right(decoded as A)
}

// -- internals

const REFUSED = Symbol('refused')

/** Answers what a value decodes to: itself where nothing of it changes. */
type Reader = (value: unknown) => unknown

type Members = ReadonlyArray<readonly [name: string, reader: Reader]>

type Fields = Readonly<Record<string, unknown>>

const readers = new WeakMap<t.Any, Reader>()

const readerOf = (codec: t.Any): Reader => {
  const known = readers.get(codec)
  if (known !== undefined) return known
  const made = makeReader(codec)
  readers.set(codec, made)
  return made
}

const makeReader = (codec: t.Any): Reader => {
  if (isSimple(codec)) return (value) => (codec.is(value) ? value : REFUSED)
  if (codec instanceof t.ReadonlyType) return readerOf(codec.type as t.Any)
  if (codec instanceof t.RecursiveType) return lazily(() => readerOf(codec.type as t.Any))
  if (codec instanceof t.RefinementType) return refining(codec)
  if (codec instanceof t.ArrayType || codec instanceof t.ReadonlyArrayType)
    return readingItems(readerOf(codec.type as t.Any))
  if (codec instanceof t.InterfaceType) return readingMembers(membersOf(codec))
  if (codec instanceof t.PartialType) return readingSome(membersOf(codec))
  if (codec instanceof t.ExactType) return readingOnly(codec.type as t.Any)
  if (codec instanceof t.UnionType)
    return readingFirst((codec.types as ReadonlyArray<t.Any>).map(readerOf))
  if (codec instanceof t.IntersectionType)
    return readingAll((codec.types as ReadonlyArray<t.Any>).map(readerOf), asking(codec))
  return asking(codec)
}

// Codecs that answer what they are given, or refuse it.
const isSimple = (codec: t.Any): boolean =>
  codec instanceof t.StringType ||
  codec instanceof t.NumberType ||
  codec instanceof t.BooleanType ||
  codec instanceof t.NullType ||
  codec instanceof t.LiteralType ||
  codec instanceof t.KeyofType ||
  codec instanceof t.UnknownType

const asking =
  (codec: t.Any): Reader =>
  (value) => {
    const decoded: t.Validation<unknown> = codec.decode(value)
    return E.isLeft(decoded) ? REFUSED : decoded.right
  }

// What is recursive is read by itself, so it cannot be made before it is used.
const lazily = (make: () => Reader): Reader => {
  let made: Reader | undefined
  return (value) => (made ??= make())(value)
}

const refining = (codec: t.RefinementType<t.Any>): Reader => {
  const read = readerOf(codec.type)
  return (value) => {
    const decoded = read(value)
    return decoded !== REFUSED && codec.predicate(decoded) ? decoded : REFUSED
  }
}

const readingItems =
  (read: Reader): Reader =>
  (value) => {
    if (!Array.isArray(value)) return REFUSED
    let items: Array<unknown> = value
    for (let index = 0; index < value.length; index += 1) {
      const decoded = read(value[index])
      if (decoded === REFUSED) return REFUSED
      if (decoded === value[index]) continue
      if (items === value) items = value.slice()
      items[index] = decoded
    }
    return items
  }

const readingMembers =
  (members: Members): Reader =>
  (value) => {
    if (!isFields(value)) return REFUSED
    let fields = value
    for (const [name, read] of members) {
      const held = fields[name]
      const decoded = read(held)
      if (decoded === REFUSED) return REFUSED
      if (decoded !== held || (held === undefined && !Object.hasOwn(fields, name)))
        fields = { ...fields, [name]: decoded }
    }
    return fields
  }

const readingSome =
  (members: Members): Reader =>
  (value) => {
    if (!isFields(value)) return REFUSED
    let fields = value
    for (const [name, read] of members) {
      const held = fields[name]
      const decoded = read(held)
      if (decoded === held || (decoded === REFUSED && held === undefined)) continue
      if (decoded === REFUSED) return REFUSED
      fields = { ...fields, [name]: decoded }
    }
    return fields
  }

const readingOnly = (codec: t.Any): Reader => {
  const read = readerOf(codec)
  const props = propsOf(codec)
  return (value) => {
    const decoded = read(value)
    if (decoded === REFUSED) return REFUSED
    // A plain object has no members but its own; nothing is copied unless some are to be dropped.
    for (const name in decoded as Fields)
      if (!Object.hasOwn(props, name)) return only(decoded as Fields, props)
    return decoded
  }
}

const only = (fields: Fields, props: t.AnyProps): Fields => {
  const kept: Record<string, unknown> = {}
  for (const name in fields) if (Object.hasOwn(props, name)) kept[name] = fields[name]
  return kept
}

const readingFirst =
  (alternatives: ReadonlyArray<Reader>): Reader =>
  (value) => {
    for (const read of alternatives) {
      const decoded = read(value)
      if (decoded !== REFUSED) return decoded
    }
    return REFUSED
  }

const readingAll =
  (parts: ReadonlyArray<Reader>, ask: Reader): Reader =>
  (value) => {
    const made: Array<unknown> = []
    for (const read of parts) {
      const decoded = read(value)
      if (decoded === REFUSED) return REFUSED
      made.push(decoded)
    }
    if (made.every((one) => one === value)) return value
    return isFields(value) && made.every(isFields) ? merged(value, made) : ask(value)
  }

// As the codec does it: each member as the last part has made it that did not leave it as it was.
const merged = (before: Fields, made: ReadonlyArray<Fields>): Fields => {
  const fields: Record<string, unknown> = {}
  for (const one of made)
    for (const name in one)
      if (!Object.hasOwn(fields, name) || one[name] !== before[name]) fields[name] = one[name]
  return fields
}

const membersOf = (codec: t.Any): Members =>
  Object.entries(propsOf(codec)).map(([name, member]) => [name, readerOf(member)])

const propsOf = (codec: t.Any): t.AnyProps => {
  if (codec instanceof t.InterfaceType || codec instanceof t.PartialType)
    return codec.props as t.AnyProps
  if (codec instanceof t.IntersectionType)
    return Object.assign({}, ...(codec.types as ReadonlyArray<t.Any>).map(propsOf)) as t.AnyProps
  return propsOf((codec as t.ReadonlyType<t.Any> | t.RefinementType<t.Any>).type)
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
