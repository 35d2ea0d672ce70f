import type { Json } from '@signalbox/core'
import type { Status } from '@signalbox/core/zosconnect'
import { isPublicAddress } from '@signalbox/host'
import type { Clock, Dial, Dialled } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { DEEPEST, isDeeper } from './deeper.ts'
import type { RestSettings } from './settings.ts'
import { serviceFailure } from './spi.ts'
import type { Invoked, ProviderFactory } from './spi.ts'
import { toBase64 } from './base64.ts'

/**
 * Hands invokes on to an HTTP service: property `url`, and perhaps `method`, `timeoutMs` and `connectionRef`, a connection of
 * the settings. It reaches only what the settings allow.
 */
export const restFactory = ({
  settings,
  dial,
  clock,
}: {
  readonly settings: RestSettings
  readonly dial: Dial
  readonly clock: Pick<Clock, 'after'>
}): ProviderFactory => ({
  providers: [REST],
  rehearses: true,
  register: async ({ properties }) => {
    const call = callOf(properties, settings)
    let status: Status = 'started'
    return {
      getProviderName: () => REST,
      getData: () => ({ ...properties, url: withoutSecrets(call.url) }),
      start: () => (status = 'started'),
      stop: () => (status = 'stopped'),
      status: () => status,
      invoke: async ({ payload, signal }) => {
        if (!isAllowed(call.url, settings)) throw serviceFailure(`${REST}: ${NOT_ALLOWED}`, 503)
        const controller = new AbortController()
        const abort = (): void => controller.abort()
        const cancel = clock.after(call.timeoutMs, abort)
        signal.addEventListener('abort', abort)
        const body = BODILESS.includes(call.method) ? undefined : JSON.stringify(payload ?? {})
        try {
          const dialled = await dial({
            url: call.url,
            method: call.method,
            headers: {
              accept: 'application/json',
              ...(body !== undefined && { 'content-type': 'application/json' }),
              ...(call.authorization !== undefined && { authorization: call.authorization }),
            },
            ...(body !== undefined && { body }),
            permits: (address) => settings.allowPrivate || isPublicAddress(address),
            limit: LARGEST,
            signal: controller.signal,
          })
          return replyOf(dialled)
        } finally {
          cancel()
          signal.removeEventListener('abort', abort)
        }
      },
    }
  },
})

// -- internals

const REST = 'signalbox.rest'
const NOT_ALLOWED = 'the address is not allowed'
const LARGEST = 5 * 1024 * 1024
const METHODS: ReadonlyArray<string> = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
const BODILESS: ReadonlyArray<string> = ['GET', 'DELETE']

interface Call {
  readonly url: URL
  readonly method: string
  readonly timeoutMs: number
  readonly authorization?: string
}

const callOf = (properties: Readonly<Record<string, string>>, settings: RestSettings): Call => {
  const { method = 'POST', timeoutMs = '10000', connectionRef } = properties
  const url = URL.parse(properties['url'] ?? '')
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username || url.password)
    throw serviceFailure('url: an address of http or https without credentials is required', 400)
  if (!METHODS.includes(method)) throw serviceFailure('method: not usable', 400)
  if (!/^[1-9]\d{0,6}$/.test(timeoutMs)) throw serviceFailure('timeoutMs: not a number', 400)
  if (!isAllowed(url, settings)) throw serviceFailure(`url: ${NOT_ALLOWED}`, 400)
  return {
    url,
    method,
    timeoutMs: Number(timeoutMs),
    ...(connectionRef !== undefined && { authorization: credentialsOf(connectionRef, settings) }),
  }
}

const credentialsOf = (name: string, { connections }: RestSettings): string => {
  const connection = Object.hasOwn(connections, name) ? connections[name] : undefined
  if (connection === undefined) throw serviceFailure('connectionRef: no such connection', 400)
  const { user, password } = connection
  return `Basic ${toBase64(new TextEncoder().encode(`${user}:${password}`))}`
}

// A prefix ends where a segment of the path does.
const isAllowed = (url: URL, { allow }: RestSettings): boolean =>
  allow.some((text) => {
    const allowed = URL.parse(text)
    if (allowed === null || allowed.origin !== url.origin) return false
    const prefix = allowed.pathname.replace(/\/$/, '')
    return url.pathname === prefix || url.pathname.startsWith(`${prefix}/`)
  })

const replyOf = (dialled: Dialled): Invoked => {
  const failed = (code: number, words: string): never => {
    throw serviceFailure(`${REST}: ${words}`, code)
  }
  switch (dialled._tag) {
    case 'Refused':
      return failed(503, NOT_ALLOWED)
    case 'Unreachable':
      return failed(503, 'the service cannot be reached')
    case 'TooLarge':
      return failed(502, 'the reply is too large')
    case 'Answered': {
      const { status, mediaType, body } = dialled
      if (status >= 300 && status < 400) return failed(502, 'the service redirects')
      if (status === 204) return { status, body: {} }
      const json = /^application\/(?:json|[\w.+-]+\+json)$/.test(mediaType)
        ? jsonOf(body)
        : undefined
      return json === undefined ? failed(502, 'the reply is no JSON') : { status, body: json }
    }
  }
}

const jsonOf = (bytes: Uint8Array): Json | undefined =>
  E.getOrElseW(() => undefined)(
    E.tryCatch(
      () => {
        const value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Json
        return isDeeper(value, DEEPEST) ? undefined : value
      },
      () => undefined,
    ),
  )

const withoutSecrets = (url: URL): string => `${url.origin}${url.pathname}`
