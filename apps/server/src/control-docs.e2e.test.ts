import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBinding } from './binding.ts'
import { sendCurl } from './curl.ts'
import { DEMO_SECRETS } from './demo.ts'
import { freePort, startReceiver } from './receiver-process.ts'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import { exchange } from './wire.ts'
import { examplesIn, holdAll } from './worked-example.ts'

const PAGE = readFileSync(
  fileURLToPath(new URL('../../../docs/control-plane.md', import.meta.url)),
  'utf8',
)

const MOUNT = '/_signalbox/v1'

// What stands behind the configuration that the page shows runs under it, all before it in the demo.
const [BEFORE = '', CONFIGURATION = '', BEHIND = ''] = PAGE.split(
  /^```json\n(?=\{\n {2}"principals")(.*?)^```$/ms,
)

// The secret of the subscription, with which a report is signed too.
const SECRET = /"secret":"(whsec_[^"]+)"/.exec(BEFORE)?.[1] ?? ''

let cwd = ''
let ending: Array<() => Promise<unknown>> = []

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  ending = []
})

afterEach(async () => {
  for (const end of ending.toReversed()) await end()
  rmSync(cwd, { recursive: true })
})

const serve = async (env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> => {
  const server = await startServer([], { cwd, env: { PORT: '0', ...env } })
  ending.push(() => {
    server.kill('SIGKILL')
    return server.ended
  })
  return server
}

const tokenOf = (secret: string): Readonly<Record<string, string>> => ({
  authorization: `Bearer ${secret}`,
})

// The routes that a server has answered with success, as it counts them itself.
const succeeded = async (
  { url }: ServerProcess,
  secret: string,
): Promise<ReadonlyArray<string>> => {
  const { text } = await exchange(url, '/metrics', { headers: tokenOf(secret) })
  const counted =
    /^signalbox_http_requests_total\{plugin="signalbox",route="(\w+)",status="2\d\d"\}/gm
  return [...text.matchAll(counted)].map(([, route = '']) => route)
}

interface Operation {
  readonly route: string
  readonly name: string
}

const operationsOf = async ({ url }: ServerProcess): Promise<ReadonlyArray<Operation>> => {
  const { text } = await exchange(url, '/_signalbox/openapi/signalbox.json')
  const { paths } = JSON.parse(text) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, { operationId: string }>>>>
  }
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({
      route: `${method.toUpperCase()} ${path.replace(MOUNT, '')}`,
      name: operationId,
    })),
  )
}

// What a page says was signed long ago is signed anew.
const signedAnew = (curl: string): string => {
  const [, id = ''] = /'webhook-id: ([^']+)'/.exec(curl) ?? []
  const [, body = ''] = / -d '([^']+)'/.exec(curl) ?? []
  if (id === '') return curl
  const now = new Date()
  return curl
    .replace(/(webhook-timestamp): \d+/, `$1: ${Math.floor(now.getTime() / 1_000)}`)
    .replace(/(webhook-signature): [^']+/, `$1: ${new Webhook(SECRET).sign(id, now, body)}`)
}

describe('the page about the control plane', () => {
  it('shows an example of every route, which answers as shown', { timeout: 60_000 }, async () => {
    const port = await freePort()
    const program = /^```js\n(.*?)^```$/ms.exec(BEFORE)?.[1] ?? ''
    const receiver = await startReceiver(program.replace('9000', String(port)), {
      cwd,
      env: { HOOK_SECRET: SECRET },
    })
    ending.push(receiver.stop)
    const demo = await serve()
    const binding = createBinding(demo.url, [['127.0.0.1:9000', `127.0.0.1:${port}`]])
    await holdAll(examplesIn(BEFORE), binding, sendCurl)
    const [, prints = 'nothing'] = /The receiver prints:\n\n```\n(.*?)```/s.exec(BEFORE) ?? []
    await expect.poll(receiver.printed, { timeout: 10_000 }).toBe(`receiving\n${prints}`)

    const nowhere = await freePort()
    writeFileSync(
      join(cwd, 'signalbox.config.json'),
      CONFIGURATION.replace('127.0.0.1:9001', `127.0.0.1:${nowhere}`),
    )
    const configured = await serve({ HOOK_SECRET: SECRET, SIGNALBOX_STORE: 'memory:' })
    const other = createBinding(configured.url, [['127.0.0.1:9001', `127.0.0.1:${nowhere}`]])
    await holdAll(examplesIn(BEHIND), other, (curl) => sendCurl(signedAnew(curl)))

    const routes = [
      ...(await succeeded(demo, DEMO_SECRETS.controlOperator)),
      ...(await succeeded(configured, 'change me')),
    ]
    const operations = await operationsOf(demo)
    expect(operations.filter(({ name }) => !routes.includes(name))).toEqual([])
  })

  it('shows a signature that holds', () => {
    const [, curl = ''] = /^(curl [^`]+webhook-signature[^`]+)/m.exec(BEHIND) ?? []
    const header = (name: string): string => new RegExp(`'${name}: ([^']+)'`).exec(curl)?.[1] ?? ''
    const [, body = ''] = / -d '([^']+)'/.exec(curl) ?? []
    const at = new Date(Number(header('webhook-timestamp')) * 1_000)
    expect(header('webhook-signature')).toBe(new Webhook(SECRET).sign('report-1', at, body))
  })

  it('says of every route who may use it', async () => {
    const demo = await serve()
    const rows = [...PAGE.matchAll(/^\| `((?:GET|POST|DELETE) \/[^`]*)` +\| (\w+) /gm)].map(
      ([, route = '', role = '']) => ({ route, role }),
    )
    const routes = (await operationsOf(demo)).map(({ route }) => route)
    expect(rows.map(({ route }) => route).toSorted()).toEqual(routes.toSorted())
    const { text } = await exchange(demo.url, `${MOUNT}/tokens`, {
      method: 'POST',
      headers: { ...tokenOf(DEMO_SECRETS.controlAdmin), 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'looker', roles: ['viewer'] }),
    })
    const viewer = tokenOf((JSON.parse(text) as { readonly token: string }).token)
    const neededFor = async (route: string): Promise<string> => {
      const [method = '', path = ''] = route.replaceAll(/\{\w+\}/g, 'x').split(' ')
      const ask = (headers: Readonly<Record<string, string>>) =>
        fetch(`${demo.url}${MOUNT}${path}`, {
          method,
          headers: { 'content-type': 'application/json', ...headers },
          body: method === 'POST' ? '{}' : null,
        })
      const stranger = await ask({})
      await stranger.body?.cancel()
      if (stranger.headers.get('www-authenticate')?.startsWith('StandardWebhooks') === true)
        return 'signature'
      expect(stranger.status, route).toBe(401)
      const reply = await ask(viewer)
      if (reply.status === 403) return String(((await reply.json()) as { role: unknown }).role)
      await reply.body?.cancel()
      return 'viewer'
    }
    for (const { route, role } of rows) expect(await neededFor(route), route).toBe(role)
  })

  it('says of every status what it comes to', async () => {
    const { url } = await serve()
    const headers = tokenOf(DEMO_SECRETS.controlOperator)
    const lifecycles = await Promise.all(
      ['poppy', 'gcore', 'zosconnect'].map(async (name) => {
        const { text } = await exchange(url, `${MOUNT}/providers/${name}`, { headers })
        const { lifecycles: all } = JSON.parse(text) as {
          readonly lifecycles: ReadonlyArray<{
            readonly name: string
            readonly statuses: ReadonlyArray<{
              readonly status: string
              readonly canonical: string
            }>
          }>
        }
        return all
      }),
    )
    const real = lifecycles.flat().map(({ name, statuses }) => {
      const words = statuses.map(({ status, canonical }) =>
        status === canonical ? `\`${status}\`` : `\`${status}\` → \`${canonical}\``,
      )
      return [name, words.join(', ')]
    })
    const shown = [...PAGE.matchAll(/^\| `(\w+\/\w+)` +\| (.*?) +\|$/gm)]
    expect(shown.map(([, name, words]) => [name, words])).toEqual(real)
  })

  it('lists the kinds of problem', async () => {
    const { url } = await serve()
    const { text } = await exchange(url, '/_signalbox/problems/')
    const section = PAGE.split('\n## Kinds of problem\n')[1] ?? ''
    const shown = [...section.matchAll(/^\| `([\w-]+)` +\| (\d+) +\| (.*?) +\|$/gm)]
    expect(shown.map(([, name, status, title]) => `${name} (${status}): ${title}.`)).toEqual(
      text.trimEnd().split('\n'),
    )
  })
})
