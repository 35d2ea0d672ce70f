import { ServiceName, ServiceStatus } from '@signalbox/core/gcore'
import type { FieldErrors } from '@signalbox/core/gcore'
import * as E from 'fp-ts/lib/Either.js'
import { statusOf } from './client.ts'
import type { ClientRecord } from './client-record.ts'

/** What a query asks of a list of clients. */
export interface ClientQuery {
  readonly types: ReadonlyArray<ClientRecord['type']>
  /** All must hold. */
  readonly filters: ReadonlyArray<(record: ClientRecord) => boolean>
  readonly order: ReadonlyArray<Ordering>
}

/** Reads the documented members of a query; others are ignored, and so is a member without a value. */
export const readClientQuery = (query: URLSearchParams): E.Either<FieldErrors, ClientQuery> => {
  const given = [...new Set(query.keys())].flatMap((name) => {
    const value = query.getAll(name).at(-1) ?? ''
    const read = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined
    return value === '' || read === undefined ? [] : [{ name, filter: read(value) }]
  })
  const errors = given.flatMap(({ name, filter }) =>
    E.isLeft(filter) ? [[name, [filter.left]] as const] : [],
  )
  if (errors.length > 0) return E.left(Object.fromEntries(errors))
  const filters = given.flatMap(({ filter }) => (E.isRight(filter) ? [filter.right] : []))
  return E.right({
    types: filters.flatMap(({ types }) => (types === undefined ? [] : [types])).at(0) ?? ['common'],
    filters: filters.flatMap(({ record }) => (record === undefined ? [] : [record])),
    order: readOrder(query.getAll('ordering').at(-1) ?? ''),
  })
}

/** Puts accounts in the order asked for; ties, and lists without an order, ascend by id. */
export const inOrder = (
  { order }: ClientQuery,
  records: ReadonlyArray<ClientRecord>,
): ReadonlyArray<ClientRecord> => {
  const keyed = records.map((record) => ({
    record,
    keys: order.map(({ name }) => sortKey(record, name)),
  }))
  return keyed
    .toSorted((a, b) => {
      for (const [index, { descending }] of order.entries()) {
        const compared = compare(a.keys[index] ?? '', b.keys[index] ?? '')
        if (compared !== 0) return descending ? -compared : compared
      }
      return a.record.id - b.record.id
    })
    .map(({ record }) => record)
}

/** Reads an instant as queries and bodies spell it, or says that it is none. */
export const readInstant = (value: string): E.Either<string, number> => {
  const [, date, time = '00:00', zone = 'Z'] = INSTANT.exec(value) ?? []
  const sign = zone.replace(' ', '+').replace(/^([+-]\d\d):?(\d\d)$/, '$1:$2')
  const at = date === undefined ? Number.NaN : Date.parse(`${date}T${time}${sign.toUpperCase()}`)
  return Number.isNaN(at) ? E.left('Enter a valid date/time.') : E.right(at)
}

// -- internals

interface Ordering {
  readonly name: SortName
  readonly descending: boolean
}

const SORT_NAMES = ['id', 'email', 'name', 'status', 'companyName', 'created_at'] as const
type SortName = (typeof SORT_NAMES)[number]

const readOrder = (text: string): ReadonlyArray<Ordering> =>
  text.split(',').flatMap((part) => {
    const descending = part.startsWith('-')
    const name = SORT_NAMES.find((known) => known === (descending ? part.slice(1) : part))
    return name === undefined ? [] : [{ name, descending }]
  })

const sortKey = (record: ClientRecord, name: SortName): string | number => {
  switch (name) {
    case 'id':
      return record.id
    case 'email':
      return record.email
    case 'name':
      return record.name
    case 'status':
      return statusOf(record)
    case 'companyName':
      return record.companyName
    case 'created_at':
      return record.created
  }
}

const compare = (a: string | number, b: string | number): number => {
  if (a === b) return 0
  return a < b ? -1 : 1
}

interface Filter {
  readonly types?: ReadonlyArray<ClientRecord['type']>
  readonly record?: (record: ClientRecord) => boolean
}

type ReadFilter = (value: string) => E.Either<string, Filter>

const INVALID_INTEGER = 'A valid integer is required.'
const NOTHING: Filter = { record: () => false }
const EVERYTHING: Filter = {}

const invalidChoice = (value: string): string => `"${value}" is not a valid choice.`

const fold = (text: string): string => text.toLowerCase()

const equals =
  (of: (record: ClientRecord) => ReadonlyArray<string | null>): ReadFilter =>
  (value) =>
    E.right({
      record: (record) => of(record).some((text) => text !== null && fold(text) === fold(value)),
    })

const contains =
  (of: (record: ClientRecord) => ReadonlyArray<string | null>): ReadFilter =>
  (value) =>
    E.right({
      record: (record) =>
        of(record).some((text) => text !== null && fold(text).includes(fold(value))),
    })

const inStatus =
  (name: ServiceName): ReadFilter =>
  (value) =>
    ServiceStatus.is(value)
      ? E.right({
          record: ({ services }) =>
            services.some((service) => service.name === name && service.status === value),
        })
      : E.left(invalidChoice(value))

const offeredByNobody: ReadFilter = (value) =>
  ServiceStatus.is(value) ? E.right(NOTHING) : E.left(invalidChoice(value))

const never: ReadFilter = () => E.right(NOTHING)

const isTrue = (holds: (record: ClientRecord) => boolean): ReadFilter => {
  const words: Readonly<Record<string, boolean>> = {
    true: true,
    '1': true,
    false: false,
    '0': false,
  }
  return (value) => {
    const wanted = Object.hasOwn(words, fold(value)) ? words[fold(value)] : undefined
    return wanted === undefined
      ? E.left('Must be a valid boolean.')
      : E.right({ record: (record) => holds(record) === wanted })
  }
}

const readIntegers = (value: string): E.Either<string, ReadonlyArray<number>> => {
  const parts = value.split(',').map((part) => part.trim())
  return parts.every((part) => /^-?\d+$/.test(part))
    ? E.right(parts.map(Number))
    : E.left(INVALID_INTEGER)
}

const isNumber =
  (of: (record: ClientRecord) => number | null): ReadFilter =>
  (value) =>
    /^-?\d+$/.test(value)
      ? E.right({ record: (record) => of(record) === Number(value) })
      : E.left(INVALID_INTEGER)

// In a query, the `+` of a zone arrives as a space.
const INSTANT = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+ -]\d\d:?\d\d)?)?$/i

const created =
  (holds: (created: number, given: number) => boolean): ReadFilter =>
  (value) =>
    E.map((given: number): Filter => ({ record: (record) => holds(record.created, given) }))(
      readInstant(value),
    )

const traffic =
  (holds: (limit: number, given: number) => boolean): ReadFilter =>
  (value) =>
    /^-?\d+$/.test(value)
      ? E.right({
          record: ({ services }) =>
            services.some(({ traffic: own }) => own !== null && holds(own, Number(value))),
        })
      : E.left(INVALID_INTEGER)

const CLIENT_TYPES: Readonly<Record<string, ReadonlyArray<ClientRecord['type']>>> = {
  common: ['common'],
  reseller: ['reseller'],
  sales: [],
}

const personal: ReadFilter = (value) => {
  const names = value.split(',').map((part) => part.trim())
  const wrong = names.find((name) => !ServiceName.is(name))
  return wrong === undefined
    ? E.right({
        record: (record) => names.some((name) => Object.hasOwn(record.personal, name)),
      })
    : E.left(invalidChoice(wrong))
}

const FILTERS: Readonly<Record<string, ReadFilter>> = {
  email: equals(({ email }) => [email]),
  users_email: equals(({ users }) => users.map(({ email }) => email)),
  custom_id: equals(({ customId }) => [customId]),
  bill_type: equals(() => ['manual']),
  name: contains(({ name }) => [name]),
  companyName: contains(({ companyName }) => [companyName]),
  users_name: contains(({ users }) => users.map(({ name }) => name)),
  cdn: inStatus('CDN'),
  storage: inStatus('STORAGE'),
  ddos: inStatus('DDOS'),
  dns: inStatus('DNS'),
  cloud: inStatus('CLOUD'),
  streaming: inStatus('STREAMING'),
  connect: offeredByNobody,
  infrastructure_protection: offeredByNobody,
  feature_id_in: never,
  promocode: never,
  secondaryhostnames: never,
  deleted: (value) => E.right(value === 'true' ? NOTHING : EVERYTHING),
  activated: isTrue(({ users }) => users.length > 0),
  is_test: isTrue(({ isTest }) => isTest),
  reseller_id: isNumber(({ reseller }) => reseller),
  seller_id: isNumber(({ seller }) => seller),
  client_type: (value) => {
    const types = Object.hasOwn(CLIENT_TYPES, value) ? CLIENT_TYPES[value] : undefined
    return types === undefined ? E.left(invalidChoice(value)) : E.right({ types })
  },
  country_code: (value) =>
    E.right({
      record: ({ countryCode }) => countryCode === (value === 'null' ? null : value),
    }),
  id__in__exclude: (value) =>
    E.map((ids: ReadonlyArray<number>): Filter => ({ record: ({ id }) => !ids.includes(id) }))(
      readIntegers(value),
    ),
  created_at_gte: created((at, given) => at >= given),
  created_at_lte: created((at, given) => at <= given),
  min_traffic: traffic((limit, given) => limit >= given),
  max_traffic: traffic((limit, given) => limit <= given),
  personal_product_availability: personal,
}
