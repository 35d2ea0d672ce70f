import { httpInstrumentationMiddleware } from '@hono/otel'
import {
  context,
  diag,
  DiagLogLevel,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import type { Context, Span } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node'
import type { SpanProcessor } from '@opentelemetry/sdk-trace-node'
import type { Answering, Connection, Tracing } from '@signalbox/host'
import { Hono } from 'hono'
import { apart, followed, following } from './following.ts'
import type { Log } from './log.ts'
import { systemClock } from './system-clock.ts'
import type { Tracer, TracingSettings } from './tracing.ts'

/** Starts OpenTelemetry's SDK, which the process has one of. No query, header, body or payload reaches a span. */
export const openTelemetry = (settings: TracingSettings, log: Log): Tracer => {
  diag.setLogger(diagnosticsTo(log), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  const answers = new WeakMap<Span, Answering>()
  const provider = new NodeTracerProvider({
    resource: detectResources({ detectors: [envDetector] }).merge(
      resourceFromAttributes(nameOf(settings)),
    ),
    ...(settings.sample !== undefined && {
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(settings.sample) }),
    }),
    spanProcessors: [naming(answers), new BatchSpanProcessor(exporterOf(settings))],
  })
  provider.register()
  const tracer = provider.getTracer('signalbox')

  const tracing: Tracing = {
    request: followed,
    answered: (request) => {
      const span = trace.getActiveSpan()
      if (span !== undefined) answers.set(span, request)
    },
    attempt: (effect, attempt, work, then) => {
      const cause = propagation.extract(ROOT_CONTEXT, effect.trace ?? {})
      const from = trace.getSpanContext(cause)
      const span = tracer.startSpan(
        `perform ${effect.type}`,
        {
          kind: SpanKind.CONSUMER,
          attributes: {
            'signalbox.effect.id': effect.id,
            'signalbox.effect.type': effect.type,
            'signalbox.effect.attempt': attempt,
            'signalbox.lifecycle': effect.lifecycle,
          },
          ...(from && { links: [{ context: from }] }),
        },
        cause,
      )
      return within(trace.setSpan(ROOT_CONTEXT, span), async () => {
        try {
          const done = await work()
          span.setAttribute('signalbox.effect.outcome', done.kind)
          if (FAILED.has(done.kind)) span.setStatus({ code: SpanStatusCode.ERROR })
          span.end()
          await then(done)
        } finally {
          if (span.isRecording()) span.end()
        }
      })
    },
    apart: (work) => within(ROOT_CONTEXT, work),
    current: () => {
      const span = trace.getActiveSpan()?.spanContext()
      return span === undefined || !isSpanContextValid(span)
        ? following()
        : { ...following(), trace: span.traceId, span: span.spanId }
    },
    carried: () => {
      const carrier: Record<string, string> = {}
      propagation.inject(context.active(), carrier)
      const { traceparent, tracestate } = carrier
      return traceparent === undefined
        ? undefined
        : { traceparent, ...(tracestate !== undefined && { tracestate }) }
    },
  }

  return {
    tracing,
    around: (fetch) => {
      const app = new Hono<{ Bindings: Connection }>({ getPath: () => '/' })
      app.use(
        httpInstrumentationMiddleware({
          tracerProvider: provider,
          captureActiveRequests: false,
          spanNameFactory: ({ req }) => req.method,
        }),
      )
      app.all('*', (c) => fetch(c.req.raw, c.env))
      return async (request, connection = {}) => app.fetch(request, connection)
    },
    close: async () => {
      const late = new Promise<'late'>((resolve) => setTimeout(resolve, CLOSE_MS, 'late').unref())
      const shut = provider.shutdown().catch(() => 'late')
      if ((await Promise.race([shut, late])) === 'late')
        complain(log, 'the last spans were not sent')
    },
  }
}

// -- internals

const CLOSE_MS = 3_000

const FAILED: ReadonlySet<string> = new Set(['failed', 'unknown', 'exhausted'])

const within = <A>(of: Context, work: () => A): A => context.with(of, () => apart(work))

const nameOf = ({ service }: TracingSettings): Record<string, string> =>
  service === undefined && process.env['OTEL_SERVICE_NAME'] !== undefined
    ? {}
    : { 'service.name': service ?? 'signalbox' }

const exporterOf = ({ endpoint, headers }: TracingSettings): OTLPTraceExporter =>
  new OTLPTraceExporter({
    ...(endpoint !== undefined && { url: `${endpoint.replace(/\/+$/, '')}/v1/traces` }),
    ...(headers !== undefined && { headers: { ...headers } }),
  })

// Just before a span of a request ends: it is called after its route, and its URL loses what may be secret.
const naming = (answers: WeakMap<Span, Answering>): SpanProcessor => ({
  onStart: () => {},
  onEnding: (span) => {
    const answer = answers.get(span)
    const url = span.attributes['url.full']
    if (typeof url === 'string') span.setAttribute('url.full', bare(url))
    if (answer === undefined) return
    const { id, method, plugin, route, path } = answer
    span.setAttribute('signalbox.request', id)
    span.setAttribute('http.route', path ?? '')
    if (plugin !== undefined) span.setAttribute('signalbox.plugin', plugin)
    if (route !== undefined) span.setAttribute('signalbox.route', route)
    span.updateName(path === undefined ? method : `${method} ${path}`)
  },
  onEnd: () => {},
  forceFlush: async () => {},
  shutdown: async () => {},
})

const bare = (text: string): string => {
  const url = URL.parse(text)
  return url === null ? '' : `${url.origin}${url.pathname}`
}

// What the SDK complains of is mostly that its receiver is away.
const diagnosticsTo = (
  log: Log,
): Record<'error' | 'warn' | 'info' | 'debug' | 'verbose', (message: string) => void> => {
  const say = (message: string): void => complain(log, message.slice(0, LONGEST_MESSAGE))
  return { error: say, warn: say, info: say, debug: say, verbose: say }
}

const LONGEST_MESSAGE = 300

const complain = (log: Log, message: string): void =>
  log.line({ at: systemClock.now(), level: 'warn', event: 'tracing', message })
