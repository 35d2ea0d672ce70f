import type { Lifecycle } from '@signalbox/core'
import type { Tools } from '@signalbox/host'
import type { MockProvider } from './mock-provider.ts'
import type { CompleteSettings } from './settings.ts'

/** What the routes of one host work with. */
export interface Site extends Omit<Tools<unknown>, 'settings'> {
  readonly settings: CompleteSettings
  readonly lifecycle: Lifecycle
  readonly certificates: Lifecycle
  readonly provider: MockProvider
}
