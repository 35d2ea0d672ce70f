import { simulatedDriver } from '@signalbox/host'
import type { Driver, Tools } from '@signalbox/host'
import type { PluginSettings } from './settings.ts'

/** Drivers for every effect of a service that only take their time and succeed; what they answer changes no status. */
export const simulatedDrivers = ({
  clock,
  random,
  settings,
}: Pick<Tools<PluginSettings>, 'clock' | 'random' | 'settings'>): Readonly<
  Record<'provision' | 'suspend' | 'resume' | 'wipe', Driver>
> => {
  const latencyMs = settings.latencyMs ?? 0
  const driver = simulatedDriver({ clock, random, latencyMs, failureRate: 0 })
  return { provision: driver, suspend: driver, resume: driver, wipe: driver }
}
