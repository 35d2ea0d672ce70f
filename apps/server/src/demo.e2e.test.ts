import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { curlsOf } from './banner.ts'
import { sendCurl } from './curl.ts'
import { DEMO_SECRETS } from './demo.ts'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'

let cwd = ''
let server: ServerProcess

const start = async (): Promise<void> => {
  server = await startServer([], {
    cwd,
    env: { PORT: '0', SIGNALBOX_STORE: 'sqlite:data/demo.db' },
  })
}

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  await start()
})

afterEach(async () => {
  server.kill('SIGKILL')
  await server.ended
  rmSync(cwd, { recursive: true })
})

const get = async (path: string, headers: Record<string, string>): Promise<unknown> => {
  const reply = await fetch(`${server.url}${path}`, { headers })
  expect(reply.status).toBe(200)
  return reply.json()
}

const gcore = { authorization: `apikey 7$${DEMO_SECRETS.gcoreReseller}` }
const poppy = { 'x-auth-token': DEMO_SECRETS.poppyTenant }
const reader = { authorization: `Basic ${btoa(`READER:${DEMO_SECRETS.zosReader}`)}` }

const SERVICE = '/v1.0/110011/services/e8b44506-71b7-4074-9bc8-1b5037ade112'

describe('the demo', () => {
  it('holds the services that its banner and its documents speak of', async () => {
    expect(await get(SERVICE, poppy)).toMatchObject({ status: 'deployed', project_id: '110011' })
    const services = (await get('/iam/clients/3989/services', gcore)) as ReadonlyArray<unknown>
    expect(services).toHaveLength(6)
    expect(services).toContainEqual(
      expect.objectContaining({ id: 21797, name: 'CDN', client: 3989, status: 'active' }),
    )
    expect(await get('/zosConnect/services', reader)).toMatchObject({
      zosConnectServices: [
        expect.objectContaining({ ServiceName: 'MyService/v1' }),
        expect.objectContaining({ ServiceName: 'dateTimeService' }),
      ],
    })
    const ready = { ready: true, plugins: [{ ok: true }, { ok: true }, { ok: true }] }
    expect(await get('/readyz', {})).toMatchObject(ready)
  })

  it('prints three curls that work, and keeps what they did when it is started again', async () => {
    const curls = curlsOf(server.url)
    for (const printed of curls) await expect.poll(server.stdout).toContain(`\n${printed}\n`)
    const replies = await Promise.all(curls.map(sendCurl))
    expect(replies.map(({ status }) => status)).toEqual([201, 200, 200])
    expect(await replies[0]?.text()).toBe('')
    expect(await replies[1]?.json()).toMatchObject({ status: 'paused', previous_status: 'active' })
    expect(await replies[2]?.json()).toMatchObject({ zosConnect: { serviceStatus: 'Stopped' } })
    const before = await get('/iam/clients/3989/services', gcore)

    server.kill('SIGKILL')
    await server.ended
    await start()
    expect(await get('/iam/clients/3989/services', gcore)).toEqual(before)
    expect(await get(SERVICE, poppy)).toMatchObject({ status: 'deployed' })
    expect(await get('/zosConnect/services', reader)).toMatchObject({
      zosConnectServices: [{}, {}],
    })
  })

  it('lets a reader read, and nothing more', async () => {
    const { status } = await fetch(
      `${server.url}/zosConnect/services/MyService%2Fv1?status=stopped`,
      {
        method: 'PUT',
        headers: reader,
      },
    )
    expect(status).toBe(403)
  })
})
