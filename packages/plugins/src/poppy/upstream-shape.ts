import type { Json, JsonObject } from '@signalbox/core'
import { documentOf, escapeHtml, isShared } from '@signalbox/core/poppy'
import type { ServiceConfig } from '@signalbox/core/poppy'
import * as t from 'io-ts'

const Link = t.type({ href: t.string, rel: t.string })

/** What is read of a service as an upstream shows it. */
export const ShownService = t.intersection([
  t.type({ id: t.string, status: t.string, domains: t.readonlyArray(t.UnknownRecord) }),
  t.partial({
    errors: t.readonlyArray(t.type({ message: t.string })),
    links: t.readonlyArray(Link),
  }),
])
export type ShownService = t.TypeOf<typeof ShownService>

/** A page of services as an upstream shows them. */
export const ShownServices = t.type({ services: t.readonlyArray(ShownService) })

/** The body that creates a service there. */
export const bodyOf = (config: ServiceConfig): JsonObject => {
  const { project_id: _, ...members } = documentOf(config, '')
  return withoutNulls(members) as JsonObject
}

/** The patch that makes a service there what it is here. */
export const patchOf = (config: ServiceConfig): ReadonlyArray<JsonObject> =>
  Object.entries(bodyOf(config)).map(([member, value]) => ({
    op: 'replace',
    path: `/${member}`,
    value,
  }))

/** Tells whether a service there has a configuration; it is shown with escaped texts, and with the full names of shared domains. */
export const hasConfig = (shown: ShownService, config: ServiceConfig): boolean => {
  const domains = shown.domains.map((entry) => {
    const { domain, protocol, certificate } = entry
    const known = DomainEntry.is(entry) && isShared(entry)
    return known
      ? { ...entry, domain: entry.domain.split('.', 1)[0] }
      : { domain, protocol, certificate }
  })
  return isShown(bodyOf(config), { ...shown, domains })
}

/** What a deployed service there comes to here: where its domains are reached, and where its logs are. */
export const servedBy = (
  { domains, links = [] }: ShownService,
  config: ServiceConfig,
): JsonObject => {
  const urls = links.filter(({ rel }) => rel === 'access_url').map(({ href }) => href)
  const names = domains.map(({ domain }) => (typeof domain === 'string' ? domain : ''))
  return {
    accessUrls: config.domains.map((entry, index) => {
      const { domain } = entry
      // One for each domain, in their order; else the one that begins with its name.
      const place = urls.length === names.length ? urls[index] : undefined
      const url = urls.find((href) => href === domain || href.startsWith(`${domain}.`)) ?? place
      const operatorUrl = url ?? names[index] ?? domain
      return { domain, operatorUrl, providerUrl: operatorUrl, shared: isShared(entry) }
    }),
    logUrl: links.find(({ rel }) => rel === 'log_delivery')?.href ?? null,
  }
}

// -- internals

const DomainEntry = t.type({ domain: t.string, protocol: t.string, certificate: t.string })

const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) =>
      member === null ? [] : [[name, withoutNulls(member)]],
    ),
  )
}

// Members that are shown beside those that were sent do not count.
const isShown = (sent: Json, shown: unknown): boolean => {
  if (typeof sent === 'string') return shown === sent || shown === escapeHtml(sent)
  if (typeof sent !== 'object' || sent === null) return shown === sent
  if (Array.isArray(sent))
    return (
      Array.isArray(shown) &&
      shown.length === sent.length &&
      sent.every((item, index) => isShown(item, shown[index]))
    )
  return (
    typeof shown === 'object' &&
    shown !== null &&
    Object.entries(sent).every(([name, member]) =>
      isShown(member, (shown as Readonly<Record<string, unknown>>)[name]),
    )
  )
}
