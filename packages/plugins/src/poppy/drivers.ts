import type { Effect, JsonObject } from '@signalbox/core'
import {
  CertificateOrder,
  certificateRef,
  ExchangeCertificates,
  isShared,
  RemoveCertificate,
  Update,
} from '@signalbox/core/poppy'
import type { AccessUrl, CertificateType, ServiceConfig } from '@signalbox/core/poppy'
import { manualDriver, simulatedDriver, webhookDriver } from '@signalbox/host'
import type { Driver, Failure, Performance } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { createErrands } from './errands.ts'
import { HOUSE } from './operator.ts'
import type { Site } from './site.ts'
import { upstreamCertificates } from './upstream-certificates.ts'
import { createUpstreamClient } from './upstream-client.ts'
import { upstreamServices } from './upstream-services.ts'

/**
 * The drivers of all effects. `simulated` is the bundled provider: after `effectDelay` it reports what a CDN would.
 * `manual` does nothing: the operator's status calls decide. Records of certificates are kept here in any case.
 */
export const driversOf = (site: Site): Readonly<Record<string, Driver>> => ({
  ...providerOf(site),
  exchangeCertificates: exchange(site),
  removeCertificate: exchange(site),
})

// -- internals

const providerOf = (site: Site): Readonly<Record<string, Driver>> => {
  const { clock, dial, settings } = site
  const { driver, accessSuffix } = settings
  switch (driver.kind) {
    case 'simulated':
      return forAll(REPORTED, simulated(site))
    case 'manual':
      return forAll(REPORTED, manualDriver())
    case 'webhook':
      return forAll([...REPORTED, 'pointDns', 'withdrawCertificate'], {
        ...webhookDriver({ clock, dial, settings: driver }),
        completes: (effect, outcome) =>
          outcome.kind === 'done'
            ? { ...outcome, result: { ...resultOf(effect, accessSuffix), ...outcome.result } }
            : outcome,
      })
    case 'upstream': {
      const client = createUpstreamClient(driver, site)
      return {
        ...upstreamServices(client, createErrands(site.services)),
        ...upstreamCertificates(client, site),
      }
    }
  }
}

const REPORTED = ['provision', 'update', 'purge', 'remove', 'provisionCertificate']

const forAll = (types: ReadonlyArray<string>, driver: Driver): Readonly<Record<string, Driver>> =>
  Object.fromEntries(types.map((type) => [type, driver]))

const simulated = ({ settings, provider, clock, random }: Site): Driver => {
  const { driver, effectDelay, accessSuffix } = settings
  const performer = simulatedDriver({
    clock,
    random,
    latencyMs: effectDelay,
    failureRate: driver.kind === 'simulated' ? (driver.failureRate ?? 0) : 0,
    failNext: provider.failure,
    results: (effect) => resultOf(effect, accessSuffix),
  })
  return {
    ...performer,
    perform: async (effect, attempt) => {
      await provider.passed(attempt.signal)
      return performer.perform(effect, attempt)
    },
  }
}

const resultOf = (effect: Effect, accessSuffix: string): JsonObject => {
  const { params, ref, type } = effect
  if (CertificateOrder.is(params) && type === 'provisionCertificate')
    return {
      details: {
        [params.provider]: { domain_name: params.domain_name, cert_type: params.cert_type },
      },
    }
  if (type !== 'provision' && type !== 'update') return {}
  const decoded = Update.decode({ accessUrls: [], ...params })
  if (E.isLeft(decoded)) return {}
  const { config, accessUrls } = decoded.right
  return {
    accessUrls: config.domains.map(served(accessUrls, ref.id, accessSuffix)),
    logUrl: config.log_delivery.enabled
      ? `http://logs.mock.${accessSuffix}/${encodeURIComponent(ref.tenant)}/${ref.id}`
      : null,
  }
}

// A domain keeps the URL it has; a new one gets the place that its name falls on, so that a repeated attempt agrees.
const served =
  (known: ReadonlyArray<AccessUrl>, id: string, accessSuffix: string) =>
  (entry: ServiceConfig['domains'][number]): { readonly [member: string]: string | boolean } => {
    const { domain } = entry
    const shared = isShared(entry)
    const before = known.find((url) => url.domain === domain && url.shared === shared)
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

interface Entry {
  readonly domain: string
  readonly cert_type: CertificateType
}

// What a service does to the records of its certificates; again and again comes to the same.
const exchange = (site: Site): Driver => ({
  perform: async (effect) => {
    for (const step of stepsOf(effect)) {
      const failure = await step(site)
      if (failure === undefined) continue
      if (failure._tag === 'Unavailable' || failure._tag === 'Busy')
        return { kind: 'failed', message: failure._tag, retry: true }
      site.log('certificate.missed', { service: effect.ref.id, failure: failure._tag })
    }
    return DONE
  },
})

const DONE: Performance = { kind: 'done' }

type Step = (site: Site) => Promise<Failure | undefined>

const stepsOf = ({ params, ref: { tenant } }: Effect): ReadonlyArray<Step> => {
  if (ExchangeCertificates.is(params)) {
    const { provider, flavor_id, requested, dropped } = params
    return [
      ...dropped.map(dropping(tenant)),
      ...requested.map(requesting(tenant, { provider, flavor_id })),
    ]
  }
  return RemoveCertificate.is(params) ? params.certificates.map(dropping(tenant)) : []
}

const dropping =
  (project: string) =>
  ({ domain, cert_type }: Entry): Step =>
  async ({ services, certificates }) => {
    const ref = certificateRef(project, cert_type, domain)
    const sent = await services.submit(certificates, ref, HOUSE, () =>
      E.right({ events: [{ type: 'certificate.delete' }] }),
    )()
    return E.isRight(sent) || sent.left._tag === 'Refused' || sent.left._tag === 'NotFound'
      ? undefined
      : sent.left
  }

const requesting =
  (project: string, by: { readonly provider: string; readonly flavor_id: string }) =>
  ({ domain, cert_type }: Entry): Step =>
  async ({ services, certificates }) => {
    const ref = certificateRef(project, cert_type, domain)
    const event = { type: 'certificate.create', domain_name: domain, cert_type, ...by }
    const sent = await services.submit(certificates, ref, HOUSE, (state) =>
      E.right({ events: state === undefined ? [event] : [] }),
    )()
    return E.isRight(sent) || sent.left._tag === 'Refused' ? undefined : sent.left
  }
