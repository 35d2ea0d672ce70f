import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/**
 * What becomes of a request: `fine` passes it and its reply, `cut` passes it and breaks off when the reply comes, `down` breaks
 * off at once.
 */
type Weather = 'fine' | 'cut' | 'down'

/** A proxy on loopback that passes bytes to a port of this machine, one request on each connection. */
export interface Proxy {
  readonly url: string
  /** The first lines of what has been passed on. */
  readonly passed: ReadonlyArray<string>
  /** The weather from now on; a function is asked about the first line of each request. */
  readonly turn: (weather: Weather | ((line: string) => Weather)) => void
  readonly close: () => Promise<void>
}

/** Opens a proxy in fine weather. */
export const openProxy = async (port: number): Promise<Proxy> => {
  let weather: (line: string) => Weather = () => 'fine'
  const passed: string[] = []
  const sockets = new Set<Socket>()
  const kept = (socket: Socket): Socket => {
    sockets.add(socket)
    return socket.on('error', () => {}).once('close', () => sockets.delete(socket))
  }
  const server = createServer((client) => {
    kept(client).once('data', (chunk) => {
      const line = chunk.toString().split(' HTTP/', 1)[0] ?? ''
      const over = weather(line)
      if (over === 'down') return void client.destroy()
      passed.push(line)
      const back = kept(connect(port, '127.0.0.1'))
      back.write(chunk)
      client.pipe(back)
      if (over === 'fine') back.pipe(client)
      back.once(over === 'fine' ? 'close' : 'data', () => client.destroy())
      back.once('error', () => client.destroy())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    turn: (next) => {
      weather = typeof next === 'function' ? next : () => next
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
