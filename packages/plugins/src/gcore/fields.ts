import * as E from 'fp-ts/lib/Either.js'

/** What is wrong with a body: the vendor's words by field; only the role of a key nests. */
export interface BodyErrors {
  readonly [field: string]: ReadonlyArray<string> | BodyErrors
}

/** Reads a member of a body, which is undefined when it is absent, or says what is wrong with it. */
export type ReadMember<A> = (value: unknown) => E.Either<ReadonlyArray<string> | BodyErrors, A>

/** What is read of a body by its members. */
export type ReadBody<Members> = {
  readonly [Name in keyof Members]: Members[Name] extends ReadMember<infer A> ? A : never
}

/** Reads an object member by member, or says everything that is wrong with it; other members are ignored. */
export const readObject =
  <Members extends Readonly<Record<string, ReadMember<unknown>>>>(members: Members) =>
  (body: unknown): E.Either<BodyErrors, ReadBody<Members>> => {
    if (!isObject(body))
      return E.left({
        non_field_errors: [`Invalid data. Expected a dictionary, but got ${typeWord(body)}.`],
      })
    const values: Record<string, unknown> = {}
    const errors: Record<string, ReadonlyArray<string> | BodyErrors> = {}
    for (const [name, read] of Object.entries(members)) {
      const value = read(Object.hasOwn(body, name) ? body[name] : undefined)
      if (E.isLeft(value)) errors[name] = value.left
      else values[name] = value.right
    }
    // Each member was read by the reader of its own name.
    return Object.keys(errors).length > 0 ? E.left(errors) : E.right(values as ReadBody<Members>)
  }

/** A member that must be there. */
export const required =
  <A>(read: ReadMember<A>): ReadMember<A> =>
  (value) =>
    value === undefined ? E.left(['This field is required.']) : present(read)(value)

/** A member that may be left out. */
export const optional =
  <A>(read: ReadMember<A>): ReadMember<A | undefined> =>
  (value) =>
    value === undefined ? E.right(undefined) : present(read)(value)

/** A member that may be left out or null. */
export const nullable =
  <A>(read: ReadMember<A>): ReadMember<A | null | undefined> =>
  (value) =>
    value === undefined || value === null ? E.right(value) : read(value)

/** A text that is not blank, of so many characters. */
export const text =
  ({
    least = 0,
    most = 255,
  }: { readonly least?: number; readonly most?: number } = {}): ReadMember<string> =>
  (value) => {
    if (typeof value !== 'string') return E.left(['Not a valid string.'])
    if (value.trim() === '') return E.left(['This field may not be blank.'])
    const length = [...value].length
    if (length < least) return E.left([`Ensure this field has at least ${least} characters.`])
    if (length > most) return E.left([`Ensure this field has no more than ${most} characters.`])
    return isStorable(value) ? E.right(value) : E.left(['Not a valid string.'])
  }

/** A text of any kind, at most so long. */
export const anyText =
  (most: number): ReadMember<string> =>
  (value) => {
    if (value === '') return E.right('')
    return text({ most })(value)
  }

/** An address of the form `name@domain.tld`. */
export const email: ReadMember<string> = (value) => {
  const read = text({ most: 254 })(value)
  if (E.isLeft(read)) return read
  return EMAIL.test(read.right) ? read : E.left(['Enter a valid email address.'])
}

/** One of some words. */
export const choice =
  <const Word extends string>(words: ReadonlyArray<Word>): ReadMember<Word> =>
  (value) => {
    if (value === '') return E.left(['This field may not be blank.'])
    const word = words.find((one) => one === value)
    return word === undefined
      ? E.left([
          `"${typeof value === 'string' ? value : JSON.stringify(value)}" is not a valid choice.`,
        ])
      : E.right(word)
  }

export const flag: ReadMember<boolean> = (value) =>
  typeof value === 'boolean' ? E.right(value) : E.left(['Must be a valid boolean.'])

export const integer: ReadMember<number> = (value) =>
  Number.isSafeInteger(value) ? E.right(Number(value)) : E.left(['A valid integer is required.'])

/** A list of which every entry reads alike; an entry's fault is told with its place, as `services[0]`. */
export const listOf =
  <A>(name: string, read: ReadMember<A>): ReadMember<ReadonlyArray<A>> =>
  (value) => {
    if (!Array.isArray(value))
      return E.left([`Expected a list of items but got type "${typeWord(value)}".`])
    const values: Array<A> = []
    const errors: Array<string> = []
    for (const [index, entry] of value.entries()) {
      const one = read(entry)
      if (E.isRight(one)) values.push(one.right)
      else errors.push(...flat(`${name}[${index}]`, one.left))
    }
    return errors.length > 0 ? E.left(errors) : E.right(values)
  }

// -- internals

const EMAIL =
  /^[^\s@<>()",;:\\[\]]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+$/

const present =
  <A>(read: ReadMember<A>): ReadMember<A> =>
  (value) =>
    value === null ? E.left(['This field may not be null.']) : read(value)

const flat = (path: string, errors: ReadonlyArray<string> | BodyErrors): ReadonlyArray<string> =>
  isList(errors)
    ? errors.map((error) => `${path}: ${error}`)
    : Object.entries(errors).flatMap(([name, own]) => flat(`${path}.${name}`, own))

const isList = (errors: ReadonlyArray<string> | BodyErrors): errors is ReadonlyArray<string> =>
  Array.isArray(errors)

// A store keeps well-formed text without NUL.
const isStorable = (value: string): boolean => !/\0|\p{Surrogate}/u.test(value)

const isObject = (u: unknown): u is Readonly<Record<string, unknown>> =>
  typeof u === 'object' && u !== null && !Array.isArray(u)

const typeWord = (value: unknown): string => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'list'
  return typeof value === 'object' ? 'dictionary' : typeof value
}
