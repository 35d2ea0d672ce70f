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

const sendHalf = (socket: Socket): void => {
  socket.write(
    [
      'POST /v1.0/110011/admin/services/status HTTP/1.1',
      'Host: localhost',
      `X-Auth-Token: ${DEMO_SECRETS.poppyOperator}`,
      `Content-Length: ${BODY.length}`,
      '',
      BODY.slice(0, 20),
    ].join('\r\n'),
  )
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe('on SIGTERM', () => {
  it('answers the request under way, takes no other, keeps what it acknowledged and exits with 0', async () => {
    const [busy, idle] = [await open(), await open()]
    sendHalf(busy)
    idle.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await pause(200)
    server.kill('SIGTERM')
    await server.logged('stopping')
    await pause(100)

    // It ends when the server lets go of the connection, and not before.
    expect(await text(idle)).toMatch(/alive\n$/)
    await expect(open()).rejects.toThrow('ECONNREFUSED')

    await pause(1500)
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
    sendHalf(busy)
    await pause(200)
    const asked = Date.now()
    server.kill('SIGTERM')
    expect(await server.ended).toMatchObject({ code: 0, stderr: '' })
    expect(Date.now() - asked).toBeGreaterThan(300)
    expect(Date.now() - asked).toBeLessThan(5000)
    expect(await text(busy)).toBe('')
  })

  it('exits at once on a second signal', async () => {
    const busy = await open()
    busy.on('error', () => {})
    sendHalf(busy)
    await pause(200)
    server.kill('SIGINT')
    await server.logged('stopping')
    server.kill('SIGINT')
    await pause(400)
    expect(busy.readableEnded, 'a signal that comes twice at once is one').toBe(false)
    const asked = Date.now()
    server.kill('SIGINT')
    expect(await server.ended).toMatchObject({ code: 130 })
    expect(Date.now() - asked).toBeLessThan(2000)
  })
})
