import { definePlugin } from '@signalbox/host'
import type { AnyPlugin } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { readConfiguration } from './config.ts'
import type { Configuration, Overrides } from './config.ts'
import { exitCodeOf, lineOf } from './failure.ts'
import { PLUGINS as SERVED } from './plugins.ts'
import { hashSecret } from './secret.ts'

const plugin = (name: string, settings: t.Mixed): AnyPlugin =>
  definePlugin({
    name,
    contract: 1,
    settings,
    setup: () => {
      throw new Error('not in this test')
    },
  })

const PLUGINS = [
  plugin('alpha', t.partial({ retries: t.number, tokens: t.array(t.string), key: t.string })),
  plugin('beta', t.type({ mode: t.union([t.literal('fast'), t.type({ slow: t.number })]) })),
]

const read = (
  file: unknown,
  { environment = {}, options = {} }: Partial<Overrides> = {},
): E.Either<string, Configuration> => {
  const text = typeof file === 'string' ? file : JSON.stringify(file)
  const result = readConfiguration('box.json', text, { environment, options }, PLUGINS)
  if (E.isRight(result)) return result
  expect(exitCodeOf(result.left)).toBe(2)
  return E.left(lineOf(result.left))
}

const lineFor = (file: unknown, overrides?: Partial<Overrides>): string => {
  const result = read(file, overrides)
  if (E.isRight(result)) throw new Error('it was accepted')
  return result.left
}

const accepted = (file: unknown, overrides?: Partial<Overrides>): Configuration => {
  const result = read(file, overrides)
  if (E.isLeft(result)) throw new Error(result.left)
  return result.right
}

const ONLY_ALPHA = { principals: [], providers: { alpha: {} } }
const OPS = { id: 'ops', provider: 'alpha', secret: 's', tenants: '*', roles: ['operator'] }

describe('readConfiguration', () => {
  it('fills in what the file leaves out', () => {
    const { principals, ...rest } = accepted({ principals: [OPS], providers: { alpha: {} } })
    expect(rest).toEqual({
      listen: { host: '127.0.0.1', port: 8080 },
      store: { kind: 'sqlite', path: 'data/signalbox.db' },
      settings: { alpha: {} },
      drainMs: 10_000,
    })
    expect(principals).toMatchObject([
      { id: 'ops', provider: 'alpha', tenants: '*', roles: ['operator'] },
    ])
  })

  it('reads all of it', () => {
    const { principals: _, ...rest } = accepted({
      $schema: './anything.json',
      listen: { host: '[::1]', port: 0, tls: { key: 'k.pem', cert: 'c.pem' } },
      store: 'memory:',
      principals: [],
      providers: { alpha: { retries: 3 }, beta: { mode: 'fast' } },
      drainMs: 0,
      bodyLimit: 2048,
    })
    expect(rest).toEqual({
      listen: { host: '::1', port: 0, tls: { key: 'k.pem', cert: 'c.pem' } },
      store: { kind: 'memory' },
      settings: { alpha: { retries: 3 }, beta: { mode: 'fast' } },
      drainMs: 0,
      bodyLimit: 2048,
    })
  })

  it('reads a file that begins with a byte order mark', () => {
    expect(accepted(`\uFEFF${JSON.stringify(ONLY_ALPHA)}`).drainMs).toBe(10_000)
  })

  it('gives a principal that names no tenant none, rather than all', () => {
    const [ops] = accepted({
      principals: [{ id: 'ops', provider: 'alpha', secret: 's' }],
      providers: { alpha: {} },
    }).principals
    expect(ops).toMatchObject({ tenants: [], roles: [] })
  })

  const wrong = (principal: object): object => ({ ...ONLY_ALPHA, principals: [OPS, principal] })
  const second = { id: 'two', provider: 'alpha', secret: 's' }

  it.each([
    ['{\n  "listen": {,\n', 'not JSON at line 2, column 14'],
    ['[]', 'expected an object'],
    [{}, 'principals: expected a list of principals'],
    [
      { ...ONLY_ALPHA, storage: 'memory:' },
      'storage: unknown member; known are principals, $schema, listen, store, providers, storeHints, storeTimeoutMs, leaseMs, drainMs, bodyLimit, metrics, tracing, subscriptions',
    ],
    [
      { ...ONLY_ALPHA, listen: { prot: 1 } },
      'listen.prot: unknown member; known are host, port, tls',
    ],
    [{ ...ONLY_ALPHA, listen: { port: '80' } }, 'listen.port: expected a port from 0 to 65535'],
    [{ ...ONLY_ALPHA, listen: { port: 80.5 } }, 'listen.port: expected a port from 0 to 65535'],
    [{ ...ONLY_ALPHA, listen: { host: 'a b' } }, 'listen.host: expected a host name or an address'],
    [
      { ...ONLY_ALPHA, listen: { tls: { key: 'k' } } },
      'listen.tls.cert: expected a string that is not empty',
    ],
    [{ ...ONLY_ALPHA, store: 'mysql://x' }, 'store: expected memory:, sqlite:path or postgres://…'],
    [{ ...ONLY_ALPHA, store: 'sqlite:' }, 'store: expected memory:, sqlite:path or postgres://…'],
    [
      { ...ONLY_ALPHA, store: 'sqlite::memory:' },
      'store: expected a path behind sqlite:; for no file at all use memory:',
    ],
    [
      { ...ONLY_ALPHA, store: 'postgres:u:hidden@h/db' },
      'store: expected postgres://user@host:port/database',
    ],
    [
      { ...ONLY_ALPHA, drainMs: -1 },
      'drainMs: expected a number of milliseconds from 0 to 3600000',
    ],
    [
      wrong({ ...second, secret: 5 }),
      'principals[1].secret: expected a string, { "scrypt" } or { "env" }',
    ],
    [wrong({ ...second, secret: '' }), 'principals[1].secret: an empty secret is none'],
    [
      wrong({ ...second, secret: { scrypt: 'hidden' } }),
      'principals[1].secret.scrypt: expected a hash as `signalbox hash-secret` prints it',
    ],
    [
      wrong({ ...second, secret: { env: 'NOT_THERE' } }),
      'principals[1].secret.env: the environment variable NOT_THERE is not set',
    ],
    [
      wrong({ ...second, tenants: 'acme' }),
      'principals[1].tenants: expected "*" or a list of strings',
    ],
    [
      wrong({ ...second, tenants: ['acme', 5] }),
      'principals[1].tenants[1]: expected a string that is not empty',
    ],
    [wrong({ ...second, roles: 'admin' }), 'principals[1].roles: expected a list of strings'],
    [
      wrong({ ...second, provider: 'beta' }),
      'principals[1].provider: unknown provider; known are alpha, signalbox',
    ],
    [
      wrong({ ...second, providers: ['alpha'] }),
      'principals[1].providers: only a principal of signalbox has providers',
    ],
    [
      wrong({ ...second, provider: 'signalbox', roles: [] }),
      'principals[1].roles: expected one of viewer, operator, admin',
    ],
    [
      wrong({ ...second, provider: 'signalbox', roles: ['viewer', 'root'] }),
      'principals[1].roles[1]: expected one of viewer, operator, admin',
    ],
    [
      wrong({ ...second, provider: 'signalbox', roles: ['viewer'], providers: ['beta'] }),
      'principals[1].providers[0]: unknown provider; known are alpha',
    ],
    [wrong({ ...second, id: 'ops' }), 'principals[1]: a second principal ops of alpha'],
    [
      { principals: [], providers: { gamma: {} } },
      'providers.gamma: unknown provider; known are alpha, beta',
    ],
    [
      { principals: [], providers: { alpha: { retries: 'x' } } },
      'providers.alpha.retries: expected number',
    ],
    [
      { principals: [], providers: { alpha: { tokens: ['a', { env: 'NOT_THERE' }] } } },
      'providers.alpha.tokens[1].env: the environment variable NOT_THERE is not set',
    ],
    [
      { principals: [], providers: { beta: { mode: { slow: 'x' } } } },
      'providers.beta.mode.slow: expected number',
    ],
    [
      { principals: [], providers: { beta: { mode: 5 } } },
      'providers.beta.mode: expected ("fast" | { slow: number })',
    ],
    [{ principals: 5, drainMs: 'x' }, 'principals: expected a list of principals (and 1 more)'],
  ])('refuses %j in one line', (file, line) => {
    expect(lineFor(file)).toBe(`signalbox: box.json: ${line}`)
  })

  it.each([
    ['poppy', { driver: { kind: 'simulated', failurerate: 1 } }, 'driver.failurerate'],
    ['gcore', { users: { '7': { password: { scrypted: 'x' } } } }, 'users["7"].password.scrypted'],
    ['zosconnect', { rest: { allowprivate: true } }, 'rest.allowprivate'],
  ])('names the setting of %s that nobody knows: %j', (provider, settings, path) => {
    const file = JSON.stringify({ principals: [], providers: { [provider]: settings } })
    const result = readConfiguration('box.json', file, { environment: {}, options: {} }, SERVED)
    const line = E.isLeft(result) ? lineOf(result.left) : 'it was accepted'
    expect(line).toContain(`: providers.${provider}.${path}: unknown member; known are `)
  })

  it('quotes no value of the file, which may be a secret', () => {
    const hidden = 'hunter2'
    const files = [
      `{"principals": [{"secret": "${hidden}", }]}`,
      wrong({ ...second, secret: { scrypt: hidden } }),
      wrong({ ...second, secret: [hidden] }),
      { ...ONLY_ALPHA, store: `postgres:u:${hidden}@h/db` },
      { principals: [], providers: { alpha: { retries: hidden } } },
    ]
    for (const file of files) expect(lineFor(file)).not.toContain(hidden)
  })

  it('checks a secret of each kind', async () => {
    const { principals } = accepted(
      {
        principals: [
          { id: '1', provider: 'alpha', secret: 'one' },
          { id: '2', provider: 'alpha', secret: { env: 'TWO' } },
          { id: '3', provider: 'alpha', secret: { scrypt: await hashSecret('three') } },
        ],
        providers: { alpha: {} },
      },
      { environment: { TWO: 'two' } },
    )
    const checks = principals.map(({ verify }) =>
      Promise.all(['one', 'two', 'three'].map((secret) => verify(secret))),
    )
    expect(await Promise.all(checks)).toEqual([
      [true, false, false],
      [false, true, false],
      [false, false, true],
    ])
  })

  it('knows principals of the control plane, and the providers that one may see', () => {
    const operator = { id: 'ops', provider: 'signalbox', secret: 's', tenants: '*' }
    const { principals } = accepted({
      ...ONLY_ALPHA,
      principals: [{ ...operator, roles: ['operator'], providers: ['alpha'] }],
    })
    expect(principals).toMatchObject([
      { id: 'ops', provider: 'signalbox', roles: ['operator'], providers: ['alpha'] },
    ])
  })

  it('takes a variable that holds nothing as one that is not set', () => {
    const principals = [{ id: '1', provider: 'alpha', secret: { env: 'EMPTY' } }]
    const file = { principals, providers: { alpha: {} } }
    expect(lineFor(file, { environment: { EMPTY: '' } })).toBe(
      'signalbox: box.json: principals[0].secret.env: the environment variable EMPTY is not set',
    )
  })

  it('puts variables into the settings of providers, at any depth', () => {
    const { settings } = accepted(
      { principals: [], providers: { alpha: { key: { env: 'KEY' }, tokens: [{ env: 'KEY' }] } } },
      { environment: { KEY: 'value' } },
    )
    expect(settings).toEqual({ alpha: { key: 'value', tokens: ['value'] } })
  })

  it('serves every provider when the file names none', () => {
    const plugins = PLUGINS.slice(0, 1)
    const overrides = { environment: {}, options: {} }
    const result = readConfiguration('box.json', '{"principals":[]}', overrides, plugins)
    expect(E.isRight(result) && result.right.settings).toEqual({ alpha: {} })
  })
})

describe('override', () => {
  const file = { ...ONLY_ALPHA, listen: { host: '10.0.0.1', port: 1 }, store: 'memory:' }
  const environment = { HOST: '10.0.0.2', PORT: '2', SIGNALBOX_STORE: 'sqlite:two.db' }

  it('lets the environment win over the file', () => {
    expect(accepted(file, { environment })).toMatchObject({
      listen: { host: '10.0.0.2', port: 2 },
      store: { kind: 'sqlite', path: 'two.db' },
    })
  })

  it('lets an option win over the environment', () => {
    const options = { host: '10.0.0.3', port: '3', store: 'sqlite:three.db' }
    expect(accepted(file, { environment, options })).toMatchObject({
      listen: { host: '10.0.0.3', port: 3 },
      store: { kind: 'sqlite', path: 'three.db' },
    })
  })

  it('hears other servers where it is told to', () => {
    const hinted = { ...file, storeHints: 'postgres://db/box' }
    expect(accepted(hinted, {}).storeHints).toBe('postgres://db/box')
    const off = { SIGNALBOX_STORE_HINTS: 'off' }
    expect(accepted(hinted, { environment: off }).storeHints).toBe('off')
    expect(accepted(file, {}).storeHints).toBeUndefined()
  })

  it('takes a variable that is set to nothing as unset', () => {
    const empty = { HOST: '', PORT: '', SIGNALBOX_STORE: '', SIGNALBOX_STORE_HINTS: '' }
    expect(accepted(file, { environment: empty })).toMatchObject({
      listen: { host: '10.0.0.1', port: 1 },
      store: { kind: 'memory' },
    })
  })

  it.each([
    [{ environment: { PORT: '80x' } }, 'PORT: expected a port from 0 to 65535'],
    [{ environment: { PORT: '70000' } }, 'PORT: expected a port from 0 to 65535'],
    [{ options: { port: '-1' } }, '--port: expected a port from 0 to 65535'],
    [{ environment: { HOST: 'http://x' } }, 'HOST: expected a host name or an address'],
    [
      { environment: { SIGNALBOX_STORE: 'postgres://u:p@h:x/db' } },
      'SIGNALBOX_STORE: expected postgres://user@host:port/database',
    ],
    [
      { environment: { SIGNALBOX_STORE_HINTS: 'sqlite:two.db' } },
      'SIGNALBOX_STORE_HINTS: expected off or postgres://…',
    ],
    [{ options: { store: 'file.db' } }, '--store: expected memory:, sqlite:path or postgres://…'],
  ])('refuses %j by its name', (overrides, line) => {
    expect(lineFor(file, overrides)).toBe(`signalbox: ${line}`)
  })
})
