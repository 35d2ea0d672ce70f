import { describe, expect, it } from 'vitest'
import {
  ApiDetails,
  ApiList,
  ApiRequesterDetails,
  ApiRequesterList,
  ServiceDetails,
  ServiceList,
  ServiceStatus,
} from './codecs.ts'
import type { ApiContext, ApiRequesterContext, ServiceContext } from './codecs.ts'
import {
  maskSecrets,
  renderApi,
  renderApiList,
  renderApiRequester,
  renderApiRequesterList,
  renderDetails,
  renderList,
  renderStatus,
} from './render.ts'

const rest = {
  desired: 'started',
  candidate: null,
  after: null,
  problem: null,
  status: 'started',
} as const
const archive = { id: 'a', sha256: 'b' }

const service = (patch: Partial<ServiceContext['definition']> = {}): ServiceContext => ({
  kind: 'service',
  definition: {
    kind: 'service',
    name: 'placeOrder',
    description: 'Place order service',
    version: '1.0',
    archive,
    provider: 'CICS-1.0',
    properties: [],
    objects: [],
    requestSchema: null,
    responseSchema: null,
    ...patch,
  },
  ...rest,
})

const api: ApiContext = {
  kind: 'api',
  definition: {
    kind: 'api',
    name: 'catalog',
    description: '…',
    version: '1.0.0',
    archive,
    basePath: '/catalogManager',
    services: ['placeOrder', 'My/v1'],
    swagger: null,
  },
  ...rest,
}

const requester: ApiRequesterContext = {
  kind: 'apiRequester',
  definition: {
    kind: 'apiRequester',
    name: 'catalog_1.0.0',
    description: '…',
    version: '1.0.0',
    archive,
    basePath: null,
    connectionRef: 'conn',
  },
  ...rest,
}

const origin = 'http://h:9080'

describe('a service', () => {
  // The bytes of sections 4.1 and 4.2.
  it('is listed as the contract has it', () => {
    const list = renderList([{ context: service() }], { origin })
    expect(JSON.stringify(list)).toBe(
      '{"zosConnectServices":[{"ServiceName":"placeOrder","ServiceDescription":"Place order service",' +
        '"ServiceProvider":"CICS-1.0","ServiceURL":"http://h:9080/zosConnect/services/placeOrder"}]}',
    )
    expect(ServiceList.is(list)).toBe(true)
    expect(JSON.stringify(renderList([], { origin }))).toBe('{"zosConnectServices":[]}')
  })

  it('has details as the contract has them', () => {
    const details = renderDetails(service(), { origin, data: { program: 'DFH0XCMN' } })
    expect(JSON.stringify(details)).toBe(
      '{"zosConnect":{"serviceName":"placeOrder","serviceDescription":"Place order service","serviceProvider":"CICS-1.0",' +
        '"version":"1.0","serviceURL":"http://h:9080/zosConnect/services/placeOrder",' +
        '"serviceInvokeURL":"http://h:9080/zosConnect/services/placeOrder?action=invoke",' +
        '"dataXformProvider":"DATA_UNAVAILABLE","serviceStatus":"Started"},' +
        '"placeOrder":{"program":"DFH0XCMN"}}',
    )
    expect(ServiceDetails.is(details)).toBe(true)
  })

  it('has a status that is the first member alone', () => {
    const details = renderDetails(service(), { origin })
    const status = renderStatus(service(), { origin })
    expect(status).toEqual({ zosConnect: details.zosConnect })
    expect(ServiceStatus.is(status)).toBe(true)
    expect(details['placeOrder']).toEqual({})
  })

  it('is sorted by name, each with what its provider calls itself', () => {
    const { zosConnectServices } = renderList(
      [
        { context: service({ name: 'b' }), providerName: 'B' },
        { context: service({ name: 'a' }) },
        { context: service({ name: 'C' }) },
      ],
      { origin },
    )
    expect(
      zosConnectServices.map(({ ServiceName, ServiceProvider }) => [ServiceName, ServiceProvider]),
    ).toEqual([
      ['C', 'CICS-1.0'],
      ['a', 'CICS-1.0'],
      ['b', 'B'],
    ])
  })

  it('leaves out a version it does not have, and encodes its name as one segment', () => {
    const { zosConnect } = renderDetails(service({ name: 'My/v1', version: null }), { origin })
    expect(Object.keys(zosConnect)).not.toContain('version')
    expect(zosConnect.serviceURL).toBe('http://h:9080/zosConnect/services/My%2Fv1')
    expect(zosConnect.serviceInvokeURL).toBe(
      'http://h:9080/zosConnect/services/My%2Fv1?action=invoke',
    )
  })

  it('shows what the provider says, and the word that the settings want for unknown', () => {
    const shown = (more: object) => renderStatus(service(), { origin, ...more }).zosConnect
    expect(shown({ status: 'stopped' }).serviceStatus).toBe('Stopped')
    expect(shown({ status: 'unknown' }).serviceStatus).toBe('Unknown')
    expect(shown({ status: 'unknown', unknownStatus: 'Stopped' }).serviceStatus).toBe('Stopped')
    expect(shown({ unknownStatus: 'Stopped' }).serviceStatus).toBe('Started')
    expect(shown({ dataXform: 'json', providerName: 'P' })).toMatchObject({
      dataXformProvider: 'json',
      serviceProvider: 'P',
    })
  })
})

it('masks what is named like a password, a secret or a token, and nothing else', () => {
  const data = {
    user: 'u',
    Password: 'p',
    clientSecret: { a: 1 },
    ACCESS_TOKEN: 't',
    nested: { list: [{ 'db-password': 'x', port: 1 }, null] },
  }
  expect(maskSecrets(data)).toEqual({
    user: 'u',
    Password: '***',
    clientSecret: '***',
    ACCESS_TOKEN: '***',
    nested: { list: [{ 'db-password': '***', port: 1 }, null] },
  })
  expect(renderDetails(service(), { origin, data })['placeOrder']).toEqual(maskSecrets(data))
})

it('renders APIs as the contract has them', () => {
  const details = renderApi(api, { origin })
  expect(JSON.stringify(details)).toBe(
    '{"name":"catalog","version":"1.0.0","description":"…","status":"Started","apiUrl":"http://h:9080/catalogManager",' +
      '"documentation":{"swagger":"http://h:9080/catalogManager/api-docs"},' +
      '"services":[{"name":"placeOrder","uri":"http://h:9080/zosConnect/services/placeOrder"},' +
      '{"name":"My/v1","uri":"http://h:9080/zosConnect/services/My%2Fv1"}]}',
  )
  expect(ApiDetails.is(details)).toBe(true)
  const list = renderApiList([api], { origin })
  expect(JSON.stringify(list)).toBe(
    '{"apis":[{"name":"catalog","version":"1.0.0","description":"…","adminUrl":"http://h:9080/zosConnect/apis/catalog"}]}',
  )
  expect(ApiList.is(list)).toBe(true)
})

it('renders API requesters as the contract has them', () => {
  const details = renderApiRequester(requester, { origin })
  expect(JSON.stringify(details)).toBe(
    '{"name":"catalog_1.0.0","version":"1.0.0","description":"…","status":"Started",' +
      '"apiRequesterUrl":"http://h:9080/zosConnect/apiRequesters/catalog_1.0.0","connection":"conn"}',
  )
  expect(ApiRequesterDetails.is(details)).toBe(true)
  const list = renderApiRequesterList([requester])
  expect(JSON.stringify(list)).toBe(
    '{"apiRequesters":[{"name":"catalog_1.0.0","version":"1.0.0","description":"…","status":"Started","connectionRef":"conn"}]}',
  )
  expect(ApiRequesterList.is(list)).toBe(true)
})
