import type { Effect, Lifecycle, Outcome } from '@signalbox/core'
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

/** The driver of an effect; undefined when nobody performs its kind. */
export const driverOf = ({ drivers }: Registration, { type }: Effect): Driver | undefined =>
  Object.hasOwn(drivers, type) ? drivers[type] : undefined

/** An outcome with what its driver knows beside it. */
export const completed = (registration: Registration, effect: Effect, outcome: Outcome): Outcome =>
  driverOf(registration, effect)?.completes?.(effect, outcome) ?? outcome
