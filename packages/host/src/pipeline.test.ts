import { memoryStore } from '@signalbox/stores/memory'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { expect, it } from 'vitest'
import { openHouse, read, SECRET } from './__fixtures__/house.ts'
import type { House } from './__fixtures__/house.ts'
import { demo, lamp } from './__fixtures__/lamp.ts'
import type { Mounted } from './plugin.ts'
import { json } from './reply.ts'
import { command, handle } from './route.ts'

const open = (change: (mounted: Mounted) => Partial<Mounted> = () => ({})): Promise<House> =>
  openHouse({
    store: memoryStore(),
    plugins: [demo({ change: (mounted) => ({ ...mounted, ...change(mounted) }) })],
  })

it("answers an unknown path below a mount in the plugin's words, and above it as a problem", async () => {
  const { ask } = await open()
  expect(await ask('GET /lamps/1/2/3')).toMatchObject({
    status: 404,
    value: { error: 'no such path' },
  })
  const outside = await ask('GET /lampshades')
  expect(outside).toMatchObject({
    status: 404,
    value: { type: 'about:blank', title: 'Not Found', status: 404 },
  })
  expect(outside.headers.get('content-type')).toBe('application/problem+json')
  expect(outside.headers.get('x-request-id')).not.toBeNull()
})

it('answers a wrong method with the methods of the path, in order', async () => {
  const { ask } = await open()
  const wrong = await ask('PUT /lamps/a')
  expect(wrong.status).toBe(405)
  expect(wrong.headers.get('allow')).toBe('GET, HEAD, DELETE, OPTIONS')
  expect((await ask('PUT /lamps')).headers.get('allow')).toBe('GET, HEAD, POST, OPTIONS')
})

it('answers HEAD as GET without its body, and not where the plugin does not say so', async () => {
  const { ask } = await open()
  const head = await ask('HEAD /lamps')
  expect(head).toMatchObject({ status: 200, text: '' })
  expect(head.headers.get('content-type')).toBe('application/json')
  const none = await (await open(() => ({ head: false }))).ask('HEAD /lamps')
  expect(none.status).toBe(405)
  expect(none.text).toBe('')
  expect(none.headers.get('allow')).toBe('GET, POST, OPTIONS')
})

it('answers OPTIONS on a known path only, and as a wrong method where the plugin has no answer', async () => {
  const { ask } = await open()
  expect((await ask('OPTIONS /lamps')).status).toBe(204)
  expect((await ask('OPTIONS /lamps/1/2/3')).status).toBe(404)
  const plain = await open(() => ({ options: undefined as never }))
  const refused = await plain.ask('OPTIONS /lamps')
  expect(refused.status).toBe(405)
  expect(refused.headers.get('allow')).toBe('GET, HEAD, POST')
})

it('looks at the caller before or after the path, as the plugin says', async () => {
  const stranger = { 'x-key': 'nobody' }
  const routed = await open()
  expect((await routed.ask('GET /lamps/1/2/3', undefined, stranger)).status).toBe(404)
  expect((await routed.ask('PUT /lamps', undefined, stranger)).status).toBe(405)
  expect((await routed.ask('GET /lamps', undefined, stranger)).status).toBe(401)
  const guarded = await open(() => ({ order: 'admit-first' }))
  expect((await guarded.ask('GET /lamps/1/2/3', undefined, stranger)).status).toBe(401)
  expect((await guarded.ask('OPTIONS /lamps', undefined, stranger)).status).toBe(401)
  expect((await guarded.ask('GET /lamps/1/2/3')).status).toBe(404)
})

it('matches the raw path and decodes each parameter once', async () => {
  const { ask } = await open()
  const echo = async (id: string): Promise<unknown> => (await ask(`POST /lamps/${id}/echo`)).value
  expect(await echo('a%2Fb')).toMatchObject({ params: { id: 'a/b' } })
  expect(await echo('a%252Fb')).toMatchObject({ params: { id: 'a%2Fb' } })
  expect(await echo('a+b%20c')).toMatchObject({ params: { id: 'a+b c' } })
  expect(await echo('%C3%A9')).toMatchObject({ params: { id: 'é' } })
  expect(await echo(':id')).toMatchObject({ params: { id: ':id' } })
  expect(await ask('GET /lamps/%zz')).toMatchObject({
    status: 400,
    value: { error: 'MalformedPath' },
  })
  expect(await ask('GET /lamps/%FF')).toMatchObject({
    status: 400,
    value: { error: 'MalformedPath' },
  })
  expect((await ask('GET /l%61mps/a')).value).toMatchObject({ title: 'Not Found' })
  expect((await ask('GET /lamps/a/')).status).toBe(404)
})

it('rewrites the path before the table is asked', async () => {
  const { ask } = await open(() => ({
    locate: (pathname) =>
      pathname.startsWith('/lamps/v1')
        ? { path: pathname.replace('/v1', ''), values: { v: '1' } }
        : undefined,
  }))
  expect((await ask('GET /lamps/v1')).status).toBe(200)
  expect((await ask('GET /lamps')).status).toBe(404)
})

it.each([
  ['a syntax error', '{"id":', 400, 'InvalidJson'],
  ['nothing', '', 400, 'InvalidJson'],
  ['another shape', '{"id":7}', 400, 'InvalidBody'],
  ['an array', '[]', 400, 'InvalidBody'],
  ['null', 'null', 400, 'InvalidBody'],
  ['deep nesting', '['.repeat(400) + ']'.repeat(400), 400, 'InvalidJson'],
  ['too much', JSON.stringify({ id: 'a', socket: 's'.repeat(1_000) }), 413, 'TooLarge'],
])('refuses a body: %s', async (_, body, status, error) => {
  const { ask } = await open()
  expect(await ask('POST /lamps', body)).toMatchObject({ status, value: { error } })
})

it('does not fall over nesting of any depth', async () => {
  const { ask } = await open()
  const deep = '['.repeat(500_000) + ']'.repeat(500_000)
  expect(await ask('POST /lamps/a/echo', deep)).toMatchObject({
    status: 400,
    value: { error: 'InvalidJson' },
  })
})

it('refuses bytes that are not UTF-8', async () => {
  const { host } = await open()
  const response = await host.fetch(
    new Request('http://host.test/lamps', {
      method: 'POST',
      headers: { 'x-key': SECRET, 'content-type': 'application/json' },
      body: new Uint8Array([0x22, 0xff, 0x22]),
    }),
  )
  expect(await read(response)).toMatchObject({ status: 400, value: { error: 'InvalidEncoding' } })
})

it('compares media types without parameters and case, and refuses others', async () => {
  const { ask } = await open()
  const lamp = { id: 'a', socket: 'S' }
  const as = async (type: string): Promise<number> =>
    (await ask('POST /lamps', lamp, { 'content-type': type })).status
  expect(await as('text/plain')).toBe(415)
  expect(await as('application/json-patch+json')).toBe(415)
  expect(await as('Application/JSON ; charset=utf-8')).toBe(201)
})

it('refuses a body without a media type where one is asked for, and takes none where none is', async () => {
  const { host, ask } = await open()
  const bytes = new TextEncoder().encode('{"id":"a","socket":"S"}')
  const post = (path: string): Promise<Response> =>
    host.fetch(
      new Request(`http://host.test${path}`, {
        method: 'POST',
        headers: { 'x-key': SECRET },
        body: bytes,
      }),
    )
  expect((await post('/lamps')).status).toBe(415)
  expect((await post('/lamps/a/echo')).status).toBe(200)
  expect((await ask('POST /lamps/a/echo')).value).toMatchObject({
    body: { nothing: true },
    length: 0,
  })
})

it('stops reading a body without a length when it passes the limit', async () => {
  const { host } = await openHouse({ store: memoryStore(), bodyLimit: 5_000 })
  let pulled = 0
  let cancelled = false
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      pulled += 1
      controller.enqueue(new Uint8Array(1_000).fill(0x20))
    },
    cancel: () => {
      cancelled = true
    },
  })
  const response = await host.fetch(
    new Request('http://host.test/lamps/a/echo', {
      method: 'POST',
      headers: { 'x-key': SECRET },
      body,
      duplex: 'half',
    } as RequestInit),
  )
  expect(await read(response)).toMatchObject({ status: 413, value: { error: 'TooLarge' } })
  expect(pulled).toBeLessThan(10)
  expect(cancelled).toBe(true)
})

it('refuses by the declared length before it reads, and measures one who lies', async () => {
  const { ask } = await open()
  const lamp = { id: 'a', socket: 's'.repeat(2_000) }
  expect((await ask('POST /lamps', lamp, { 'content-length': '999999' })).status).toBe(413)
  expect((await ask('POST /lamps', lamp, { 'content-length': '10' })).status).toBe(413)
})

it('keeps members named __proto__ out of bodies and queries', async () => {
  const seen: Array<unknown> = []
  const { ask } = await open(({ routes }) => ({
    routes: [
      ...routes,
      handle({
        method: 'POST',
        path: '/lamps/:id/look',
        name: 'look',
        summary: 'Looks',
        query: t.UnknownRecord,
        body: { kind: 'json', codec: t.unknown },
        handle: async ({ query, body }) => {
          seen.push(Object.assign({}, body), Object.assign({}, query))
          return json(200, null)
        },
      }),
    ],
  }))
  const body = '{"a":1,"__proto__":{"admin":true},"b":{"__proto__":{"admin":true}}}'
  expect((await ask('POST /lamps/a/look?__proto__=x&__proto__=y&a=1&a=2', body)).status).toBe(200)
  expect(seen).toEqual([{ a: 1, b: {} }, { a: ['1', '2'] }])
  for (const value of seen) {
    expect(value).not.toHaveProperty('admin')
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  }
  expect({}).not.toHaveProperty('admin')
})

it('refuses parameters and queries that their codecs refuse', async () => {
  const { ask } = await open(({ routes }) => ({
    routes: [
      ...routes,
      handle({
        method: 'GET',
        path: '/lamps/:id/strict',
        name: 'strict',
        summary: 'Is strict',
        params: t.strict({ id: t.literal('one') }),
        query: t.strict({ q: t.string }),
        handle: async ({ params, query }) => json(200, { ...params, ...query }),
      }),
    ],
  }))
  expect((await ask('GET /lamps/two/strict?q=1')).value).toEqual({ error: 'InvalidParams' })
  expect((await ask('GET /lamps/one/strict?q=1&q=2')).value).toEqual({ error: 'InvalidQuery' })
  expect((await ask('GET /lamps/one/strict?q=%20a')).value).toEqual({ id: 'one', q: ' a' })
})

it('asks sight before the query and the body, and prepare after them', async () => {
  const order: Array<string> = []
  const { ask } = await open(({ routes }) => ({
    routes: [
      ...routes,
      handle({
        method: 'POST',
        path: '/lamps/:id/stages',
        name: 'stages',
        summary: 'Goes by stages',
        params: t.strict({ id: t.string }),
        body: { kind: 'json', codec: t.strict({ n: t.number }) },
        sight: async ({ params }) => {
          order.push('sight')
          return params.id === 'hidden' ? E.left(json(404, 'hidden')) : E.right('seen')
        },
        prepare: async ({ body, sight }) => {
          order.push('prepare')
          return body.n < 0 ? E.left(json(422, 'negative')) : E.right(`${sight} ${body.n}`)
        },
        handle: async ({ prepared }) => json(200, prepared),
      }),
    ],
  }))
  expect((await ask('POST /lamps/hidden/stages', '{')).status).toBe(404)
  expect(order).toEqual(['sight'])
  expect((await ask('POST /lamps/a/stages', '{')).status).toBe(400)
  expect((await ask('POST /lamps/a/stages', { n: -1 })).status).toBe(422)
  expect((await ask('POST /lamps/a/stages', { n: 1 })).value).toBe('seen 1')
})

it('turns what a plugin throws into a fault: logged with its stack, never sent', async () => {
  const { ask, lines } = await open()
  const answer = await ask('GET /lamps/a/boom')
  expect(answer).toMatchObject({ status: 500, value: { error: 'Fault' } })
  expect(answer.text).not.toContain('bust')
  const line = lines.find(({ event }) => event === 'request.fault')
  expect(line).toMatchObject({ level: 'error', message: 'boom and bust', route: 'boom' })
  expect(line?.['stack']).toContain('pipeline')
})

it('has the last word when the plugin fails at its own apology', async () => {
  const { ask } = await open(({ answers }) => ({
    answers: {
      ...answers,
      refuse: () => {
        throw new Error('again')
      },
    },
  }))
  const answer = await ask('GET /lamps/a/boom')
  expect(answer).toMatchObject({ status: 500, value: { title: 'Internal Server Error' } })
  expect(answer.text).not.toContain('again')
})

it('refuses, as a fault, a command that its route does not declare, and an unsendable reply', async () => {
  const { ask, lines } = await open(({ routes }) => ({
    routes: [
      ...routes.map((route) => (route.name === 'press' ? { ...route, commands: [] } : route)),
      handle({
        method: 'GET',
        path: '/lamps/:id/odd',
        name: 'odd',
        summary: 'Is odd',
        handle: async () => json(99, 'odd'),
      }),
    ],
  }))
  await ask('POST /lamps', { id: 'a', socket: 'S' })
  expect((await ask('POST /lamps/a/press')).status).toBe(500)
  expect((await ask('GET /lamps/a')).value).toMatchObject({ status: 'off' })
  expect((await ask('GET /lamps/a/odd')).status).toBe(500)
  expect(lines.map(({ event }) => event)).toContain('reply.unsendable')
})

it('sends a list of header values as repeated headers, and no content type of its own making', async () => {
  const { ask } = await open(({ routes }) => ({
    routes: [
      ...routes,
      handle({
        method: 'GET',
        path: '/lamps/:id/plain',
        name: 'plain',
        summary: 'Is plain',
        handle: async () => ({
          status: 200,
          headers: { 'set-cookie': ['a=1', 'b=2'] },
          body: 'plain',
        }),
      }),
    ],
  }))
  const answer = await ask('GET /lamps/a/plain')
  expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  expect(answer.headers.get('content-type')).toBeNull()
  expect(answer.text).toBe('plain')
})

it('prepares and submits anew while a route says that it may help, and then the failure stands', async () => {
  const seen: Array<{ readonly prepared: number; readonly failure: string }> = []
  let round = 0
  let cure = 3
  const { ask } = await open(({ routes, answers }) => ({
    answers: { ...answers, refuse: (_, { _tag }) => json(503, { stands: _tag }) },
    routes: [
      ...routes,
      command({
        method: 'POST',
        path: '/lamps/:id/insist',
        name: 'insist',
        summary: 'Insists',
        params: t.strict({ id: t.string }),
        lifecycle: lamp,
        commands: ['lamp.make'],
        prepare: async ({ params }) => {
          round += 1
          return params.id === 'gone' && round > 1 ? E.left(json(410, 'gone')) : E.right(round)
        },
        ref: ({ params: { id } }) => ({ provider: 'demo', tenant: 't', id }),
        submit: ({ prepared }) =>
          E.right({
            events: [{ type: 'lamp.make', socket: prepared < cure ? 'S' : `S${prepared}` }],
          }),
        repeat: ({ prepared }, { _tag }) => {
          seen.push({ prepared, failure: _tag })
          return _tag === 'ClaimTaken'
        },
        reply: ({ prepared }, { state }) =>
          json(201, { prepared, socket: state.context['socket'] }),
      }),
    ],
  }))
  await ask('POST /lamps', { id: 'a', socket: 'S' })

  expect((await ask('POST /lamps/b/insist')).value).toEqual({ prepared: 3, socket: 'S3' })
  expect(seen).toEqual([
    { prepared: 1, failure: 'ClaimTaken' },
    { prepared: 2, failure: 'ClaimTaken' },
  ])

  // What no repetition cures stands after a few.
  round = 0
  cure = Infinity
  expect(await ask('POST /lamps/c/insist')).toMatchObject({
    status: 503,
    value: { stands: 'ClaimTaken' },
  })
  expect(round).toBe(8)

  // What preparing finds out on the way is the reply.
  round = 0
  expect(await ask('POST /lamps/gone/insist')).toMatchObject({ status: 410, value: 'gone' })

  // Of another failure the route says that nothing helps.
  round = 0
  expect(await ask('POST /lamps/a/insist')).toMatchObject({ value: { stands: 'AlreadyExists' } })
  expect(round).toBe(1)
})
