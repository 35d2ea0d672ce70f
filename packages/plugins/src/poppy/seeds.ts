import type { JsonObject, Lifecycle } from '@signalbox/core'
import { textOf } from '@signalbox/core/poppy'
import type { Flavor } from '@signalbox/core/poppy'
import type { Tools } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { OPERATOR } from './admission.ts'
import { prepareCreation } from './creation.ts'
import { FLAVOR } from './flavors.ts'
import type { CompleteSettings } from './settings.ts'

/**
 * Brings the configured flavors and services into being where they are missing, the services through the same creation as
 * a client's. Throws, naming the seed, when one cannot be.
 */
export const plantSeeds = async (
  lifecycle: Lifecycle,
  tools: Pick<Tools<unknown>, 'services' | 'random'>,
  settings: CompleteSettings,
): Promise<void> => {
  const { services } = tools
  for (const flavor of settings.seedFlavors) {
    const found = expect(`flavor ${flavor.id}`, await services.document(FLAVOR, flavor.id)())
    if (found !== undefined) continue
    const write = {
      kind: FLAVOR,
      id: flavor.id,
      tenant: '',
      body: bodyOf(flavor),
      expected: 0,
    }
    expect(`flavor ${flavor.id}`, await services.write([write])())
  }
  for (const { project, id, service } of settings.seedServices) {
    const what = `service ${id} of project ${project}`
    const ref = { provider: 'poppy', tenant: project, id }
    if (expect(what, await services.load(lifecycle, ref)()) !== undefined) continue
    const creation = await prepareCreation(service, { project, id }, tools, settings)
    if (E.isLeft(creation))
      throw new Error(
        `${what}: ${creation.left._tag === 'Invalid' ? String(textOf(creation.left.error)) : creation.left.failure._tag}`,
      )
    const { submission } = creation.right
    const sent = services.submit(lifecycle, ref, SOWER, () => E.right(submission), {
      settleMs: SETTLE_MS,
    })
    expect(what, await sent())
  }
}

// -- internals

const bodyOf = ({ id, providers }: Flavor): JsonObject => ({
  id,
  providers: providers.map(({ provider, links }) => ({
    provider,
    links: links.map(({ href, rel }) => ({ href, rel })),
  })),
})

const SOWER = { id: 'signalbox', provider: 'poppy', tenants: '*', roles: [OPERATOR] } as const

// A seed is there as soon as it is stored; that long is waited for its provider, so that the first look finds it deployed.
const SETTLE_MS = 5_000

const expect = <A>(what: string, result: E.Either<{ readonly _tag: string }, A>): A => {
  if (E.isLeft(result)) throw new Error(`${what}: ${result.left._tag}`)
  return result.right
}
