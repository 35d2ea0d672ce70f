import { refKey } from '@signalbox/core'
import type { ServiceRef } from '@signalbox/core'
import { domainClaim, isShared, placeShared, sharedName } from '@signalbox/core/poppy'
import type { PoppyError, ServiceConfig } from '@signalbox/core/poppy'
import { unavailable } from '@signalbox/host'
import type { Failure } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import type { Site } from './site.ts'

/** Gives the shared domains of a configuration their places. Pure: what the store knew is known already. */
export type Place = (
  config: ServiceConfig,
  previous?: ServiceConfig,
) => E.Either<PoppyError, ServiceConfig>

/**
 * Looks up which places of shared domains others have taken, and throws the dice. A place that is lost to somebody after all
 * is refused by the commit, and preparing again finds the next one.
 */
export const preparePlaces = async (
  { services, random, settings }: Pick<Site, 'services' | 'random' | 'settings'>,
  ref: ServiceRef,
  labels: ReadonlyArray<string>,
): Promise<E.Either<Failure, Place>> => {
  const { sharedShards, sharedSuffix: suffix } = settings
  const places = Array.from({ length: sharedShards }, (_, index) => index + 1)
  const names = labels.flatMap((label) => places.map((place) => sharedName(label, place, suffix)))
  const holders = await Promise.all(names.map((name) => services.claim(domainClaim(name))()))
  const taken = new Set<string>()
  for (const [index, holder] of holders.entries()) {
    if (E.isLeft(holder)) return E.left(unavailable('the store did not answer'))
    const name = names[index]
    if (holder.right !== undefined && holder.right !== refKey(ref) && name !== undefined)
      taken.add(name)
  }
  const order = shuffled(places, random)
  return E.right((config, previous) =>
    placeShared(config, {
      order,
      suffix,
      taken: (name) => taken.has(name),
      ...(previous === undefined ? {} : { previous }),
    }),
  )
}

/** The labels for which a configuration needs places. */
export const labelsOf = ({ domains }: ServiceConfig): ReadonlyArray<string> =>
  domains.filter(isShared).map(({ domain }) => domain)

/** Tells a place that somebody else was quicker to take. */
export const isLostPlace = (
  failure: Failure,
  { sharedSuffix }: Pick<Site['settings'], 'sharedSuffix'>,
): boolean => failure._tag === 'ClaimTaken' && failure.key.endsWith(`.${sharedSuffix}`)

// -- internals

const shuffled = (places: ReadonlyArray<number>, random: () => number): ReadonlyArray<number> =>
  places
    .map((place) => ({ place, rank: random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ place }) => place)
