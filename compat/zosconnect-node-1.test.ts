import { deepEqual, equal, rejects } from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, describe, it } from 'node:test'
import { aar } from './archives.ts'
import { CALLERS } from './configuration.ts'
import { startHost } from './host.ts'
import type { FreshHost } from './host.ts'

let host: FreshHost
before(async () => {
  host = await startHost()
})
after(() => host?.stop())

const SWAGGER = {
  swagger: '2.0',
  info: { title: 'catalog', version: '1.0.0' },
}

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

  it('invokes a service, and is told what it answers', async () => {
    const echo = await client().getService('echo')
    const { statusCode, body } = await echo.invoke({ order: { item: 10, text: 'Grüße' } })
    deepEqual([statusCode, body], [200, { order: { item: 10, text: 'Grüße' } }])
    const time = await (await client().getService('dateTimeService')).invoke({})
    deepEqual(Object.keys(time.body).toSorted(), ['config', 'date', 'time'])
  })

  it('finds no service that is not there', async () => {
    await rejects(client().getService('nope'), /Unable to get service \(404\)/)
  })
})

describe('zosconnect-node 1.0.4, APIs', () => {
  it('creates one, lists it and finds it', async () => {
    await client().createApi(aar({ name: 'catalog' }))
    deepEqual(await client().getApis(), ['catalog'])
    await rejects(client().createApi(aar({ name: 'catalog' })), /Unable to create API \(409\)/)
    await rejects(client().getApi('nope'), /Unable to get API information \(404\)/)
  })

  it('reads its documentation', async () => {
    const api = await client().getApi('catalog')
    const { swagger, info, basePath, host: named } = JSON.parse(await api.getApiDoc('swagger'))
    deepEqual({ swagger, info }, SWAGGER)
    deepEqual([basePath, named], ['/catalogManager', new URL(host.url).host])
  })

  it('stops and starts it; what it would do is not done here', async () => {
    const api = await client().getApi('catalog')
    await api.stop()
    equal((await api.invoke('orders', 'POST', {})).statusCode, 503)
    await api.start()
    equal((await api.invoke('orders', 'POST', {})).statusCode, 501)
  })

  it('updates it, and deletes it once it is stopped', async () => {
    const api = await client().getApi('catalog')
    await api.update(aar({ name: 'catalog', version: '2.0.0' }))
    const { info } = JSON.parse(await api.getApiDoc('swagger'))
    equal(info.version, '2.0.0')
    await rejects(api.delete(), (reason) => reason === 'Unable to delete API (409)')
    await api.stop()
    await api.delete()
    deepEqual(await client().getApis(), [])
  })
})

// -- internals

interface Api {
  readonly getApiDoc: (type: string) => Promise<string>
  readonly invoke: (resource: string, method: string, content: unknown) => Promise<Response>
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
  readonly update: (archive: Buffer) => Promise<void>
  readonly delete: () => Promise<void>
}

interface Response {
  readonly statusCode: number
  readonly body: object
}

interface Client {
  readonly getApis: () => Promise<ReadonlyArray<string>>
  readonly getApi: (name: string) => Promise<Api>
  readonly createApi: (archive: Buffer) => Promise<Api>
  readonly getServices: () => Promise<ReadonlyArray<string>>
  readonly getService: (name: string) => Promise<{
    readonly invoke: (content: unknown) => Promise<Response>
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
