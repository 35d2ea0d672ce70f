import { createWriteStream, existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { emptyCommit } from '@signalbox/core/store'
import type { Commit, Store } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { lineOf } from '../failure.ts'
import { IMPORT_MARK } from '../import-mark.ts'
import { Location } from '../location.ts'
import { openStore } from '../open-store.ts'
import type { Ending } from './context.ts'
import { linesBehind, surveyOf } from './export-file.ts'
import type { Numbered, Survey } from './export-file.ts'
import { trouble } from './failure.ts'
import type { Trouble } from './failure.ts'
import { commitOfLine, together } from './import-commit.ts'
import { showProgress } from './progress.ts'
import type { Progress } from './progress.ts'

/**
 * Reads an export into a store. Every line is checked before the first is written. It is written in order, each part with
 * the place reached, so that one that was broken off goes on where it stopped when it is run again.
 */
export const importStore = async (
  store: string,
  file: string,
  { merge }: { readonly merge: boolean },
): Ending => {
  const location = Location.decode(store)
  if (E.isLeft(location) || location.right.kind === 'memory')
    return E.left(trouble('usage', '--store: sqlite:path or postgres://… expected'))
  if (file !== '-' && !existsSync(file))
    return E.left(trouble('absent', `${file}: there is no such file`))
  const spool = file === '-' ? await spoolInput() : undefined
  const path = spool === undefined ? file : join(spool, 'export.ndjson')
  try {
    const survey = await surveyOf(path)
    if (E.isLeft(survey)) return E.left(trouble('usage', `${file}: ${survey.left}`))
    const opened = await openStore(location.right)
    if (E.isLeft(opened))
      return E.left(trouble('failed', lineOf(opened.left).replace(/^signalbox: /, '')))
    try {
      const begun = await placeIn(opened.right, survey.right, path, merge)
      if (E.isLeft(begun)) return begun
      const progress = showProgress('imported')
      return await write(opened.right, path, survey.right.digest, begun.right, progress)
    } finally {
      await opened.right.close()()
    }
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    return E.left(trouble('failed', `${file}: ${why}`))
  } finally {
    if (spool !== undefined) await rm(spool, { recursive: true })
  }
}

// -- internals

/** How far an import has come: the lines that are written, and the revision of the record that says so. */
interface Place {
  readonly lines: number
  readonly revision: number
}

// What is read twice has to be a file.
const spoolInput = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-import-'))
  const file = createWriteStream(join(folder, 'export.ndjson'), { mode: 0o600 })
  await pipeline(process.stdin, file)
  return folder
}

const placeIn = async (
  store: Store,
  survey: Survey,
  path: string,
  merge: boolean,
): Promise<E.Either<Trouble, Place>> => {
  const mark = must(await store.document(IMPORT_MARK)())
  if (mark !== undefined) {
    const { digest, lines } = mark.body
    return digest === survey.digest && typeof lines === 'number'
      ? E.right({ lines, revision: mark.revision })
      : E.left(
          trouble('failed', 'the import of another file has begun there: finish that one first'),
        )
  }
  const start = { lines: 0, revision: 0 }
  if (!(await holdsAnything(store, survey))) return E.right(start)
  if (!merge)
    return E.left(trouble('failed', 'the store holds something already: --merge adds to that'))
  for await (const line of linesBehind(path, 1))
    if (await isThere(store, line))
      return E.left(trouble('failed', `line ${line.line}: this ${line.kind} is there already`))
  return E.right(start)
}

const holdsAnything = async (store: Store, { providers, kinds }: Survey): Promise<boolean> => {
  if (must(await store.journal({ limit: 1 })()).entries.length > 0) return true
  if (must(await store.effects({ limit: 1 })()).items.length > 0) return true
  for (const provider of providers)
    if (must(await store.list({ provider, done: 'include', limit: 1 })()).items.length > 0)
      return true
  for (const kind of kinds.values())
    if (must(await store.documents({ ...kind, limit: 1 })()).items.length > 0) return true
  return false
}

const isThere = async (store: Store, { kind, value }: Numbered): Promise<boolean> => {
  switch (kind) {
    case 'document':
      return must(await store.document(value)()) !== undefined
    case 'claim':
      return (must(await store.claim(value.key)()) ?? value.holder) !== value.holder
    case 'effect':
      return must(await store.effect(value.effect.id)()) !== undefined
    case 'state':
      return must(await store.load(value.ref)()) !== undefined
    case 'receipt':
      return must(await store.receipt(value.key)()) !== undefined
    case 'sequence':
    case 'quota':
    case 'journal':
      return false
  }
}

// How many lines share a commit, and how many commits a batch.
const CHUNK = 100

const BATCH = 20

interface Chunk {
  readonly first: number
  readonly last: number
  readonly commit: Commit
  readonly kinds: ReadonlyArray<string>
}

const write = async (
  store: Store,
  path: string,
  digest: string,
  begun: Place,
  progress: Progress,
): Ending => {
  let { revision, lines } = begun
  for await (const batch of batchesOf(chunksOf(store, path, lines))) {
    // A record that is written over its own last revision keeps whatever follows a refusal from being written.
    const commits = batch.map(({ commit, last }, at): Commit => {
      const body = { digest, lines: last }
      const mark = { ...IMPORT_MARK, tenant: '', body, expected: revision + at }
      return { ...commit, documents: [...commit.documents, mark] }
    })
    const answers = must(await store.commit(commits)())
    for (const [at, answer] of answers.entries()) {
      const { first, last, kinds } = batch[at] ?? { first: 0, last: 0, kinds: [] }
      if (E.isLeft(answer))
        return E.left(
          trouble(
            'failed',
            `lines ${first} to ${last} are refused: ${answer.left._tag}; ${lines} are in`,
          ),
        )
      for (const kind of kinds) progress.count(kind)
      revision += 1
      lines = last
    }
  }
  if (revision > 0) {
    const over = { ...IMPORT_MARK, tenant: '', body: null, expected: revision }
    const [ended] = must(await store.commit([{ ...emptyCommit, documents: [over] }])())
    if (ended === undefined || E.isLeft(ended))
      return E.left(trouble('failed', 'the end is refused: is another import at work there?'))
  }
  progress.end()
  return E.right(undefined)
}

async function* chunksOf(store: Store, path: string, done: number): AsyncGenerator<Chunk> {
  let held: Array<Numbered> = []
  const chunk = (): Chunk => ({
    first: held[0]?.line ?? 0,
    last: held.at(-1)?.line ?? 0,
    commit: together(held.map(commitOfLine)),
    kinds: held.map(({ kind }) => kind),
  })
  for await (const line of linesBehind(path, Math.max(1, done))) {
    if (line.kind === 'sequence') {
      // The number before the next one is taken, so that the next one is the next.
      const { name, next } = line.value
      if (next > 0) must(await store.allocate({ sequence: name, count: 1, floor: next - 1 })())
    }
    // The parts of a commit apply in an order of their own, so lines of two kinds do not share one; and it has room for one
    // receipt.
    const [first] = held
    const apart = first !== undefined && (first.kind !== line.kind || line.kind === 'receipt')
    if (apart || held.length >= CHUNK) {
      yield chunk()
      held = []
    }
    held.push(line)
  }
  if (held.length > 0) yield chunk()
}

async function* batchesOf(chunks: AsyncIterable<Chunk>): AsyncGenerator<ReadonlyArray<Chunk>> {
  let held: Array<Chunk> = []
  for await (const chunk of chunks) {
    held.push(chunk)
    if (held.length < BATCH) continue
    yield held
    held = []
  }
  if (held.length > 0) yield held
}

const must = <A>(answered: E.Either<{ readonly _tag: string }, A>): A => {
  if (E.isRight(answered)) return answered.right
  const { left } = answered
  const why = 'message' in left ? String(left.message) : left._tag
  throw new Error(`${why}; run it again, and it goes on where it has stopped`)
}
