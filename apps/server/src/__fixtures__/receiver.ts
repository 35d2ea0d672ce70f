import { createServer } from 'node:http'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'

/** A webhook as it came, verified by the scheme's own package. */
interface Delivery {
  readonly id: string
  readonly headers: IncomingHttpHeaders
  readonly event: {
    readonly id: string
    readonly type: string
    readonly source: string
    readonly subject: string
    readonly data: {
      readonly effect: string
      readonly attempt: number
      readonly params: Readonly<Record<string, unknown>>
      readonly callback?: string
    }
  }
}

/** What a receiver does with a delivery: answers it, or leaves it as it is. */
export type Answer = (response: ServerResponse, delivery: Delivery) => void

/** A receiver of webhooks on loopback. */
export interface Receiver {
  readonly url: string
  readonly port: number
  readonly deliveries: ReadonlyArray<Delivery>
  readonly close: () => Promise<void>
}

/** Opens a receiver that answers one delivery after another so, and the last answer for ever. */
export const openReceiver = async (
  secret: string,
  ...answers: ReadonlyArray<Answer>
): Promise<Receiver> => {
  const deliveries: Delivery[] = []
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.once('end', () => {
      const { headers } = incoming
      try {
        const text = Buffer.concat(chunks).toString()
        const verified = new Webhook(secret).verify(text, headers as Record<string, string>)
        const delivery = {
          id: String(headers['webhook-id']),
          headers,
          event: verified as Delivery['event'],
        }
        deliveries.push(delivery)
        answers[Math.min(deliveries.length, answers.length) - 1]?.(response, delivery)
      } catch (thrown) {
        response.writeHead(401).end(String(thrown))
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/in`,
    port,
    deliveries,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Answers a status and, perhaps, a body. */
export const answering =
  (status: number, body = '', headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) =>
    void response.writeHead(status, headers).end(body)

/** Breaks the connection off. */
export const cutting: Answer = (response) => void response.destroy()

/** Never answers. */
export const silent: Answer = () => {}
