import type { ServiceRef } from '@signalbox/core'
import {
  domainClaim,
  placeShared,
  servicesQuota,
  sharedName,
  validateCreate,
} from '@signalbox/core/poppy'
import type { PoppyError, ServiceConfig } from '@signalbox/core/poppy'
import type { Failure, Submission, Tools } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { readFlavor } from './flavors.ts'
import type { CompleteSettings } from './settings.ts'

/** A creation that validation has passed, ready to be sent. */
export interface Creation {
  readonly ref: ServiceRef
  readonly submission: Submission
}

/** Why there is no creation: what is wrong with the body, or that nobody can tell at the moment. */
export type Obstacle =
  | { readonly _tag: 'Invalid'; readonly error: PoppyError }
  | { readonly _tag: 'Failed'; readonly failure: Failure }

/**
 * Prepares the creation of a service from the body that asks for it: validation, the project's limit, the places of shared
 * domains. Limit and domains are decided for good by the commit.
 */
export const prepareCreation = async (
  body: unknown,
  { project, id }: { readonly project: string; readonly id: string },
  { services, random }: Pick<Tools<unknown>, 'services' | 'random'>,
  settings: CompleteSettings,
): Promise<E.Either<Obstacle, Creation>> => {
  const flavor = await readFlavor(services, flavorIdOf(body))
  if (E.isLeft(flavor)) return failed(flavor.left)
  const config = validateCreate(body, {
    flavorExists: () => flavor.right !== undefined,
    defaultCacheTtl: settings.defaultCacheTtl,
  })
  if (E.isLeft(config)) return invalid(config.left)
  const limit = settings.maxServicesPerProject
  const count = await services.quota(servicesQuota(project))()
  if (E.isLeft(count)) return failed(unreadable)
  if (count.right >= limit) return invalid({ _tag: 'LimitReached', limit })
  const taken = await takenNames(config.right, services, settings)
  if (E.isLeft(taken)) return taken
  const placed = placeShared(config.right, {
    order: shuffled(settings.sharedShards, random),
    suffix: settings.sharedSuffix,
    taken: (name) => taken.right.has(name),
  })
  if (E.isLeft(placed)) return invalid(placed.left)
  const provider = flavor.right?.providers[0]?.provider ?? ''
  return E.right({
    ref: { provider: 'poppy', tenant: project, id },
    submission: {
      events: [{ type: 'service.create', config: placed.right, provider }],
      limits: { [servicesQuota(project)]: limit },
    },
  })
}

// -- internals

const unreadable: Failure = { _tag: 'Unavailable', message: 'the store did not answer' }

const failed = (failure: Failure): E.Either<Obstacle, never> => E.left({ _tag: 'Failed', failure })

const invalid = (error: PoppyError): E.Either<Obstacle, never> => E.left({ _tag: 'Invalid', error })

const flavorIdOf = (body: unknown): string =>
  typeof body === 'object' &&
  body !== null &&
  'flavor_id' in body &&
  typeof body.flavor_id === 'string'
    ? body.flavor_id
    : ''

// Every full name that a shared domain of the service could get and that somebody has.
const takenNames = async (
  { domains }: ServiceConfig,
  services: Tools<unknown>['services'],
  { sharedShards, sharedSuffix }: CompleteSettings,
): Promise<E.Either<Obstacle, ReadonlySet<string>>> => {
  const names = domains
    .filter(({ certificate }) => certificate === 'shared')
    .flatMap(({ domain }) =>
      Array.from({ length: sharedShards }, (_, index) =>
        sharedName(domain, index + 1, sharedSuffix),
      ),
    )
  const holders = await Promise.all(names.map((name) => services.claim(domainClaim(name))()))
  const taken = new Set<string>()
  for (const [index, holder] of holders.entries()) {
    if (E.isLeft(holder)) return failed(unreadable)
    const name = names[index]
    if (holder.right !== undefined && name !== undefined) taken.add(name)
  }
  return E.right(taken)
}

const shuffled = (count: number, random: () => number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, index) => ({ place: index + 1, rank: random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ place }) => place)
