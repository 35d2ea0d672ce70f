import { serviceNames } from '@signalbox/core/gcore'
import type { ServiceName, ServiceStatus } from '@signalbox/core/gcore'
import type { ClientRecord, Standing } from './client-record.ts'
import type { ProductAvailability } from './wire.ts'

/** What a reseller offers by default, by product; a product without a value is offered. */
export type Defaults = Readonly<Partial<Record<ServiceName, boolean>>>

/** The names of products in use, by the status that says so; as the guard answers them. */
export interface InUse {
  readonly trial: ReadonlyArray<ServiceName>
  readonly activating: ReadonlyArray<ServiceName>
  readonly active: ReadonlyArray<ServiceName>
}

/** What a reseller offers, all products in their order. */
export const renderDefaults = (defaults: Defaults): ReadonlyArray<ProductAvailability> =>
  serviceNames.map((name) => ({ product_name: name, available: defaults[name] ?? true }))

/** What is available to a client, all products in their order: its own value, else the reseller's. */
export const availabilityOf = (
  { personal }: Pick<ClientRecord, 'personal'>,
  defaults: Defaults,
): ReadonlyArray<ProductAvailability> =>
  serviceNames.map((name) => ({
    product_name: name,
    available: Object.hasOwn(personal, name) ? (personal[name] ?? true) : (defaults[name] ?? true),
  }))

/** The products that are available to a client. */
export const offeredTo = (
  client: Pick<ClientRecord, 'personal'>,
  defaults: Defaults,
): ReadonlyArray<ServiceName> =>
  availabilityOf(client, defaults)
    .filter(({ available }) => available)
    .map(({ product_name: name }) => name)

/** The products that a change takes from a client while it uses them. */
export const takenFrom = (
  { services }: Pick<ClientRecord, 'services'>,
  before: ReadonlyArray<ServiceName>,
  after: ReadonlyArray<ServiceName>,
): ReadonlyArray<Standing> =>
  services.filter(
    ({ name, status }) => isInUse(status) && before.includes(name) && !after.includes(name),
  )

/** Sorts what is in use by status, each name once. */
export const inUse = (services: ReadonlyArray<Standing>): InUse => {
  const names = (wanted: ServiceStatus): ReadonlyArray<ServiceName> =>
    serviceNames.filter((product) =>
      services.some(({ name, status }) => name === product && status === wanted),
    )
  return { trial: names('trial'), activating: names('activating'), active: names('active') }
}

/** Tells whether a service in this status needs its product to be available. */
export const isInUse = (status: ServiceStatus): boolean =>
  status === 'trial' || status === 'activating' || status === 'active'
