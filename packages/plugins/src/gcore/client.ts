import type { State } from '@signalbox/core'
import { accountStatus, contextOf, formatInstant, renderService } from '@signalbox/core/gcore'
import type { ClientService, GcoreSettings } from '@signalbox/core/gcore'
import { offeredTo } from './availability.ts'
import type { Defaults } from './availability.ts'
import type { ClientRecord } from './client-record.ts'
import { renderClientUser } from './user.ts'
import type { Client } from './wire.ts'

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
