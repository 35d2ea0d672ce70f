import { ServiceStatus, serviceNames } from '@signalbox/core/gcore'
import { numberParameter, textParameter } from '@signalbox/host'
import * as t from 'io-ts'

// What the routes read of a query, as clients are told to spell it. Members that nobody knows are ignored.

const Id = numberParameter('an id', { minimum: 0, maximum: 999_999_999_999_999 })

const Gigabytes = numberParameter('a number of gigabytes', { minimum: 0 })

const Instant = textParameter('an instant', {
  pattern:
    '^\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\\d|2[0-8])T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,6})?Z$',
  examples: ['2026-11-21T12:00:00Z'],
})

const Flag = t.keyof({ true: null, false: null })

const SORTED = '-?(?:id|email|name|status|companyName|created_at)'

const PRODUCT = `(?:${serviceNames.join('|')})`

const paging = {
  limit: numberParameter('a number of items', { minimum: 1, maximum: 1000, usual: 100 }),
  offset: numberParameter('a number of items', { minimum: 0 }),
}

/** Which part of a list is wanted. */
export const PagingQuery = t.exact(t.partial(paging))

/** Which clients are wanted, in which order, and which part of them. */
export const ClientQuery = t.exact(
  t.partial({
    ...paging,
    ordering: textParameter('an order', {
      pattern: `^${SORTED}(?:,${SORTED})*$`,
      examples: ['companyName,-created_at'],
    }),
    email: t.string,
    users_email: t.string,
    custom_id: t.string,
    bill_type: t.string,
    name: t.string,
    companyName: t.string,
    users_name: t.string,
    cdn: ServiceStatus,
    storage: ServiceStatus,
    streaming: ServiceStatus,
    dns: ServiceStatus,
    ddos: ServiceStatus,
    cloud: ServiceStatus,
    connect: ServiceStatus,
    infrastructure_protection: ServiceStatus,
    feature_id_in: t.string,
    promocode: t.string,
    secondaryhostnames: t.string,
    deleted: Flag,
    activated: Flag,
    is_test: Flag,
    reseller_id: Id,
    seller_id: Id,
    client_type: t.keyof({ common: null, reseller: null, sales: null }),
    country_code: t.string,
    id__in__exclude: textParameter('ids', { pattern: '^\\d+(?:,\\d+)*$', examples: ['1,2'] }),
    created_at_gte: Instant,
    created_at_lte: Instant,
    min_traffic: Gigabytes,
    max_traffic: Gigabytes,
    personal_product_availability: textParameter('products', {
      pattern: `^${PRODUCT}(?:,${PRODUCT})*$`,
      examples: ['CDN,DNS'],
    }),
  }),
)

/** Which API keys are wanted; a role by its name or its id. */
export const KeyQuery = t.exact(
  t.partial({
    deleted: Flag,
    issued_by: Id,
    not_issued_by: Id,
    role: textParameter('a role', {
      pattern:
        '^(?:Administrators|Engineers|Users|Purge and Prefetch only \\(API(?:\\+Web)?\\)|1|2|5|3009|3022)$',
      examples: ['Engineers', '5'],
    }),
  }),
)

/** Which reseller is meant, where the caller is none. */
export const ResellerQuery = t.exact(t.partial({ reseller_id: Id }))
