import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DialRequest } from '@signalbox/host'
import { afterEach, describe, expect, it } from 'vitest'
import { createDial } from './dial.ts'
import type { Resolve } from './dial.ts'

let server: Server | undefined

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

const listen = async (answer: RequestListener): Promise<number> => {
  const made = createServer(answer)
  server = made
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
  return (made.address() as AddressInfo).port
}

const asking = (url: string, more: Partial<DialRequest> = {}): DialRequest => ({
  url: new URL(url),
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{"ä":1}',
  permits: () => true,
  limit: 1000,
  signal: new AbortController().signal,
  ...more,
})

const to =
  (...addresses: ReadonlyArray<string>): Resolve =>
  async () =>
    addresses

describe('the dial', () => {
  it('sends the request under its own name to the address that was checked', async () => {
    const seen: Array<unknown> = []
    const port = await listen((incoming, outgoing) => {
      let text = ''
      incoming.on('data', (chunk: Buffer) => (text += chunk.toString()))
      incoming.on('end', () => {
        seen.push([incoming.method, incoming.url, incoming.headers.host, text])
        outgoing.writeHead(201, {
          'content-type': 'Application/JSON; charset=utf-8',
          'retry-after': '7',
        })
        outgoing.end('{"ok":true}')
      })
    })
    const asked: Array<string> = []
    let resolved = 0
    const dial = createDial(async () => {
      resolved += 1
      // Another look would find another address.
      return resolved === 1 ? ['10.0.0.1', '127.0.0.1'] : ['10.0.0.2']
    })
    const permits = (address: string): boolean => {
      asked.push(address)
      return address === '127.0.0.1'
    }
    const dialled = await dial(asking(`http://api.example:${port}/v1/x?y=1`, { permits }))
    expect(dialled).toEqual({
      _tag: 'Answered',
      status: 201,
      mediaType: 'application/json',
      headers: expect.objectContaining({ 'retry-after': '7' }),
      body: Buffer.from('{"ok":true}'),
    })
    expect(seen).toEqual([['POST', '/v1/x?y=1', `api.example:${port}`, '{"ä":1}']])
    expect([asked, resolved]).toEqual([['10.0.0.1', '127.0.0.1'], 1])
  })

  it('connects to nothing that is not permitted, named or not', async () => {
    let requests = 0
    const port = await listen((_, outgoing) => {
      requests += 1
      outgoing.end('{}')
    })
    const permits = (): boolean => false
    const dial = createDial(to('127.0.0.1'))
    for (const host of ['api.example', '127.0.0.1', '2130706433', '0x7f.1', '[::1]'])
      expect(await dial(asking(`http://${host}:${port}/`, { permits }))).toEqual({
        _tag: 'Refused',
      })
    expect(requests).toBe(0)
  })

  it('follows no redirect', async () => {
    let requests = 0
    const port = await listen((_, outgoing) => {
      requests += 1
      outgoing.writeHead(302, { location: '/elsewhere' })
      outgoing.end()
    })
    const dialled = await createDial()(asking(`http://127.0.0.1:${port}/`))
    expect([dialled, requests]).toEqual([expect.objectContaining({ status: 302 }), 1])
  })

  it('stops reading what is too large, and waiting when it is told to', async () => {
    const port = await listen((incoming, outgoing) => {
      if (incoming.url === '/slow') return
      const more = (): void => {
        if (!outgoing.destroyed) outgoing.write('x'.repeat(1000), () => setTimeout(more, 1))
      }
      more()
    })
    const dial = createDial()
    expect(await dial(asking(`http://127.0.0.1:${port}/endless`))).toEqual({ _tag: 'TooLarge' })
    const controller = new AbortController()
    const waiting = dial(asking(`http://127.0.0.1:${port}/slow`, { signal: controller.signal }))
    controller.abort()
    expect(await waiting).toMatchObject({ _tag: 'Unreachable' })
  })

  it('tells what was cut off after it had been sent from what never was', async () => {
    const port = await listen((incoming) => incoming.socket.destroy())
    expect(await createDial()(asking(`http://127.0.0.1:${port}/`))).toMatchObject({
      _tag: 'Unreachable',
      sent: true,
    })
    server?.close()
    expect(await createDial()(asking(`http://127.0.0.1:${port}/`))).toMatchObject({
      _tag: 'Unreachable',
      sent: false,
    })
  })

  it('says when nobody is there', async () => {
    const port = await listen(() => {})
    server?.close()
    expect(await createDial()(asking(`http://127.0.0.1:${port}/`))).toMatchObject({
      _tag: 'Unreachable',
    })
    expect(await createDial(to())(asking('http://api.example/'))).toMatchObject({
      _tag: 'Unreachable',
    })
    const never = createDial(() => new Promise(() => {}))
    const controller = new AbortController()
    const waiting = never(asking('http://api.example/', { signal: controller.signal }))
    controller.abort()
    expect(await waiting).toMatchObject({ _tag: 'Unreachable' })
  })
})
