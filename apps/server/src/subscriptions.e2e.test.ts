import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openHook } from './__fixtures__/hook.ts'
import type { Hook } from './__fixtures__/hook.ts'
import { eventsConfiguration, readEvents, sendToAll } from './event-watch.ts'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import { exchange } from './wire.ts'

const TOKEN = 'the token of ops'

const ADMIN = 'the token of admin'

let cwd = ''
let server: ServerProcess | undefined
let hook: Hook

beforeEach(async () => {
  hook = await openHook()
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  const { principals, ...rest } = eventsConfiguration(TOKEN)
  const admin = {
    id: 'admin',
    provider: 'signalbox',
    secret: ADMIN,
    tenants: '*',
    roles: ['admin'],
  }
  const configuration = {
    ...rest,
    principals: [...principals, admin],
    leaseMs: 2_000,
    subscriptions: { reach: { allow: ['127.0.0.1/32'], allowHttp: true } },
  }
  writeFileSync(join(cwd, 'signalbox.config.json'), JSON.stringify(configuration))
})

afterEach(async () => {
  server?.kill('SIGKILL')
  await server?.ended
  server = undefined
  hook.close()
  rmSync(cwd, { recursive: true })
})

const start = async (): Promise<ServerProcess> => {
  server = await startServer([], {
    cwd,
    env: { PORT: '0', SIGNALBOX_STORE: `sqlite:${join(cwd, 'signalbox.db')}` },
  })
  return server
}

it('sends a subscriber every event in order, none lost, though the server is killed in the middle again and again', async () => {
  let running = await start()
  const made = await exchange(running.url, '/_signalbox/v1/subscriptions', {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ url: hook.url, filter: { provider: 'poppy' }, after: 'earliest' }),
  })
  expect(made.status, made.text).toBe(201)
  for (let life = 0; life < 4; life += 1) {
    const before = hook.ids.length
    await sendToAll(running.url, {
      token: TOKEN,
      command: { type: 'service.setStatus', status: life % 2 === 0 ? 'failed' : 'deployed' },
      filter: { provider: 'poppy' },
    })
    await expect
      .poll(() => hook.ids.length, { timeout: 15_000, interval: 5 })
      .toBeGreaterThan(before + 5)
    running.kill('SIGKILL')
    await running.ended
    running = await start()
  }
  const all = (await readEvents(running.url, TOKEN, '&provider=poppy')).map(({ id }) => id)
  await expect.poll(() => hook.ids.at(-1), { timeout: 20_000, interval: 20 }).toBe(all.at(-1))
  // What was sent and not yet kept as taken comes once more, right after itself.
  expect(hook.ids.filter((id, at) => id !== hook.ids[at - 1])).toEqual(all)
  expect(hook.ids.length).toBeLessThanOrEqual(all.length + 4)
}, 90_000)
