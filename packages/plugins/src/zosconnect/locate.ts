import { readServicePath, splitPath } from '@signalbox/core/zosconnect'
import type { Located } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'

/** Where the administration lies. */
export const MOUNT = '/zosConnect'

/** The path of the services. */
export const COLLECTION = `${MOUNT}/services`

/**
 * Reads a raw pathname segment by segment and writes it anew, so that a name is one segment: behind the services, several
 * segments are one name unless they end as a schema's do. `joined` marks a name made of several segments, `malformed` a
 * path that does not decode.
 */
export const locate = (pathname: string): Located | undefined => {
  const split = splitPath(pathname)
  if (E.isLeft(split))
    return split.left === 'bad-path'
      ? { path: `${COLLECTION}/%`, values: { malformed: 'yes' } }
      : undefined
  const [mount, collection, ...rest] = split.right
  if (mount !== MOUNT.slice(1) || collection !== 'services') return undefined
  const [reading] = readServicePath(rest)
  if (reading === undefined) return { path: COLLECTION }
  const item = `${COLLECTION}/${encodeURIComponent(reading.name)}`
  const values: Record<string, string> = reading.whole ? {} : { joined: 'yes' }
  return { path: reading.schema === null ? item : `${item}/schema/${reading.schema}`, values }
}
