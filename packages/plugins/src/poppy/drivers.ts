import type { Effect, JsonObject } from '@signalbox/core'
import { isShared, Update } from '@signalbox/core/poppy'
import type { AccessUrl, ServiceConfig } from '@signalbox/core/poppy'
import { manualDriver, simulatedDriver } from '@signalbox/host'
import type { Driver, Tools } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import type { CompleteSettings } from './settings.ts'

/**
 * The drivers of the service's effects. `simulated` is the bundled provider: after `effectDelay` it reports what a CDN
 * would. `manual` does nothing: the operator's status call decides.
 */
export const driversOf = (
  { driver, effectDelay, accessSuffix }: CompleteSettings,
  { clock, random }: Pick<Tools<unknown>, 'clock' | 'random'>,
): Readonly<Record<string, Driver>> => {
  const one =
    driver.kind === 'manual'
      ? manualDriver()
      : simulatedDriver({
          clock,
          random,
          latencyMs: effectDelay,
          failureRate: driver.failureRate ?? 0,
          results: (effect) => resultOf(effect, accessSuffix),
        })
  return { provision: one, update: one, purge: one, remove: one }
}

// -- internals

const resultOf = (effect: Effect, accessSuffix: string): JsonObject => {
  if (effect.type !== 'provision' && effect.type !== 'update') return {}
  const decoded = Update.decode({ accessUrls: [], ...effect.params })
  if (E.isLeft(decoded)) return {}
  const { config, accessUrls } = decoded.right
  return {
    accessUrls: config.domains.map(served(accessUrls, effect.ref.id, accessSuffix)),
    logUrl: null,
  }
}

// A domain keeps the URL it has; a new one gets the place that its name falls on, so that a repeated attempt agrees.
const served =
  (known: ReadonlyArray<AccessUrl>, id: string, accessSuffix: string) =>
  (entry: ServiceConfig['domains'][number]): { readonly [member: string]: string | boolean } => {
    const { domain } = entry
    const before = known.find((url) => url.domain === domain)
    const shared = isShared(entry)
    return {
      domain,
      operatorUrl:
        before?.operatorUrl ??
        (shared ? domain : `${domain}.cdn${placeOf(domain)}.${accessSuffix}`),
      providerUrl: before?.providerUrl ?? `${id.slice(0, 8)}.edge.mock.example.net`,
      shared,
    }
  }

const placeOf = (domain: string): number =>
  ([...domain].reduce(
    (sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521,
    7,
  ) %
    10) +
  1
