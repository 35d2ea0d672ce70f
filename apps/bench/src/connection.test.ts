import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { connect, statusOf } from './connection.ts'

test('A reply is whole when its head and the declared length are here.', () => {
  const reply = 'HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello'
  expect(statusOf(reply)).toBe(404)
  for (let length = 0; length < reply.length; length += 1)
    expect(statusOf(reply.slice(0, length))).toBeUndefined()
})

test('A reply in chunks is whole with its last chunk.', () => {
  const reply = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'
  expect(statusOf(reply)).toBe(200)
  expect(statusOf(reply.slice(0, -5))).toBeUndefined()
})

test('One connection carries many requests, and fails those that are never answered.', async () => {
  let connections = 0
  const server = createServer((request, response) => {
    if (request.url === '/never') request.socket.destroy()
    else response.writeHead(request.url === '/made' ? 201 : 400).end('answer')
  })
  server.on('connection', () => {
    connections += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { send, close } = await connect((server.address() as AddressInfo).port)
  onTestFinished(close)
  const get = (path: string): Promise<number> =>
    send(Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`))
  expect(await get('/made')).toBe(201)
  expect(await get('/other')).toBe(400)
  expect(await get('/made')).toBe(201)
  expect(connections).toBe(1)
  await expect(get('/never')).rejects.toThrow('closed')
})
