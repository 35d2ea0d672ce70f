import { deepEqual, equal, rejects } from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ZosConnect } from '@zosconnect/zosconnect-node'
import { aar, ara, sar } from './archives.ts'
import { CALLERS } from './configuration.ts'
import { startHost } from './host.ts'
import type { FreshHost } from './host.ts'

let host: FreshHost
before(async () => {
  host = await startHost()
})
after(() => host?.stop())

const as = ({ id, secret }: { readonly id: string; readonly secret: string }): ZosConnect =>
  new ZosConnect(host.url, { auth: `${id}:${secret}` })

/** What got, the library below the client, rejects with. */
const answered =
  (statusCode: number) =>
  (thrown: unknown): boolean => {
    equal((thrown as { response?: { statusCode?: number } }).response?.statusCode, statusCode)
    return true
  }

describe('@zosconnect/zosconnect-node 4.1.2, services', () => {
  it('lists what is configured', async () => {
    const services = await as(CALLERS.zosAdmin).getServices()
    deepEqual(
      services.map((service) => [
        service.getName(),
        service.getDescription(),
        service.getServiceProvider(),
      ]),
      [
        [
          'dateTimeService',
          'Get the date and time from the server',
          'zOSConnect Reference Service Provider',
        ],
        ['echo', 'Gives back what it is given', 'signalbox.simulated'],
      ],
    )
  })

  it('creates a service', async () => {
    const client = as(CALLERS.zosAdmin)
    const created = await client.createService(
      sar({ name: 'placeOrder', description: 'Place order service' }),
    )
    deepEqual(
      [created.getName(), created.getDescription(), created.getServiceProvider()],
      ['placeOrder', 'Place order service', 'CICS-1.0'],
    )
    const names = (await client.getServices()).map((service) => service.getName())
    deepEqual(names, ['dateTimeService', 'echo', 'placeOrder'])
    await rejects(client.createService(sar({ name: 'placeOrder' })), answered(409))
  })

  it('asks a wrong address for what it has created: its own fault', async () => {
    const client = as(CALLERS.zosAdmin)
    const created = await client.createService(sar({ name: 'lost' }))
    await rejects(created.stop(), answered(404))
    const found = await client.getService('lost')
    await found.stop()
    await found.delete()
  })

  it('reads the status and the address to invoke', async () => {
    const service = await as(CALLERS.zosAdmin).getService('placeOrder')
    equal(await service.getStatus(), 'Started')
    equal(
      await service.getServiceInvokeUrl(),
      `${host.url}/zosConnect/services/placeOrder?action=invoke`,
    )
  })

  it('says where a service is invoked', async () => {
    const service = await as(CALLERS.zosAdmin).getService('echo')
    const { id, secret } = CALLERS.zosAdmin
    const response = await fetch(await service.getServiceInvokeUrl(), {
      method: 'PUT',
      headers: {
        authorization: `Basic ${btoa(`${id}:${secret}`)}`,
        'content-type': 'application/json',
      },
      body: '{"item":10}',
    })
    deepEqual([response.status, await response.json()], [200, { item: 10 }])
  })

  it('stops and starts it, as often as it likes', async () => {
    const client = as(CALLERS.zosAdmin)
    const service = await client.getService('placeOrder')
    for (const [change, status] of [
      ['stop', 'Stopped'],
      ['stop', 'Stopped'],
      ['start', 'Started'],
      ['start', 'Started'],
    ] as const) {
      await service[change]()
      equal(await service.getStatus(), status)
      equal(await (await client.getService('placeOrder')).getStatus(), status)
    }
  })

  it('updates it, which stops and starts it', async () => {
    const client = as(CALLERS.zosAdmin)
    const service = await client.getService('placeOrder')
    await service.update(sar({ name: 'placeOrder', version: '2.0', description: 'Second' }))
    deepEqual([service.getDescription(), await service.getStatus()], ['Second', 'Started'])
    const again = await client.getService('placeOrder')
    deepEqual([again.getDescription(), await again.getStatus()], ['Second', 'Started'])
    await rejects(service.update(sar({ name: 'other' })), answered(409))
    await service.start()
  })

  it('refuses to delete it while it is started, and deletes it once it is stopped', async () => {
    const client = as(CALLERS.zosAdmin)
    const service = await client.getService('placeOrder')
    await rejects(service.delete(), answered(409))
    await service.stop()
    await service.delete()
    await rejects(client.getService('placeOrder'), answered(404))
  })

  it('finds a service with a slash in its name as it was listed, unencoded', async () => {
    const client = as(CALLERS.zosAdmin)
    await client.createService(sar({ name: 'MyService/v1' }))
    const listed = (await client.getServices()).find(
      (service) => service.getName() === 'MyService/v1',
    )
    equal(await listed?.getStatus(), 'Started')
    await listed?.stop()
    await listed?.delete()
  })

  it('is told what is wrong with its credentials, its archive and its rights', async () => {
    const stranger = as({ id: 'ADMIN', secret: 'wrong' })
    await rejects(stranger.getServices(), answered(401))
    const admin = as(CALLERS.zosAdmin)
    await rejects(admin.createService(Buffer.from('no archive')), answered(400))
    const reader = as(CALLERS.zosReader)
    const service = await reader.getService('dateTimeService')
    equal(await service.getStatus(), 'Started')
    await rejects(service.stop(), answered(403))
  })
})

describe('@zosconnect/zosconnect-node 4.1.2, APIs', () => {
  it('creates one, lists it and finds it', async () => {
    const client = as(CALLERS.zosAdmin)
    const created = await client.createApi(aar({ name: 'catalog', description: 'First' }))
    deepEqual(
      [created.getApiName(), created.getVersion(), created.getDescription()],
      ['catalog', '1.0.0', 'First'],
    )
    const listed = await client.getApis()
    deepEqual(
      listed.map((api) => [api.getApiName(), api.getVersion(), api.getDescription()]),
      [['catalog', '1.0.0', 'First']],
    )
    await rejects(client.createApi(aar({ name: 'catalog' })), answered(409))
    await rejects(client.getApi('nope'), answered(404))
  })

  it('reads its address, its services, its status and its documentation', async () => {
    const api = await as(CALLERS.zosAdmin).getApi('catalog')
    equal(await api.getApiUrl(), `${host.url}/catalogManager`)
    deepEqual(await api.getServices(), ['placeOrder'])
    equal(await api.getStatus(), 'Started')
    const swagger = JSON.parse(await api.getDocumentation('swagger')) as {
      readonly swagger: string
    }
    equal(swagger.swagger, '2.0')
  })

  it('stops, starts, updates and deletes it', async () => {
    const client = as(CALLERS.zosAdmin)
    const api = await client.getApi('catalog')
    for (const [change, status] of [
      ['stop', 'Stopped'],
      ['stop', 'Stopped'],
      ['start', 'Started'],
    ] as const) {
      await api[change]()
      equal(await api.getStatus(), status)
      equal(await (await client.getApi('catalog')).getStatus(), status)
    }
    await api.update(aar({ name: 'catalog', version: '2.0.0', description: 'Second' }))
    deepEqual(
      [api.getVersion(), api.getDescription(), await api.getStatus(), await api.getServices()],
      ['2.0.0', 'Second', 'Started', ['placeOrder']],
    )
    await rejects(api.delete(), answered(409))
    await api.stop()
    await api.delete()
    deepEqual(await client.getApis(), [])
  })
})

describe('@zosconnect/zosconnect-node 4.1.2, API requesters', () => {
  it('creates one, lists it and finds it', async () => {
    const client = as(CALLERS.zosAdmin)
    const created = await client.createApiRequester(ara({ name: 'orders', description: 'First' }))
    const [listed] = await client.getApiRequesters()
    for (const requester of [created, listed, await client.getApiRequester('orders')])
      deepEqual(
        [
          requester?.getName(),
          requester?.getVersion(),
          requester?.getDescription(),
          requester?.getConnection(),
          requester?.getStatus(),
        ],
        ['orders', '1.0.0', 'First', 'conn', 'Started'],
      )
  })

  it('stops, starts, updates and deletes it', async () => {
    const client = as(CALLERS.zosAdmin)
    const requester = await client.getApiRequester('orders')
    await requester.stop()
    equal(requester.getStatus(), 'Stopped')
    await requester.start()
    equal((await client.getApiRequester('orders')).getStatus(), 'Started')
    await requester.update(ara({ name: 'orders', version: '2.0.0' }))
    deepEqual([requester.getVersion(), requester.getStatus()], ['2.0.0', 'Started'])
    await rejects(requester.delete(), answered(409))
    await requester.stop()
    await requester.delete()
    deepEqual(await client.getApiRequesters(), [])
  })
})
