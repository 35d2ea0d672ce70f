import type { Status } from '@signalbox/core/zosconnect'
import { serviceFailure } from './spi.ts'
import type { ProviderFactory } from './spi.ts'

/** Stands behind what is only administered, APIs and API requesters: it never fails, and its status lives in memory. */
export const administeredFactory = (): ProviderFactory => ({
  providers: [],
  rehearses: true,
  register: async () => {
    let status: Status = 'started'
    return {
      getProviderName: () => '',
      getData: () => ({}),
      start: () => (status = 'started'),
      stop: () => (status = 'stopped'),
      status: () => status,
      invoke: () => {
        throw serviceFailure('It is administered here and not executed.', 501)
      },
    }
  },
})
