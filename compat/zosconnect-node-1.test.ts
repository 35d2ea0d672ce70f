import { deepEqual, equal, rejects } from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, describe, it } from 'node:test'
import { CALLERS } from './configuration.ts'
import { startHost } from './host.ts'
import type { FreshHost } from './host.ts'

let host: FreshHost
before(async () => {
  host = await startHost()
})
after(() => host?.stop())

describe('zosconnect-node 1.0.4, services', () => {
  it('lists what is configured', async () => {
    deepEqual(await client().getServices(), ['dateTimeService', 'echo'])
  })

  it('reads the status and both schemas', async () => {
    const service = await client().getService('dateTimeService')
    equal(await service.getStatus(), 'Started')
    equal(await service.getRequestSchema(), '{}')
    deepEqual(JSON.parse(await service.getResponseSchema()), {
      title: 'Reference Schema',
      properties: { time: { type: 'string' }, date: { type: 'string' } },
      required: ['date', 'time'],
      type: 'object',
    })
  })

  it('finds no service that is not there', async () => {
    await rejects(client().getService('nope'), /Unable to get service \(404\)/)
  })
})

// -- internals

interface Client {
  readonly getServices: () => Promise<ReadonlyArray<string>>
  readonly getService: (name: string) => Promise<{
    readonly getStatus: () => Promise<string>
    readonly getRequestSchema: () => Promise<string>
    readonly getResponseSchema: () => Promise<string>
  }>
}

const require = createRequire(import.meta.url)
const ZosConnect = require('zosconnect-node') as new (options: {
  readonly uri: string
  readonly auth: { readonly user: string; readonly pass: string }
}) => Client

const client = (): Client =>
  new ZosConnect({
    uri: host.url,
    auth: { user: CALLERS.zosAdmin.id, pass: CALLERS.zosAdmin.secret },
  })
