import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/**
 * What a way to a database does: `pass` carries everything, also what was held back; `stall` holds back everything and `mute`
 * what the database says, while connections stay open; `cut` breaks all connections and lets none in.
 */
type Way = 'pass' | 'stall' | 'mute' | 'cut'

/** A way to a database that can be disturbed. */
export interface FaultProxy {
  /** The database's address by this way. */
  readonly url: string
  readonly turn: (way: Way) => void
  readonly close: () => Promise<void>
}

/** Opens a way to a database. For tests. */
export const openFaultProxy = async (database: string): Promise<FaultProxy> => {
  const target = new URL(database)
  const pairs = new Set<Pair>()
  let way: Way = 'pass'
  const server = createServer((client) => {
    const pair = { client, upstream: connect(Number(target.port), target.hostname) }
    pairs.add(pair)
    for (const [from, to] of [
      [pair.client, pair.upstream],
      [pair.upstream, pair.client],
    ] as const) {
      from.on('data', (bytes) => to.write(bytes))
      from.on('error', () => {})
      from.on('close', () => {
        pairs.delete(pair)
        to.destroy()
      })
    }
    apply(way, pair)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(database)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: url.href,
    turn: (next) => {
      way = next
      for (const pair of pairs) apply(way, pair)
    },
    close: async () => {
      server.close()
      for (const pair of pairs) apply('cut', pair)
      await once(server, 'close')
    },
  }
}

// -- internals

interface Pair {
  readonly client: Socket
  readonly upstream: Socket
}

const apply = (way: Way, { client, upstream }: Pair): void => {
  if (way === 'cut') {
    client.destroy()
    upstream.destroy()
    return
  }
  if (way === 'stall') client.pause()
  else client.resume()
  if (way === 'pass') upstream.resume()
  else upstream.pause()
}
