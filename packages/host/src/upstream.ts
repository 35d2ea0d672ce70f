import { struct, wholeNumber } from '@signalbox/core'
import type { Json } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { parseJson } from './body.ts'
import type { Clock } from './clock.ts'
import type { Dial, Dialled } from './dial.ts'
import type { Driver, Performance } from './driver.ts'
import { keepWithin, ReachSettings } from './reach.ts'
import { retryAfterMs } from './retry-after.ts'

/** What a server is called with that changes are forwarded to. */
export interface UpstreamSettings {
  /** Scheme, authority and perhaps a path that every request goes below. */
  readonly url: string
  /** What else than public addresses over https may be reached. */
  readonly reach?: ReachSettings
  /** The bound of one request, in ms; 10,000 unless said. */
  readonly timeoutMs?: number
  /** How often it is tried while the upstream cannot be told from being away; 20 unless said. */
  readonly attempts?: number
  /** What becomes of an effect after that; `park` unless said. */
  readonly onExhausted?: 'fail' | 'park'
}

/** The codec of a driver setting that names an upstream: `required` and `optional` are the provider's own members. */
export const upstreamSettings = <
  Required extends Readonly<Record<string, t.Mixed>>,
  Optional extends Readonly<Record<string, t.Mixed>>,
>(
  required: Required,
  optional: Optional,
) =>
  struct(
    { kind: t.literal('upstream'), url: BaseUrl, ...required },
    {
      reach: ReachSettings,
      timeoutMs: wholeNumber({ least: 1, most: 600_000, what: 'a number of milliseconds' }),
      attempts: wholeNumber({ least: 1, most: 1_000_000 }),
      onExhausted: t.keyof({ fail: null, park: null }, '"fail" or "park"'),
      ...optional,
    },
    'a driver',
  )

/** One request to an upstream. */
export interface UpstreamRequest {
  readonly method: string
  /** Below the upstream's own URL, with every part of it encoded; a query may follow. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Json
  readonly signal: AbortSignal
}

/** What an upstream has said. */
export type UpstreamAnswer =
  | {
      readonly _tag: 'Done'
      readonly status: number
      /** By lower-case name. */
      readonly headers: Readonly<Record<string, string>>
      /** Undefined when there is none, or none that is JSON. */
      readonly body: Json | undefined
    }
  /** It will not do so, now or later; `message` has its own words. */
  | { readonly _tag: 'Refused'; readonly status: number; readonly message: string }
  /** It does not take the credentials, or the settings do not let it be reached: only an operator can help. */
  | { readonly _tag: 'Barred'; readonly message: string; readonly status?: 401 }
  /**
   * It may do so later. `sent` is false when the request cannot have had an effect; else only a read can tell. `afterMs` is how
   * long it asks to be left alone.
   */
  | {
      readonly _tag: 'Unclear'
      readonly message: string
      readonly sent: boolean
      readonly afterMs?: number
    }

/** A server of the same dialect, somewhere else. */
export interface Upstream {
  /** Never rejects. */
  readonly send: (request: UpstreamRequest) => Promise<UpstreamAnswer>
  /** Makes a driver out of attempts that send at most so many requests each. */
  readonly driver: (requests: number, perform: Driver['perform']) => Driver
}

/** Makes the way to an upstream. `words` finds in the dialect's bodies what a refusal says; no text holds a secret. */
export const createUpstream = ({
  settings,
  dial,
  clock,
  words,
  secrets,
}: {
  readonly settings: UpstreamSettings
  readonly dial: Dial
  readonly clock: Clock
  readonly words: (body: Json | undefined) => string | undefined
  readonly secrets: ReadonlyArray<string>
}): Upstream => {
  const { url, timeoutMs = 10_000, attempts = 20, onExhausted = 'park' } = settings
  const reach = keepWithin(dial, settings.reach)
  const base = url.replace(/\/+$/, '')
  return {
    send: async ({ method, path, headers = {}, body, signal }) => {
      const controller = new AbortController()
      const abort = (): void => controller.abort()
      const cancel = clock.after(timeoutMs, abort)
      if (signal.aborted) abort()
      signal.addEventListener('abort', abort)
      try {
        const dialled = await reach({
          url: new URL(`${base}${path}`),
          method,
          headers: {
            accept: 'application/json',
            ...(body !== undefined && { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
          limit: LARGEST,
          signal: controller.signal,
        })
        return answerOf(dialled, { tidy: (text) => tidied(text, secrets), words, now: clock.now() })
      } finally {
        cancel()
        signal.removeEventListener('abort', abort)
      }
    },
    driver: (requests, perform) => ({
      perform,
      // Each request has a bound of its own; this one is only there should that fail.
      timeoutMs: requests * timeoutMs + SLACK_MS,
      attempts,
      onExhausted,
    }),
  }
}

/** What a driver says of an answer after which the change is not in place. */
export const notDone = (answer: Exclude<UpstreamAnswer, { _tag: 'Done' }>): Performance => {
  switch (answer._tag) {
    case 'Refused':
      return { kind: 'failed', message: answer.message }
    case 'Barred':
      return { kind: 'exhausted', message: answer.message }
    case 'Unclear': {
      const { message, afterMs } = answer
      return afterMs === undefined
        ? { kind: 'failed', message, retry: true }
        : { kind: 'failed', message, retry: true, afterMs }
    }
  }
}

// -- internals

const SLACK_MS = 2000
const LARGEST = 1024 * 1024
const LONGEST_WORDS = 500
const LONGEST_WAIT_MS = 3_600_000

const isBase = (value: unknown): value is string => {
  const url = typeof value === 'string' ? URL.parse(value) : null
  return (
    url !== null &&
    ['http:', 'https:'].includes(url.protocol) &&
    url.username + url.password + url.search + url.hash === ''
  )
}

const BaseUrl = new t.Type<string, string, unknown>(
  'an address such as https://name:9443, without credentials and query',
  isBase,
  (value, context) => (isBase(value) ? t.success(value) : t.failure(value, context)),
  t.identity,
)

const answerOf = (
  dialled: Dialled,
  {
    tidy,
    words,
    now,
  }: {
    readonly tidy: (text: string) => string
    readonly words: (body: Json | undefined) => string | undefined
    readonly now: number
  },
): UpstreamAnswer => {
  switch (dialled._tag) {
    case 'Refused':
      return { _tag: 'Barred', message: 'the settings do not let the upstream be reached' }
    case 'TooLarge':
      return { _tag: 'Unclear', message: 'the answer of the upstream is too large', sent: true }
    case 'Unreachable': {
      const message = tidy(`the upstream has not answered: ${dialled.message}`)
      return { _tag: 'Unclear', message, sent: dialled.sent }
    }
    case 'Answered': {
      const { status, headers } = dialled
      const body = jsonOf(dialled.body)
      if (status >= 200 && status < 300) return { _tag: 'Done', status, headers, body }
      const said = words(body)
      const message = tidy(
        `the upstream answered ${status}${said === undefined ? '' : `: ${said}`}`,
      )
      if (status === 401) return { _tag: 'Barred', message, status }
      if (status < 500 && ![408, 425, 429].includes(status))
        return { _tag: 'Refused', status, message }
      const asked = retryAfterMs(headers['retry-after'], now)
      const afterMs = asked === undefined ? undefined : Math.min(asked, LONGEST_WAIT_MS)
      return { _tag: 'Unclear', message, sent: true, ...(afterMs !== undefined && { afterMs }) }
    }
  }
}

const jsonOf = (bytes: Uint8Array): Json | undefined =>
  // What has been parsed as JSON is JSON.
  E.getOrElseW(() => undefined)(parseJson(bytes) as E.Either<unknown, Json>)

// One line without control characters, as a journal and a log can show it.
const tidied = (text: string, secrets: ReadonlyArray<string>): string => {
  const plain = secrets
    .filter((secret) => secret !== '')
    .reduce((shown, secret) => shown.replaceAll(secret, '***'), text)
  const line = plain.replace(/[\p{Cc}\p{Cs}\s]+/gu, ' ').trim()
  return line.length > LONGEST_WORDS ? `${line.slice(0, LONGEST_WORDS)}…` : line
}
