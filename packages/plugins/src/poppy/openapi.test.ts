import { operationsOf } from '@signalbox/host'
import type { AnyPlugin, Mounted, Operation } from '@signalbox/host'
import { memoryStore } from '@signalbox/stores/memory'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { describedQueries } from '../__fixtures__/queries.ts'
import { openBench } from './__fixtures__/bench.ts'
import type { Bench } from './__fixtures__/bench.ts'
import { poppyContract } from './contract.ts'
import { EXAMPLES } from './examples.ts'
import { locate } from './locate.ts'
import { CertificateStatusQuery, pageQuery, ProviderUrlQuery, StatusQuery } from './parameters.ts'
import { complete } from './settings.ts'

// A bench whose every answer is held to what the description says of it.
const openHeld = async (held: Set<string>): Promise<Bench> => {
  let mounted: Mounted | undefined
  const bench = await openBench(memoryStore(), {}, (plugin): AnyPlugin => ({
    ...plugin,
    setup: async (tools) => (mounted = await plugin.setup(tools)),
  }))
  const operations = operationsOf(mounted?.routes ?? [], mounted?.description ?? {})
  return {
    ...bench,
    send: async (caller, line, body, headers) => {
      const answer = await bench.send(caller, line, body, headers)
      const operation = operationOf(operations, line)
      if (operation === undefined) return answer
      const about = `${line}: ${answer.status} ${answer.text}`
      const codec = operation.responses?.[answer.status]
      expect(codec, about).toBeDefined()
      if (codec === null) expect(answer.text, about).toBe('')
      else {
        const value: unknown = JSON.parse(answer.text)
        // To the letter: a strict codec drops what it does not name.
        expect(codec?.decode(value), about).toEqual(E.right(value))
      }
      const { location } = Object.fromEntries(answer.headers)
      expect(operation.documented?.locations?.[answer.status] !== undefined, about).toBe(
        location !== undefined,
      )
      held.add(operation.name)
      return answer
    },
  }
}

describe('every answer of the contract is one that the description tells', () => {
  const held = new Set<string>()

  it.each(poppyContract().map(({ title, run }) => [title, run] as const))('%s', async (_, run) => {
    await run(await openHeld(held))
  })

  it('and so is what the contract does not ask', async () => {
    const bench = await openHeld(held)
    const body = {
      name: 'shop',
      domains: [
        { domain: 'www.shop-a.com', protocol: 'https', certificate: 'san' },
        { domain: 'shop', protocol: 'https', certificate: 'shared' },
      ],
      origins: [
        { origin: 'o.shop-a.com', hostheadertype: 'custom', hostheadervalue: 'a.shop.com' },
      ],
      restrictions: [
        { name: 'r', rules: [{ name: 'here', client_ip: '10.0.0.0/8' }] },
        { name: 's', access: 'blacklist', rules: [{ name: 'there', geography: 'Japan' }] },
      ],
      log_delivery: { enabled: true },
      flavor_id: 'cdn',
    }
    const at = '/v1.0/acme-7'
    expect((await bench.send('ann', `POST ${at}/services`, body)).status).toBe(202)
    await bench.advance(200)
    for (const path of [
      '/services',
      '/flavors',
      '/flavors/cdn',
      '/flavors/zinc',
      '/health',
      '/health/storage/signalbox',
      '/health/storage/none',
      '/admin/certificates?status=deployed',
      '/admin/certificates?status=gone',
      '/ssl_certificate/www.shop-a.com',
    ])
      await bench.send('ops', `GET ${at}${path}`)
    expect([...held].toSorted()).toEqual(Object.keys(EXAMPLES).concat('ping').toSorted())
  })
})

it('is served, with the header or the query that a route reads by itself', async () => {
  const { value } = await (
    await openBench(memoryStore(), { maxServicesPerPage: 7 })
  ).ask('nobody', 'GET /_signalbox/openapi/poppy.json')
  const { paths, components, security } = value as any
  expect(security).toEqual([{ token: [] }])
  expect(components.securitySchemes.token).toEqual({
    type: 'apiKey',
    in: 'header',
    name: 'X-Auth-Token',
  })
  const { get, post } = paths['/v1.0/services']
  expect(get.parameters).toMatchObject([
    {
      name: 'limit',
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 7, default: 7 },
    },
    { name: 'marker', in: 'query', required: false },
    { name: 'X-Project-ID', in: 'header', required: true },
  ])
  expect(post.requestBody.content['application/json'].schema).toEqual({
    $ref: '#/components/schemas/CreateService',
  })
  expect(components.schemas.CreateService).toMatchObject({
    required: ['name', 'domains', 'origins', 'flavor_id'],
    properties: { name: { type: 'string', minLength: 3, maxLength: 256 } },
  })
  expect(Object.keys(post.responses)).toEqual(
    expect.arrayContaining(['202', '400', '401', '403', '406', '413']),
  )
  expect(paths['/v1.0/ping'].get.security).toEqual([])
})

it.each([
  ['/services', pageQuery(complete({}))],
  ['/admin/services', StatusQuery],
  ['/admin/domains', ProviderUrlQuery],
  ['/admin/certificates', CertificateStatusQuery],
] as const)('refuses nothing at %s that a query is described to take', async (path, codec) => {
  const { send } = await openBench(memoryStore())
  const queries = describedQueries(codec, 200)
  for (const query of queries) {
    const { status, text } = await send('ops', `GET /v1.0/acme-7${path}?${query}`)
    expect(status, `${query}: ${text}`).toBe(200)
  }
  expect(queries.length).toBeGreaterThan(30)
})

// -- internals

const operationOf = (operations: ReadonlyArray<Operation>, line: string): Operation | undefined => {
  const [method, target = '/'] = line.split(' ')
  const path = locate(new URL(target, 'http://h').pathname, new Headers())?.path.split('/')
  const matching = operations.filter(
    (operation) =>
      operation.method === method &&
      operation.path.split('/').length === path?.length &&
      operation.path.split('/').every((part, at) => part.startsWith(':') || part === path[at]),
  )
  return matching.find((operation) => !operation.path.includes(':')) ?? matching[0]
}
