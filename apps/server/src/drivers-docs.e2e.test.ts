import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { virtualClock, webhookDriver, WebhookSettings } from '@signalbox/host'
import type { DialRequest } from '@signalbox/host'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBinding } from './binding.ts'
import { sendCurl } from './curl.ts'
import { must } from './house.ts'
import { PLUGINS } from './plugins.ts'
import { freePort, startReceiver } from './receiver-process.ts'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import { examplesIn, holdAll } from './worked-example.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const PAGE = readFileSync(join(ROOT, 'docs/drivers.md'), 'utf8')
const SECRET = `whsec_${btoa('the secret of the page about drivers')}`

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

const blockOf = (language: string, holding: string): string => {
  const blocks = [...PAGE.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
  const found = blocks.find(([, kind, text = '']) => kind === language && text.includes(holding))
  return found?.[2] ?? ''
}

// The receiver of the page, as it stands but for its port.
const receive = async (port: number): Promise<void> => {
  const program = blockOf('js', 'standardwebhooks').replace('9000', String(port))
  const { stop } = await startReceiver(program, { cwd, env: { HOOK_SECRET: SECRET } })
  ending.push(stop)
}

const serve = async (receiver: number): Promise<ServerProcess> => {
  const port = await freePort()
  const configuration = blockOf('json', '"principals"')
    .replace('127.0.0.1:9000', `127.0.0.1:${receiver}`)
    .replace('127.0.0.1:8080', `127.0.0.1:${port}`)
  writeFileSync(join(cwd, 'signalbox.config.json'), configuration)
  const env = { PORT: String(port), HOOK_SECRET: SECRET, SIGNALBOX_STORE: 'memory:' }
  const server = await startServer([], { cwd, env })
  ending.push(() => {
    server.kill('SIGKILL')
    return server.ended
  })
  return server
}

interface Item {
  readonly type: string
  readonly state: string
  readonly href: string
}

interface ShownEvent {
  readonly time: string
  readonly data: {
    readonly effect: string
    readonly attempt: number
    readonly ref: { readonly provider: string; readonly tenant: string; readonly id: string }
    readonly lifecycle: string
    readonly type: string
    readonly generation: number
    readonly params: Record<string, never>
  }
}

const eventOf = (): {
  readonly line: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly event: ShownEvent
} => {
  const [head = '', body = ''] = blockOf('http', 'POST /signalbox').split(/\n\n(.*)/s)
  const [line, ...lines] = head.split('\n')
  const headers = Object.fromEntries(lines.map((text) => text.split(': ') as [string, string]))
  return { line, headers, event: JSON.parse(body) as ShownEvent }
}

// The cells of the table of kinds and providers, by kind.
const kindsOf = (): ReadonlyMap<string, ReadonlyArray<string>> => {
  const [, table = ''] = /\n\| kind +(\| Poppy[^]*?)\n\n/.exec(PAGE) ?? []
  const rows = table.split('\n').slice(2)
  return new Map(
    rows.map((row) => {
      const [, kind = '', ...cells] = row.split('|').map((cell) => cell.trim())
      return [kind.replaceAll('`', ''), cells.slice(0, 3)]
    }),
  )
}

const url = 'https://drivers.example'
const UPSTREAMS = { poppy: { token: 't' }, gcore: { apiKey: '7$k' }, zosconnect: {} }

describe('the page about drivers', () => {
  it('says of each provider which drivers its settings take', () => {
    const kinds = kindsOf()
    expect([...kinds.keys()]).toEqual(['simulated', 'manual', 'webhook', 'upstream'])
    const more: Readonly<Record<string, (name: keyof typeof UPSTREAMS) => object>> = {
      webhook: () => ({ url, secret: SECRET }),
      upstream: (name) => ({ url, ...UPSTREAMS[name] }),
    }
    for (const [kind, cells] of kinds)
      for (const [index, name] of (['poppy', 'gcore', 'zosconnect'] as const).entries()) {
        const plugin = PLUGINS.find((each) => each.name === name)
        const driver = { kind, ...more[kind]?.(name) }
        const taken = plugin?.settings.decode({ driver })._tag
        expect([name, kind, taken]).toEqual([
          name,
          kind,
          cells[index] === 'none' ? 'Left' : 'Right',
        ])
      }
  })

  it('shows a receiver, and what comes of it', async () => {
    const port = await freePort()
    await receive(port)
    const { url } = await serve(port)
    const examples = examplesIn(PAGE)
    expect(examples.length).toBeGreaterThanOrEqual(5)
    const binding = createBinding(url, [['127.0.0.1:9000', `127.0.0.1:${port}`]])
    await holdAll(examples, binding, sendCurl)
    const list = `curl ${url}/_signalbox/v1/effects -H 'Authorization: Bearer change me too'`
    const { items } = (await (await sendCurl(list)).json()) as { items: ReadonlyArray<Item> }
    expect(items.map(({ type, state }) => `${type} ${state}`)).toEqual([
      'provision done',
      'suspend failed',
    ])
    // What the page shows as sent is what was.
    const first = `curl ${url}${items[0]?.href} -H 'Authorization: Bearer change me too'`
    const { lifecycle, generation, params } = eventOf().event.data
    const shown = (await (await sendCurl(first)).json()) as object
    expect(shown).toMatchObject({ lifecycle, generation })
    expect(shown).toHaveProperty('params', params)
  }, 60_000)

  it('shows the event as it is sent, with the signature that it has', async () => {
    const { line, headers, event: shown } = eventOf()
    const { effect, attempt, ref, lifecycle, type, generation, params } = shown.data
    const requests: DialRequest[] = []
    const driver = webhookDriver({
      clock: virtualClock(Number(headers['webhook-timestamp']) * 1_000),
      dial: async (request) => {
        requests.push(request)
        return { _tag: 'Refused' }
      },
      settings: must(
        WebhookSettings.decode({
          kind: 'webhook',
          url: 'https://hooks.example/signalbox',
          secret: /by `(whsec_[^`]+)`/.exec(PAGE)?.[1],
          callback: 'http://127.0.0.1:8080',
        }),
      ),
    })
    const at = Date.parse(shown.time)
    const sent = { id: effect, ref, lifecycle, type, params, generation, lane: 'main', at }
    await driver.perform(sent, { attempt, signal: new AbortController().signal })
    const [request] = requests
    expect(line).toBe('POST /signalbox HTTP/1.1')
    expect(JSON.parse(request?.body ?? '')).toEqual(shown)
    expect(request?.headers).toEqual(headers)
  })
})
