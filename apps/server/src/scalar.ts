import scalar from '@scalar/fastify-api-reference'

/**
 * Scalar's program for browsers. The package that is made to serve it gives it to the routes of a server of another kind, so
 * it is asked for by registering its routes here: that package is a tenth of the size of the one with the sources.
 */
export const scalarProgram = async (): Promise<string> => {
  const routes: Array<Route> = []
  const options = { configuration: { sources: [] }, routePrefix: '/' }
  // A plugin of Fastify is a function; what this one needs of its server is this much.
  const register = scalar as unknown as (server: object, options: object, done: () => void) => void
  const server = {
    route: (route: Route) => routes.push(route),
    hasPlugin: () => false,
    log: { warn: () => {} },
  }
  register(server, options, () => {})
  const route = routes.find(({ url }) => url.endsWith('.js'))
  if (route === undefined) throw new Error('the package of the reference has no program')
  let program = ''
  const reply = {
    header: () => reply,
    send: (text: string) => {
      program = text
    },
  }
  route.handler({}, reply)
  return program
}

// -- internals

interface Route {
  readonly url: string
  readonly handler: (request: object, reply: object) => void
}
