import type { Json } from '@signalbox/core'
import type { DocumentWrite } from '@signalbox/core/store'
import { propertiesOf, TENANT, zosService } from '@signalbox/core/zosconnect'
import type { Archive, Definition } from '@signalbox/core/zosconnect'
import type { Failure, Services } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { fromBase64, toBase64 } from './base64.ts'
import type { ServiceArchive } from './spi.ts'
import { unzip } from './unzip.ts'
import type { Files } from './unzip.ts'

/** The id of the archive that a service of the settings has in place of a stored one. */
export const CONFIGURED = 'configured'

/** The stored archives. */
export interface Archives {
  /** What a factory is to see of a definition; undefined when its archive is gone or cannot be read any more. */
  readonly open: (definition: Definition) => Promise<E.Either<Failure, ServiceArchive | undefined>>
  /** The bytes of one file of an archive. */
  readonly file: (
    archive: Pick<Archive, 'id'>,
    path: string,
  ) => Promise<E.Either<Failure, Uint8Array | undefined>>
  readonly remove: (archive: Pick<Archive, 'id'>) => Promise<E.Either<Failure, void>>
  /** The ids of all that are stored. */
  readonly ids: () => Promise<E.Either<Failure, ReadonlyArray<string>>>
}

/** Makes the archives over the plugin's own records. */
export const createArchives = (
  services: Pick<Services, 'document' | 'documents' | 'write'>,
): Archives => ({
  open: async (definition) => {
    if (definition.archive.id === CONFIGURED) return E.right(archiveOf(definition, new Map()))
    const stored = await services.document(KIND, definition.archive.id)()
    if (E.isLeft(stored)) return stored
    const files = stored.right && filesIn(stored.right.body['bytes'])
    return E.right(files && archiveOf(definition, files))
  },
  file: async ({ id }, path) => {
    const stored = await services.document(KIND, id)()
    if (E.isLeft(stored)) return stored
    return E.right((stored.right && filesIn(stored.right.body['bytes']))?.get(path))
  },
  remove: async ({ id }) =>
    id === CONFIGURED ? E.right(undefined) : services.write([removal(id)])(),
  ids: async () => {
    const ids: Array<string> = []
    let after: string | undefined
    do {
      const query = { kind: KIND, limit: PAGE_SIZE, ...(after !== undefined && { after }) }
      const page = await services.documents(query)()
      if (E.isLeft(page)) return page
      ids.push(...page.right.items.map(({ id }) => id))
      after = page.right.next
    } while (after !== undefined)
    return E.right(ids)
  },
})

/** The record to store with the command that brings an archive in. */
export const archiveRecord = (id: string, bytes: Uint8Array): DocumentWrite => ({
  provider: zosService.provider,
  kind: KIND,
  tenant: TENANT,
  id,
  body: { bytes: toBase64(bytes) },
})

// -- internals

const KIND = 'archive'

// A page holds whole archives.
const PAGE_SIZE = 8

const removal = (id: string): DocumentWrite => ({
  provider: zosService.provider,
  kind: KIND,
  tenant: TENANT,
  id,
  body: null,
})

const filesIn = (stored: Json | undefined): Files | undefined => {
  const bytes = typeof stored === 'string' ? fromBase64(stored) : undefined
  return bytes && E.getOrElseW(() => undefined)(unzip(bytes))
}

const archiveOf = (definition: Definition, files: Files): ServiceArchive => {
  const { name, description, version, archive } = definition
  const common = {
    name,
    description,
    ...(version !== null && { version }),
    sha256: archive.sha256,
    file: (path: string) => files.get(path)?.slice(),
  }
  if (definition.kind !== 'service') return { ...common, provider: '', properties: {}, objects: [] }
  const { provider, objects, properties, requestSchema, responseSchema } = definition
  return {
    ...common,
    provider,
    properties: propertiesOf(properties),
    objects,
    ...(requestSchema !== null && { requestSchema }),
    ...(responseSchema !== null && { responseSchema }),
  }
}
