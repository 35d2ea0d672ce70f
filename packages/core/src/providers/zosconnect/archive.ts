import * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import type { JsonObject } from '../../json.ts'
import { Manifest, PackageXml } from './codecs.ts'
import type {
  ApiDefinition,
  ApiRequesterDefinition,
  Archive,
  Kind,
  ServiceDefinition,
} from './codecs.ts'

/** The bounds of an archive: bytes, and a count of entries. */
export const ARCHIVE_LIMITS = {
  entries: 256,
  entryBytes: 2 * 1024 * 1024,
  totalBytes: 16 * 1024 * 1024,
  nameBytes: 255,
  manifestBytes: 16 * 1024,
  packageBytes: 256 * 1024,
  schemaBytes: 1024 * 1024,
} as const

/** The rule that the name of an archive's entry breaks, in words; undefined when it breaks none. */
export const entryNameProblem = (name: string): string | undefined => {
  if (name === '') return 'an entry has no name'
  if (name.includes('\0')) return 'the name of an entry holds a NUL'
  if (name.startsWith('/')) return 'the name of an entry starts with a slash'
  if (name.includes('\\')) return 'the name of an entry holds a backslash'
  if (/^[A-Za-z]:/.test(name)) return 'the name of an entry starts with a drive'
  if (name.split('/').some((segment) => segment === '.' || segment === '..'))
    return 'the name of an entry holds a segment "." or ".."'
  return utf8Length(name) > ARCHIVE_LIMITS.nameBytes
    ? `the name of an entry is longer than ${ARCHIVE_LIMITS.nameBytes} bytes`
    : undefined
}

/**
 * Says why a manifest's text must not reach a YAML parser, in words: nesting that could exhaust its stack. Undefined
 * when it may. The bound on its bytes is checked before.
 */
export const manifestTextProblem = (text: string): string | undefined => {
  if ((text.match(/[[{]/g)?.length ?? 0) > 128)
    return 'manifest.yml: more than 128 opening brackets and braces'
  const runs = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line) => (LEADING_RUN.exec(line)?.[0] ?? '').replaceAll(/\s/g, ''))
  return runs.some((run) => run.includes('?') || run.length > 2)
    ? 'manifest.yml: a line nests lists or keys too deeply'
    : undefined
}

/** Makes records of the maps a YAML parser gives; a left says which rule a key breaks. */
export const recordsOf = (parsed: unknown): E.Either<string, unknown> => {
  if (Array.isArray(parsed)) {
    const items = parsed.map(recordsOf)
    return items.find(E.isLeft) ?? E.right(items.map(E.getOrElseW(() => undefined)))
  }
  if (!(parsed instanceof Map)) return E.right(parsed)
  const entries: Array<[string, unknown]> = []
  for (const [key, value] of parsed) {
    if (typeof key !== 'string' || key === '__proto__')
      return E.left('manifest.yml: a key is not usable')
    const record = recordsOf(value)
    if (E.isLeft(record)) return record
    entries.push([key, record.right])
  }
  return E.right(Object.fromEntries(entries))
}

/**
 * Reads a manifest whose maps are records; a key without a value counts as absent. The lefts say, a line for each key,
 * what is wrong with it.
 */
export const readManifest = (parsed: unknown): E.Either<ReadonlyArray<string>, Manifest> =>
  E.mapLeft((errors: t.Errors) => linesOf(errors))(Manifest.decode(withoutBlanks(parsed)))

/** A file that a manifest speaks of and that must be in the archive. */
export interface FileReference {
  /** Where the manifest says so. */
  readonly key: string
  readonly path: string
  readonly is: 'schema' | 'file'
}

/** The files a manifest speaks of, or, a line for each, those whose place is none in an archive. */
export const filesOf = (
  manifest: Manifest,
): E.Either<ReadonlyArray<string>, ReadonlyArray<FileReference>> => {
  const wanted = [
    ...(['requestSchema', 'responseSchema'] as const).flatMap((key) => {
      const reference = manifest[key]
      return reference === undefined ? [] : [{ key, value: reference.value, is: 'schema' as const }]
    }),
    ...(manifest.providerProperties ?? [])
      .filter(({ type }) => type === 'FILE')
      .map(({ propertyName, value }) => ({ key: propertyName, value, is: 'file' as const })),
  ]
  const found = wanted.map(({ key, value, is }) => {
    const path = archivePath(value)
    return path === undefined
      ? E.left(`manifest.yml: ${key}: not a file of the archive`)
      : E.right({ key, path, is })
  })
  const lines = found.flatMap((file) => (E.isLeft(file) ? [file.left] : []))
  return lines.length > 0
    ? E.left(lines)
    : E.right(found.flatMap((file) => (E.isRight(file) ? [file.right] : [])))
}

/** Where in the archive a manifest's value points, a `file:///` URL or a path; undefined when it points elsewhere. */
export const archivePath = (value: string): string | undefined => {
  const url = value.startsWith('file:///')
  const path = E.getOrElse(() => '')(
    E.tryCatch(
      () => (url ? decodeURIComponent(value.slice(8)) : value.replace(/^\.\//, '')),
      () => '',
    ),
  )
  const elsewhere = !url && /^[A-Za-z][A-Za-z0-9+.-]*:/.test(path)
  return elsewhere || path.endsWith('/') || entryNameProblem(path) !== undefined ? undefined : path
}

/** Reads a schema file; a left says what it is instead of a JSON object. */
export const readSchema = (key: string, text: string): E.Either<string, JsonObject> => {
  const parsed = E.tryCatch(
    () => JSON.parse(text) as unknown,
    () => `${key}: not valid JSON`,
  )
  return E.flatMap(parsed, (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? // What `JSON.parse` makes is JSON.
        E.right(value as JsonObject)
      : E.left(`${key}: not a JSON object`),
  )
}

/** Makes the definition of a service of its manifest and what else its archive holds. */
export const serviceDefinition = (
  manifest: Manifest,
  {
    archive,
    requestSchema,
    responseSchema,
  }: {
    readonly archive: Archive
    readonly requestSchema?: JsonObject | undefined
    readonly responseSchema?: JsonObject | undefined
  },
): ServiceDefinition => ({
  kind: 'service',
  name: manifest.name,
  description: manifest.description ?? '',
  version: manifest.version ?? null,
  archive,
  provider: manifest.provider,
  properties: manifest.providerProperties ?? [],
  objects: manifest.providerObjects ?? [],
  requestSchema: requestSchema ?? null,
  responseSchema: responseSchema ?? null,
})

/**
 * Makes the definition of an API or an API requester of its parsed `package.xml`, whichever of both it is; the lefts say, a
 * line for each, what is wrong with it.
 */
export const packageDefinition = (
  parsed: unknown,
  { kind, archive }: { readonly kind: Exclude<Kind, 'service'>; readonly archive: Archive },
): E.Either<ReadonlyArray<string>, ApiDefinition | ApiRequesterDefinition> => {
  const decoded = PackageXml.decode(parsed)
  if (E.isLeft(decoded)) return E.left(packageLines(decoded.left))
  const { id, packageType, apiSpec } = decoded.right.zosConnectApi
  const requester = packageType === 'requester'
  if (requester !== (kind === 'apiRequester'))
    return E.left([`package.xml: the archive is ${requester ? '' : 'not '}an API requester`])
  const common = {
    name: id,
    description: apiSpec.description ?? '',
    version: present(apiSpec.version),
    archive,
  }
  if (kind === 'apiRequester')
    return E.right({
      kind,
      ...common,
      basePath: present(apiSpec.basePath),
      connectionRef: present(apiSpec.connectionRef),
    })
  const basePath = apiSpec.basePath ?? ''
  if (!BASE_PATH.test(basePath))
    return E.left(['package.xml: basePath: a path that starts with a slash is required'])
  return E.right({
    kind,
    ...common,
    basePath: basePath.replace(/\/$/, ''),
    services: servicesOf(apiSpec),
    swagger: swaggerOf(apiSpec),
  })
}

// -- internals

type ApiSpec = PackageXml['zosConnectApi']['apiSpec']

// `-` and `?` at the start of a line, each before a blank or the line's end.
const LEADING_RUN = /^\s*(?:[-?](?:\s+|$))*/

const BASE_PATH = /^(?:\/[^/?#\s\\]+)+\/?$/

const RULES: Readonly<Record<string, string>> = {
  name: 'required; at most 128 of letters, digits and . _ ~ @ $ -, in segments joined by a slash',
  provider: 'required, a string',
  'Manifest-Version': 'must be 1.0',
  description: 'must be a string',
  version: 'must be a string',
  requestSchema: 'must have a value, and the type JSONSchema',
  responseSchema: 'must have a value, and the type JSONSchema',
  providerProperties: 'must be a list of propertyName, value and type, which is STRING or FILE',
  providerObjects: 'must be a list',
}

const linesOf = (errors: t.Errors): ReadonlyArray<string> => {
  const keys = errors.flatMap(({ context }) =>
    context
      .map(({ key }) => key)
      .filter((key) => Object.hasOwn(RULES, key))
      .slice(0, 1),
  )
  return keys.length === 0
    ? ['manifest.yml: must be a mapping of keys to values']
    : [...new Set(keys)].map((key) => `manifest.yml: ${key}: ${RULES[key]}`)
}

const packageLines = (errors: t.Errors): ReadonlyArray<string> => {
  const keys = errors.map(
    ({ context }) =>
      context.map(({ key }) => key).findLast((key) => Number.isNaN(Number(key))) ?? 'zosConnectApi',
  )
  return [...new Set(keys)].map((key) => `package.xml: ${key}: missing or not usable`)
}

const withoutBlanks = (parsed: unknown): unknown =>
  typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
    ? Object.fromEntries(Object.entries(parsed).filter(([, value]) => value !== ''))
    : parsed

const present = (value: string | undefined): string | null =>
  value === undefined || value === '' ? null : value

const servicesOf = ({ path = [] }: ApiSpec): ReadonlyArray<string> => {
  const references = path.flatMap((each) =>
    each === ''
      ? []
      : (each.method ?? []).flatMap((method) =>
          method === '' ? [] : [present(method.zosConnectServiceRef) ?? []].flat(),
        ),
  )
  return [...new Set(references)]
}

const swaggerOf = ({ apiDoc = [] }: ApiSpec): string | null => {
  const found = apiDoc.find((doc) => typeof doc === 'object' && doc.docType === 'SWAGGER')
  return typeof found === 'object' ? present(found['#text']?.trim()) : null
}

const utf8Length = (text: string): number =>
  [...text].reduce((bytes, character) => {
    const point = character.codePointAt(0) ?? 0
    return bytes + (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4)
  }, 0)
