import * as E from 'fp-ts/lib/Either.js'
import { createClient } from './client.ts'
import type { Client } from './client.ts'
import { trouble } from './failure.ts'
import type { Trouble } from './failure.ts'

/** Where a command finds what it is about. */
export interface Connecting {
  readonly url?: string
  readonly token?: string
  /** A file to read instead of a host. */
  readonly store?: string
  readonly config?: string
}

/** Reaches a host over HTTP or, with a store, reads the store's file. */
export const connect = async ({
  url,
  token,
  store,
  config,
}: Connecting): Promise<E.Either<Trouble, Client>> => {
  if (store === undefined) return connectTo({ url, token }, process.env)
  if (url !== undefined)
    return E.left(trouble('usage', '--url and --store are two places: give one of them'))
  const { readStored } = await import('./stored.ts')
  return readStored(store, config)
}

/** Reaches a host over HTTP. */
const connectTo = (
  options: { readonly url: string | undefined; readonly token: string | undefined },
  environment: Readonly<Record<string, string | undefined>>,
): E.Either<Trouble, Client> => {
  const address = options.url ?? (environment['SIGNALBOX_URL'] || USUAL_URL)
  const source = options.url === undefined ? 'SIGNALBOX_URL' : '--url'
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    return E.left(trouble('usage', `${source}: http://host:port or https://host:port expected`))
  if (url.username !== '' || url.password !== '')
    return E.left(trouble('usage', `${source}: no credentials in it: give a token by itself`))
  const token = options.token ?? environment['SIGNALBOX_TOKEN'] ?? ''
  if (!/^[\x21-\x7e]*$/.test(token)) {
    const given = options.token === undefined ? 'SIGNALBOX_TOKEN' : '--token'
    return E.left(trouble('usage', `${given}: printable characters without spaces expected`))
  }
  return E.right(
    createClient({
      name: url.origin,
      base: `${url.origin}${url.pathname.replace(/\/+$/, '')}`,
      headers: token === '' ? {} : { authorization: `Bearer ${token}` },
      send: (request) => fetch(request),
    }),
  )
}

// -- internals

const USUAL_URL = 'http://127.0.0.1:8080'
