import type { Lifecycle } from '@signalbox/core'
import { manualDriver, simulatedDriver, webhookDriver } from '@signalbox/host'
import type { Driver, Tools } from '@signalbox/host'
import type { PluginSettings } from './settings.ts'
import { upstreamDriver } from './upstream.ts'

type Parts = Pick<Tools<PluginSettings>, 'clock' | 'random' | 'settings' | 'dial' | 'services'> & {
  readonly lifecycle: Lifecycle
}

/** Drivers for every effect of a service; what they answer changes no status. */
export const driversOf = (
  parts: Parts,
): Readonly<Record<'provision' | 'suspend' | 'resume' | 'wipe', Driver>> => {
  const driver = driverOf(parts)
  return { provision: driver, suspend: driver, resume: driver, wipe: driver }
}

// -- internals

const driverOf = (parts: Parts): Driver => {
  const { clock, random, dial, settings } = parts
  const { driver = { kind: 'simulated' }, latencyMs = 0 } = settings
  switch (driver.kind) {
    case 'simulated':
      return simulatedDriver({ clock, random, latencyMs, failureRate: 0 })
    case 'manual':
      return manualDriver()
    case 'webhook':
      return webhookDriver({ clock, dial, settings: driver })
    case 'upstream':
      return upstreamDriver(driver, parts)
  }
}
