import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import { issuesOf } from '../issue.ts'
import { codecOf, End, FORMAT, Header, KINDS } from './export-line.ts'
import type { Kind, Line } from './export-line.ts'

/** A line of a file with its number, from 1. */
export type Numbered = Line & { readonly line: number }

/** What a whole and sound file holds. */
export interface Survey {
  /** Tells this file from every other. */
  readonly digest: string
  readonly providers: ReadonlySet<string>
  /** Of records, as `provider` and `kind`. */
  readonly kinds: ReadonlyMap<string, { readonly provider: string; readonly kind: string }>
}

/** Reads a file to its end and checks every line, or says which is wrong and in what. */
export const surveyOf = async (path: string): Promise<E.Either<string, Survey>> => {
  const hash = createHash('sha256')
  const providers = new Set<string>()
  const kinds = new Map<string, { readonly provider: string; readonly kind: string }>()
  const counts = new Map<string, number>()
  let end: Readonly<Record<string, number>> | undefined
  let place = 0
  let number = 0
  for await (const text of textLines(path)) {
    number += 1
    hash.update(text).update('\n')
    const wrong = (why: string): E.Either<string, Survey> => E.left(`line ${number}: ${why}`)
    if (end !== undefined) return wrong('there is more behind the last line')
    const parsed = parse(text)
    if (number === 1) {
      const header = Header.decode(parsed)
      if (E.isLeft(header)) return wrong('an export of Signalbox begins with its header')
      const { version } = header.right.header
      if (version !== FORMAT) return wrong(`format version ${FORMAT} expected, not ${version}`)
      continue
    }
    if (parsed === undefined) return wrong('not JSON')
    const last = End.decode(parsed)
    if (E.isRight(last)) {
      end = last.right.end
      continue
    }
    const read = lineOf(parsed)
    if (E.isLeft(read)) return wrong(read.left)
    const { kind, value } = read.right
    // Work comes before the states that supersede it.
    if (KINDS.indexOf(kind) < place) return wrong(`${kind} does not come behind ${KINDS[place]}`)
    place = KINDS.indexOf(kind)
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
    if (kind === 'state') providers.add(value.ref.provider)
    if (kind === 'document')
      kinds.set(`${value.provider}\0${value.kind}`, { provider: value.provider, kind: value.kind })
  }
  if (number === 0) return E.left('line 1: an export of Signalbox begins with its header')
  if (end === undefined)
    return E.left(`line ${number}: the file is cut off: its last line is missing`)
  const short = KINDS.find((kind) => (end[kind] ?? 0) !== (counts.get(kind) ?? 0))
  return short === undefined
    ? E.right({ digest: hash.digest('hex'), providers, kinds })
    : E.left(
        `line ${number}: ${end[short] ?? 0} lines of ${short} expected, and ${counts.get(short) ?? 0} are there`,
      )
}

/** Reads the lines of a file that has been surveyed, behind a number of lines. */
export async function* linesBehind(path: string, done: number): AsyncGenerator<Numbered> {
  let number = 0
  for await (const text of textLines(path)) {
    number += 1
    if (number <= done) continue
    const read = lineOf(parse(text))
    if (E.isRight(read)) yield { ...read.right, line: number }
  }
}

// -- internals

const textLines = (path: string): AsyncIterable<string> =>
  createInterface({ input: createReadStream(path), crlfDelay: Infinity })

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const lineOf = (parsed: unknown): E.Either<string, Line> => {
  const [only, ...others] =
    typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : []
  const kind = KINDS.find((one) => one === only?.[0])
  if (only === undefined || kind === undefined || others.length > 0)
    return E.left(`one of ${KINDS.join(', ')} expected`)
  const decoded = codecOf(kind).decode(only[1])
  if (E.isLeft(decoded)) return E.left(wordsOf(kind, decoded.left))
  // The codec of a kind makes values of that kind.
  const line = { kind, value: decoded.right } as Line
  const flaw = flawOf(line)
  return flaw === undefined ? E.right(line) : E.left(`${kind}: ${flaw}`)
}

const wordsOf = (kind: Kind, errors: t.Errors): string => {
  const [issue] = issuesOf(errors)
  const path = issue?.path ?? ''
  return `${kind}${path === '' ? '' : `.${path}`}: ${issue?.problem ?? 'not usable'}`
}

// What a store could not hold, or could hold only once wrong.
const flawOf = ({ kind, value }: Line): string | undefined => {
  const bad = namesIn({ kind, value } as Line).find((name) => name === '' || UNSTORABLE.test(name))
  if (bad !== undefined) return 'a name that no store holds'
  const numbers = numbersIn({ kind, value } as Line)
  return numbers.every((number) => Number.isSafeInteger(number) && number >= 0)
    ? undefined
    : 'a number that is no count'
}

const UNSTORABLE = /[\0\p{Surrogate}]/u

const namesIn = ({ kind, value }: Line): ReadonlyArray<string> => {
  switch (kind) {
    case 'sequence':
      return [value.name]
    case 'document':
      return [value.provider, value.kind, value.id]
    case 'claim':
      return [value.key, value.holder]
    case 'quota':
    case 'receipt':
      return [value.key]
    case 'effect':
      return [value.effect.id, value.effect.lane, ...Object.values(value.effect.ref)]
    case 'state':
      return [value.lifecycle, value.status, ...Object.values(value.ref)]
    case 'journal':
      return [value.id, value.ref.provider]
  }
}

const numbersIn = ({ kind, value }: Line): ReadonlyArray<number> => {
  switch (kind) {
    case 'sequence':
      return [value.next]
    case 'quota':
      return [value.count]
    case 'state':
      return [value.revision, value.generation]
    case 'effect':
      return [value.effect.generation]
    case 'document':
    case 'claim':
    case 'journal':
    case 'receipt':
      return []
  }
}
