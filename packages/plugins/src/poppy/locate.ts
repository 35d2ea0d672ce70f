import type { Located } from '@signalbox/host'

/** Where all of Poppy's routes are. */
export const MOUNT = '/v1.0'

/**
 * Takes the project out of a raw pathname, and trailing slashes off it. A first segment that is no route name is a project
 * when it is all digits, when a route name follows, or when it stands alone and is the caller's own.
 */
export const locate = (pathname: string, headers: Headers): Located | undefined => {
  const [first, ...rest] = pathname.slice(MOUNT.length).replace(/\/+$/, '').split('/').slice(1)
  if (first === undefined) return { path: '/' }
  if (ROUTE_NAMES.includes(first)) return { path: `/${[first, ...rest].join('/')}` }
  if (!PROJECT.test(first)) return undefined
  const [next] = rest
  const named =
    /^\d+$/.test(first) ||
    (next === undefined ? first === headers.get('x-project-id') : ROUTE_NAMES.includes(next))
  return named ? { path: `/${rest.join('/')}`, values: { project: first } } : undefined
}

// -- internals

const ROUTE_NAMES: ReadonlyArray<string> = [
  'ping',
  'health',
  'services',
  'flavors',
  'admin',
  'ssl_certificate',
]

const PROJECT = /^[A-Za-z0-9_.-]{1,256}$/
