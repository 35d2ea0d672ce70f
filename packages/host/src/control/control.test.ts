import { memoryStore } from '@signalbox/stores/memory'
import { expect, it } from 'vitest'
import { LIT, scripted, T0 } from '../__fixtures__/house.ts'
import { BURNS, demo } from '../__fixtures__/lamp.ts'
import { virtualClock } from '../clock.ts'
import { openBox } from './__fixtures__/box.ts'

it('asks for a token, and says whether there was one', async () => {
  const { control } = await openBox({ store: memoryStore() })
  const none = await control('GET /providers', { as: null })
  expect(none).toMatchObject({
    status: 401,
    value: { type: '/_signalbox/problems/unauthenticated', status: 401 },
  })
  expect(none.headers.get('content-type')).toBe('application/problem+json')
  expect(none.headers.get('www-authenticate')).toBe('Bearer realm="signalbox"')
  const wrong = await control('GET /providers', { as: 'nobody' })
  expect(wrong.status).toBe(401)
  expect(wrong.headers.get('www-authenticate')).toContain('error="invalid_token"')
  const basic = await control('GET /providers', { as: null, headers: { authorization: 'Basic x' } })
  expect(basic.status).toBe(401)
  expect(basic.headers.get('www-authenticate')).toContain('error="invalid_request"')
  expect((await control('GET /providers', { as: 'vera' })).status).toBe(200)
})

it('takes no secret of a principal of a provider', async () => {
  const { control } = await openBox({ store: memoryStore() })
  const headers = { authorization: 'Bearer the-secret-of-ann' }
  expect((await control('GET /providers', { as: null, headers })).status).toBe(401)
})

it('answers problems for what it does not serve, and names the request', async () => {
  const { control } = await openBox({ store: memoryStore() })
  const missing = await control('GET /nothing')
  expect(missing).toMatchObject({ status: 404, value: { type: '/_signalbox/problems/not-found' } })
  expect(missing.headers.get('x-request-id')).not.toBe(null)
  expect(missing.headers.get('cache-control')).toBe('no-store')
  const wrong = await control('DELETE /providers')
  expect(wrong.status).toBe(405)
  expect(wrong.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
  expect((await control('OPTIONS /providers')).status).toBe(204)
  expect(await control('GET /services?limit=0&tenent=x')).toMatchObject({
    status: 400,
    value: {
      type: '/_signalbox/problems/invalid-request',
      errors: [
        { parameter: 'tenent', rule: expect.stringContaining('unknown member') },
        { parameter: 'limit', rule: 'a whole number from 1 to 500 expected' },
      ],
    },
  })
})

it('describes each kind of problem where its type points', async () => {
  const { control, ask } = await openBox({ store: memoryStore() })
  const { value } = await control('GET /nothing')
  const described = await ask(`GET ${(value as { type: string }).type}`)
  expect(described).toMatchObject({ status: 200 })
  expect(described.text).toContain('not-found (404)')
  expect((await ask('GET /_signalbox/problems/constructor')).status).toBe(404)
  const kinds = (await ask('GET /_signalbox/problems/')).text.trimEnd().split('\n')
  expect(kinds).toContain('not-found (404): There is nothing here for this caller.')
  expect(described.text.split('\n')[0]).toBe(kinds.find((kind) => kind.startsWith('not-found ')))
})

it('logs who asked it what', async () => {
  const { control, lines } = await openBox({ store: memoryStore() })
  await control('GET /providers', { as: 'vera' })
  expect(lines.findLast(({ event }) => event === 'request')).toMatchObject({
    plugin: 'signalbox',
    route: 'listProviders',
    principal: 'vera',
    path: '/_signalbox/v1/providers',
  })
})

it('tells of providers, their lifecycles and their native routes', async () => {
  const { control } = await openBox({ store: memoryStore() })
  expect((await control('GET /providers')).value).toEqual({
    items: [
      {
        name: 'demo',
        version: '2.1.0',
        ready: true,
        contract: 1,
        href: '/_signalbox/v1/providers/demo',
      },
    ],
  })
  const shown = await control('GET /providers/demo')
  expect(shown.value).toMatchObject({
    name: 'demo',
    lifecycles: [
      {
        name: 'demo/lamp',
        version: 1,
        creation: 'lamp.make',
        statuses: expect.arrayContaining([
          { status: 'off', canonical: 'suspended' },
          { status: 'lighting', canonical: 'updating' },
        ]),
        deadlines: [{ name: 'burns', words: 'It burns out' }],
        guards: [{ name: 'isMember', words: 'Only members press switches.' }],
      },
    ],
  })
  const [lamp] = (shown.value as { lifecycles: ReadonlyArray<{ commands: ReadonlyArray<object> }> })
    .lifecycles
  expect(lamp?.commands).toContainEqual({
    type: 'lamp.make',
    words: 'Make a lamp',
    payload: {
      type: 'object',
      properties: { socket: { type: 'string' } },
      required: ['socket'],
    },
    routes: [{ name: 'make', method: 'POST', path: '/lamps' }],
  })
  const drawn = await control('GET /providers/demo/lifecycles/lamp/diagram.mmd')
  expect(drawn.headers.get('content-type')).toBe('text/vnd.mermaid; charset=utf-8')
  expect(drawn.text).toContain('off --> lighting: lamp.press [isMember]')
})

it('shows lifecycles as pictures, which are tagged, where something draws them', async () => {
  const asked: Array<string> = []
  const draw = async ({ name }: { readonly name: string }): Promise<string> => {
    asked.push(name)
    return `<svg>${name}</svg>`
  }
  const { control } = await openBox({ store: memoryStore(), draw })
  const { lifecycles } = (await control('GET /providers/demo')).value as ProviderView
  const [{ diagrams }] = lifecycles
  const path = '/providers/demo/lifecycles/lamp/diagram.svg'
  expect(diagrams.svg).toBe(`/_signalbox/v1${path}`)
  expect(asked).toEqual([])
  const drawn = await control(`GET ${path}`, { as: 'vera' })
  expect(drawn).toMatchObject({ status: 200, text: '<svg>demo/lamp</svg>' })
  expect(drawn.headers.get('content-type')).toBe('image/svg+xml')
  expect(drawn.headers.get('cache-control')).toBe('private, no-cache')
  const etag = drawn.headers.get('etag') ?? ''
  expect(etag).toMatch(/^"[0-9a-f]{32}"$/)
  for (const [known, status] of [
    [etag, 304],
    [`"other", W/${etag}`, 304],
    ['*', 304],
    ['"other"', 200],
  ] as const) {
    const again = await control(`GET ${path}`, { headers: { 'if-none-match': known } })
    expect(again.status, known).toBe(status)
    expect(again.headers.get('etag')).toBe(etag)
    expect(again.text).toBe(status === 304 ? '' : drawn.text)
  }
  expect(await control(`GET ${path}`, { as: null })).toMatchObject({ status: 401 })
  for (const [as, elsewhere] of [
    ['others', path],
    ['olga', '/providers/demo/lifecycles/nothing/diagram.svg'],
  ] as const)
    expect(await control(`GET ${elsewhere}`, { as })).toMatchObject({ status: 404 })
})

it('shows no pictures where nothing draws them', async () => {
  const { control } = await openBox({ store: memoryStore() })
  const { lifecycles } = (await control('GET /providers/demo')).value as ProviderView
  expect(Object.keys(lifecycles[0].diagrams)).toEqual(['mermaid'])
  expect(await control('GET /providers/demo/lifecycles/lamp/diagram.svg')).toMatchObject({
    status: 404,
  })
})

it('answers the same for what is unknown and for what one may not see', async () => {
  const { control, make } = await openBox({ store: memoryStore() })
  await make('a')
  const body = (await control('GET /services/demo/t/nothing')).value
  for (const [as, path] of [
    ['elsewhere', '/services/demo/t/a'],
    ['others', '/services/demo/t/a'],
    ['others', '/providers/demo'],
    ['olga', '/services/demo/u/a'],
    ['olga', '/services/nobody/t/a'],
    ['olga', '/services/demo/t/%00'],
    ['olga', '/providers/nobody'],
    ['olga', '/providers/demo/lifecycles/nothing/diagram.mmd'],
  ] as const)
    expect(await control(`GET ${path}`, { as }), path).toMatchObject({ status: 404, value: body })
})

it('shows a service with its tag, its deadlines and its native routes', async () => {
  const { control, make, ask } = await openBox({
    store: memoryStore(),
    plugins: [
      demo({
        change: (mounted) => ({
          ...mounted,
          pathOf: (path, { id }) => path.replace(':id', encodeURIComponent(id)),
        }),
        drivers: { light: { perform: async () => ({ kind: 'accepted' }) } },
      }),
    ],
  })
  await make('a b')
  await ask('POST /lamps/a%20b/press')
  const shown = await control('GET /services/demo/t/a%20b', { as: 'vera' })
  expect(shown.headers.get('etag')).toBe('"2"')
  expect(shown.value).toMatchObject({
    provider: 'demo',
    tenant: 't',
    id: 'a b',
    status: 'lighting',
    canonical: 'updating',
    revision: 2,
    native: [{ name: 'show', method: 'GET', path: '/lamps/a%20b' }],
    links: { self: '/_signalbox/v1/services/demo/t/a%20b' },
  })
})

it('shows what stands once overdue deadlines are settled', async () => {
  const store = memoryStore()
  const lit = [demo({ drivers: { light: scripted(LIT) } })]
  const early = await openBox({ store, plugins: lit })
  await early.make('a')
  await early.ask('POST /lamps/a/press')
  await early.host.idle()
  expect((await early.control('GET /services/demo/t/a')).value).toMatchObject({
    status: 'on',
    deadlines: [{ name: 'burns', words: 'It burns out' }],
  })
  const late = await openBox({ store, plugins: lit, clock: virtualClock(T0 + BURNS), pollMs: 1e12 })
  expect((await late.control('GET /services')).value).toMatchObject({
    items: [{ id: 'a', status: 'off', deadlines: [] }],
  })
})

it('pages over services of every tenant that one may see, each of them once', async () => {
  const { control, make } = await openBox({ store: memoryStore() })
  const ids = ['a', 'b', 'c', 'd', 'e']
  for (const id of ids) await make(id)
  for (const as of ['olga', 'narrow']) {
    const seen: Array<string> = []
    let after = ''
    for (let pages = 0; pages < 5; pages += 1) {
      const { value } = await control(`GET /services?limit=2${after}`, { as })
      const page = value as { items: ReadonlyArray<{ id: string }>; next: string | null }
      seen.push(...page.items.map(({ id }) => id))
      if (page.next === null) break
      after = `&after=${page.next}`
    }
    expect(seen).toEqual(ids)
  }
  expect((await control('GET /services', { as: 'elsewhere' })).value).toEqual({
    items: [],
    next: null,
  })
})

it('finds services by provider, tenant and status', async () => {
  const { control, make, ask } = await openBox({
    store: memoryStore(),
    plugins: [demo({ drivers: { light: { perform: async () => ({ kind: 'accepted' }) } } })],
  })
  await make('a')
  await make('b')
  await ask('POST /lamps/b/press')
  const found = async (query: string): Promise<unknown> =>
    (
      (await control(`GET /services?${query}`)).value as { items: ReadonlyArray<{ id: string }> }
    ).items.map(({ id }) => id)
  expect(await found('status=lighting')).toEqual(['b'])
  expect(await found('status=off&status=lighting')).toEqual(['a', 'b'])
  expect(await found('provider=demo&tenant=t')).toEqual(['a', 'b'])
  expect(await found('provider=nobody')).toEqual([])
  expect(await found('tenant=u')).toEqual([])
  expect(await found('label=colour:red')).toEqual([])
})

it('refuses a cursor that it did not make, as a mistake of the caller', async () => {
  const { control, make } = await openBox({ store: memoryStore() })
  for (const id of ['a', 'b']) await make(id)
  const { value } = await control('GET /services?limit=1')
  const { next } = value as { next: string }
  const forged = btoa(atob(next).replace('t/a', '%')).replaceAll('=', '')
  for (const after of ['x', '!', forged])
    expect(await control(`GET /services?after=${after}`), after).toMatchObject({
      status: 400,
      value: { errors: [{ parameter: 'after' }] },
    })
})

it('is described in OpenAPI 3.1', async () => {
  const { ask } = await openBox({ store: memoryStore() })
  const { value } = await ask('GET /_signalbox/openapi/signalbox.json')
  expect(value).toMatchObject({
    openapi: '3.1.1',
    paths: {
      '/_signalbox/v1/services': {
        get: {
          operationId: 'listServices',
          parameters: expect.arrayContaining([
            {
              name: 'limit',
              in: 'query',
              required: false,
              schema: { type: 'integer', minimum: 1, maximum: 500, default: 50 },
            },
          ]),
          responses: { default: { content: { 'application/problem+json': {} } } },
        },
      },
    },
  })
})

it('leaves its name to no plugin', async () => {
  const { host } = await openBox({ store: memoryStore(), plugins: [demo({ name: 'signalbox' })] })
  expect(host.boot).toEqual([
    { plugin: 'signalbox', ok: false, reason: `the name "signalbox" is the host's own` },
  ])
})

interface ProviderView {
  readonly lifecycles: readonly [
    { readonly diagrams: { readonly mermaid: string; readonly svg?: string } },
  ]
}
