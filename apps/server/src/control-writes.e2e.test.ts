import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { DEMO_SECRETS } from './demo.ts'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import { exchange } from './wire.ts'
import type { WireReply } from './wire.ts'

const SERVICE = '/_signalbox/v1/services/gcore/3989/21797'

let cwd = ''
let server: ServerProcess | undefined

const start = async (): Promise<ServerProcess> => {
  server = await startServer([], {
    cwd,
    env: { PORT: '0', SIGNALBOX_STORE: `sqlite:${join(cwd, 'signalbox.db')}` },
  })
  const { url } = server
  await expect
    .poll(async () => (await exchange(url, '/readyz')).status, { timeout: 10_000 })
    .toBe(200)
  return server
}

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
})

afterEach(async () => {
  server?.kill('SIGKILL')
  await server?.ended
  server = undefined
  rmSync(cwd, { recursive: true })
})

const send = (
  { url }: ServerProcess,
  type: string,
  headers: Record<string, string>,
): Promise<WireReply> =>
  exchange(url, `${SERVICE}/commands`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${DEMO_SECRETS.controlOperator}`,
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify({ type }),
  })

const look = ({ url }: ServerProcess): Promise<WireReply> =>
  exchange(url, SERVICE, { headers: { authorization: `Bearer ${DEMO_SECRETS.controlOperator}` } })

const history = async ({ url }: ServerProcess): Promise<number> => {
  const { text } = await exchange(url, `${SERVICE}/history?limit=500`, {
    headers: { authorization: `Bearer ${DEMO_SECRETS.controlOperator}` },
  })
  const told: { readonly items: ReadonlyArray<{ readonly type: string }> } = JSON.parse(text)
  return told.items.filter(({ type }) => type === 'service.pause').length
}

it('gives the reply of a key again byte for byte after it was killed and has started again', async () => {
  const key = { 'idempotency-key': 'pause-21797' }
  const before = await start()
  const first = await send(before, 'service.pause', key)
  expect(first.status).toBeLessThan(300)
  before.kill('SIGKILL')
  await before.ended
  const after = await start()
  const again = await send(after, 'service.pause', key)
  expect(again.text).toBe(first.text)
  expect(again.status).toBe(first.status)
  for (const name of ['etag', 'location', 'content-type'])
    expect(again.headers.get(name)).toBe(first.headers.get(name))
  expect(await history(after)).toBe(1)
  expect((await send(after, 'service.activate', key)).status).toBe(422)
}, 60_000)

it('lets exactly one of 50 writes at once through that expect the same revision', async () => {
  const host = await start()
  const etag = (await look(host)).headers.get('etag') ?? ''
  const replies = await Promise.all(
    Array.from({ length: 50 }, (_, n) =>
      send(host, n % 2 === 0 ? 'service.pause' : 'trial.end', { 'if-match': etag }),
    ),
  )
  const statuses = replies.map(({ status }) => status)
  expect(statuses.filter((status) => status >= 200 && status < 300)).toHaveLength(1)
  expect(statuses.filter((status) => status === 412)).toHaveLength(49)
  expect((await look(host)).headers.get('etag')).not.toBe(etag)
}, 60_000)
