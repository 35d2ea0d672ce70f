import type { Status } from '@signalbox/core/zosconnect'
import type { Clock } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { serviceFailure } from './spi.ts'
import type { ProviderFactory } from './spi.ts'

/** The provider of the vendor's reference service, which tells the time; its status lives in memory. */
export const referenceFactory = (clock: Pick<Clock, 'now'>): ProviderFactory => ({
  providers: ['zOSConnectReference'],
  rehearses: true,
  register: async ({ properties }) => {
    const format = formatOf(properties['timezone'] ?? 'UTC')
    let status: Status = 'started'
    return {
      getProviderName: () => 'zOSConnect Reference Service Provider',
      getData: () => ({ configParm: '' }),
      start: () => (status = 'started'),
      stop: () => (status = 'stopped'),
      status: () => status,
      invoke: () => {
        const [date, time] = format(clock.now())
        return { body: { time, config: '', date } }
      },
    }
  },
})

// -- internals

const formatOf = (timeZone: string): ((ms: number) => readonly [date: string, time: string]) => {
  const formats = E.tryCatch(
    () =>
      [
        new Intl.DateTimeFormat('en-US', { timeZone, dateStyle: 'medium' }),
        new Intl.DateTimeFormat('en-US', { timeZone, timeStyle: 'medium', hour12: true }),
      ] as const,
    () => serviceFailure('timezone: not a time zone', 400),
  )
  if (E.isLeft(formats)) throw formats.left
  const [date, time] = formats.right
  // The space before AM and PM is a narrow one in some releases of the platform's tables.
  return (ms) => [date.format(ms), time.format(ms).replaceAll(/\s/g, ' ')]
}
