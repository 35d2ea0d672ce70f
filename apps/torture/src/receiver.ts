import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRandom } from './random.ts'

/** The world outside of the hosts: it does what webhooks ask for, slowly, and not always at the first time. */
export interface Receiver {
  readonly url: string
  /** Whatever it was asked to do, in order; one effect may be there several times. */
  readonly seen: ReadonlyArray<{ readonly effect: string; readonly type: string }>
  readonly close: () => Promise<void>
}

/** Opens a receiver on the loopback. What it does with an effect follows from the effect's id; each is written to a file. */
export const openReceiver = async (file: string): Promise<Receiver> => {
  const seen: Array<{ readonly effect: string; readonly type: string }> = []
  const server = createServer((incoming, response) => {
    let body = ''
    incoming.setEncoding('utf8').on('data', (text: string) => {
      body += text
    })
    incoming.once('end', () => {
      const { data } = JSON.parse(body) as { readonly data: Asked }
      seen.push({ effect: data.effect, type: data.type })
      appendFileSync(file, `${JSON.stringify({ ...data, params: undefined })}\n`)
      answer(data, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

// -- internals

interface Asked {
  readonly effect: string
  readonly type: string
  readonly lifecycle: string
  readonly attempt: number
}

const answer = ({ effect, lifecycle, attempt }: Asked, response: ServerResponse): void => {
  const random = createRandom(effect)
  const draw = random.next()
  const say = (status: number, report?: object): void =>
    void setTimeout(
      () => {
        response.writeHead(status, { 'content-type': 'application/json' })
        response.end(report && JSON.stringify(report))
      },
      random.whole(2, 60),
    )
  // Whoever asks again gets an answer; nobody hears of one that is never given.
  if (attempt === 1 && draw < 0.04) return
  if (attempt === 1 && draw < 0.1) return say(503)
  // A request of z/OS Connect waits for the outcome, and a failure is told as one of the server.
  if (draw < 0.16 && !lifecycle.startsWith('zosconnect/'))
    return say(200, { outcome: 'failed', message: 'The world says no.' })
  say(200, { outcome: 'done' })
}
