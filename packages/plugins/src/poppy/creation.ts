import type { ServiceRef } from '@signalbox/core'
import { servicesQuota, validateCreate } from '@signalbox/core/poppy'
import type { PoppyError } from '@signalbox/core/poppy'
import { unavailable } from '@signalbox/host'
import type { Failure, Submission } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { flavorIdOf, readFlavor } from './flavors.ts'
import { readLimit } from './limits.ts'
import { labelsOf, preparePlaces } from './placement.ts'
import type { Site } from './site.ts'

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
  ref: ServiceRef,
  site: Site,
): Promise<E.Either<Obstacle, Creation>> => {
  const { services, settings } = site
  const flavor = await readFlavor(services, flavorIdOf(body))
  if (E.isLeft(flavor)) return failed(flavor.left)
  const config = validateCreate(body, {
    flavorExists: () => flavor.right !== undefined,
    defaultCacheTtl: settings.defaultCacheTtl,
  })
  if (E.isLeft(config)) return invalid(config.left)
  const quota = servicesQuota(ref.tenant)
  const limit = await readLimit(site, ref.tenant)
  if (E.isLeft(limit)) return failed(limit.left)
  const count = await services.quota(quota)()
  if (E.isLeft(count)) return failed(unavailable('the store did not answer'))
  if (count.right >= limit.right) return invalid({ _tag: 'LimitReached', limit: limit.right })
  const place = await preparePlaces(site, ref, labelsOf(config.right))
  if (E.isLeft(place)) return failed(place.left)
  const placed = place.right(config.right)
  if (E.isLeft(placed)) return invalid(placed.left)
  const provider = flavor.right?.providers[0]?.provider ?? ''
  return E.right({
    ref,
    submission: {
      events: [{ type: 'service.create', config: placed.right, provider }],
      limits: { [quota]: limit.right },
    },
  })
}

// -- internals

const failed = (failure: Failure): E.Either<Obstacle, never> => E.left({ _tag: 'Failed', failure })

const invalid = (error: PoppyError): E.Either<Obstacle, never> => E.left({ _tag: 'Invalid', error })
