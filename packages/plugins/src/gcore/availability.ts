import { serviceNames } from '@signalbox/core/gcore'
import type { ServiceName } from '@signalbox/core/gcore'
import type { ClientRecord } from './client-record.ts'

/** Whether a product is available to a client. */
export interface ProductAvailability {
  readonly product_name: ServiceName
  readonly available: boolean
}

/**
 * What is available to a client, all products in their order; the only place that knows. Every product is available by
 * default, and nothing changes a default yet.
 */
export const availabilityOf = (_client: ClientRecord): ReadonlyArray<ProductAvailability> =>
  serviceNames.map((name) => ({ product_name: name, available: true }))

/** Tells whether one product is available. */
export const isAvailable = ({ available }: ProductAvailability): boolean => available

/** What was set for a client itself and stands over the default; nothing can be set yet. */
export const personalOf = (_client: ClientRecord): ReadonlyArray<ProductAvailability> => []
