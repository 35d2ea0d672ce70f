import type { ServiceRef } from '@signalbox/core'
import { textOf } from '@signalbox/core/poppy'
import * as E from 'fp-ts/lib/Either.js'
import { prepareCreation } from './creation.ts'
import { FLAVOR, storedFlavor } from './flavors.ts'
import { HOUSE } from './operator.ts'
import type { Site } from './site.ts'

/**
 * Brings the configured flavors and services into being where they are missing, the services through the same creation as
 * a client's; hosts that start at once on one store may each try. Throws, naming the seed, when one cannot be.
 */
export const plantSeeds = async (site: Site): Promise<void> => {
  const { services, settings, lifecycle } = site
  for (const flavor of settings.seedFlavors) {
    const { id } = flavor
    const found = expect(`flavor ${id}`, await services.document(FLAVOR, id)())
    if (found !== undefined) continue
    const write = { kind: FLAVOR, id, tenant: '', body: storedFlavor(flavor), expected: 0 }
    const written = await services.write([write])()
    if (E.isLeft(written) && written.left._tag !== 'DocumentConflict')
      throw new Error(`flavor ${id}: ${written.left._tag}`)
  }
  for (const { project, id, service } of settings.seedServices) {
    const what = `service ${id} of project ${project}`
    const ref = { provider: 'poppy', tenant: project, id }
    if (expect(what, await services.load(lifecycle, ref)()) !== undefined) continue
    const obstacle = await plant(service, ref, site)
    // Unless another host was first, that is the end of it.
    if (obstacle !== undefined && expect(what, await services.load(lifecycle, ref)()) === undefined)
      throw new Error(`${what}: ${obstacle}`)
  }
}

// -- internals

// Creates a service and waits for its provider; answers what stood in the way.
const plant = async (
  service: unknown,
  ref: ServiceRef,
  site: Site,
): Promise<string | undefined> => {
  const creation = await prepareCreation(service, ref, site)
  if (E.isLeft(creation)) {
    const { left } = creation
    return left._tag === 'Invalid' ? String(textOf(left.error)) : left.failure._tag
  }
  const { submission } = creation.right
  const sent = await site.services.submit(site.lifecycle, ref, HOUSE, () => E.right(submission), {
    settleMs: SETTLE_MS,
  })()
  return E.isLeft(sent) ? sent.left._tag : undefined
}

// A seed is there as soon as it is stored; that long is waited for its provider, so that the first look finds it deployed.
const SETTLE_MS = 5_000

const expect = <A>(what: string, result: E.Either<{ readonly _tag: string }, A>): A => {
  if (E.isLeft(result)) throw new Error(`${what}: ${result.left._tag}`)
  return result.right
}
