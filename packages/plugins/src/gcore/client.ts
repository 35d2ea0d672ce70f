import type { State } from '@signalbox/core'
import { accountStatus, contextOf, formatInstant, renderService } from '@signalbox/core/gcore'
import type { ClientService, GcoreSettings, ServiceName } from '@signalbox/core/gcore'
import { offeredTo } from './availability.ts'
import type { Defaults } from './availability.ts'
import type { ClientRecord } from './client-record.ts'
import { renderClientUser } from './user.ts'
import type { ClientUser } from './user.ts'

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

/** Shows an account to a user; the defaults are those of its reseller. Its services must be settled. */
export const renderClient = (
  record: ClientRecord,
  defaults: Defaults,
  currentUser: number,
): Client => {
  const { services } = record
  const common = record.type === 'common'
  return {
    id: record.id,
    users: record.users.map((user) => renderClientUser(record, user)),
    email: record.email,
    phone: record.phone,
    name: record.name,
    status: statusOf(record),
    companyName: record.companyName,
    currentUser,
    capabilities: common ? offeredTo(record, defaults) : [],
    serviceStatuses: Object.fromEntries(
      services.map(({ name, status, enabled }) => [name, { status, enabled }]),
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

/** An account's own status, which follows from its services. */
export const statusOf = ({ type, services }: ClientRecord): Client['status'] =>
  type === 'common' ? accountStatus(services.map(({ status }) => status)) : 'active'

/** Shows the services of an account, ascending by id; their states must be settled. */
export const renderServices = (
  settings: GcoreSettings,
  states: ReadonlyArray<State>,
): ReadonlyArray<ClientService> =>
  states
    .toSorted((a, b) => contextOf(a).id - contextOf(b).id)
    .map((state) => renderService(settings, state))
