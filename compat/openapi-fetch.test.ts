import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import createClient from 'openapi-fetch'
import type { Client } from 'openapi-fetch'
import { CALLERS } from './configuration.ts'
import type { paths } from './generated/gcore.ts'
import { startHost } from './host.ts'
import type { FreshHost } from './host.ts'

const { id, secret, client: clientId } = CALLERS.gcoreReseller
const SERVICES = '/iam/clients/{clientId}/services'
const SERVICE = '/iam/clients/{clientId}/services/{serviceId}'

let host: FreshHost
let client: Client<paths>
before(async () => {
  host = await startHost()
  client = clientWith(secret)
})
after(() => host?.stop())

describe('openapi-fetch 0.17.0, by types that openapi-typescript 7.13.0 made', () => {
  let path: { readonly clientId: number; readonly serviceId: number }

  it('lists the services of a client', async () => {
    const { data = [], response } = await client.GET(SERVICES, { params: { path: { clientId } } })
    equal(response.status, 200)
    deepEqual(
      data.map(({ name, status }) => [name, status]),
      [
        ['CDN', 'active'],
        ['STORAGE', 'new'],
        ['STREAMING', 'new'],
        ['DNS', 'new'],
        ['DDOS', 'new'],
        ['CLOUD', 'new'],
      ],
    )
    path = { clientId, serviceId: data.find(({ name }) => name === 'CDN')?.id ?? 0 }
  })

  it('gets one', async () => {
    const { data } = await client.GET(SERVICE, { params: { path } })
    deepEqual(
      [data?.name, data?.client, data?.status, data?.enabled],
      ['CDN', clientId, 'active', true],
    )
    equal(data?.deleted_date, null)
    ok(
      data?.options.some(
        ({ name, value }) => name === 'CDN_TRIAL_TRAFFIC_LIMIT' && value === '300',
      ),
    )
  })

  it('puts a status, and changes single members', async () => {
    const paused = await client.PUT(SERVICE, { params: { path }, body: { status: 'paused' } })
    deepEqual([paused.data?.status, paused.data?.previous_status], ['paused', 'active'])
    match(paused.data?.deleted_date ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    const disabled = await client.PATCH(SERVICE, { params: { path }, body: { enabled: false } })
    deepEqual([disabled.data?.status, disabled.data?.enabled], ['paused', false])
    equal(disabled.response.headers.get('x-deprecation'), 'true')
    const active = await client.PUT(SERVICE, {
      params: { path },
      body: {
        status: 'active',
        enabled: true,
        options: [{ name: 'CDN_TRIAL_TRAFFIC_LIMIT', value: '500' }],
      },
    })
    deepEqual([active.data?.status, active.data?.deleted_date], ['active', null])
    const { data } = await client.GET(SERVICE, { params: { path } })
    deepEqual(data, active.data)
  })

  it('reads what the server refuses', async () => {
    const system = await client.PUT(SERVICE, { params: { path }, body: { status: 'activating' } })
    equal(system.response.status, 400)
    deepEqual(system.error && 'errors' in system.error && system.error.errors, {
      status: ['Status "activating" is set by the system.'],
    })
    // @ts-expect-error: the types know the statuses.
    const unknown = await client.PUT(SERVICE, { params: { path }, body: { status: 'bogus' } })
    equal(unknown.response.status, 400)
    // @ts-expect-error: the types know that a status has to be put.
    const empty = await client.PUT(SERVICE, { params: { path } })
    equal(empty.response.status, 400)
    const absent = await client.GET(SERVICE, { params: { path: { clientId, serviceId: 1e9 } } })
    deepEqual([absent.response.status, absent.data], [404, undefined])
    const stranger = await clientWith('wrong').GET(SERVICES, { params: { path: { clientId } } })
    deepEqual([stranger.response.status, stranger.data], [401, undefined])
  })
})

// -- internals

const clientWith = (key: string): Client<paths> =>
  createClient<paths>({ baseUrl: host.url, headers: { authorization: `apikey ${id}$${key}` } })
