import { ARCHIVE_LIMITS, archivePath, packageDefinition } from '@signalbox/core/zosconnect'
import type { ApiDefinition, ApiRequesterDefinition } from '@signalbox/core/zosconnect'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { ArchiveParsers } from './archive-parsers.ts'
import { DEEPEST, isDeeper } from './deeper.ts'
import { sha256 } from './sha256.ts'
import { unzip } from './unzip.ts'
import type { Files } from './unzip.ts'

type PackageDefinition = ApiDefinition | ApiRequesterDefinition

/** Reads the archive of an API or an API requester; `id` is what its record will be called. A left says which rules it breaks. */
export const readPackage = async (
  kind: PackageDefinition['kind'],
  bytes: Uint8Array,
  id: string,
  parsers: Pick<ArchiveParsers, 'xml'>,
): Promise<E.Either<string, PackageDefinition>> => {
  const archive = { id, sha256: await sha256(bytes) }
  return pipe(
    unzip(bytes),
    E.flatMap((files) =>
      pipe(
        packageIn(files, parsers),
        E.flatMap((parsed) =>
          E.mapLeft((lines: ReadonlyArray<string>) => lines.join('; '))(
            packageDefinition(parsed, { kind, archive }),
          ),
        ),
        E.flatMap((definition) => withDocuments(definition, files)),
      ),
    ),
  )
}

/** Reads the Swagger file of an API as an object; a left says what is wrong with it. */
export const readSwagger = (
  bytes: Uint8Array | undefined,
): E.Either<string, Readonly<Record<string, unknown>>> => {
  if (bytes === undefined) return E.left(`${PACKAGE}: apiDoc: not in the archive`)
  const text = textOf(bytes)
  const parsed = text === undefined ? undefined : jsonOf(text)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    return E.left(`${PACKAGE}: apiDoc: not a JSON object`)
  return isDeeper(parsed, DEEPEST)
    ? E.left(`${PACKAGE}: apiDoc: nested more than ${DEEPEST} deep`)
    : E.right(parsed as Readonly<Record<string, unknown>>)
}

// -- internals

const PACKAGE = 'package.xml'

const LISTS: ReadonlyArray<string> = ['path', 'method', 'apiDoc']

const packageIn = (
  files: Files,
  { xml }: Pick<ArchiveParsers, 'xml'>,
): E.Either<string, unknown> => {
  const bytes = files.get(PACKAGE)
  if (bytes === undefined) return E.left(`${PACKAGE} is missing`)
  if (bytes.length > ARCHIVE_LIMITS.packageBytes)
    return E.left(`${PACKAGE}: larger than ${ARCHIVE_LIMITS.packageBytes} bytes`)
  const text = textOf(bytes)
  if (text === undefined) return E.left(`${PACKAGE}: not UTF-8`)
  if (/<!DOCTYPE/i.test(text)) return E.left(`${PACKAGE}: a document type is not accepted`)
  if (isNested(text)) return E.left(`${PACKAGE}: nested more than ${DEEPEST} deep`)
  return E.tryCatch(
    () => xml(text, LISTS),
    () => `${PACKAGE}: not valid XML`,
  )
}

// Counts what is open at once, as far as a look at the tags tells: more than a parser's recursion should get.
const isNested = (text: string): boolean => {
  let open = 0
  for (const [tag] of text.matchAll(/<[/A-Za-z_][^<>]*>/g)) {
    if (tag.startsWith('</')) open -= 1
    else if (!tag.endsWith('/>')) open += 1
    if (open > DEEPEST) return true
  }
  return false
}

const withDocuments = (
  definition: PackageDefinition,
  files: Files,
): E.Either<string, PackageDefinition> => {
  if (definition.kind !== 'api' || definition.swagger === null) return E.right(definition)
  const path = archivePath(definition.swagger.replace(/^\//, ''))
  if (path === undefined) return E.left(`${PACKAGE}: apiDoc: not a file of the archive`)
  return E.map(() => ({ ...definition, swagger: path }))(readSwagger(files.get(path)))
}

const textOf = (bytes: Uint8Array): string | undefined =>
  E.getOrElseW(() => undefined)(
    E.tryCatch(
      () => new TextDecoder('utf-8', { fatal: true }).decode(bytes),
      () => undefined,
    ),
  )

const jsonOf = (text: string): unknown =>
  E.getOrElseW(() => undefined)(
    E.tryCatch(
      () => JSON.parse(text) as unknown,
      () => undefined,
    ),
  )
