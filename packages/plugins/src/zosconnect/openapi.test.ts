import { memoryStore } from '@signalbox/stores/memory'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, it } from 'vitest'
import { aar, manifest, packageXml, sar } from './__fixtures__/archive.ts'
import { basic, createBench, principal } from './__fixtures__/bench.ts'
import type { Bench } from './__fixtures__/bench.ts'

const bench = createBench(memoryStore)

const describe = async ({ send }: Bench): Promise<any> =>
  (await send('GET /_signalbox/openapi/zosconnect.json')).body

const S = '/zosConnect/services'
const P = `${S}/placeOrder`
const JSON_TYPE = { 'content-type': 'application/json' }

it('tells every answer', async () => {
  const made = await bench({ settings: { simulated: true } })
  const { paths, ...rest } = await describe(made)
  const ajv = new Ajv2020({ strict: false }).addSchema({ $id: 'api', paths, ...rest })
  const asked = new Set<string>()
  const echo = sar(manifest('echo', 'signalbox.simulated'))
  const rows: ReadonlyArray<readonly [string, number, (Uint8Array | string)?]> = [
    [`GET ${S}`, 200],
    [`POST ${S}`, 201, sar()],
    [`POST ${S}`, 409, sar()],
    [`POST ${S}`, 400],
    [`POST ${S}?status=paused`, 400, sar()],
    [`POST ${S}?status=stopped`, 503, sar(manifest('a', 'Nope-1.0'))],
    [`POST ${S}/echo?status=started`, 201, echo],
    [`GET ${S}`, 200],
    [`GET ${P}`, 200],
    [`GET ${P}?action=status`, 200],
    [`GET ${P}?action=getRequestSchema`, 200],
    [`GET ${P}?action=getStatistics`, 200],
    [`GET ${P}?action=start`, 405],
    [`GET ${S}/nope`, 404],
    [`GET ${P}/schema/request`, 200],
    [`GET ${P}/schema/response`, 200],
    [`GET ${S}/nope/schema/request`, 404],
    [`PUT ${S}/echo?action=invoke`, 200, '{"a":1}'],
    [`PUT ${P}?action=invoke`, 503, '{"a":1}'],
    [`PUT ${P}?action=invoke`, 400, '[]'],
    [`PUT ${P}`, 409, sar()],
    [`DELETE ${P}`, 409],
    [`POST ${P}?action=stop`, 200],
    [`PUT ${P}?status=stopped`, 200],
    [`PUT ${P}?status=stopped`, 200, sar()],
    [`PUT ${P}`, 400],
    [`PUT ${P}`, 415, 'text'],
    [`DELETE ${P}`, 200],
    [`DELETE ${P}`, 404],
    ['GET /zosConnect/operations/getStatistics', 200],
    ['GET /zosConnect/api-docs', 200],
    ['GET /zosConnect/apis', 200],
    ['POST /zosConnect/apis', 201, aar()],
    ['POST /zosConnect/apis', 409, aar()],
    ['GET /zosConnect/apis', 200],
    ['GET /zosConnect/apis/catalog', 200],
    ['GET /catalogManager/api-docs', 200],
    ['PUT /zosConnect/apis/catalog?status=stopped', 200],
    ['PUT /zosConnect/apis/catalog', 200, aar()],
    ['DELETE /zosConnect/apis/catalog', 409],
    ['PUT /zosConnect/apis/catalog?status=stopped', 200],
    ['DELETE /zosConnect/apis/catalog', 200],
    ['GET /zosConnect/apis/catalog', 404],
    ['POST /zosConnect/apiRequesters', 201, aar(packageXml({ requester: true }), {})],
    ['GET /zosConnect/apiRequesters', 200],
    ['GET /zosConnect/apiRequesters/catalog', 200],
    ['PUT /zosConnect/apiRequesters/catalog?status=stopped', 200],
    ['DELETE /zosConnect/apiRequesters/catalog', 200],
    ['DELETE /zosConnect/apiRequesters/catalog', 404],
  ]
  for (const [call, status, body] of rows) {
    const headers = typeof body === 'string' && body !== 'text' ? JSON_TYPE : {}
    const answer = await made.send(call, { headers, ...(body !== undefined && { body }) })
    const about = `${call}: ${answer.text}`
    expect(answer.status, about).toBe(status)
    const [method = '', target = ''] = call.toLowerCase().split(' ')
    const path = pathOf(Object.keys(paths), call.split(' ')[1] ?? target)
    const { operationId, responses } = paths[path][method]
    expect(Object.keys(responses), about).toContain(String(status))
    const pointer = `#/paths/${escaped(path)}/${method}/responses/${status}/content/application~1json/schema`
    expect(ajv.validate({ $ref: `api${pointer}` }, answer.body), about).toBe(true)
    asked.add(operationId)
  }
  const all = Object.values<any>(paths).flatMap((each) =>
    Object.values<any>(each).map(({ operationId }) => operationId),
  )
  expect(all.filter((id) => !asked.has(id))).toEqual([])
})

it('says by which credentials callers are known, if by any', async () => {
  const open = await describe(await bench())
  expect([open.security, open.components.securitySchemes]).toEqual([[], {}])
  const closed = await bench({
    settings: { requireAuth: true },
    principals: [principal('ann', [])],
  })
  const { security, components, paths } = await describe(closed)
  expect(security).toEqual([{ basic: [] }])
  expect(components.securitySchemes).toEqual({ basic: { type: 'http', scheme: 'basic' } })
  const refused = paths[S].get.responses['401'].content['application/json'].example
  expect((await closed.send(`GET ${S}`)).body).toEqual(refused)
  expect((await closed.send(`GET ${S}`, { headers: basic('ann') })).status).toBe(200)
})

it('leaves out what is not served', async () => {
  const { paths } = await describe(await bench({ settings: { apiRequesters: { enabled: false } } }))
  expect(Object.keys(paths).filter((path) => path.includes('apiRequesters'))).toEqual([])
})

it('names what an update takes', async () => {
  const { paths } = await describe(await bench())
  const { parameters, requestBody } = paths[`${S}/{name}`].put
  expect(parameters).toMatchObject([
    { name: 'name', in: 'path', required: true },
    { name: 'status', in: 'query', required: false, schema: { enum: ['started', 'stopped'] } },
    { name: 'action', in: 'query', required: false },
  ])
  expect(requestBody).toMatchObject({
    required: false,
    content: { 'application/zip': { schema: { format: 'binary' } }, 'application/json': {} },
  })
  expect(paths[S].post.requestBody.required).toBe(true)
})

// -- internals

const pathOf = (paths: ReadonlyArray<string>, target: string): string => {
  const parts = (target.split('?')[0] ?? '').split('/')
  const fitting = paths.filter((path) => {
    const wanted = path.split('/')
    return (
      wanted.length === parts.length &&
      wanted.every((part, at) => part.startsWith('{') || part === parts[at])
    )
  })
  return fitting.find((path) => !path.includes('{')) ?? fitting[0] ?? ''
}

const escaped = (path: string): string =>
  encodeURIComponent(path.replaceAll('~', '~0').replaceAll('/', '~1'))
