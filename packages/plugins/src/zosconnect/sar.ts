import type { JsonObject } from '@signalbox/core'
import {
  ARCHIVE_LIMITS,
  filesOf,
  manifestTextProblem,
  readManifest,
  readSchema,
  recordsOf,
  serviceDefinition,
} from '@signalbox/core/zosconnect'
import type { Manifest, ServiceDefinition } from '@signalbox/core/zosconnect'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { ArchiveParsers } from './archive-parsers.ts'
import { DEEPEST, isDeeper } from './deeper.ts'
import { sha256 } from './sha256.ts'
import { unzip } from './unzip.ts'
import type { Files } from './unzip.ts'

/** Reads a service archive; `id` is what its record will be called. A left says which rules it breaks. */
export const readSar = async (
  bytes: Uint8Array,
  id: string,
  parsers: Pick<ArchiveParsers, 'yaml'>,
): Promise<E.Either<string, ServiceDefinition>> => {
  const archive = { id, sha256: await sha256(bytes) }
  return pipe(
    unzip(bytes),
    E.flatMap((files) =>
      E.flatMap(manifestOf(files, parsers), (manifest) =>
        E.map((schemas: Schemas) => serviceDefinition(manifest, { archive, ...schemas }))(
          referredTo(manifest, files),
        ),
      ),
    ),
  )
}

// -- internals

interface Schemas {
  readonly requestSchema?: JsonObject
  readonly responseSchema?: JsonObject
}

const MANIFEST = 'manifest.yml'

const manifestOf = (
  files: Files,
  { yaml }: Pick<ArchiveParsers, 'yaml'>,
): E.Either<string, Manifest> => {
  const bytes = files.get(MANIFEST)
  if (bytes === undefined) return E.left(`${MANIFEST} is missing`)
  if (bytes.length > ARCHIVE_LIMITS.manifestBytes)
    return E.left(`${MANIFEST}: larger than ${ARCHIVE_LIMITS.manifestBytes} bytes`)
  return pipe(
    textOf(MANIFEST, bytes),
    E.flatMap((text) => {
      const problem = manifestTextProblem(text)
      if (problem !== undefined) return E.left(problem)
      return E.tryCatch(
        () => yaml(text),
        () => `${MANIFEST}: not valid YAML`,
      )
    }),
    E.flatMap(recordsOf),
    E.flatMap((parsed) => E.mapLeft(oneLine)(readManifest(parsed))),
  )
}

// What a manifest speaks of must be there; of it, the schemas are read.
const referredTo = (manifest: Manifest, files: Files): E.Either<string, Schemas> =>
  E.flatMap(E.mapLeft(oneLine)(filesOf(manifest)), (references) => {
    let schemas: Schemas = {}
    for (const { key, path, is } of references) {
      const bytes = files.get(path)
      if (bytes === undefined) return E.left(`${key}: ${path} is not in the archive`)
      if (is === 'file') continue
      const schema = schemaOf(key, bytes)
      if (E.isLeft(schema)) return schema
      schemas = { ...schemas, [key]: schema.right }
    }
    return E.right(schemas)
  })

const schemaOf = (key: string, bytes: Uint8Array): E.Either<string, JsonObject> => {
  if (bytes.length > ARCHIVE_LIMITS.schemaBytes)
    return E.left(`${key}: larger than ${ARCHIVE_LIMITS.schemaBytes} bytes`)
  return pipe(
    textOf(key, bytes),
    E.flatMap((text) => readSchema(key, text)),
    E.filterOrElse(
      (schema) => !isDeeper(schema, DEEPEST),
      () => `${key}: nested more than ${DEEPEST} deep`,
    ),
  )
}

const textOf = (key: string, bytes: Uint8Array): E.Either<string, string> =>
  E.tryCatch(
    () => new TextDecoder('utf-8', { fatal: true }).decode(bytes),
    () => `${key}: not UTF-8`,
  )

const oneLine = (lines: ReadonlyArray<string>): string => lines.join('; ')
