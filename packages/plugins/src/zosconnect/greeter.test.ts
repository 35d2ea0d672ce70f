import { memoryStore } from '@signalbox/stores/memory'
import { expect, it } from 'vitest'
import { manifest, sar } from './__fixtures__/archive.ts'
import { createBench } from './__fixtures__/bench.ts'
import { greeter } from './__fixtures__/greeter.ts'

const S = '/zosConnect/services'

it('serves a service by a provider of one’s own', async () => {
  const { send, log } = await createBench(memoryStore)({ factories: [greeter] })
  const bare = await send(`POST ${S}`, { body: sar(manifest('hello', 'greeter')) })
  expect([bare.status, bare.body]).toMatchObject([
    400,
    { errorDetails: 'greeting: a property is required' },
  ])
  const body = sar(manifest('hello', 'greeter', { greeting: 'Good morning' }))
  expect((await send(`POST ${S}`, { body })).body).toMatchObject({
    zosConnect: { serviceProvider: 'Greeter', serviceStatus: 'Started' },
    hello: { greeting: 'Good morning' },
  })
  expect(log).toContainEqual(expect.objectContaining({ line: 'hello greets with Good morning' }))
  const headers = { 'content-type': 'application/json' }
  const greet = (payload: string) => send(`PUT ${S}/hello`, { body: payload, headers })
  expect((await greet('{"name":"Ann"}')).text).toBe('{"text":"Good morning, Ann!"}')
  const nobody = await greet('{}')
  expect([nobody.status, nobody.text]).toEqual([422, '{"errorMessage":"Whom shall I greet?"}'])
  expect((await send(`PUT ${S}/hello?status=stopped`)).status).toBe(200)
  expect((await greet('{"name":"Ann"}')).status).toBe(503)
  expect((await send(`GET ${S}/hello?action=getStatistics`)).body).toMatchObject({
    hello: { InvokeRequestCount: '2', ServiceStatistics: { greeted: 1 } },
  })
})
