import { request as httpRequest } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { createHost } from '@signalbox/host'
import type { Host, LogLine, Principal } from '@signalbox/host'
import { createZosconnect } from '@signalbox/plugins/zosconnect'
import type { ZosconnectOptions } from '@signalbox/plugins/zosconnect'
import { strToU8, zipSync } from 'fflate'
import { createDial } from './dial.ts'
import { files } from './files.ts'
import { must } from './house.ts'
import { createIds } from './ids.ts'
import { listen } from './listener.ts'
import { openStore } from './open-store.ts'
import { plainVerifier } from './secret.ts'
import { systemClock } from './system-clock.ts'

/** z/OS Connect over a file and a real socket, with the machine's own time. For tests. */
export interface ZosconnectHouse {
  readonly host: Host
  readonly log: ReadonlyArray<LogLine>
  /** Sends `METHOD path` as it is written. */
  readonly send: (call: string, options?: Sending) => Promise<Answer>
  readonly close: () => Promise<void>
}

/** What is sent beside the method and the path. */
export interface Sending {
  readonly headers?: Readonly<Record<string, string>>
  /** Bytes are sent as a zip unless the headers say otherwise. */
  readonly body?: Uint8Array | string
}

/** A reply with its body parsed, if it has one. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: unknown
}

/** Opens a house; no TLS and no authentication unless the settings say so. The secret of a principal is its id with `-secret`. */
export const openZosconnect = async ({
  path,
  settings = {},
  principals = [],
  ...options
}: {
  readonly path: string
  readonly settings?: Readonly<Record<string, unknown>>
  readonly principals?: ReadonlyArray<Principal>
} & ZosconnectOptions): Promise<ZosconnectHouse> => {
  const store = must(await openStore({ kind: 'sqlite', path }))
  const log: LogLine[] = []
  const host = await createHost({
    store,
    plugins: [createZosconnect({ files, ...options })],
    settings: { zosconnect: { requireSecure: false, requireAuth: false, ...settings } },
    principals: principals.map((principal) => ({
      ...principal,
      verify: plainVerifier(`${principal.id}-secret`),
    })),
    clock: systemClock,
    newId: createIds(systemClock.now),
    random: () => 0.5,
    log: (line) => log.push(line),
    dial: createDial(),
  })
  await host.start()
  const failed = host.boot.find(({ ok }) => !ok)
  if (failed !== undefined) throw new Error(JSON.stringify(failed))
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    fetch: host.fetch,
    onError: () => {},
  })
  return {
    host,
    log,
    send: (call, options_) => sendTo(listener.port, call, options_),
    close: async () => {
      listener.destroy()
      await listener.close()
      await host.drain(100)
      must(await store.close()())
    },
  }
}

/** Sends `METHOD path` as it is written to a port of this machine. */
export const sendTo = (
  port: number,
  call: string,
  { headers = {}, body }: Sending = {},
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const [method = 'GET', path = '/'] = call.split(' ')
    const outgoing = httpRequest(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        headers: {
          ...(body instanceof Uint8Array && { 'content-type': 'application/zip' }),
          ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
          ...headers,
        },
      },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.once('error', reject)
        incoming.once('end', () => {
          const text = Buffer.concat(chunks).toString()
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text,
            body: text === '' ? undefined : (JSON.parse(text) as unknown),
          })
        })
      },
    )
    // A body that is refused before it has been read may end in a reset: the reply counts.
    outgoing.once('error', reject)
    outgoing.end(body)
  })

/** The vendor's sample manifest. */
export const PLACE_ORDER = `---
Manifest-Version: 1.0
name: "placeOrder"
provider: "CICS-1.0"
requestSchema:
  value: "file:///schemas/placeOrderRequest.json"
  type: "JSONSchema"
providerProperties:
- {propertyName: "program", value: "DFH0XCMN", type: "STRING"}
version: "1.0"
description: "Place order service"
`

/** A manifest with what it must have, and properties. */
export const manifest = (
  name: string,
  provider = 'CICS-1.0',
  properties: Readonly<Record<string, string | number>> = {},
): string =>
  [
    `name: "${name}"`,
    `provider: "${provider}"`,
    'providerProperties:',
    ...Object.entries(properties).map(
      ([key, value]) => `- {propertyName: "${key}", value: "${value}", type: "STRING"}`,
    ),
  ].join('\n')

/** Zips texts by their paths. */
export const zip = (texts: Readonly<Record<string, string>>): Uint8Array =>
  zipSync(Object.fromEntries(Object.entries(texts).map(([path, text]) => [path, strToU8(text)])))

/** A service archive. */
export const sar = (
  text: string = PLACE_ORDER,
  more: Readonly<Record<string, string>> = {},
): Uint8Array =>
  zip({
    'manifest.yml': text,
    'schemas/placeOrderRequest.json': '{\n  "title": "Order",\n  "type": "object"\n}',
    ...more,
  })

/** An API archive. */
export const aar = (name = 'catalog'): Uint8Array =>
  zip({
    'package.xml': `<?xml version="1.0"?><zosConnectApi id="${name}"><apiSpec basePath="/${name}Manager" version="1.0.0" description="Catalog"><path><method zosConnectServiceRef="placeOrder"/></path><apiDoc docType="SWAGGER">swagger.json</apiDoc></apiSpec></zosConnectApi>`,
    'swagger.json': '{"swagger":"2.0","host":"x"}',
  })

/** An API requester archive. */
export const ara = (name = 'catalog_1.0.0'): Uint8Array =>
  zip({
    'package.xml': `<?xml version="1.0"?><zosConnectApi id="${name}" packageType="requester"><apiSpec version="1.0.0" connectionRef="conn"/></zosConnectApi>`,
  })
