import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { exchange } from './connection.ts'
import { lapsOf } from './peers/peer.ts'
import { requestOf, serviceCall, statusLaps } from './request.ts'

test('A request is one that a server understands, body and all.', async () => {
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request
    response.end(JSON.stringify([method, url, headers['x-auth-token'], await text(request)]))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const heard = async (request: string): Promise<unknown> => {
    const reply = await exchange(port, Buffer.from(request))
    const [, body = ''] = Buffer.from(reply, 'latin1').toString().split('\r\n\r\n')
    return JSON.parse(body)
  }
  expect(await heard(requestOf('PATCH', '/a', { body: { b: 'ü' } }))).toEqual([
    'PATCH',
    '/a',
    null,
    '{"b":"ü"}',
  ])
  expect(await heard(serviceCall(1))).toEqual([
    'GET',
    '/v1.0/110011/services/00000000-0000-4000-8000-000000000001',
    'bench-operator-token',
    '',
  ])
})

test('Laps ask every service for one status, and then for the other.', () => {
  expect(lapsOf(2, (service, status) => `${service} ${status}`)).toEqual([
    ['0 failed', '1 failed'],
    ['0 deployed', '1 deployed'],
  ])
  expect(statusLaps(3).map((lap) => new Set(lap).size)).toEqual([3, 3])
})
