import type { Effect, Lifecycle, ServiceRef } from '@signalbox/core'
import { TENANT, zosApi, zosApiRequester, zosService } from '@signalbox/core/zosconnect'
import type { Definition, Kind } from '@signalbox/core/zosconnect'

/** Where the administration lies. */
export const MOUNT = '/zosConnect'

/** One of the three collections: all of them share their rules. */
export interface Collection {
  readonly kind: Kind
  readonly lifecycle: Lifecycle
  readonly path: string
  /** What one is called in the id of an operation, and what all are. */
  readonly one: string
  readonly many: string
  /** One, and all of them, for people. */
  readonly words: string
  readonly plural: string
}

export const SERVICES: Collection = {
  kind: 'service',
  lifecycle: zosService,
  path: `${MOUNT}/services`,
  one: 'Service',
  many: 'Services',
  words: 'a service',
  plural: 'services',
}

export const APIS: Collection = {
  kind: 'api',
  lifecycle: zosApi,
  path: `${MOUNT}/apis`,
  one: 'Api',
  many: 'Apis',
  words: 'an API',
  plural: 'APIs',
}

const API_REQUESTERS: Collection = {
  kind: 'apiRequester',
  lifecycle: zosApiRequester,
  path: `${MOUNT}/apiRequesters`,
  one: 'ApiRequester',
  many: 'ApiRequesters',
  words: 'an API requester',
  plural: 'API requesters',
}

export const COLLECTIONS: ReadonlyArray<Collection> = [SERVICES, APIS, API_REQUESTERS]

/** The collection of a kind. */
export const collectionOf = (kind: Kind): Collection =>
  COLLECTIONS.find((each) => each.kind === kind) ?? SERVICES

/** The collection that a path of the route table lies in; services unless it is another one's. */
export const collectionAt = (path: string): Collection =>
  [APIS, API_REQUESTERS].find((each) => path === each.path || path.startsWith(`${each.path}/`)) ??
  SERVICES

/** Names an artefact in the store: an API may bear the name of a service. */
export const refOf = (kind: Kind, name: string): ServiceRef => ({
  provider: zosService.provider,
  tenant: TENANT,
  id: kind === 'service' ? name : `${kind}:${name}`,
})

/** Names the artefact that an effect is about. */
export const namedBy = ({
  lifecycle,
  ref: { id },
}: Pick<Effect, 'lifecycle' | 'ref'>): { readonly kind: Kind; readonly name: string } => {
  const { kind } = COLLECTIONS.find((each) => each.lifecycle.name === lifecycle) ?? SERVICES
  return { kind, name: kind === 'service' ? id : id.slice(`${kind}:`.length) }
}

/** What an artefact is called in the store. */
export const idOf = ({ kind, name }: Pick<Definition, 'kind' | 'name'>): string =>
  refOf(kind, name).id
