import type { Status } from '@signalbox/core/zosconnect'
import type { ProviderFactory } from './spi.ts'

/** Takes the place of the vendor's own providers: bears their names and keeps a status in memory. */
export const standInFactory = (providers: ReadonlyArray<string>): ProviderFactory => ({
  providers,
  register: async ({ provider, properties }) => {
    let status: Status = 'started'
    return {
      getProviderName: () => provider,
      getData: () => properties,
      start: () => (status = 'started'),
      stop: () => (status = 'stopped'),
      status: () => status,
    }
  },
})
