import type { Json } from '@signalbox/core'
import { Status } from '@signalbox/core/zosconnect'
import type { Clock } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { serviceFailure } from './spi.ts'
import type { ProviderFactory } from './spi.ts'

/**
 * A provider that does what the properties of its service say, for tests: delays `latencyMs` of an invoke,
 * `startMs` and `stopMs`; codes `failStart`, `failStop`, `failStatus` and `failInvoke`; statuses `initial`, `afterStart` and
 * `afterStop`; `reply`, a JSON value that an invoke answers in place of its payload.
 */
export const simulatedFactory = (clock: Clock): ProviderFactory => ({
  providers: [SIMULATED],
  rehearses: true,
  register: async ({ properties }) => {
    const delays = {
      start: numberIn(properties, 'startMs'),
      stop: numberIn(properties, 'stopMs'),
      invoke: numberIn(properties, 'latencyMs'),
    }
    const codes = {
      start: codeIn(properties, 'failStart'),
      stop: codeIn(properties, 'failStop'),
      status: codeIn(properties, 'failStatus'),
      invoke: codeIn(properties, 'failInvoke'),
    }
    const reply = jsonIn(properties, 'reply')
    const reached = {
      start: statusIn(properties, 'afterStart', 'started'),
      stop: statusIn(properties, 'afterStop', 'stopped'),
    }
    let status = statusIn(properties, 'initial', 'started')
    const act = async (call: keyof typeof delays): Promise<void> => {
      const delay = delays[call]
      if (delay !== undefined && delay > 0)
        await new Promise<void>((resolve) => clock.after(delay, resolve))
      fail(call, codes[call])
    }
    const move = async (call: 'start' | 'stop'): Promise<Status> => {
      await act(call)
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
      invoke: async ({ payload = {} }) => {
        await act('invoke')
        return { body: reply ?? payload }
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

const jsonIn = (properties: Properties, name: string): Json | undefined => {
  const text = textIn(properties, name)
  if (text === undefined) return undefined
  const parsed = E.tryCatch(
    () => JSON.parse(text) as Json,
    () => serviceFailure(`${name}: not JSON`, 400),
  )
  if (E.isLeft(parsed)) throw parsed.left
  return parsed.right
}
