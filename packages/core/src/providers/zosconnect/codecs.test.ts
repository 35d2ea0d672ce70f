import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import type * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import {
  ApiContext,
  ApiDetails,
  ApiList,
  ApiRequesterContext,
  ApiRequesterDetails,
  ApiRequesterList,
  Deleted,
  ErrorBody,
  Manifest,
  Name,
  Problem,
  ServiceContext,
  ServiceDetails,
  ServiceList,
  ServiceStatistics,
  ServiceStatus,
} from './codecs.ts'

const archive = { id: 'a-1', sha256: 'ff' }

const summary = {
  serviceName: 'placeOrder',
  serviceDescription: 'Place order service',
  serviceProvider: 'CICS-1.0',
  version: '1.0',
  serviceURL: 'http://h:9080/zosConnect/services/placeOrder',
  serviceInvokeURL: 'http://h:9080/zosConnect/services/placeOrder?action=invoke',
  dataXformProvider: 'DATA_UNAVAILABLE',
  serviceStatus: 'Started',
}

const rest = {
  desired: 'started',
  candidate: null,
  after: null,
  problem: { operation: 'start', code: 418, message: 'no' },
  status: 'unknown',
}

const service = {
  kind: 'service',
  name: 'placeOrder',
  description: '',
  version: null,
  archive,
  provider: 'CICS-1.0',
  properties: [{ propertyName: '__proto__', value: 'x', type: 'FILE' }],
  objects: [{ a: ['b'] }],
  requestSchema: { type: 'object' },
  responseSchema: null,
}

const samples: ReadonlyArray<readonly [string, t.Mixed, unknown]> = [
  ['the context of a service', ServiceContext, { kind: 'service', definition: service, ...rest }],
  [
    'the context of a service under update',
    ServiceContext,
    {
      kind: 'service',
      definition: service,
      ...rest,
      candidate: service,
      after: 'stopped',
      problem: null,
    },
  ],
  [
    'the context of an API',
    ApiContext,
    {
      kind: 'api',
      definition: {
        kind: 'api',
        name: 'catalog',
        description: '',
        version: '1.0.0',
        archive,
        basePath: '/catalogManager',
        services: ['placeOrder'],
        swagger: null,
      },
      ...rest,
    },
  ],
  [
    'the context of an API requester',
    ApiRequesterContext,
    {
      kind: 'apiRequester',
      definition: {
        kind: 'apiRequester',
        name: 'catalog_1.0.0',
        description: '',
        version: null,
        archive,
        basePath: null,
        connectionRef: 'conn',
      },
      ...rest,
    },
  ],
  ['an empty list', ServiceList, { zosConnectServices: [] }],
  [
    'a list of services',
    ServiceList,
    {
      zosConnectServices: [
        {
          ServiceName: 'placeOrder',
          ServiceDescription: 'Place order service',
          ServiceProvider: 'CICS-1.0',
          ServiceURL: 'http://h:9080/zosConnect/services/placeOrder',
        },
      ],
    },
  ],
  ['the status of a service', ServiceStatus, { zosConnect: summary }],
  [
    'the details of a service',
    ServiceDetails,
    { zosConnect: summary, placeOrder: { program: 'DFH0XCMN' } },
  ],
  [
    'statistics',
    ServiceStatistics,
    {
      placeOrder: {
        ServiceProvider: 'CICS-1.0',
        InvokeRequestCount: '100',
        TimeOfRegistrationWithZosConnect: '2026-11-13 17:28:28:589 GMT',
        ServiceStatistics: {},
      },
    },
  ],
  [
    'a list of APIs',
    ApiList,
    {
      apis: [
        {
          name: 'catalog',
          version: '1.0.0',
          description: '',
          adminUrl: 'http://h/zosConnect/apis/catalog',
        },
        { name: 'other', description: '', adminUrl: 'http://h/zosConnect/apis/other' },
      ],
    },
  ],
  [
    'the details of an API',
    ApiDetails,
    {
      name: 'catalog',
      version: '1.0.0',
      description: '',
      status: 'Started',
      apiUrl: 'http://h/catalogManager',
      documentation: { swagger: 'http://h/catalogManager/api-docs' },
      services: [{ name: 'placeOrder', uri: 'http://h/zosConnect/services/placeOrder' }],
    },
  ],
  [
    'a list of API requesters',
    ApiRequesterList,
    {
      apiRequesters: [
        { name: 'c', version: '1', description: '', status: 'Started', connectionRef: 'conn' },
      ],
    },
  ],
  [
    'the details of an API requester',
    ApiRequesterDetails,
    {
      name: 'c',
      version: '1',
      description: '',
      status: 'Started',
      apiRequesterUrl: 'http://h/zosConnect/apiRequesters/c',
      connection: 'conn',
    },
  ],
  ['a deletion', Deleted, { name: 'placeOrder' }],
  ['an error', ErrorBody, { errorMessage: 'a', errorDetails: 'b' }],
]

it.each(samples)('reads %s back from JSON unchanged', (_, codec, sample) => {
  expect(codec.decode(JSON.parse(JSON.stringify(sample)))).toEqual(E.right(sample))
})

it.each(samples)('refuses %s that lacks a member', (_, codec, sample) => {
  const [first, ...others] = Object.entries(sample as object)
  if (first?.[0] === 'placeOrder') return
  expect(E.isLeft(codec.decode(Object.fromEntries(others)))).toBe(
    codec.name !== 'ServiceStatistics',
  )
})

it('refuses the definition of another kind in a context', () => {
  const other = { ...service, kind: 'api', basePath: '/x', services: [], swagger: null }
  expect(E.isLeft(ServiceContext.decode({ kind: 'service', definition: other, ...rest }))).toBe(
    true,
  )
})

it('takes the code of a problem from the provider or from the host, and no other', () => {
  const problem = { operation: null, code: 'timed-out', message: '' }
  expect(E.isRight(Problem.decode(problem))).toBe(true)
  expect(E.isLeft(Problem.decode({ ...problem, code: 'no-such-code' }))).toBe(true)
  expect(E.isLeft(Problem.decode({ ...problem, code: 4.5 }))).toBe(true)
})

describe('a name', () => {
  it.each([
    'placeOrder',
    'My/v1',
    'catalog_1.0.0',
    'a~b@c$d-e.f',
    '...',
    'a'.repeat(128),
    'constructor',
    'zosConnect/x',
  ])('may be %s', (name) => {
    expect(Name.is(name)).toBe(true)
  })

  it.each([
    '',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    'a/../b',
    'a/.',
    'zosConnect',
    '__proto__',
    'a b',
    'a%2Fb',
    'ä',
    'a\n',
    'a'.repeat(129),
    7,
    null,
  ])('may not be %j', (name) => {
    expect(Name.is(name)).toBe(false)
  })

  it('survives as one encoded segment of a path', () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9._~@$-]{1,8}$/)
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), (segments) => {
        const name = segments.join('/')
        fc.pre(Name.is(name))
        expect(encodeURIComponent(name)).not.toContain('/')
        expect(decodeURIComponent(encodeURIComponent(name))).toBe(name)
      }),
      { seed: 20_261_122 },
    )
  })
})

it('keeps of a manifest what it knows', () => {
  const manifest = { name: 'a', provider: 'p', 'Manifest-Version': '1.0', factoryPid: 'x' }
  expect(Manifest.decode(manifest)).toEqual(
    E.right({ name: 'a', provider: 'p', 'Manifest-Version': '1.0' }),
  )
})
