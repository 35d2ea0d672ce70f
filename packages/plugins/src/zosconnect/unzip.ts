import { ARCHIVE_LIMITS, entryNameProblem } from '@signalbox/core/zosconnect'
import { Unzip, UnzipInflate } from 'fflate'
import type { UnzipFile } from 'fflate'
import * as E from 'fp-ts/lib/Either.js'

/** The files of an archive by their paths. */
export type Files = ReadonlyMap<string, Uint8Array>

/**
 * Unpacks an archive in memory, stopping at the first breach of a limit; a left says which rule is broken. It streams,
 * since the sizes that an archive declares may be lies.
 */
export const unzip = (bytes: Uint8Array): E.Either<string, Files> => {
  if (!isAt(bytes, 0, LOCAL_HEADER)) return E.left('the archive does not begin as a zip does')
  if (!hasDirectory(bytes)) return E.left('the archive does not end as a zip does')
  const files = new Map<string, Uint8Array>()
  return E.tryCatch(
    () => {
      unpack(bytes, files)
      return files
    },
    (thrown) => (isBreach(thrown) ? thrown.breach : 'the archive is damaged'),
  )
}

// -- internals

const LOCAL_HEADER = [0x50, 0x4b, 3, 4]
const DIRECTORY_END = [0x50, 0x4b, 5, 6]
const DIRECTORY_REACH = 65_557
const SLICE = 16 * 1024
const METHODS: ReadonlyArray<number> = [0, 8]

interface Breach {
  readonly breach: string
}

const isBreach = (thrown: unknown): thrown is Breach =>
  typeof thrown === 'object' && thrown !== null && 'breach' in thrown

const breach = (rule: string): never => {
  // Only a throw gets out of the library's callbacks; it is caught in `unzip`.
  throw Object.assign(new Error(rule), { breach: rule })
}

const unpack = (bytes: Uint8Array, files: Map<string, Uint8Array>): void => {
  const { entries, entryBytes, totalBytes } = ARCHIVE_LIMITS
  const names = new Set<string>()
  let open = 0
  let seen = 0
  let total = 0
  const entry = (file: UnzipFile): void => {
    seen += 1
    if (seen > entries) breach(`more than ${entries} entries`)
    const problem = entryNameProblem(file.name)
    if (problem !== undefined) breach(problem)
    if (file.name.endsWith('/')) return
    if (names.has(file.name)) breach('two entries have the same name')
    if (!METHODS.includes(file.compression)) breach('an entry is neither stored nor deflated')
    names.add(file.name)
    const chunks: Array<Uint8Array> = []
    let size = 0
    open += 1
    file.ondata = (error, chunk, final) => {
      if (error !== null) throw error
      size += chunk.length
      total += chunk.length
      if (size > entryBytes) breach(`an entry is larger than ${entryBytes} bytes`)
      if (total > totalBytes) breach(`the entries are larger than ${totalBytes} bytes together`)
      chunks.push(chunk.slice())
      if (!final) return
      open -= 1
      files.set(file.name, joined(chunks, size))
    }
    file.start()
  }
  const stream = new Unzip(entry)
  stream.register(UnzipInflate)
  for (let at = 0; at < bytes.length; at += SLICE)
    stream.push(bytes.subarray(at, at + SLICE), at + SLICE >= bytes.length)
  if (open > 0) breach('an entry does not end')
}

const joined = (chunks: ReadonlyArray<Uint8Array>, size: number): Uint8Array => {
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

const isAt = (bytes: Uint8Array, at: number, signature: ReadonlyArray<number>): boolean =>
  signature.every((byte, index) => bytes[at + index] === byte)

const hasDirectory = (bytes: Uint8Array): boolean => {
  const first = Math.max(0, bytes.length - DIRECTORY_REACH)
  for (let at = bytes.length - DIRECTORY_END.length; at >= first; at -= 1)
    if (isAt(bytes, at, DIRECTORY_END)) return true
  return false
}
