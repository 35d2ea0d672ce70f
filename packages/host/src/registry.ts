import type { Lifecycle } from '@signalbox/core'
import type { Driver } from './driver.ts'
import type { Ledger } from './ledger.ts'

/** A lifecycle that a plugin serves, with the drivers of its effects. */
export interface Registration {
  readonly lifecycle: Lifecycle
  readonly drivers: Readonly<Record<string, Driver>>
  readonly ledger?: Ledger | undefined
}

/** What is served, by the name of the lifecycle. */
export type Registry = Map<string, Registration>
