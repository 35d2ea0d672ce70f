/** A reply as it came over the wire, its body read. For tests. */
export interface WireReply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Sends a request, its path as it is written, and reads the reply to its end. For tests. */
export const exchange = async (
  base: string,
  path: string,
  { method = 'GET', headers = {}, body = null }: RequestInit = {},
): Promise<WireReply> => {
  const reply = await fetch(`${base}${path}`, { method, headers, body })
  return { status: reply.status, headers: reply.headers, text: await reply.text() }
}

/** The value of an `Authorization` header by user and password. For tests. */
export const basic = (user: string, password: string): string =>
  `Basic ${btoa(`${user}:${password}`)}`
