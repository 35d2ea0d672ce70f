import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Connection } from '@signalbox/host'
import { afterEach, describe, expect, it } from 'vitest'
import { listen } from './listener.ts'
import type { Listener } from './listener.ts'

let listener: Listener | undefined

afterEach(() => listener?.destroy())

type Fetch = Parameters<typeof listen>[0]['fetch']

const errors: unknown[] = []

const start = async (
  fetch: Fetch,
  options: Partial<Parameters<typeof listen>[0]> = {},
): Promise<Listener> => {
  errors.length = 0
  listener = await listen({
    host: '127.0.0.1',
    port: 0,
    fetch,
    onError: (error) => errors.push(error),
    ...options,
  })
  return listener
}

/** Sends bytes as they are and reads until the server closes. */
const exchange = async ({ port }: Listener, lines: ReadonlyArray<string>): Promise<string> => {
  const socket = connect(port, '127.0.0.1')
  socket.write([...lines, 'Connection: close', '', ''].join('\r\n'))
  return text(socket)
}

const echo: Fetch = (request, connection) =>
  Promise.resolve(
    Response.json({ url: request.url, host: request.headers.get('host'), connection }),
  )

describe('listen', () => {
  it('hands over the peer, and that the connection is not encrypted', async () => {
    const { port } = await start(echo)
    const reply = await fetch(`http://127.0.0.1:${port}/a%2Fb?c=d`)
    expect(await reply.json()).toEqual({
      url: `http://127.0.0.1:${port}/a%2Fb?c=d`,
      host: `127.0.0.1:${port}`,
      connection: { remote: '127.0.0.1', secure: false } satisfies Connection,
    })
  })

  it('speaks TLS, and says so', async () => {
    const pem = (name: string): string =>
      readFileSync(new URL(`__fixtures__/localhost.${name}.pem`, import.meta.url), 'utf8')
    const { port } = await start(echo, { tls: { key: pem('key'), cert: pem('cert') } })
    const body = await new Promise<string>((resolve, reject) =>
      request({ host: '127.0.0.1', port, ca: pem('cert'), agent: false }, (reply) =>
        resolve(text(reply)),
      )
        .on('error', reject)
        .end(),
    )
    expect(JSON.parse(body)).toMatchObject({
      url: `https://127.0.0.1:${port}/`,
      connection: { secure: true },
    })
  })

  it.each(['bad host', 'a/b', 'a@b', '[::1', 'a:99999', '[zz]'])(
    'leaves a Host of %j for the plugin to refuse',
    async (host) => {
      const answer = await exchange(await start(echo), ['GET /x HTTP/1.1', `Host: ${host}`])
      expect(answer).toMatch(/^HTTP\/1\.1 200 /)
      expect(answer).toContain(JSON.stringify(host))
      expect(answer).toContain('"url":"http://host.invalid/x"')
    },
  )

  it.each(['[::1]:80', 'EXAMPLE.net', 'a_b.example:8080'])('keeps a Host of %j', async (host) => {
    const answer = await exchange(await start(echo), ['GET /x HTTP/1.1', `Host: ${host}`])
    expect(answer.toLowerCase()).toContain(`"host":"${host.toLowerCase()}"`)
    expect(answer).not.toContain('host.invalid')
  })

  it('leaves a backslash in the path for the plugin to refuse', async () => {
    const answer = await exchange(await start(echo), ['GET /a\\b HTTP/1.1', 'Host: x'])
    expect(answer).toContain('"url":"http://x/a%5Cb"')
  })

  it('takes a head of nearly 64 KiB, and refuses a larger one', async () => {
    const server = await start(echo)
    const head = (bytes: number): ReadonlyArray<string> => [
      'GET /x HTTP/1.1',
      'Host: x',
      `X-Long: ${'x'.repeat(bytes)}`,
    ]
    expect(await exchange(server, head(60 * 1024))).toMatch(/^HTTP\/1\.1 200 /)
    expect(await exchange(server, head(70 * 1024))).toMatch(/^HTTP\/1\.1 431 /)
  })

  it('answers what it cannot hand over with a problem', async () => {
    const answer = await exchange(await start(echo), ['GET nonsense HTTP/1.1', 'Host: x'])
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('answers 500 and says why to its owner when the host rejects', async () => {
    const server = await start(() => Promise.reject(new Error('boom')))
    const answer = await exchange(server, ['GET /x HTTP/1.1', 'Host: x'])
    expect(answer).toMatch(/^HTTP\/1\.1 500 [^]*"title":"Internal Server Error"/)
    expect(answer).not.toContain('boom')
    expect(errors).toEqual([new Error('boom')])
  })

  it('rejects when the port is taken', async () => {
    const { port } = await start(echo)
    const again = listen({ host: '127.0.0.1', port, fetch: echo, onError: () => {} })
    await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('closes once the request under way is answered, and its connection with it', async () => {
    let answer: ((response: Response) => void) | undefined
    const server = await start(
      () =>
        new Promise((resolve) => {
          answer = resolve
        }),
    )
    const asked = fetch(`http://127.0.0.1:${server.port}/`)
    await expect.poll(() => answer).toBeDefined()
    let closed = false
    const closing = server.close().then(() => {
      closed = true
    })
    await expect(fetch(`http://127.0.0.1:${server.port}/`)).rejects.toThrow()
    expect(closed).toBe(false)
    answer?.(new Response('late'))
    const reply = await asked
    expect(reply.headers.get('connection')).toBe('close')
    expect(await reply.text()).toBe('late')
    await closing
  })
})
