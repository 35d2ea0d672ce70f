import * as t from 'io-ts'

/** Names one service: the provider it lives on, the tenant that owns it, and the provider's id for it. */
export const ServiceRef = t.readonly(
  t.strict({ provider: t.string, tenant: t.string, id: t.string }),
  'ServiceRef',
)
export type ServiceRef = t.TypeOf<typeof ServiceRef>

/** Spells a ref as one string, reversibly: each part percent-encoded, joined by `/`. Used as a key and as the holder of claims. */
export const refKey = ({ provider, tenant, id }: ServiceRef): string =>
  `${encodeURIComponent(provider)}/${encodeURIComponent(tenant)}/${encodeURIComponent(id)}`

/** Tells whether two refs name the same service. */
export const sameRef = (a: ServiceRef, b: ServiceRef): boolean =>
  a.id === b.id && a.tenant === b.tenant && a.provider === b.provider
