import { toPython } from '@signalbox/core/poppy'
import * as E from 'fp-ts/lib/Either.js'
import { applyPatch } from 'rfc6902'
import { UNREADABLE } from './replies.ts'

/**
 * Applies the operations of a JSON Patch to a copy of a document, all or none, or answers in the vendor's words why they
 * cannot be. What they are is looked at before any of them is applied.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6902
 */
export const patch = (
  document: object,
  operations: ReadonlyArray<unknown>,
): E.Either<string, unknown> => {
  const parsed: Array<Operation> = []
  for (const operation of operations) {
    const one = parse(operation)
    if (E.isLeft(one)) return one
    parsed.push(one.right)
  }
  const holder: Holder = { root: structuredClone(document), room: MOST_VALUES }
  for (const operation of parsed) {
    const refused = apply(holder, operation)
    if (refused !== undefined) return E.left(refused)
  }
  return E.right(holder.root)
}

/** Tells whether an operation has all that its kind needs; whether it can be applied is for the document to say. */
export const isOperation = (operation: unknown): boolean => {
  const parsed = parse(operation)
  if (E.isLeft(parsed)) return false
  const { kind, members } = parsed.right
  switch (kind) {
    case 'remove':
      return true
    case 'add':
    case 'replace':
    case 'test':
      return Object.hasOwn(members, 'value')
    case 'move':
    case 'copy':
      return E.isRight(pointerOf(members['from'], 'from'))
  }
}

// -- internals

type Kind = 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test'

interface Operation {
  readonly kind: Kind
  readonly path: Pointer
  /** As it was sent. */
  readonly members: Readonly<Record<string, unknown>>
}

type Pointer = ReadonlyArray<string>

interface Holder {
  root: unknown
  /** How many values operations may still put into the document. */
  room: number
}

// A patch of a megabyte may copy a document into itself until no memory is left, or build what no function can walk.
const MOST_VALUES = 1_000_000
const DEEPEST = 64

const KINDS: ReadonlyArray<string> = ['add', 'remove', 'replace', 'move', 'copy', 'test']

const isKind = (op: string): op is Kind => KINDS.includes(op)

const parse = (operation: unknown): E.Either<string, Operation> => {
  if (!isObject(operation) || !Object.hasOwn(operation, 'op'))
    return E.left("Operation does not contain 'op' member")
  const { op } = operation
  if (typeof op !== 'string') return E.left('Operation must be a string')
  if (!isKind(op)) return E.left(`Unknown operation ${toPython(op)}`)
  if (!Object.hasOwn(operation, 'path')) return E.left("Operation must have a 'path' member")
  return E.map((path: Pointer): Operation => ({ kind: op, path, members: operation }))(
    pointerOf(operation['path'], 'path'),
  )
}

const pointerOf = (text: unknown, member: string): E.Either<string, Pointer> => {
  if (typeof text !== 'string') return E.left(`Invalid '${member}'`)
  if (text === '') return E.right([])
  if (!text.startsWith('/')) return E.left('Location must start with /')
  return E.right(
    text
      .slice(1)
      .split('/')
      .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~')),
  )
}

// Answers why an operation cannot be applied, or applies it.
const apply = (holder: Holder, { kind, path, members }: Operation): string | undefined => {
  switch (kind) {
    case 'remove':
      return remove(holder, path)
    case 'add':
    case 'replace':
    case 'test':
      if (!Object.hasOwn(members, 'value')) return "The operation does not contain a 'value' member"
      return kind === 'test'
        ? test(holder, path, members['value'])
        : put(holder, kind, path, members['value'])
    case 'move':
    case 'copy': {
      if (!Object.hasOwn(members, 'from')) return "The operation does not contain a 'from' member"
      const from = pointerOf(members['from'], 'from')
      if (E.isLeft(from)) return from.left
      return kind === 'copy' ? copy(holder, from.right, path) : move(holder, from.right, path)
    }
  }
}

const remove = (holder: Holder, path: Pointer): string | undefined => {
  const part = path.at(-1)
  if (part === undefined) return "can't remove a non-existent object 'None'"
  const parent = parentOf(holder, path)
  if (E.isLeft(parent)) return parent.left
  const flaw = indexFlaw(parent.right, part)
  if (flaw !== undefined) return flaw
  if (!has(parent.right, part)) return `can't remove a non-existent object '${part}'`
  perform(holder, { op: 'remove', path: spell(path) })
  return undefined
}

const put = (
  holder: Holder,
  kind: 'add' | 'replace',
  path: Pointer,
  value: unknown,
): string | undefined => {
  const part = path.at(-1)
  if (part !== undefined) {
    const parent = parentOf(holder, path)
    if (E.isLeft(parent)) return parent.left
    const flaw = kind === 'add' ? whyNotAdd(parent.right, part) : whyNotReplace(parent.right, part)
    if (flaw !== undefined) return flaw
  }
  if (!fits(holder, path, value)) return UNREADABLE
  perform(holder, { op: kind, path: spell(path), value })
  return undefined
}

const whyNotAdd = (parent: unknown, part: string): string | undefined => {
  if (Array.isArray(parent)) {
    if (part === '-') return undefined
    return (
      indexFlaw(parent, part) ??
      (Number(part) > parent.length ? "can't insert outside of list" : undefined)
    )
  }
  return isObject(parent) && !UNSAFE.includes(part) ? undefined : missing(part)
}

const whyNotReplace = (parent: unknown, part: string): string | undefined => {
  if (Array.isArray(parent))
    return (
      indexFlaw(parent, part) ?? (has(parent, part) ? undefined : "can't replace outside of list")
    )
  return has(parent, part) ? undefined : `can't replace a non-existent object '${part}'`
}

const test = (holder: Holder, path: Pointer, expected: unknown): string | undefined => {
  const actual = valueAt(holder, path)
  if (E.isLeft(actual)) return actual.left
  return same(actual.right, expected)
    ? undefined
    : `${toPython(actual.right)} is not equal to tested value ${toPython(expected)}`
}

const copy = (holder: Holder, from: Pointer, path: Pointer): string | undefined => {
  const value = valueAt(holder, from)
  return E.isLeft(value) ? value.left : put(holder, 'add', path, value.right)
}

// What is moved is out of the way before its place is looked for.
const move = (holder: Holder, from: Pointer, path: Pointer): string | undefined => {
  const value = valueAt(holder, from)
  if (E.isLeft(value)) return value.left
  if (from.every((token, index) => token === path[index]))
    return from.length === path.length ? undefined : 'Cannot move values into its own children'
  return remove(holder, from) ?? put(holder, 'add', path, value.right)
}

// Names that lead out of a document; the library does not follow them, and neither do we.
const UNSAFE: ReadonlyArray<string> = ['__proto__', 'constructor', 'prototype']

const missing = (part: string): string => `member '${part}' not found`

const parentOf = (holder: Holder, path: Pointer): E.Either<string, unknown> =>
  valueAt(holder, path.slice(0, -1))

const valueAt = (holder: Holder, path: Pointer): E.Either<string, unknown> => {
  let value = holder.root
  for (const part of path) {
    const flaw = indexFlaw(value, part)
    if (flaw !== undefined) return E.left(flaw)
    if (!has(value, part)) return E.left(missing(part))
    value = (value as Readonly<Record<string, unknown>>)[part]
  }
  return E.right(value)
}

const has = (parent: unknown, part: string): boolean =>
  Array.isArray(parent)
    ? INDEX.test(part) && Number(part) < parent.length
    : isObject(parent) && Object.hasOwn(parent, part) && !UNSAFE.includes(part)

const INDEX = /^(0|[1-9]\d*)$/

const indexFlaw = (parent: unknown, part: string): string | undefined =>
  Array.isArray(parent) && part !== '-' && !INDEX.test(part)
    ? `'${part}' is not a valid sequence index`
    : undefined

// Counts a value against the room that is left, and its depth against what can be walked.
const fits = (holder: Holder, path: Pointer, value: unknown): boolean => {
  let level: ReadonlyArray<unknown> = [value]
  for (let depth = path.length; level.length > 0; depth += 1) {
    holder.room -= level.length
    if (holder.room < 0 || depth > DEEPEST) return false
    level = level.flatMap((item) =>
      typeof item === 'object' && item !== null ? Object.values(item) : [],
    )
  }
  return true
}

type Applied =
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }

// Everything that can go wrong has been looked at, in the vendor's words: an error of the library would be a defect.
const perform = (holder: Holder, operation: Applied): void => {
  const [error] = applyPatch(holder, [operation])
  if (error) throw error
}

// The document is a member of its holder, so that the whole of it can be replaced like any part.
const spell = (path: Pointer): string =>
  ['', 'root', ...path.map((token) => token.replaceAll('~', '~0').replaceAll('/', '~1'))].join('/')

const same = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, index) => same(item, b[index]))
    )
  if (!isObject(a) || !isObject(b)) return false
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && same(a[name], b[name]))
  )
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
