import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEMO_SECRETS } from './demo.ts'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'

let cwd = ''
let server: ServerProcess

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  server = await startServer(['--port', '0', '--store', 'sqlite:box.db'], { cwd })
})

afterEach(async () => {
  server.kill('SIGKILL')
  await server.ended
  rmSync(cwd, { recursive: true })
})

const SERVICE = 'e8b44506-71b7-4074-9bc8-1b5037ade112'
const BODY = JSON.stringify({ project_id: '110011', service_id: SERVICE, status: 'failed' })

const open = async (): Promise<Socket> => {
  const socket = connect(server.port, '127.0.0.1')
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  return socket
}

// The server says that it has the head of the request and wants the rest.
const sendHalf = async (socket: Socket): Promise<void> => {
  socket.write(
    [
      'POST /v1.0/110011/admin/services/status HTTP/1.1',
      'Host: localhost',
      `X-Auth-Token: ${DEMO_SECRETS.poppyOperator}`,
      'Expect: 100-continue',
      `Content-Length: ${BODY.length}`,
      '',
      '',
    ].join('\r\n'),
  )
  const [chunk] = (await once(socket, 'data')) as [Buffer]
  expect(chunk.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n')
  socket.write(BODY.slice(0, 20))
}

const refused = async (): Promise<boolean> => {
  const socket = connect(server.port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return false
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'ECONNREFUSED'
  } finally {
    socket.destroy()
  }
}

describe('on SIGTERM', () => {
  it('answers the request under way, takes no other, keeps what it acknowledged and exits with 0', async () => {
    const [busy, idle] = [await open(), await open()]
    await sendHalf(busy)
    idle.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const [alive] = (await once(idle, 'data')) as [Buffer]
    expect(alive.toString()).toMatch(/alive\n$/)
    server.kill('SIGTERM')
    await server.logged('stopping')

    // It ends when the server lets go of the connection, and not before.
    expect(await text(idle)).toBe('')
    await expect.poll(refused).toBe(true)

    busy.write(BODY.slice(20))
    expect(await text(busy)).toMatch(/^HTTP\/1\.1 201 Created\r\n[^]*connection: close\r\n/i)
    expect(await server.ended).toMatchObject({ code: 0, signal: null, stderr: '' })

    server = await startServer(['--port', '0', '--store', 'sqlite:box.db'], { cwd })
    const reply = await fetch(`${server.url}/v1.0/110011/services/${SERVICE}`, {
      headers: { 'x-auth-token': DEMO_SECRETS.poppyTenant },
    })
    expect(await reply.json()).toMatchObject({ status: 'failed' })
  })

  it('gives up on what is still under way when drainMs have passed', async () => {
    server.kill('SIGKILL')
    await server.ended
    const secret = DEMO_SECRETS.poppyOperator
    const principals = [{ id: 'ops', provider: 'poppy', secret, tenants: '*', roles: ['operator'] }]
    writeFileSync(join(cwd, 'signalbox.config.json'), JSON.stringify({ principals, drainMs: 300 }))
    server = await startServer(['--port', '0', '--store', 'memory:'], { cwd })
    const busy = await open()
    await sendHalf(busy)
    server.kill('SIGTERM')
    expect(await server.ended).toMatchObject({ code: 0, stderr: '' })
    expect(await text(busy)).toBe('')
  })

  it('takes a signal that comes twice at once for one', async () => {
    const busy = await open()
    await sendHalf(busy)
    server.kill('SIGINT')
    server.kill('SIGINT')
    await server.logged('stopping')
    busy.write(BODY.slice(20))
    expect(await text(busy)).toMatch(/^HTTP\/1\.1 201 Created\r\n/)
    expect(await server.ended).toMatchObject({ code: 0 })
  })

  it('exits at once on a later signal', async () => {
    const busy = await open()
    busy.on('error', () => {})
    await sendHalf(busy)
    server.kill('SIGINT')
    await server.logged('stopping')
    const again = setInterval(() => server.kill('SIGINT'), 50)
    try {
      expect(await server.ended).toMatchObject({ code: 130 })
    } finally {
      clearInterval(again)
    }
  })
})
