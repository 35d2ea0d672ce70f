import { Status } from '@signalbox/core/zosconnect'
import type { Clock } from '@signalbox/host'
import { serviceFailure } from './spi.ts'
import type { ProviderFactory } from './spi.ts'

/**
 * A provider that does what the properties of its service say, for tests: delays `startMs` and `stopMs`; codes `failStart`,
 * `failStop` and `failStatus`; statuses `initial`, `afterStart` and `afterStop`.
 */
export const simulatedFactory = (clock: Clock): ProviderFactory => ({
  providers: [SIMULATED],
  register: async ({ properties }) => {
    const delays = { start: numberIn(properties, 'startMs'), stop: numberIn(properties, 'stopMs') }
    const codes = {
      start: codeIn(properties, 'failStart'),
      stop: codeIn(properties, 'failStop'),
      status: codeIn(properties, 'failStatus'),
    }
    const reached = {
      start: statusIn(properties, 'afterStart', 'started'),
      stop: statusIn(properties, 'afterStop', 'stopped'),
    }
    let status = statusIn(properties, 'initial', 'started')
    const move = async (call: 'start' | 'stop'): Promise<Status> => {
      const delay = delays[call]
      if (delay !== undefined && delay > 0)
        await new Promise<void>((resolve) => clock.after(delay, resolve))
      fail(call, codes[call])
      status = reached[call]
      return status
    }
    return {
      getProviderName: () => SIMULATED,
      getData: () => properties,
      start: () => move('start'),
      stop: () => move('stop'),
      status: () => {
        fail('status', codes.status)
        return status
      },
    }
  },
})

// -- internals

const SIMULATED = 'signalbox.simulated'

type Properties = Readonly<Record<string, string>>

const fail = (call: string, code: number | undefined): void => {
  if (code !== undefined) throw serviceFailure(`The simulated ${call} fails.`, code)
}

const textIn = (properties: Properties, name: string): string | undefined =>
  Object.hasOwn(properties, name) ? properties[name] : undefined

const numberIn = (properties: Properties, name: string): number | undefined => {
  const text = textIn(properties, name)
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text)) throw serviceFailure(`${name}: not a number`, 400)
  return Number(text)
}

const codeIn = (properties: Properties, name: string): number | undefined => {
  const code = numberIn(properties, name)
  if (code !== undefined && (code < 400 || code > 599))
    throw serviceFailure(`${name}: not a status code from 400 to 599`, 400)
  return code
}

const statusIn = (properties: Properties, name: string, otherwise: Status): Status => {
  const text = textIn(properties, name) ?? otherwise
  if (!Status.is(text)) throw serviceFailure(`${name}: not a status`, 400)
  return text
}
