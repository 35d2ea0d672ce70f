import type { JsonObject } from '@signalbox/core'
import { memoryStore } from '@signalbox/stores/memory'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { describedQueries } from '../__fixtures__/queries.ts'
import { bootWith, CDN } from './__fixtures__/house.ts'
import { ClientQuery, KeyQuery, PagingQuery } from './queries.ts'
import { ApiKey, Client, ErrorBody, LoggedChange, LoggedRequest, User } from './wire.ts'

const boot = bootWith(memoryStore)

const describe = async (settings: object = {}): Promise<any> => {
  const { call } = await boot(settings)
  const { status, json } = await call('GET', '/_signalbox/openapi/gcore.json', {
    authorization: '',
  })
  expect(status).toBe(200)
  return json
}

// Everything in a description, with the name that it stands under.
const members = (value: unknown, name = ''): ReadonlyArray<readonly [string, unknown]> => [
  [name, value],
  ...(typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([own, member]) => members(member, own))
    : []),
]

it('describes every route, each with what it takes and answers', async () => {
  const { openapi, paths, components } = await describe({ legacy: true })
  expect(openapi).toBe('3.1.1')
  const operations = Object.values<JsonObject>(paths).flatMap((path) => Object.values<any>(path))
  expect(operations).toHaveLength(39)
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
  for (const { responses } of operations) {
    expect(Object.keys(responses).some((status) => status.startsWith('2'))).toBe(true)
    expect(responses.default.content['application/json'].schema).toEqual({
      $ref: '#/components/schemas/ErrorBody',
    })
  }
  const service = paths['/iam/clients/{clientId}/services/{serviceId}']
  expect(Object.keys(service)).toEqual(['get', 'put', 'patch'])
  expect(service.put.requestBody.content['application/json'].schema).toEqual({
    $ref: '#/components/schemas/PutService',
  })
  expect(service.get.responses['200'].content['application/json'].schema).toEqual({
    $ref: '#/components/schemas/ClientService',
  })
  const { id, client, options } = components.schemas.ClientService.properties
  const integer = {
    type: 'integer',
    minimum: Number.MIN_SAFE_INTEGER,
    maximum: Number.MAX_SAFE_INTEGER,
  }
  expect([id, client, options.items.properties.id]).toEqual([
    integer,
    integer,
    { anyOf: [integer, { type: 'null' }] },
  ])
  expect(service.get.parameters).toMatchObject([
    { name: 'clientId', in: 'path', required: true, schema: { type: 'integer' } },
    { name: 'serviceId', in: 'path', required: true, schema: { type: 'integer' } },
  ])
  expect(paths['/iam/auth/jwt/login'].post.security).toEqual([])
  expect(Object.keys(components.securitySchemes)).toEqual(['apiKey', 'session'])
})

it('refers to nothing that is not there, and leaves no parameter out', async () => {
  const description = await describe()
  for (const [name, value] of members(description))
    if (name === '$ref')
      expect(description.components.schemas).toHaveProperty(String(value).split('/').at(-1) ?? '')
  for (const [path, operations] of Object.entries<JsonObject>(description.paths)) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    for (const { parameters = [] } of Object.values<any>(operations))
      expect(
        parameters.filter((each: any) => each.in === 'path').map(({ name }: any) => name),
      ).toEqual(named)
    expect(path).not.toMatch(/[:*]/)
  }
})

it('requires a body where an empty one lacks something', async () => {
  const { paths } = await describe()
  const { put, patch } = paths['/iam/clients/{clientId}/services/{serviceId}']
  expect([put.requestBody.required, patch.requestBody.required]).toEqual([true, false])
})

it('is told apart from descriptions that are not there', async () => {
  const { call } = await boot()
  expect((await call('GET', '/_signalbox/openapi/nobody.json')).status).toBe(404)
  expect((await call('GET', '/_signalbox/openapi/gcore')).status).toBe(404)
})

it('says of answers what they are', async () => {
  const { call, get } = await boot()
  await call('PUT', '/iam/clients/3990/services/101', { body: '{"status":"trial"}' })
  const key = await call('POST', '/iam/v2/clients/7/tokens', {
    body: '{"name":"k","exp_date":null,"client_user":{"role":{"id":1}}}',
  })
  const answers = [
    [Client, (await get('/iam/clients/me')).json],
    [Client, (await get('/iam/clients/3989')).json],
    [User, (await get('/iam/users')).json[0]],
    [ApiKey, (await get(`/iam/v2/clients/7/tokens/${key.json.id}`)).json],
    [LoggedRequest, (await get('/iam/activity_log/requests')).json.results[0]],
    [LoggedChange, (await get('/iam/activity_log/account_status_changes')).json.results[0]],
    [ErrorBody, (await call('PUT', CDN, { body: '{}' })).json],
    [ErrorBody, (await call('PUT', CDN, { body: '{bad' })).json],
  ] as const
  // To the letter: a strict codec drops what it does not name.
  for (const [codec, answer] of answers) expect(codec.decode(answer)).toEqual(E.right(answer))
})

it.each([
  ['/iam/clients', ClientQuery],
  ['/iam/users', PagingQuery],
  ['/iam/activity_log/requests', PagingQuery],
  ['/iam/v2/clients/7/tokens', KeyQuery],
] as const)('refuses nothing at %s that a query is described to take', async (path, codec) => {
  const { get } = await boot()
  const queries = describedQueries(codec, 300)
  for (const query of queries)
    expect((await get(`${path}?${query}`)).status, String(query)).toBe(200)
  expect(queries.length).toBeGreaterThan(30)
})
