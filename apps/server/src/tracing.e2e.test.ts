import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { answering, openReceiver } from './__fixtures__/receiver.ts'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import { exchange } from './wire.ts'

const SECRET = `whsec_${btoa('the secret that both sides share now')}`
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'

let cwd = ''
let open: Array<() => Promise<unknown> | void> = []

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  open = []
})

afterEach(async () => {
  for (const close of open.toReversed()) await close()
  rmSync(cwd, { recursive: true })
})

interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly attributes: ReadonlyArray<{ readonly key: string; readonly value: object }>
  readonly links?: ReadonlyArray<{ readonly traceId: string; readonly spanId: string }>
}

// A receiver of OTLP over HTTP, in JSON.
const openCollector = async () => {
  const requests: Array<{ readonly headers: IncomingHttpHeaders; readonly text: string }> = []
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.once('end', () => {
      if (incoming.url === '/v1/traces')
        requests.push({ headers: incoming.headers, text: Buffer.concat(chunks).toString() })
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    resources: () =>
      requests.flatMap(
        ({ text }) =>
          JSON.parse(text).resourceSpans as ReadonlyArray<{
            readonly resource: Pick<Span, 'attributes'>
            readonly scopeSpans: ReadonlyArray<{ readonly spans: ReadonlyArray<Span> }>
          }>,
      ),
  }
}

const start = async (
  file: object,
  env: Readonly<Record<string, string>> = {},
): Promise<{
  readonly server: ServerProcess
  readonly deliveries: () => ReadonlyArray<IncomingHttpHeaders>
}> => {
  const receiver = await openReceiver(SECRET, answering(204))
  open.push(receiver.close)
  const driver = {
    kind: 'webhook',
    url: receiver.url,
    secret: SECRET,
    reach: { allow: ['127.0.0.1'], allowHttp: true },
  }
  const zosconnect = {
    requireSecure: false,
    requireAuth: false,
    driver,
    services: [{ name: 'placeOrder', provider: 'CICS-1.0' }],
  }
  const configuration = {
    store: 'sqlite:box.db',
    principals: [],
    providers: { zosconnect },
    ...file,
  }
  writeFileSync(join(cwd, 'signalbox.config.json'), JSON.stringify(configuration))
  const server = await startServer([], { cwd, env: { PORT: '0', ...env } })
  open.push(async () => {
    server.kill('SIGKILL')
    await server.ended
  })
  const deliveries = (): ReadonlyArray<IncomingHttpHeaders> =>
    receiver.deliveries.map(({ headers }) => headers)
  // What is installed is started first.
  await expect.poll(() => deliveries().length, { timeout: 20_000 }).toBe(1)
  return { server, deliveries }
}

const stopped = (server: ServerProcess) =>
  exchange(server.url, '/zosConnect/services/placeOrder?status=stopped&password=hush', {
    method: 'PUT',
    headers: {
      traceparent: `00-${TRACE}-${PARENT}-01`,
      tracestate: 'vendor=1',
      'x-request-id': 'the-request',
      authorization: 'Basic aHVzaDpodXNo',
    },
  })

const linesOf = (server: ServerProcess): ReadonlyArray<Readonly<Record<string, unknown>>> =>
  server
    .stdout()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)

const attributesOf = ({
  attributes,
}: Pick<Span, 'attributes'>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0] as unknown]))

it('goes on with the trace of a request in its work, and tells a receiver of OTLP', async () => {
  const collector = await openCollector()
  const { server, deliveries } = await start(
    {
      tracing: {
        endpoint: collector.url,
        headers: { 'x-key': { env: 'COLLECTOR_KEY' } },
        service: 'box',
      },
    },
    { COLLECTOR_KEY: 'secret-of-the-collector' },
  )
  const reply = await stopped(server)
  expect(reply.status).toBe(200)
  // Whatever is held back is sent before it ends.
  server.kill('SIGTERM')
  expect((await server.ended).code).toBe(0)

  const resources = collector.resources()
  expect(attributesOf(resources[0]?.resource ?? { attributes: [] })).toMatchObject({
    'service.name': 'box',
  })
  const spans = resources.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans: some }) => some))
  const request = spans.find(({ traceId, name }) => traceId === TRACE && name.startsWith('PUT'))
  expect(request).toMatchObject({
    name: 'PUT /zosConnect/services/:name',
    parentSpanId: PARENT,
  })
  expect(attributesOf(request ?? { attributes: [] })).toMatchObject({
    'http.route': '/zosConnect/services/:name',
    'http.request.method': 'PUT',
    'signalbox.plugin': 'zosconnect',
    'signalbox.request': 'the-request',
    'url.full': `${server.url}/zosConnect/services/placeOrder`,
  })
  const work = spans.find(({ traceId, name }) => traceId === TRACE && name.startsWith('perform'))
  expect(work).toMatchObject({
    parentSpanId: request?.spanId,
    links: [{ traceId: TRACE, spanId: request?.spanId }],
  })
  expect(attributesOf(work ?? { attributes: [] })).toMatchObject({
    'signalbox.effect.outcome': 'done',
  })
  // What was to be started at first belongs to no request.
  const [first, second] = deliveries()
  expect(first?.['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  expect(first?.['traceparent']).not.toContain(TRACE)
  expect([second?.['traceparent'], second?.['tracestate']]).toEqual([
    `00-${TRACE}-${work?.spanId}-01`,
    'vendor=1',
  ])
  expect(linesOf(server).find(({ event }) => event === 'request')).toMatchObject({
    request: 'the-request',
    trace: TRACE,
    span: request?.spanId,
  })
  expect(collector.requests[0]?.headers['x-key']).toBe('secret-of-the-collector')
  const told = collector.requests.map(({ text }) => text).join('\n')
  for (const secret of ['hush', 'aHVzaDpodXNo', 'secret-of-the-collector', SECRET])
    expect(told).not.toContain(secret)
})

it('is configured by the variables of OpenTelemetry too, and leaves out what is not sampled', async () => {
  const collector = await openCollector()
  const { server } = await start(
    {},
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_SERVICE_NAME: 'named',
      OTEL_TRACES_SAMPLER: 'parentbased_always_off',
    },
  )
  await exchange(server.url, '/zosConnect/services')
  await stopped(server)
  server.kill('SIGTERM')
  await server.ended
  const [one] = collector.resources()
  expect(attributesOf(one?.resource ?? { attributes: [] })).toMatchObject({
    'service.name': 'named',
  })
  const traces = collector
    .resources()
    .flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) => spans.map(({ traceId }) => traceId)),
    )
  expect([...new Set(traces)]).toEqual([TRACE])
})

it('serves as ever while the receiver of traces is away, and says so', async () => {
  const { server } = await start({
    tracing: { endpoint: 'http://127.0.0.1:9', sample: 1 },
  })
  expect((await stopped(server)).status).toBe(200)
  server.kill('SIGTERM')
  expect((await server.ended).code).toBe(0)
  expect(linesOf(server).some(({ event }) => event === 'tracing')).toBe(true)
})

it('traces nothing unless it is told to, and still knows its requests', async () => {
  const { server, deliveries } = await start({})
  await stopped(server)
  expect(deliveries().every((headers) => headers['traceparent'] === undefined)).toBe(true)
  const line = await server.logged('request')
  expect([line['request'], line['trace'], line['span']]).toEqual([
    'the-request',
    undefined,
    undefined,
  ])
})
