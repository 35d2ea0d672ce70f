import type { State } from '@signalbox/core'
import type { Definition, DesiredStatus, Kind } from '@signalbox/core/zosconnect'
import type { Failure } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import type { ArchiveParsers } from './archive-parsers.ts'
import { APIS, idOf } from './collections.ts'
import { readPackage } from './package-archive.ts'
import { readSar } from './sar.ts'
import { standingOf } from './site.ts'
import type { Site } from './site.ts'
import { statesOf } from './states.ts'

/** What an archive is about to bring in. */
export interface Deployment {
  readonly definition: Definition
  readonly desired: DesiredStatus
  readonly bytes: Uint8Array
  /** The base paths of the APIs that are installed, by their ids; empty for everything else. */
  readonly basePaths: ReadonlyMap<string, ReadonlyArray<string>>
}

/** Reads an archive of a kind, which is called so; a left says which rules it breaks. */
export type ReadArchive = (
  kind: Kind,
  bytes: Uint8Array,
  id: string,
) => Promise<E.Either<string, Definition>>

/** Makes the reader of archives; its parsers are asked for when there is one to read. */
export const createReadArchive =
  (parsers: () => Promise<ArchiveParsers>): ReadArchive =>
  async (kind, bytes, id) =>
    kind === 'service'
      ? readSar(bytes, id, await parsers())
      : readPackage(kind, bytes, id, await parsers())

/** Finds out what must be known of the other artefacts before a definition is brought in. */
export const prepareDeployment = async (
  read: Omit<Deployment, 'basePaths'>,
  { services }: Pick<Site, 'services'>,
): Promise<E.Either<Failure, Deployment>> => {
  if (read.definition.kind !== 'api') return E.right({ ...read, basePaths: new Map() })
  const states = await statesOf(services, APIS)
  return E.map((apis: ReadonlyArray<State>) => ({
    ...read,
    basePaths: new Map(
      apis.map((state) => {
        const { definition, candidate } = standingOf(state).context
        return [idOf(definition), basePathsOf(definition, candidate)] as const
      }),
    ),
  }))(states)
}

/** The base paths of definitions; only an API has one. */
export const basePathsOf = (
  ...definitions: ReadonlyArray<Definition | null | undefined>
): ReadonlyArray<string> =>
  definitions.flatMap((each) => (each?.kind === 'api' ? [each.basePath] : []))
