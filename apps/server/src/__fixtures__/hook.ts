import { createServer } from 'node:http'

/** A receiver on loopback that takes every message. */
export interface Hook {
  readonly url: string
  /** The ids of the messages as they came. */
  readonly ids: ReadonlyArray<string>
  readonly close: () => void
}

/** Opens a receiver. */
export const openHook = (): Promise<Hook> =>
  new Promise((resolve) => {
    const ids: string[] = []
    const taking = createServer((request, response) => {
      request.resume().on('end', () => {
        ids.push(String(request.headers['webhook-id']))
        response.writeHead(204).end()
      })
    })
    taking.listen(0, '127.0.0.1', () => {
      const address = taking.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      resolve({
        url: `http://127.0.0.1:${port}/events`,
        ids,
        close: () => {
          taking.closeAllConnections()
          taking.close()
        },
      })
    })
  })
