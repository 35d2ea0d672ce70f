import { deepEqual, equal, rejects } from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ZosConnect } from '@zosconnect/zosconnect-node'
import { sar } from './archives.ts'
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
