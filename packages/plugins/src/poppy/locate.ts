import type { Located } from '@signalbox/host'

/** Where all of Poppy's routes are. */
export const MOUNT = '/v1.0'

/** Where clients ask for tokens. */
export const IDENTITY = '/v2.0'

/**
 * Takes the project out of a raw pathname, and trailing slashes off it. A first segment that is no route name is a project
 * when it is all digits, when a route name follows, or when it stands alone and is the caller's own: `alone` says that
 * whether it is has still to be seen.
 */
export const locate = (pathname: string, headers: Headers): Located | undefined => {
  const path = withoutSlashes(pathname)
  if (path === IDENTITY || path.startsWith(`${IDENTITY}/`)) return { path }
  const [first, ...rest] = path.slice(MOUNT.length).split('/').slice(1)
  if (first === undefined || ROUTE_NAMES.includes(first)) return { path }
  if (!PROJECT.test(first)) return undefined
  const [next] = rest
  if (next === undefined)
    return {
      path: MOUNT,
      values:
        /^\d+$/.test(first) || first === headers.get('x-project-id')
          ? { project: first }
          : { project: first, alone: 'true' },
    }
  return /^\d+$/.test(first) || ROUTE_NAMES.includes(next)
    ? { path: [MOUNT, ...rest].join('/'), values: { project: first } }
    : undefined
}

/** Tells whether an id can be a project's in a URL. */
export const isProject = (id: string): boolean => PROJECT.test(id)

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

const withoutSlashes = (pathname: string): string => {
  let end = pathname.length
  while (pathname.charAt(end - 1) === '/') end -= 1
  return pathname.slice(0, end)
}
