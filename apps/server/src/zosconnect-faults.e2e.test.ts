import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get as httpsGet } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deflateRawSync } from 'node:zlib'
import type { Provider, ProviderFactory } from '@signalbox/plugins/zosconnect'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import { basic } from './wire.ts'
import { manifest, openZosconnect, PLACE_ORDER, sar, sendTo, zip } from './zosconnect-house.ts'
import type { Answer, ZosconnectHouse } from './zosconnect-house.ts'

const S = '/zosConnect/services'

let cwd = ''
let house: ZosconnectHouse | undefined
let server: ServerProcess | undefined

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
})

afterEach(async () => {
  await house?.close()
  house = undefined
  server?.kill('SIGKILL')
  await server?.ended
  server = undefined
  rmSync(cwd, { recursive: true })
})

const open = async (
  options: Omit<Parameters<typeof openZosconnect>[0], 'path'> = {},
): Promise<ZosconnectHouse['send']> => {
  house = await openZosconnect({ path: join(cwd, 'box.db'), ...options })
  return house.send
}

const statusIn = ({ body }: Answer): string =>
  (body as { zosConnect: { serviceStatus: string } }).zosConnect.serviceStatus

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

it('completes 200 running invokes of half a second through a stop that does not wait for them', async () => {
  const send = await open({ settings: { simulated: true } })
  const properties = { latencyMs: 500 }
  await send(`POST ${S}`, { body: sar(manifest('x', 'signalbox.simulated', properties)) })
  const invoke = (n: number): Promise<Answer> =>
    send(`PUT ${S}/x?action=invoke`, {
      body: JSON.stringify({ n }),
      headers: { 'content-type': 'application/json' },
    })
  const running = Array.from({ length: 200 }, (_, n) => invoke(n))
  // All of them have been counted, so all are in the provider's hands, and none has ended.
  let began = ''
  while (began !== '200') {
    const { body } = await send(`GET ${S}/x?action=getStatistics`)
    began = (body as { x: { InvokeRequestCount: string } }).x.InvokeRequestCount
  }
  const asked = performance.now()
  const stop = await send(`PUT ${S}/x?status=stopped`)
  expect(performance.now() - asked).toBeLessThan(400)
  expect([stop.status, statusIn(stop)]).toEqual([200, 'Stopped'])
  const late = await Promise.all(Array.from({ length: 20 }, (_, n) => invoke(n)))
  for (const { status, text } of late)
    expect([status, text]).toEqual([503, expect.stringContaining('signalbox.service-stopped')])
  expect((await send(`GET ${S}/x`)).status).toBe(200)
  const answers = await Promise.all(running)
  expect(answers.map(({ status, text }) => [status, text])).toEqual(
    answers.map((_, n) => [200, JSON.stringify({ n })]),
  )
})

describe('a provider that hangs in its start for ever', () => {
  const hanging = (status: Provider['status']): ProviderFactory => ({
    providers: ['hangs'],
    register: async () => ({
      getProviderName: () => 'hangs',
      getData: () => ({}),
      start: () => new Promise(() => {}),
      stop: () => 'stopped',
      status,
      invoke: () => ({ body: {} }),
    }),
  })

  it.each([
    ['Stopped', () => 'stopped' as const],
    ['Unknown', () => new Promise<never>(() => {})],
  ])('ends with a timeout, and the service is %s', async (expected, status) => {
    const send = await open({
      factories: [hanging(status)],
      settings: { simulated: true, spiTimeoutMs: 600, statusTimeoutMs: 300 },
    })
    await send(`POST ${S}?status=stopped`, { body: sar(manifest('x', 'hangs')) })
    await send(`POST ${S}`, { body: sar(manifest('other', 'signalbox.simulated')) })
    const asked = performance.now()
    const start = send(`PUT ${S}/x?status=started`)
    // Everybody else goes on meanwhile.
    await after(100)
    expect(statusIn(await send(`PUT ${S}/other?status=stopped`))).toBe('Stopped')
    expect(statusIn(await send(`PUT ${S}/other?status=started`))).toBe('Started')
    expect((await send(`PUT ${S}/other?action=invoke`)).status).toBe(200)
    expect((await send(`GET ${S}`)).status).toBe(200)
    expect(performance.now() - asked).toBeLessThan(500)
    const answer = await start
    expect([answer.status, answer.text]).toEqual([
      503,
      '{"errorMessage":"BAQR0433W: The asynchronous request has timed out after 600 milliseconds."}',
    ])
    expect(performance.now() - asked).toBeLessThan(1500)
    expect(statusIn(await send(`GET ${S}/x`))).toBe(expected)
    expect((await send(`PUT ${S}/x?action=invoke`)).status).toBe(expected === 'Stopped' ? 503 : 200)
    expect(statusIn(await send(`GET ${S}/other`))).toBe('Started')
    // It can still be stopped and deleted.
    expect((await send(`PUT ${S}/x?status=stopped`)).status).toBe(200)
    expect((await send(`DELETE ${S}/x`)).status).toBe(200)
  })
})

describe('a host that is killed between a stop and its effect', () => {
  it.each([
    ['provider', 'Started'],
    ['last', 'Stopped'],
  ])(
    'follows its setting %s: the service is %s',
    async (restart, expected) => {
      const configure = (settings: object): void =>
        writeFileSync(
          join(cwd, 'signalbox.config.json'),
          JSON.stringify({
            store: 'sqlite:box.db',
            principals: [],
            providers: {
              zosconnect: {
                requireSecure: false,
                requireAuth: false,
                simulated: true,
                ...settings,
              },
            },
          }),
        )
      configure({ restart })
      const start = async (): Promise<ServerProcess> => {
        server = await startServer(['--port', '0'], { cwd })
        return server
      }
      const first = await start()
      const body = sar(manifest('x', 'signalbox.simulated', { stopMs: 2500 }))
      expect((await sendTo(first.port, `POST ${S}`, { body })).status).toBe(201)
      const stop = sendTo(first.port, `PUT ${S}/x?status=stopped`).catch(() => 'cut off')
      // The command stands once no invoke is admitted; the provider takes its time to stop.
      const invoke = (): Promise<Answer> => sendTo(first.port, `PUT ${S}/x?action=invoke`)
      while ((await invoke()).status === 200) await after(10)
      first.kill('SIGKILL')
      expect(await stop).toBe('cut off')
      await first.ended

      const { port } = await start()
      const status = async (): Promise<string> => statusIn(await sendTo(port, `GET ${S}/x`))
      await expect.poll(status, { timeout: 10_000 }).toBe(expected)
      const admitted = (await sendTo(port, `PUT ${S}/x?action=invoke`)).status
      expect(admitted).toBe(expected === 'Started' ? 200 : 503)
      // What the killed host had leased to itself comes to nothing once its lease has lapsed.
      await after(13_000)
      expect(await status()).toBe(expected)
    },
    60_000,
  )
})

it('serves over TLS what it refuses over plain HTTP, with URLs of that scheme', async () => {
  const pem = (name: string): string =>
    fileURLToPath(new URL(`__fixtures__/localhost.${name}.pem`, import.meta.url))
  writeFileSync(
    join(cwd, 'signalbox.config.json'),
    JSON.stringify({
      listen: { tls: { key: pem('key'), cert: pem('cert') } },
      store: 'memory:',
      principals: [{ id: 'ADMIN', provider: 'zosconnect', secret: 's', tenants: '*' }],
      providers: { zosconnect: { services: [{ name: 'x', provider: 'CICS-1.0' }] } },
    }),
  )
  server = await startServer(['--port', '0'], { cwd })
  const { port } = server
  const reply = await new Promise<string>((resolve, reject) => {
    httpsGet(
      {
        host: '127.0.0.1',
        port,
        path: `${S}/x`,
        headers: { host: 'box.example', authorization: basic('ADMIN', 's') },
        rejectUnauthorized: false,
      },
      (incoming) => {
        let text = String(incoming.statusCode)
        incoming.on('data', (chunk: Buffer) => (text += chunk.toString()))
        incoming.once('end', () => resolve(text))
      },
    ).once('error', reject)
  })
  expect(reply).toMatch(/^200.*"serviceURL":"https:\/\/box\.example\/zosConnect\/services\/x"/)
})

it('refuses a bomb and a slip within 100 MB of memory', async () => {
  writeFileSync(
    join(cwd, 'signalbox.config.json'),
    JSON.stringify({
      store: 'memory:',
      principals: [],
      providers: { zosconnect: { requireSecure: false, requireAuth: false } },
    }),
  )
  server = await startServer(['--port', '0'], { cwd })
  const { port, pid } = server
  const peak = (): number =>
    Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
  const post = (body: Uint8Array): Promise<Answer> => sendTo(port, `POST ${S}`, { body })
  expect((await post(sar())).status).toBe(201)
  const before = peak()
  const refuse = async (body: Uint8Array): Promise<void> => {
    const answer = await post(body)
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('errorDetails')])
  }
  const zeros = deflateRawSync(Buffer.alloc(300 * 1024 * 1024))
  await refuse(bombOf(zeros, 100))
  for (const slip of ['../../etc/x', '/etc/x', 'C:\\x'])
    await refuse(sar(PLACE_ORDER, { [slip]: 'y' }))
  expect(peak() - before).toBeLessThan(100)
  // What one has taken is given back to the next.
  const large = zip(Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`f${n}`, MIB])))
  const ten = async (): Promise<number> => {
    for (let turn = 0; turn < 10; turn += 1) {
      await refuse(bombOf(zeros, zeros.length))
      await refuse(large)
    }
    return peak()
  }
  const [first, second] = [await ten(), await ten()]
  expect(second - first).toBeLessThan(100)
  expect((await sendTo(port, `GET ${S}`)).text).toContain('"placeOrder"')
}, 60_000)

const MIB = ' '.repeat(1 << 20)

const bombOf = (deflated: Buffer, declared: number): Uint8Array => {
  const archive = Buffer.from(zip({ 'manifest.yml': 'x' }))
  const header = Buffer.from(archive.subarray(0, 30))
  header.writeUInt16LE(8, 8)
  header.writeUInt32LE(deflated.length, 18)
  header.writeUInt32LE(declared, 22)
  const directory = Buffer.from(archive.subarray(archive.indexOf('PK\u0001\u0002', 0, 'latin1')))
  return Buffer.concat([header, Buffer.from('manifest.yml'), deflated, directory])
}
