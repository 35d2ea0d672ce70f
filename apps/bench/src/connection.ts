import { createConnection } from 'node:net'

/** A connection that is kept: one request at a time. */
export interface Connection {
  /** Sends a whole request and answers the status of the reply, once all of it is here. */
  readonly send: (request: Uint8Array) => Promise<number>
  readonly close: () => void
}

/** Connects to a port of the loopback. It knows just enough of HTTP to cost the machine little beside the server. */
export const connect = async (port: number): Promise<Connection> => {
  const socket = createConnection({ port, host: '127.0.0.1', noDelay: true })
  let pending: Pending | undefined
  let received = ''
  const fail = (error: Error): void => {
    pending?.reject(error)
    pending = undefined
  }
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject)
  })
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    received += chunk
    const status = statusOf(received)
    if (status === undefined) return
    received = ''
    pending?.resolve(status)
    pending = undefined
  })
  socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('no answer')))
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the server closed a connection')))
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        pending = { resolve, reject }
        socket.write(request)
      }),
    close: () => socket.destroy(),
  }
}

/** Sends one request on a connection of its own and answers the whole reply; rejects when nobody listens. */
export const exchange = (port: number, request: Uint8Array): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1', noDelay: true })
    let received = ''
    socket.setEncoding('latin1')
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('no answer')))
    socket.once('connect', () => socket.write(request))
    socket.on('data', (chunk: string) => {
      received += chunk
      if (statusOf(received) === undefined) return
      resolve(received)
      socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the server closed a connection')))
  })

/** The status of a reply in HTTP/1.1, or undefined when there is more of it to come. */
export const statusOf = (received: string): number | undefined => {
  const end = received.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const head = received.slice(0, end).toLowerCase()
  const status = Number(head.slice(9, 12))
  const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1]
  const body = end + 4
  if (length !== undefined) return received.length >= body + Number(length) ? status : undefined
  if (head.includes('\r\ntransfer-encoding: chunked'))
    return received.endsWith('0\r\n\r\n') ? status : undefined
  return status
}

// -- internals

// Nobody here takes that long, unless it will never answer.
const PATIENCE_MS = 20_000

interface Pending {
  readonly resolve: (status: number) => void
  readonly reject: (error: Error) => void
}
