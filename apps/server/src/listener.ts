import { createServer } from 'node:http'
import type {
  IncomingMessage,
  RequestListener,
  Server,
  ServerOptions,
  ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { getRequestListener, RequestError } from '@hono/node-server'
import type { Host } from '@signalbox/host'

/** A server that listens. */
export interface Listener {
  readonly port: number
  /** Takes no connection and no request on an idle one any more; resolves when the last one has been answered. */
  readonly close: () => Promise<void>
  /** Ends what is left, in the middle of whatever it does. */
  readonly destroy: () => void
}

/** Listens on an address; rejects with the error of the socket. */
export const listen = async (options: {
  readonly host: string
  readonly port: number
  /** PEM texts. */
  readonly tls?: { readonly key: string; readonly cert: string }
  readonly fetch: Host['fetch']
  readonly onError: (error: unknown) => void
}): Promise<Listener> => {
  const { tls } = options
  const { answer, leave } = answering(options)
  const server =
    tls === undefined
      ? createServer(LIMITS, answer)
      : createTlsServer({ ...LIMITS, ...tls, minVersion: 'TLSv1.2' }, answer)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, () => {
      server.off('error', reject)
      server.on('error', options.onError)
      resolve()
    })
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        leave(server)
        server.close(() => resolve())
      }),
    destroy: () => server.closeAllConnections(),
  }
}

// -- internals

const LIMITS: ServerOptions = {
  maxHeaderSize: 64 * 1024,
  headersTimeout: 30_000,
  // From the first byte to the last of the body: a large archive over a slow line takes its time.
  requestTimeout: 120_000,
  keepAliveTimeout: 65_000,
  noDelay: true,
}

const answering = ({
  fetch,
  onError,
}: {
  readonly fetch: Host['fetch']
  readonly onError: (error: unknown) => void
}): { readonly answer: RequestListener; readonly leave: (server: Server) => void } => {
  const open = new Set<ServerResponse>()
  let leaving: Server | undefined
  const hand = getRequestListener(
    (request, { incoming }) =>
      fetch(request, {
        remote: incoming.socket.remoteAddress ?? '',
        secure: (incoming.socket as Partial<TLSSocket>).encrypted === true,
      }),
    {
      hostname: NO_HOST,
      errorHandler: (error) => {
        if (error instanceof RequestError) return problem(400, 'Bad Request')
        onError(error)
        return problem(500, 'Internal Server Error')
      },
    },
  )
  return {
    answer: (incoming, outgoing) => {
      open.add(outgoing)
      if (leaving !== undefined) outgoing.shouldKeepAlive = false
      outgoing.once('close', () => {
        open.delete(outgoing)
        leaving?.closeIdleConnections()
      })
      tame(incoming)
      void hand(incoming, outgoing)
    },
    leave: (server) => {
      leaving = server
      for (const outgoing of open) outgoing.shouldKeepAlive = false
    },
  }
}

const NO_HOST = 'host.invalid'

const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/

/**
 * A request whose Host or path makes no URL is the plugin's to answer, in its vendor's words. Only the URL gets a stand-in
 * here: the header that the plugin sees comes from the raw ones, as it was sent.
 */
const tame = (incoming: IncomingMessage): void => {
  const { host } = incoming.headers
  if (host !== undefined && !(HOST.test(host) && URL.canParse(`http://${host}/`))) {
    incoming.headers.host = NO_HOST
  }
  incoming.url = (incoming.url ?? '/').replaceAll('\\', '%5C')
}

const problem = (status: number, title: string): Response =>
  new Response(JSON.stringify({ type: 'about:blank', title, status }), {
    status,
    headers: { 'content-type': 'application/problem+json' },
  })
