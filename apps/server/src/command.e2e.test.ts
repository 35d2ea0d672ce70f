import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCommand, startServer } from './server-process.ts'
import type { Ended, ServerProcess } from './server-process.ts'

let cwd = ''
const running: ServerProcess[] = []

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
})

afterEach(async () => {
  for (const server of running.splice(0)) {
    server.kill('SIGKILL')
    await server.ended
  }
  rmSync(cwd, { recursive: true })
})

const start = async (...given: Parameters<typeof startServer>): Promise<ServerProcess> => {
  const server = await startServer(...given)
  running.push(server)
  return server
}

const configure = (file: unknown, name = 'signalbox.config.json'): void =>
  writeFileSync(join(cwd, name), typeof file === 'string' ? file : JSON.stringify(file))

const refused = (ended: Ended, code: number): string => {
  expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code, stdout: '' })
  expect(ended.stderr).toMatch(/^signalbox: .*\n$/)
  expect(ended.stderr.trimEnd()).not.toContain('\n')
  return ended.stderr.trimEnd()
}

describe('signalbox', () => {
  it('prints its help, and does the same without arguments', async () => {
    const [asked, plain, serve] = await Promise.all([
      runCommand(['--help'], { cwd }),
      runCommand([], { cwd }),
      runCommand(['serve', '--help'], { cwd }),
    ])
    expect(asked).toMatchObject({ code: 0, stderr: '' })
    expect(asked.stdout).toMatch(/^Usage: signalbox/)
    expect(asked.stdout).toContain('serve')
    expect(asked.stdout).toContain('hash-secret')
    expect(plain).toEqual(asked)
    expect(serve).toMatchObject({ code: 0, stderr: '' })
    expect(serve.stdout).toContain('--store <store>')
  })

  it('prints its version', async () => {
    const ended = await runCommand(['--version'], { cwd })
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(ended.stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it.each([[['sreve']], [['serve', '--prot', '1']], [['serve', '--port']], [['serve', 'extra']]])(
    'refuses %j in one line',
    async (args) => {
      refused(await runCommand(args, { cwd }), 2)
    },
  )

  it('hashes a secret that a configuration can hold', async () => {
    const { code, stdout } = await runCommand(['hash-secret'], { cwd, input: 'demo secret\n' })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^scrypt\$\d+\$\d+\$\d+\$\S+\$\S+\n$/)
    configure({
      principals: [
        { id: 'x', provider: 'poppy', secret: { scrypt: stdout.trim() }, tenants: ['1'] },
      ],
      providers: { poppy: {} },
    })
    const { url } = await start(['--port', '0', '--store', 'memory:'], { cwd })
    const status = async (token: string): Promise<number> => {
      const headers = { 'x-auth-token': token }
      return (await fetch(`${url}/v1.0/1/services`, { headers })).status
    }
    expect(await status('demo secret')).toBe(200)
    expect(await status('Demo secret')).toBe(401)
    refused(await runCommand(['hash-secret'], { cwd, input: '\n' }), 2)
  })
})

describe('signalbox serve', () => {
  it('refuses a configuration that is wrong, and names the place', async () => {
    configure({ principals: [{ id: 'a', provider: 'poppy', secret: 5 }] })
    expect(refused(await runCommand(['serve'], { cwd }), 2)).toBe(
      'signalbox: signalbox.config.json: principals[0].secret: expected a string, { "scrypt" } or { "env" }',
    )
    configure('{\n  "listen": \n}', 'other.json')
    const named = { cwd, env: { SIGNALBOX_CONFIG: 'other.json' } }
    expect(refused(await runCommand(['serve'], named), 2)).toBe(
      'signalbox: other.json: not JSON at line 3, column 1',
    )
    const missing = await runCommand(['serve', '--config', 'none.json'], named)
    expect(refused(missing, 2)).toBe('signalbox: none.json: no such file')
    configure({ principals: [], listen: { tls: { key: 'none.pem', cert: 'none.pem' } } })
    expect(refused(await runCommand(['serve'], { cwd }), 2)).toMatch(
      /^signalbox: signalbox\.config\.json: listen\.tls\.key: cannot read it: ENOENT/,
    )
    const file = 'signalbox.config.json'
    configure({ principals: [], listen: { tls: { key: file, cert: file } } })
    expect(refused(await runCommand(['serve'], { cwd }), 2)).toMatch(
      /^signalbox: signalbox\.config\.json: listen\.tls: not usable: /,
    )
  })

  it('says that the port is taken', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    try {
      const ended = await runCommand(['serve', '--port', String(port)], { cwd })
      expect(ended.code).toBe(1)
      expect(ended.stderr).toBe(`signalbox: 127.0.0.1:${port}: the port is taken\n`)
    } finally {
      other.close()
    }
  })

  it('says that another process has the store', async () => {
    const env = { SIGNALBOX_STORE: 'sqlite:data/box.db', PORT: '0' }
    await start([], { cwd, env })
    expect(refused(await runCommand(['serve'], { cwd, env }), 1)).toMatch(
      /^signalbox: sqlite:data\/box\.db: .* in use/,
    )
  })

  it('runs the demo on loopback only', async () => {
    const line = refused(await runCommand(['serve'], { cwd, env: { HOST: '0.0.0.0' } }), 2)
    expect(line).toMatch(/^signalbox: HOST: .* loopback only, not on 0\.0\.0\.0/)
    const { url, stdout } = await start(['--host', 'localhost', '--port', '0'], { cwd })
    expect((await fetch(`${url}/livez`)).status).toBe(200)
    await expect.poll(stdout).toContain(`Signalbox demo at ${url}`)
  })

  it('prints one line when it listens, and no banner, when it is configured', async () => {
    configure({ principals: [] })
    const { url, stdout } = await start([], { cwd, env: { PORT: '0', SIGNALBOX_STORE: 'memory:' } })
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    const lines = stdout().trimEnd().split('\n')
    expect(lines.map((line) => typeof JSON.parse(line))).toEqual(lines.map(() => 'object'))
    expect(lines.filter((line) => line.includes('"event":"listening"'))).toHaveLength(1)
  })
})
