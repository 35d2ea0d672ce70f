import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { curlsOf } from '../banner.ts'
import { sendCurl } from '../curl.ts'
import { DEMO_SECRETS } from '../demo.ts'
import { runCommand, startServer } from '../server-process.ts'
import type { Ended, ServerProcess } from '../server-process.ts'
import { exchange } from '../wire.ts'

let cwd = ''
let server: ServerProcess
let ending: Array<() => Promise<unknown>> = []

const STORE = 'sqlite:box.db'

const start = async (port = '0', env: Readonly<Record<string, string>> = {}): Promise<void> => {
  server = await startServer([], { cwd, env: { PORT: port, SIGNALBOX_STORE: STORE, ...env } })
  const { kill, ended } = server
  ending.push(() => {
    kill('SIGKILL')
    return ended
  })
}

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  ending = []
})

afterEach(async () => {
  for (const end of ending.toReversed()) await end()
  rmSync(cwd, { recursive: true })
})

const TOKEN = DEMO_SECRETS.controlOperator

const signalbox = (args: ReadonlyArray<string>, input = ''): Promise<Ended> =>
  runCommand(args, { cwd, env: { SIGNALBOX_URL: server.url, SIGNALBOX_TOKEN: TOKEN }, input })

const refused = (ended: Ended, code: number): string => {
  expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code, stdout: '' })
  expect(ended.stderr).toMatch(/^signalbox: .*\n$/)
  return ended.stderr
}

interface Watch {
  readonly out: () => string
  readonly err: () => string
}

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))

const watch = (...args: ReadonlyArray<string>): Watch => {
  const env = { PATH: process.env['PATH'], SIGNALBOX_URL: server.url, SIGNALBOX_TOKEN: TOKEN }
  const child = spawn(process.execPath, ['--conditions=source', MAIN, 'watch', ...args], {
    cwd,
    env,
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  ending.push(() => {
    child.kill('SIGKILL')
    return ended
  })
  const texts = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (texts.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (texts.err += chunk.toString()))
  return { out: () => texts.out, err: () => texts.err }
}

const WAIT = { timeout: 20_000, interval: 20 }

interface Watched {
  readonly subject: string
  readonly sequence: string
  readonly data: { readonly type: string; readonly to: string }
}

const eventsOf = (text: string): ReadonlyArray<Watched> =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Watched)

describe('signalbox watch', () => {
  it('shows a change that a client of a vendor makes', async () => {
    await start()
    const { out, err } = watch('--provider', 'gcore')
    await vi.waitFor(() => expect(err()).toContain('watching'), WAIT)
    const [, pause = ''] = curlsOf(server.url)
    expect((await sendCurl(pause)).status).toBe(200)
    await vi.waitFor(
      () => expect(out()).toMatch(/gcore\/3989\/21797 {2}active → paused {2}service\.pause by 7\n/),
      WAIT,
    )
  })

  it('shows it within a second', async () => {
    await start()
    const { out, err } = watch('gcore/3989/21797', '--json')
    await vi.waitFor(() => expect(err()).toContain('watching'), WAIT)
    const waits: number[] = []
    for (const status of ['paused', 'active', 'paused', 'active', 'paused']) {
      const shown = eventsOf(out()).length
      const reply = await exchange(server.url, '/iam/clients/3989/services/21797', {
        method: 'PUT',
        headers: {
          authorization: `APIKey 7$${DEMO_SECRETS.gcoreReseller}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ status }),
      })
      const answered = performance.now()
      expect(reply.status, reply.text).toBe(200)
      await vi.waitFor(
        () =>
          expect(
            eventsOf(out())
              .slice(shown)
              .map(({ data }) => data.to),
          ).toContain(status),
        { timeout: 20_000, interval: 5 },
      )
      waits.push(performance.now() - answered)
    }
    // Where much else is done meanwhile, some of them may take longer.
    const [, , middle = Infinity] = waits.toSorted((one, other) => one - other)
    expect(middle).toBeLessThan(1_000)
  })

  it('goes on after a server has died, without a gap and without a double', async () => {
    await start()
    const { out, err } = watch('--after', 'start', '--json')
    const [poppy = '', pause = '', stop = ''] = curlsOf(server.url)
    await sendCurl(pause)
    await vi.waitFor(() => expect(out()).toContain('"to":"paused"'), WAIT)
    server.kill('SIGKILL')
    await server.ended
    await vi.waitFor(() => expect(err()).toContain('lost'), WAIT)
    await start(String(server.port))
    await sendCurl(stop)
    await sendCurl(poppy)
    await vi.waitFor(() => expect(out()).toContain('"to":"Stopped"'), WAIT)
    const { stdout } = await signalbox(['watch', '--after', 'start', '--json', '--limit', '25'])
    const all = eventsOf(stdout).map(({ sequence }) => sequence)
    await vi.waitFor(() => {
      const seen = eventsOf(out()).map(({ sequence }) => sequence)
      expect(seen.slice(0, 25)).toEqual(all)
    }, WAIT)
  })

  it('ends when its place is none, and when nobody is there', async () => {
    await start()
    expect(refused(await signalbox(['watch', '--after', 'nowhere']), 2)).toContain('last-event-id')
    expect(refused(await signalbox(['watch', 'gcore']), 2)).toContain('provider/tenant/id')
    const env = { SIGNALBOX_URL: 'http://127.0.0.1:9', SIGNALBOX_TOKEN: TOKEN }
    expect(refused(await runCommand(['watch'], { cwd, env }), 3)).toContain('http://127.0.0.1:9')
  })
})

// Each of many commands is a process of its own.
describe('the commands of the control plane', { timeout: 60_000 }, () => {
  it('say by their exit codes what went wrong, in one line and without the token', async () => {
    await start()
    const service = 'gcore/3989/21797'
    const cases: ReadonlyArray<readonly [ReadonlyArray<string>, number, string]> = [
      [['show', 'gcore/3989/1'], 4, 'Nothing here'],
      [['show', '%zz/a/b'], 2, 'percent-decode'],
      [['path', service, 'gone'], 2, 'one of new'],
      [['path', service, 'trial'], 1, 'leads from active to trial'],
      [['set', service, 'service.activate'], 1, 'not possible'],
      [['set', service, 'deleted'], 1, 'retentionPasses'],
      [['set', service, 'service.pause', '--if-match', '7'], 6, 'revision 1'],
      [['set', service, 'service.pause', '--data', '{'], 2, 'not JSON'],
      [['set', service, 'service.pause', '--data', '[]'], 2, 'a JSON object'],
      [['set', service, 'service.pause', '--data', '@none.json'], 2, 'ENOENT'],
      [['set', service, 'service.configure'], 2, '/iam/clients/3989/services/21797'],
      [['set', 'poppy/110011/nobody', 'deployed'], 4, 'Nothing here'],
      [['list', '--token', 'secret-of-somebody'], 5, 'Nobody has this token'],
      [['list', '--token', 'a b'], 2, 'printable characters'],
      [['list', '--url', 'http://user:pass@127.0.0.1'], 2, 'no credentials'],
      [['list', '--url', 'ftp://127.0.0.1'], 2, 'http://host:port'],
      [['list', '--url', `${server.url}/nowhere`], 1, 'answers 404'],
      [['list', '--url', server.url, '--store', STORE], 2, 'two places'],
      [['list', '--label', 'nothing'], 2, 'label'],
      [['list', '--limit', '0'], 2, '--limit'],
      [['diagram', 'gcore/nothing'], 4, 'gcore/service'],
      [['token', 'list'], 5, 'needs the role admin'],
      [['completion', 'tcsh'], 2, 'bash, zsh, fish'],
    ]
    for (const [args, code, words] of cases) {
      const line = refused(await signalbox(args), code)
      expect(line).toContain(words)
      expect(line).not.toMatch(/secret-of-somebody|a b|user:pass|demo-control-token/)
    }
    const { stdout } = await signalbox(['show', service, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ status: 'active', revision: 1 })
  })

  it('send a command with its payload from a file, from standard input and on the line', async () => {
    await start()
    const service = 'poppy/110011/e8b44506-71b7-4074-9bc8-1b5037ade112'
    const statusAfter = async (data: string, input?: string): Promise<unknown> => {
      const sent = await signalbox(['set', service, 'setStatus', '--data', data, '--json'], input)
      expect(sent).toMatchObject({ code: 0, stderr: '' })
      return (JSON.parse(sent.stdout) as { readonly status: unknown }).status
    }
    writeFileSync(join(cwd, 'status.json'), '{"status":"failed"}')
    expect(await statusAfter('@status.json')).toBe('failed')
    expect(await statusAfter('-', '{"status":"deployed"}')).toBe('deployed')
    expect(await statusAfter('{"status":"failed"}')).toBe('failed')
    expect(await signalbox(['set', service, 'deployed'])).toMatchObject({ code: 0 })
    const shown = await signalbox(['show', service, '--json'])
    expect(JSON.parse(shown.stdout)).toMatchObject({ status: 'deployed' })
  })

  it('answer a repetition with the first reply, and change nothing when they rehearse', async () => {
    await start()
    const service = 'gcore/3989/21797'
    const pause = ['set', service, 'service.pause', '--json']
    const rehearsed = await signalbox([...pause, '--dry-run'])
    expect(JSON.parse(rehearsed.stdout)).toMatchObject({
      dryRun: true,
      changes: [{ id: '21797', status: 'paused' }],
    })
    const first = await signalbox([...pause, '--idempotency-key', 'one', '--if-match', '1'])
    const second = await signalbox([...pause, '--idempotency-key', 'one', '--if-match', '1'])
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(second).toEqual(first)
    const [again, wrong] = await Promise.all([
      signalbox([...pause, '--dry-run']),
      signalbox(['set', service, 'active', '--idempotency-key', 'one']),
    ])
    expect(again.code).toBe(1)
    refused(wrong, 2)
  })

  it('make, list and revoke tokens for admins', async () => {
    const principal = { id: 'boss', provider: 'signalbox', secret: 'the boss', tenants: '*' }
    writeFileSync(
      join(cwd, 'signalbox.config.json'),
      JSON.stringify({ principals: [{ ...principal, roles: ['admin'] }] }),
    )
    await start()
    const env = { SIGNALBOX_URL: server.url, SIGNALBOX_TOKEN: '' }
    const as = (token: string, ...args: ReadonlyArray<string>): Promise<Ended> =>
      runCommand(args, { cwd, env: { ...env, SIGNALBOX_TOKEN: token } })
    const boss = (...args: ReadonlyArray<string>): Promise<Ended> => as('the-boss', ...args)
    refused(await boss('token', 'list'), 5)
    writeFileSync(
      join(cwd, 'signalbox.config.json'),
      JSON.stringify({ principals: [{ ...principal, secret: 'the-boss', roles: ['admin'] }] }),
    )
    server.kill('SIGKILL')
    await server.ended
    await start(String(server.port))
    const made = await boss('token', 'make', 'nightly', '--role', 'viewer', '--provider', 'gcore')
    expect(made.code).toBe(0)
    const token = made.stdout.trim()
    const [, id = ''] = /its id is (\S+);/.exec(made.stderr) ?? []
    expect(await as(token, 'list', 'gcore')).toMatchObject({ code: 0 })
    refused(await as(token, 'token', 'list'), 5)
    const listed = await boss('token', 'list')
    expect(listed.stdout).toMatch(new RegExp(`^${id} +nightly +viewer +gcore +all +`, 'm'))
    expect(listed.stdout).not.toContain(token)
    expect(await boss('token', 'revoke', id)).toMatchObject({
      code: 0,
      stdout: `${id} is revoked\n`,
    })
    refused(await as(token, 'list', 'gcore'), 5)
    refused(await boss('token', 'revoke', id), 4)
  })
})

describe('a store that is read beside its server', () => {
  it('shows what the server shows, without a change to the file', async () => {
    await start()
    const service = 'zosconnect/default/dateTimeService'
    await vi.waitFor(async () => {
      const { stdout } = await signalbox(['show', service, '--json'])
      expect(JSON.parse(stdout)).toMatchObject({ status: 'Started' })
    }, WAIT)
    const read = (args: ReadonlyArray<string>): Promise<Ended> =>
      runCommand([...args, '--store', STORE], { cwd })
    for (const args of [
      ['list', '--json'],
      ['show', service, '--json'],
      ['path', 'gcore/3989/21797', 'paused', '--json'],
      ['history', service, '--json'],
      ['providers', 'poppy', '--json'],
      ['diagram', 'gcore'],
      ['diagram', 'poppy/certificate', '--svg'],
    ]) {
      const [served, stored] = await Promise.all([signalbox(args), read(args)])
      expect(served.code).toBe(0)
      expect(stored).toEqual(served)
    }
    const before = readFileSync(join(cwd, 'box.db-wal'))
    expect((await read(['actions', service])).code).toBe(0)
    expect(readFileSync(join(cwd, 'box.db-wal')).equals(before)).toBe(true)
    refused(await runCommand(['list', '--store', 'sqlite:none.db'], { cwd }), 4)
    refused(await runCommand(['list', '--store', 'memory:'], { cwd }), 2)
  })
})

describe('the completions', () => {
  it('complete commands and options in bash, and name every command in each shell', async () => {
    const scripts = await Promise.all(
      ['bash', 'zsh', 'fish'].map((shell) => runCommand(['completion', shell], { cwd })),
    )
    for (const { code, stdout } of scripts) {
      expect(code).toBe(0)
      for (const name of ['serve', 'list', 'watch', 'token', 'import'])
        expect(stdout).toContain(name)
    }
    const complete = (...words: ReadonlyArray<string>): Promise<string> =>
      new Promise((resolve) => {
        const asked = `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _signalbox; echo "\${COMPREPLY[@]}"`
        const child = spawn('bash', ['-c', `${scripts[0]?.stdout ?? ''}\n${asked}`])
        let text = ''
        child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
        child.on('close', () => resolve(text.trim()))
      })
    expect(await complete('signalbox', 'hi')).toBe('history')
    expect(await complete('signalbox', 'set', '--if')).toBe('--if-match')
    expect(await complete('signalbox', 'token', 're')).toBe('revoke')
  })
})
