import type { Effect } from '@signalbox/core'
import type { Store } from '@signalbox/core/store'
import { virtualClock } from '../clock.ts'
import type { VirtualClock } from '../clock.ts'
import type { Driver, Performance } from '../driver.ts'
import { createHost } from '../host.ts'
import type { Host, HostOptions } from '../host.ts'
import type { LogLine } from '../log.ts'
import { demo } from './lamp.ts'

/** The instant at which tests begin. */
export const T0 = 1_700_000_000_000

/** The secret of the principal `ann`, who is a member. */
export const SECRET = 'the-secret-of-ann'

/** A host under test, with its clock, its log and a short way to ask it. */
export interface House {
  readonly host: Host
  readonly clock: VirtualClock
  readonly lines: ReadonlyArray<LogLine>
  readonly ask: (line: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>
  /** Makes a lamp in a socket of its own. */
  readonly make: (id: string) => Promise<Answer>
}

/** A response, read. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The text as JSON, where it is. */
  readonly value: unknown
}

let hosts = 0

/** Opens a started host with the demo plugin, whatever is not said otherwise. */
export const openHouse = async (
  options: Partial<HostOptions> & { readonly store: Store; readonly clock?: VirtualClock },
): Promise<House> => {
  const { clock = virtualClock(T0) } = options
  const lines: Array<LogLine> = []
  const host = hosts
  hosts += 1
  let ids = 0
  const opened = await createHost({
    plugins: [demo()],
    settings: {},
    principals: [
      {
        id: 'ann',
        provider: 'demo',
        tenants: '*',
        roles: ['member'],
        verify: async (secret) => secret === SECRET,
      },
      { id: 'bob', provider: 'demo', tenants: '*', roles: [], verify: async (s) => s === 'bob' },
    ],
    newId: () => `${host}-${(ids += 1)}`,
    random: () => 0.5,
    log: (line) => lines.push(line),
    ...options,
    clock,
  })
  await opened.start()
  const ask: House['ask'] = async (line, body, headers = {}) => {
    const [method = 'GET', path = '/'] = line.split(' ')
    const response = await opened.fetch(
      new Request(`http://host.test${path}`, {
        method,
        headers: {
          'x-key': SECRET,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    )
    return read(response)
  }
  const make = (id: string): Promise<Answer> => ask('POST /lamps', { id, socket: `socket of ${id}` })
  return { host: opened, clock, lines, ask, make }
}

/** Reads a response to its end. */
export const read = async (response: Response): Promise<Answer> => {
  const { status, headers } = response
  const text = await response.text()
  return { status, headers, text, value: valueOf(text) }
}

/** A driver that answers what it is told, one after another, the last one for ever; `calls` tells what it was asked. */
export const scripted = (
  ...answers: ReadonlyArray<Performance | (() => Promise<Performance>)>
): Driver & { readonly calls: Array<Effect> } => {
  const calls: Array<Effect> = []
  return {
    calls,
    perform: async (effect) => {
      calls.push(effect)
      const answer = answers[Math.min(calls.length, answers.length) - 1]
      if (answer === undefined) throw new Error('no answer was scripted')
      return typeof answer === 'function' ? answer() : answer
    },
  }
}

/** What a lit lamp's driver answers. */
export const LIT: Performance = { kind: 'done', result: { brightness: 7 } }

/** Answers later: `give` says what. */
export const pending = (): {
  readonly answer: () => Promise<Performance>
  readonly give: (performance: Performance) => void
} => {
  let give: (performance: Performance) => void = () => {}
  const answered = new Promise<Performance>((resolve) => {
    give = resolve
  })
  return { answer: () => answered, give: (performance) => give(performance) }
}

// -- internals

const valueOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
