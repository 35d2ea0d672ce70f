import { createRequire } from 'node:module'

/** A service, or a flavor, as pkgcloud shows it. */
export interface Model {
  readonly id: string
  name: string
  readonly status: string
  readonly domains: ReadonlyArray<Readonly<Record<string, unknown>>>
  readonly links: ReadonlyArray<{ readonly href: string; readonly rel: string }>
  readonly errors: ReadonlyArray<unknown>
  readonly flavorId: string
}

/** What somebody says about a service to be made. */
export interface Details {
  readonly name: string
  readonly domains: ReadonlyArray<object>
  readonly origins: ReadonlyArray<object>
  readonly flavorId: string
}

/** pkgcloud's CDN client, its callbacks as promises. */
export interface Cdn {
  readonly auth: () => Promise<void>
  readonly getHomeDocument: () => Promise<{ readonly resources: object }>
  readonly getPing: () => Promise<void>
  readonly getFlavors: () => Promise<ReadonlyArray<Model>>
  readonly getFlavor: (id: string) => Promise<Model>
  readonly getServices: (page?: {
    readonly limit?: number
    readonly marker?: string
  }) => Promise<ReadonlyArray<Model>>
  readonly getService: (service: Model | string) => Promise<Model>
  readonly createService: (details: Details) => Promise<Model>
  readonly updateService: (service: Model) => Promise<Model>
  readonly deleteService: (service: Model | string) => Promise<void>
  readonly deleteServiceCachedAssets: (service: Model, url: string | null) => Promise<void>
  /** Sends what the client has no function for; resolves to the body of the reply. */
  readonly request: (options: {
    readonly method: string
    readonly path: string
    readonly body: unknown
  }) => Promise<unknown>
  /** How often it has logged in. */
  readonly logins: () => number
  /** Where the catalogue says that the CDN is. */
  readonly homeUrl: () => string
}

/** The kinds of clients: each logs in by another credential and looks for another type of service. */
export type Kind = 'rackspace' | 'openstack'

/** Makes a client as its manual says. */
export const createCdn = (
  kind: Kind,
  {
    url,
    user,
    secret,
    project,
    region,
  }: {
    readonly url: string
    readonly user: string
    readonly secret: string
    readonly project?: string
    readonly region?: string
  },
): Cdn => {
  const client = pkgcloud.cdn.createClient({
    provider: kind,
    authUrl: url,
    username: user,
    [kind === 'rackspace' ? 'apiKey' : 'password']: secret,
    ...(project === undefined ? {} : { tenantId: project }),
    ...(region === undefined ? {} : { region }),
  })
  let logins = 0
  client['on']?.('log::trace', (text: string) => {
    if (text === 'Sending client authorization request') logins += 1
  })
  const call =
    (name: string) =>
    (...given: ReadonlyArray<unknown>): Promise<never> =>
      new Promise((resolve, reject) => {
        const done = (error: unknown, result: never): void =>
          error ? reject(error as Error) : resolve(result)
        client[name]?.(...given, done)
      })
  return {
    auth: call('auth'),
    getHomeDocument: call('getHomeDocument'),
    getPing: call('getPing'),
    getFlavors: call('getFlavors'),
    getFlavor: call('getFlavor'),
    getServices: (page = {}) => call('getServices')(page),
    getService: call('getService'),
    createService: call('createService'),
    updateService: call('updateService'),
    deleteService: call('deleteService'),
    deleteServiceCachedAssets: call('deleteServiceCachedAssets'),
    request: call('_request'),
    logins: () => logins,
    homeUrl: () => String(client['_getUrl']?.('/')),
  }
}

// -- internals

const require = createRequire(import.meta.url)
const pkgcloud = require('pkgcloud') as {
  readonly cdn: {
    readonly createClient: (options: object) => Record<string, (...given: unknown[]) => unknown>
  }
}
