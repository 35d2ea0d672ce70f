/** A reply, its body read. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Sends a request and reads the reply to its end; undefined when there was none, or not in time. */
export const exchange = async (
  url: string,
  {
    patienceMs,
    ...request
  }: {
    readonly method: string
    readonly headers: Readonly<Record<string, string>>
    readonly body?: string | Uint8Array<ArrayBuffer>
    readonly patienceMs: number
  },
): Promise<Answer | undefined> => {
  try {
    const reply = await fetch(url, { ...request, signal: AbortSignal.timeout(patienceMs) })
    return { status: reply.status, headers: reply.headers, text: await reply.text() }
  } catch {
    return undefined
  }
}
