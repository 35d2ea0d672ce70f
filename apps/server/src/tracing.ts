import type { Host, Tracing } from '@signalbox/host'
import { apart, followed, following } from './following.ts'
import type { Log } from './log.ts'

/** Where traces are sent, and which. What is left out is what the environment or the SDK says. */
export interface TracingSettings {
  /** The base of an OTLP receiver over HTTP; `/v1/traces` is added. */
  readonly endpoint?: string
  /** What each request to it carries, such as its credentials. */
  readonly headers?: Readonly<Record<string, string>>
  /** The name of this service in traces; `signalbox` unless said. */
  readonly service?: string
  /** The share of requests that are traced, from 0 to 1, where their callers have not decided. */
  readonly sample?: number
}

/** Follows requests, and sends traces where that is configured. */
export interface Tracer {
  readonly tracing: Tracing
  /** Begins a trace for each request, or goes on with its caller's. */
  readonly around: (fetch: Host['fetch']) => Host['fetch']
  /** Sends what is held back; it is given up after some seconds. */
  readonly close: () => Promise<void>
}

/** Makes the tracer; the SDK is loaded for those who configure it, and not for others. */
export const openTracer = async (
  settings: TracingSettings | undefined,
  log: Log,
): Promise<Tracer> => {
  if (settings !== undefined)
    return (await import('./open-telemetry.ts')).openTelemetry(settings, log)
  return {
    tracing: {
      request: followed,
      answered: () => {},
      attempt: (_effect, _attempt, work, then) => apart(async () => then(await work())),
      apart,
      current: following,
      carried: () => undefined,
    },
    around: (fetch) => fetch,
    close: async () => {},
  }
}
