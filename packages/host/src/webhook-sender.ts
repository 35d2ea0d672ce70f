import type { Clock } from './clock.ts'
import type { Dial, Dialled } from './dial.ts'
import { keepWithin } from './reach.ts'
import type { ReachSettings } from './reach.ts'
import { signedHeaders } from './signature.ts'

/** Sends a CloudEvent to a receiver; `Late` when no answer came within the bound. A signal calls it off. */
export type WebhookSender = (
  message: { readonly id: string; readonly body: string },
  signal: AbortSignal,
) => Promise<Dialled | { readonly _tag: 'Late' }>

/**
 * Makes a sender to one receiver: by POST, signed by the Standard Webhooks scheme with each of the secrets, within the reach
 * that is allowed.
 */
export const createWebhookSender = ({
  clock,
  dial,
  url,
  secrets,
  reach,
  timeoutMs,
}: {
  readonly clock: Clock
  readonly dial: Dial
  readonly url: string
  readonly secrets: ReadonlyArray<string>
  readonly reach: ReachSettings | undefined
  readonly timeoutMs: number
}): WebhookSender => {
  const send = keepWithin(dial, reach)
  return async ({ id, body }, signal) => {
    const controller = new AbortController()
    const abort = (): void => controller.abort()
    const cancel = clock.after(timeoutMs, abort)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    try {
      const dialled = await send({
        url: new URL(url),
        method: 'POST',
        headers: {
          accept: 'application/json',
          'content-type': 'application/cloudevents+json; charset=utf-8',
          ...signedHeaders(secrets, { id, at: clock.now(), body }),
        },
        body,
        limit: LARGEST,
        signal: controller.signal,
      })
      return controller.signal.aborted && !signal.aborted && dialled._tag === 'Unreachable'
        ? { _tag: 'Late' }
        : dialled
    } finally {
      cancel()
      signal.removeEventListener('abort', abort)
    }
  }
}

// -- internals

// Of an answer, in bytes.
const LARGEST = 65_536
