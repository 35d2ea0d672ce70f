import { fault } from './failure.ts'
import type { Incoming } from './incoming.ts'
import { thrownDetail } from './log.ts'
import type { Log } from './log.ts'
import type { Answered, Arrival } from './pipeline.ts'
import type { Mounted } from './plugin.ts'
import { problem } from './problem.ts'

/** Answers what lies below no mount, or passes it on; never rejects. */
export type Fallback = (arrival: Arrival) => Promise<Answered | undefined>

/** Makes the fallback of a plugin, if it has one. What it throws becomes a `Fault`. */
export const createFallback = (
  plugin: string,
  { fallback, answers }: Pick<Mounted, 'fallback' | 'answers'>,
  log: Log,
): Fallback | undefined => {
  if (fallback === undefined) return undefined
  return async ({ id, at, request, url, remote, secure }) => {
    const { headers, method } = request
    const path = url.pathname
    const incoming: Incoming = {
      id,
      at,
      method,
      url,
      path,
      located: {},
      headers,
      remote,
      secure,
    }
    const failed = (thrown: unknown): string => {
      const detail = thrownDetail(thrown)
      log('error', 'request.fault', { plugin, id, ...detail })
      return detail.message
    }
    try {
      const reply = await fallback(incoming).catch((thrown: unknown) =>
        answers.refuse(incoming, fault(failed(thrown))),
      )
      return reply && { reply: answers.finish?.(incoming, reply) ?? reply, plugin }
    } catch (thrown) {
      failed(thrown)
      return { reply: problem(500, 'Internal Server Error'), own: true, plugin }
    }
  }
}
