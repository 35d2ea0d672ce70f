import { readServicePath, splitPath } from '@signalbox/core/zosconnect'
import type { Located } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { APIS, COLLECTIONS, MOUNT, SERVICES } from './collections.ts'
import type { Collection } from './collections.ts'

/** The path of the statistics of all services. */
export const STATISTICS = `${MOUNT}/operations/getStatistics`

/** The path of the description of the administration itself. */
export const API_DOCS = `${MOUNT}/api-docs`

/**
 * Reads a raw pathname segment by segment and writes it anew, so that a name is one segment: behind a collection, several
 * segments are one name unless they end as a service's schema does. `joined` marks a name made of several segments,
 * `malformed` a path that does not decode.
 */
export const locate =
  (collections: ReadonlyArray<Collection>) =>
  (pathname: string): Located | undefined => {
    const split = splitPath(pathname)
    if (E.isLeft(split))
      return split.left === 'bad-path'
        ? { path: `${SERVICES.path}/%`, values: { malformed: 'yes' } }
        : undefined
    const [mount, second = '', ...rest] = split.right
    if (mount !== MOUNT.slice(1)) return undefined
    // An encoded slash makes no segment.
    const path = `/${split.right.map(encodeURIComponent).join('/')}`
    if (path === STATISTICS || path === API_DOCS) return { path }
    const collection = collections.find((each) => each.path === `${MOUNT}/${second}`)
    if (collection === undefined) return undefined
    if (rest.length === 0) return { path: collection.path }
    return collection.kind === 'service'
      ? locateService(rest)
      : locateItem(collection, rest.join('/'), rest.length === 1)
  }

/** The collections that are served. */
export const servedCollections = ({
  apiRequesters,
}: {
  readonly apiRequesters: { readonly enabled: boolean }
}): ReadonlyArray<Collection> => (apiRequesters.enabled ? COLLECTIONS : [SERVICES, APIS])

// -- internals

const locateItem = (collection: Collection, name: string, whole: boolean): Located => ({
  path: `${collection.path}/${encodeURIComponent(name)}`,
  values: whole ? {} : { joined: 'yes' },
})

const locateService = (rest: ReadonlyArray<string>): Located | undefined => {
  const [reading] = readServicePath(rest)
  if (reading === undefined) return undefined
  const item = locateItem(SERVICES, reading.name, reading.whole)
  return reading.schema === null ? item : { ...item, path: `${item.path}/schema/${reading.schema}` }
}
