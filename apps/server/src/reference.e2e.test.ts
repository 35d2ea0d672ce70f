import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import { exchange } from './wire.ts'

let cwd = ''
let server: ServerProcess

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  server = await startServer([], { cwd, env: { PORT: '0' } })
})

afterAll(async () => {
  server.kill('SIGKILL')
  await server.ended
  rmSync(cwd, { recursive: true })
})

it('shows a reference whose policy lets nothing come from or go to another origin', async () => {
  const { status, headers, text } = await exchange(server.url, '/_signalbox/docs')
  expect([status, headers.get('content-type'), headers.get('x-content-type-options')]).toEqual([
    200,
    'text/html; charset=utf-8',
    'nosniff',
  ])
  const policy = new Map(
    (headers.get('content-security-policy') ?? '').split('; ').map((directive) => {
      const [name = '', ...sources] = directive.split(' ')
      return [name, sources.join(' ')]
    }),
  )
  expect(policy.get('default-src')).toBe("'none'")
  expect(policy.get('script-src')).toBe("'self'")
  expect(policy.get('connect-src')).toBe("'self'")
  for (const sources of policy.values()) expect(sources).not.toMatch(/https?:|\*|unsafe-eval/)
  expect(text).not.toMatch(/https?:|\son\w+=|<script>|style=/)
  const scripts = [...text.matchAll(/src="([^"]+)"/g)].map(([, src = '']) => src)
  expect(scripts).toHaveLength(2)
  for (const script of scripts) {
    const served = await exchange(server.url, script)
    expect([served.status, served.headers.get('content-type')]).toEqual([
      200,
      'text/javascript; charset=utf-8',
    ])
  }
  expect((await exchange(server.url, scripts[0] ?? '')).text).toContain('createApiReference')
})

it('starts it on every description that is served, without anything that is asked elsewhere', async () => {
  const { text } = await exchange(server.url, '/_signalbox/docs/start.js')
  const configuration: unknown = JSON.parse(
    /^Scalar\.createApiReference\('#reference', (\{.*\})\)\n$/.exec(text)?.[1] ?? '',
  )
  expect(configuration).toMatchObject({
    withDefaultFonts: false,
    telemetry: false,
    proxyUrl: '',
    agent: { disabled: true },
    mcp: { disabled: true },
  })
  const { sources } = configuration as { sources: ReadonlyArray<{ url: string; slug: string }> }
  expect(sources.map(({ slug }) => slug).toSorted()).toEqual([
    'gcore',
    'poppy',
    'signalbox',
    'zosconnect',
  ])
  for (const { url } of sources) {
    expect(url).toMatch(/^\/_signalbox\/openapi\/\w+\.json$/)
    expect(JSON.parse((await exchange(server.url, url)).text)).toMatchObject({ openapi: '3.1.1' })
  }
})
