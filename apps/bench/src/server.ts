import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'

/** What a server of the load has done since it began. */
export interface Deeds {
  readonly port: number
  readonly commits: number
  readonly transactions: number
  /** In ms, of all its threads. */
  readonly cpuMs: number
}

/** Listens on any free port of the loopback. */
export const listen = async (fetch: (request: Request) => Promise<Response>): Promise<number> => {
  const hand = getRequestListener((request) => fetch(request))
  const server = createServer(
    { noDelay: true, keepAliveTimeout: 600_000 },
    (incoming, outgoing) => void hand(incoming, outgoing),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A server that listens on a port has an address of this kind.
  return (server.address() as AddressInfo).port
}

/** The time that this process has kept a processor busy, in ms. */
export const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
