import { lookup } from 'node:dns/promises'
import { request as plainRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as secureRequest } from 'node:https'
import { isIP } from 'node:net'
import type { Dial, Dialled, DialRequest } from '@signalbox/host'

/** Finds the addresses of a host. */
export type Resolve = (host: string) => Promise<ReadonlyArray<string>>

/** Makes the way to send one HTTP request to an address that has been checked; the one that is checked is the one dialled. */
export const createDial =
  (resolve: Resolve = resolveName): Dial =>
  async (request) => {
    try {
      const host = request.url.hostname.replace(/^\[(.*)\]$/, '$1')
      const addresses = isIP(host) === 0 ? await orAborted(resolve(host), request.signal) : [host]
      const address = addresses.find((each) => request.permits(each))
      if (address !== undefined) return await send(request, address, host)
      return addresses.length > 0 ? { _tag: 'Refused' } : unreachable('no address', false)
    } catch (thrown) {
      return unreachable(thrown, false)
    }
  }

// -- internals

const resolveName: Resolve = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address)

const unreachable = (thrown: unknown, sent: boolean): Dialled => ({
  _tag: 'Unreachable',
  message: thrown instanceof Error ? thrown.message : String(thrown),
  sent,
})

const orAborted = <A>(work: Promise<A>, signal: AbortSignal): Promise<A> =>
  new Promise((resolve, reject) => {
    const abort = (): void => reject(new Error('it took too long'))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })

const send = (
  { url, method, headers, body, limit, signal }: DialRequest,
  address: string,
  host: string,
): Promise<Dialled> =>
  new Promise((resolve) => {
    const secure = url.protocol === 'https:'
    let connected = false
    const fail = (thrown: unknown): void => resolve(unreachable(thrown, connected))
    const outgoing = (secure ? secureRequest : plainRequest)(
      {
        host: address,
        port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
        path: `${url.pathname}${url.search}`,
        method,
        headers: {
          ...headers,
          host: url.host,
          ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
        },
        ...(secure && isIP(host) === 0 && { servername: host }),
        agent: false,
        signal,
      },
      (incoming) => {
        receive(incoming, limit).then((received) => {
          // Nothing more of it is wanted.
          if (received._tag === 'TooLarge') outgoing.destroy()
          resolve(received)
        }, fail)
      },
    )
    outgoing.once('socket', (socket) =>
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        connected = true
      }),
    )
    // One error may follow another, and none may be without a listener.
    outgoing.on('error', fail)
    outgoing.end(body)
  })

const receive = async (incoming: IncomingMessage, limit: number): Promise<Dialled> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of incoming as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > limit) return { _tag: 'TooLarge' }
    chunks.push(chunk)
  }
  const { headers } = incoming
  const mediaType = (headers['content-type'] ?? '').split(';', 1)[0] ?? ''
  return {
    _tag: 'Answered',
    status: incoming.statusCode ?? 0,
    mediaType: mediaType.trim().toLowerCase(),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value = '']) => [name, String(value)]),
    ),
    body: Buffer.concat(chunks),
  }
}
