import type { Clock, Incoming } from '@signalbox/host'

/** Bounds requests by credential, in windows of one second. */
export interface RateLimit {
  /** Counts a request; false when it is one too many. */
  readonly count: (request: Incoming, credential: string) => boolean
  /** The headers of the answer to a request, whether it was counted or not. */
  readonly headers: (request: Incoming) => Readonly<Record<string, string>>
}

/** Makes a limit of so many requests a second. */
export const createRateLimit = (clock: Clock, perSecond: number): RateLimit => {
  const remaining = new WeakMap<Incoming, number>()
  let window = -1
  let used = new Map<string, number>()
  return {
    count: (request, credential) => {
      const second = Math.floor(clock.now() / 1000)
      if (second !== window) {
        window = second
        used = new Map()
      }
      const before = used.get(credential) ?? 0
      const allowed = before < perSecond
      if (allowed) used.set(credential, before + 1)
      remaining.set(request, allowed ? perSecond - before - 1 : 0)
      return allowed
    },
    headers: (request) => ({
      'ratelimit-limit': String(perSecond),
      'ratelimit-remaining': String(remaining.get(request) ?? perSecond),
      'ratelimit-reset': '1',
    }),
  }
}
