import type { Status } from '@signalbox/core/zosconnect'
import type { ProviderFactory } from './spi.ts'

/** The provider of the vendor's reference service; its status lives in memory. */
export const referenceFactory = (): ProviderFactory => ({
  providers: ['zOSConnectReference'],
  register: async () => {
    let status: Status = 'started'
    return {
      getProviderName: () => 'zOSConnect Reference Service Provider',
      getData: () => ({ configParm: '' }),
      start: () => (status = 'started'),
      stop: () => (status = 'stopped'),
      status: () => status,
    }
  },
})
