import { TrieRouter } from 'hono/router/trie-router'
import type { Route } from './route.ts'

/** A path's routes by method, with their parameters as they stand in the raw path. */
export interface Matched {
  readonly of: (method: string) => MatchedRoute | undefined
  /** The methods of the path, in the order in which `Allow` names them. */
  readonly allow: () => ReadonlyArray<string>
}

export interface MatchedRoute {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

/** Makes the table of a plugin's routes: asked about a raw path, it answers undefined when no route has it. */
export const createRouter = (
  routes: ReadonlyArray<Route>,
  { head, options }: { readonly head: boolean; readonly options: boolean },
): ((path: string) => Matched | undefined) => {
  const router = new TrieRouter<Route>()
  for (const route of routes) router.add(ANY, route.path, route)
  const find = (path: string): Matched | undefined => {
    const found = router.match(ANY, path)[0] as unknown as ReadonlyArray<
      readonly [Route, Record<string, string>]
    >
    if (found.length === 0) return undefined
    return {
      of: (method) => {
        const wanted = head && method === 'HEAD' ? 'GET' : method
        const pair = found.find(([route]) => route.method === wanted)
        return pair && { route: pair[0], params: pair[1] }
      },
      allow: () => {
        const methods = new Set<string>(found.map(([route]) => route.method))
        if (head && methods.has('GET')) methods.add('HEAD')
        if (options) methods.add('OPTIONS')
        return ORDER.filter((method) => methods.has(method))
      },
    }
  }
  // A path without parameters is the same one each time.
  const fixed = new Map(
    routes.flatMap(({ path }) => (/[:*?{]/.test(path) ? [] : [[path, find(path)] as const])),
  )
  return (path) => fixed.get(path) ?? find(path)
}

// -- internals

// One key for all methods, so that one look at the table tells 404 from 405.
const ANY = 'ANY'

const ORDER = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS']
