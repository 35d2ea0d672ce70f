import type { State } from '@signalbox/core'
import { accountStatus, contextOf, formatInstant, renderService } from '@signalbox/core/gcore'
import type { ClientService, GcoreSettings, ServiceName } from '@signalbox/core/gcore'
import { availabilityOf, isAvailable } from './availability.ts'
import type { ClientRecord, UserRecord } from './client-record.ts'

/** A user as it stands in its client. */
interface ClientUser {
  readonly id: number
  readonly email: string
  readonly name: string | null
  readonly lang: string
  readonly phone: string | null
  readonly company: string
  readonly reseller: number
  readonly client: number
  readonly deleted: boolean
  readonly groups: ReadonlyArray<{ readonly id: number; readonly name: string }>
  readonly activated: boolean
  readonly sso_auth: boolean
  readonly two_fa: boolean
  readonly auth_types: ReadonlyArray<string>
}

/**
 * An account as clients of the API see it.
 *
 * @see https://gcore.com/docs/api-reference/iam-resellers/clients
 */
export interface Client {
  readonly id: number
  readonly users: ReadonlyArray<ClientUser>
  readonly email: string
  readonly phone: string | null
  readonly name: string
  readonly status: ReturnType<typeof accountStatus>
  readonly companyName: string
  readonly currentUser: number
  readonly capabilities: ReadonlyArray<ServiceName>
  readonly serviceStatuses: Readonly<
    Partial<Record<ServiceName, Pick<ClientService, 'status' | 'enabled'>>>
  >
  readonly paidFeatures: object
  readonly freeFeatures: object
  readonly entryBaseDomain: null
  readonly signup_process: null
  readonly deleted: boolean
  readonly bill_type: string
  readonly custom_id: string | null
  readonly is_test: boolean
  readonly has_active_admin: boolean
  readonly seller: number | null
  readonly resellers: number
  readonly reseller: number
  readonly client_type: ClientRecord['type']
  readonly owner: number
  readonly created: string
  readonly updated: string
  /** Left out while it is unset. */
  readonly country_code?: string
}

/** An account with the states of its services, ascending by id; an account of a reseller has none. */
export interface Account {
  readonly record: ClientRecord
  readonly services: ReadonlyArray<State>
}

/** Shows the services of an account; their states must be settled. */
export const renderServices = (
  settings: GcoreSettings,
  states: ReadonlyArray<State>,
): ReadonlyArray<ClientService> =>
  states.toSorted(byServiceId).map((state) => renderService(settings, state))

/** Shows an account to a user; what follows from its services is taken from the same rows as they are. */
export const renderClient = (
  settings: GcoreSettings,
  { record, services }: Account,
  currentUser: number,
): Client => {
  const rows = renderServices(settings, services)
  const common = record.type === 'common'
  return {
    id: record.id,
    users: record.users.map((user) => renderClientUser(record, user)),
    email: record.email,
    phone: record.phone,
    name: record.name,
    status: common ? accountStatus(rows.map(({ status }) => status)) : 'active',
    companyName: record.companyName,
    currentUser,
    capabilities: common
      ? availabilityOf(record)
          .filter(isAvailable)
          .map(({ product_name: name }) => name)
      : [],
    serviceStatuses: Object.fromEntries(
      rows.map(({ name, status, enabled }) => [name, { status, enabled }]),
    ),
    paidFeatures: {},
    freeFeatures: {},
    entryBaseDomain: null,
    signup_process: null,
    deleted: false,
    bill_type: 'manual',
    custom_id: record.customId,
    is_test: record.isTest,
    has_active_admin: record.users.length > 0,
    seller: record.seller,
    resellers: record.reseller,
    reseller: record.reseller,
    client_type: record.type,
    owner: record.reseller,
    created: formatInstant(record.created),
    updated: formatInstant(record.updated),
    ...(record.countryCode === null ? {} : { country_code: record.countryCode }),
  }
}

// -- internals

const byServiceId = (a: State, b: State): number => contextOf(a).id - contextOf(b).id

const renderClientUser = (record: ClientRecord, user: UserRecord): ClientUser => ({
  id: user.id,
  email: user.email,
  name: user.name,
  lang: user.lang,
  phone: user.phone,
  company: record.companyName,
  reseller: record.reseller,
  client: record.id,
  deleted: false,
  groups: [{ id: 1, name: 'Administrators' }],
  activated: true,
  sso_auth: false,
  two_fa: false,
  auth_types: ['password'],
})
