import type { Reply } from './reply.ts'

/** A reply as the platform sends it, and how many bytes of body it has, 0 for a stream. */
export interface Sent {
  readonly response: Response
  readonly bytes: number
}

/** Makes the platform's response of a reply; the body is left out for HEAD and for statuses that have none. */
export const toResponse = ({ status, headers, body }: Reply, method: string): Sent => {
  const content = typeof body === 'string' ? encoder.encode(body) : body
  const bare = content === undefined || method === 'HEAD' || BODILESS.has(status)
  const init = { status, headers: headers === undefined ? {} : toHeaders(headers) }
  if (bare) return { response: new Response(null, init), bytes: 0 }
  if (content instanceof ReadableStream)
    return {
      response: new Response(content as ReadableStream<Uint8Array<ArrayBuffer>>, init),
      bytes: 0,
    }
  // A view of shared memory is no body, and plugins have no such memory to give.
  return {
    response: new Response(content as Uint8Array<ArrayBuffer>, init),
    bytes: content.byteLength,
  }
}

// -- internals

const encoder = new TextEncoder()

const BODILESS: ReadonlySet<number> = new Set([204, 205, 304])

const toHeaders = (headers: NonNullable<Reply['headers']>): Record<string, string> | Headers => {
  if (Object.values(headers).every((value) => typeof value === 'string'))
    return headers as Record<string, string>
  const repeated = new Headers()
  for (const [name, value] of Object.entries(headers))
    for (const one of typeof value === 'string' ? [value] : value) repeated.append(name, one)
  return repeated
}
