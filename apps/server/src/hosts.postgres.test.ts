import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'pg'
import { afterEach, beforeEach, expect, inject, it } from 'vitest'
import { curlsOf } from './banner.ts'
import { sendCurl } from './curl.ts'
import { DEMO_SECRETS } from './demo.ts'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'

const name = `signalbox_${crypto.randomUUID().replaceAll('-', '')}`
const url = new URL(inject('postgres'))
url.pathname = `/${name}`

let admin: Pool
let cwd = ''
let servers: ReadonlyArray<ServerProcess> = []

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  admin = new Pool({ connectionString: inject('postgres') })
  await admin.query(`create database ${name}`)
})

afterEach(async () => {
  for (const server of servers) {
    server.kill('SIGKILL')
    await server.ended
  }
  await admin.query(`drop database ${name} with (force)`)
  await admin.end()
  rmSync(cwd, { recursive: true })
})

const services = async ({ url: base }: ServerProcess): Promise<unknown> => {
  const headers = { authorization: `apikey 7$${DEMO_SECRETS.gcoreReseller}` }
  const reply = await fetch(`${base}/iam/clients/3989/services`, { headers })
  expect(reply.status).toBe(200)
  return reply.json()
}

it('serves the same services from two servers that share a database', async () => {
  const env = { PORT: '0', SIGNALBOX_STORE: url.href }
  servers = await Promise.all([startServer([], { cwd, env }), startServer([], { cwd, env })])
  const [one, two] = servers as readonly [ServerProcess, ServerProcess]
  const before = await services(one)
  expect(await services(two)).toEqual(before)
  // What one of them is asked for, the other shows.
  const replies = await Promise.all(curlsOf(one.url).map(sendCurl))
  expect(replies.map(({ status }) => status)).toEqual([201, 200, 200])
  const after = await services(two)
  expect(after).not.toEqual(before)
  expect(await services(one)).toEqual(after)
  one.kill('SIGKILL')
  await one.ended
  expect(await services(two)).toEqual(after)
  two.kill('SIGTERM')
  expect(await two.ended).toMatchObject({ code: 0 })
})
