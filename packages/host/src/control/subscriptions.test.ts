import { memoryStore } from '@signalbox/stores/memory'
import { expect, it } from 'vitest'
import { LIT, openHouse, scripted, T0 } from '../__fixtures__/house.ts'
import { virtualClock } from '../clock.ts'
import type { VirtualClock } from '../clock.ts'
import type { Dial, Dialled, DialRequest } from '../dial.ts'
import { isSigned } from '../signature.ts'
import { openBox } from './__fixtures__/box.ts'
import type { Box } from './__fixtures__/box.ts'
import { lamps } from './__fixtures__/lamps.ts'

const URL = 'https://hooks.example/in?key=hidden'

const answered = (status: number, headers: Record<string, string> = {}): Dialled => ({
  _tag: 'Answered',
  status,
  mediaType: '',
  headers,
  body: new Uint8Array(),
})

/** A receiver that answers by turns, its last answer for ever, and what it was sent. */
const receiver = (
  ...answers: ReadonlyArray<Dialled | (() => Promise<Dialled>)>
): {
  readonly dial: Dial
  readonly sent: ReadonlyArray<DialRequest>
  readonly ids: () => unknown
} => {
  const sent: Array<DialRequest> = []
  return {
    sent,
    ids: () => sent.map(({ headers }) => headers['webhook-id']),
    dial: async (request) => {
      sent.push(request)
      const answer = answers[Math.min(sent.length, answers.length) - 1] ?? answered(204)
      return typeof answer === 'function' ? answer() : answer
    },
  }
}

interface Setting {
  readonly dial: Dial
  readonly store?: ReturnType<typeof memoryStore>
  readonly clock?: VirtualClock
}

const box = ({ dial, store = memoryStore(), clock = virtualClock(T0) }: Setting): Promise<Box> =>
  openBox({ store, clock, dial, plugins: [lamps({ light: scripted(LIT) })] })

const subscribe = async (
  { control }: Box,
  body: object = {},
  as = 'adam',
): Promise<{ readonly status: number; readonly value: Readonly<Record<string, unknown>> }> => {
  const { status, value } = await control('POST /subscriptions', {
    as,
    body: { url: URL, filter: { provider: 'demo' }, ...body },
  })
  return { status, value: value as Readonly<Record<string, unknown>> }
}

const look = async ({ control }: Box, { value }: { value: Readonly<Record<string, unknown>> }) =>
  (await control(`GET /subscriptions/${String(value['id'])}`, { as: 'adam' })).value

const bodies = (sent: ReadonlyArray<DialRequest>): ReadonlyArray<unknown> =>
  sent.map(({ body }) => (JSON.parse(body ?? '') as { data: { type: unknown } }).data.type)

it('sends events to a subscriber in order, signed by the secret that was shown once', async () => {
  const hook = receiver()
  const house = await box(hook)
  const made = await subscribe(house)
  expect(made).toMatchObject({
    status: 201,
    value: { url: URL, state: 'running', secret: expect.stringMatching(/^whsec_/) },
  })
  await house.make('a')
  await house.control('POST /services/demo/t/a/commands', { body: { type: 'lamp.press' } })
  await house.clock.advance(2_000)
  expect(bodies(hook.sent)).toEqual(['lamp.make', 'lamp.press', 'lamp.lit'])
  const { items } = (await house.control('GET /events?provider=demo')).value as {
    items: ReadonlyArray<{ id: string }>
  }
  expect(hook.ids()).toEqual(items.map(({ id }) => id))
  for (const { headers, body = '' } of hook.sent)
    expect(
      isSigned([String(made.value['secret'])], {
        headers: new Headers(headers),
        body,
        at: house.clock.now(),
      }),
    ).toBe(true)
  const seen = await look(house, made)
  expect(seen).toMatchObject({ state: 'running', attempts: 0, lastError: null })
  expect(JSON.stringify(seen)).not.toContain('whsec_')
})

it('begins with what happens after the subscription, or where it is told to', async () => {
  const hook = receiver()
  const house = await box(hook)
  await house.make('a')
  await subscribe(house)
  await subscribe(house, { after: 'earliest', filter: { type: 'lamp.make' } })
  await house.clock.advance(1_000)
  expect(bodies(hook.sent)).toEqual(['lamp.make'])
  expect(await subscribe(house, { after: 'nowhere' })).toMatchObject({
    status: 400,
    value: { errors: [{ pointer: '/after' }] },
  })
})

it('tries an event again until it is taken, and sends nothing behind it before', async () => {
  const away = answered(503)
  const hook = receiver(away, { _tag: 'Unreachable', message: 'reset', sent: true }, answered(204))
  const house = await box(hook)
  const made = await subscribe(house)
  await house.make('a')
  await house.make('b')
  await house.clock.advance(1_000)
  expect(hook.sent).toHaveLength(1)
  expect(await look(house, made)).toMatchObject({
    attempts: 1,
    lastError: 'hooks.example answered 503',
  })
  await house.clock.advance(10_000)
  const [first, ...others] = hook.ids() as ReadonlyArray<string>
  expect(others.slice(0, 2)).toEqual([first, first])
  expect(others).toHaveLength(3)
  expect(await look(house, made)).toMatchObject({ attempts: 0, lastError: null })
})

it('waits as long as a receiver asks for', async () => {
  const hook = receiver(answered(429, { 'retry-after': '60' }), answered(204))
  const house = await box(hook)
  await subscribe(house)
  await house.make('a')
  await house.clock.advance(59_000)
  expect(hook.sent).toHaveLength(1)
  await house.clock.advance(3_000)
  expect(hook.sent).toHaveLength(2)
})

it('holds a subscription that nobody answers, says so, and goes on where it was when resumed', async () => {
  const hook = receiver(...Array.from({ length: 12 }, () => answered(500)), answered(204))
  const house = await box(hook)
  const made = await subscribe(house)
  await house.make('a')
  await house.clock.advance(3_600_000)
  expect(hook.sent).toHaveLength(12)
  expect(await look(house, made)).toMatchObject({ state: 'held', attempts: 12 })
  const { items } = (await house.control('GET /events', { as: 'adam' })).value as {
    items: ReadonlyArray<{ data: { type: string } }>
  }
  expect(items.map(({ data }) => data.type)).toContain('subscription.hold')
  const path = `POST /subscriptions/${String(made.value['id'])}/resume`
  expect((await house.control(path, { as: 'olga' })).status).toBe(403)
  expect((await house.control(path, { as: 'adam' })).value).toMatchObject({ state: 'running' })
  await house.clock.advance(2_000)
  expect(new Set(hook.ids() as ReadonlyArray<string>).size).toBe(1)
  expect(hook.sent).toHaveLength(13)
})

it.each([
  ['answers 410', answered(410)],
  ['may not be reached', { _tag: 'Refused' } as const],
])('holds a subscription at once whose receiver %s', async (_, answer) => {
  const hook = receiver(answer)
  const house = await box(hook)
  const made = await subscribe(house)
  await house.make('a')
  await house.clock.advance(1_000)
  expect(hook.sent).toHaveLength(1)
  expect(await look(house, made)).toMatchObject({ state: 'held' })
})

it('asks the dial for public addresses only, and for https', async () => {
  const hook = receiver()
  const house = await box(hook)
  expect(await subscribe(house, { url: 'http://hooks.example/' })).toMatchObject({
    status: 400,
    value: { errors: [{ pointer: '/url' }] },
  })
  await subscribe(house)
  await house.make('a')
  await house.clock.advance(1_000)
  const [sent] = hook.sent
  expect(
    ['127.0.0.1', '10.0.0.1', '169.254.169.254', '::1'].map((one) => sent?.permits(one)),
  ).toEqual([false, false, false, false])
  expect(sent?.permits('8.8.8.8')).toBe(true)
})

it('names what is wrong with a subscription, and repeats no secret', async () => {
  const house = await box(receiver())
  const { status, value } = await subscribe(house, { url: 'ftp://x', secret: 'whsec_short' })
  expect(status).toBe(400)
  expect(value).toMatchObject({ errors: [{ pointer: '/url' }, { pointer: '/secret' }] })
  expect(JSON.stringify(value)).not.toContain('short')
})

it('lets one of two hosts send, and the other when that one has gone', async () => {
  const store = memoryStore()
  const clock = virtualClock(T0)
  const hook = receiver()
  const one = await box({ ...hook, store, clock })
  const other = await box({ ...hook, store, clock })
  await subscribe(one)
  for (const id of ['a', 'b', 'c']) await one.make(id)
  for (const id of ['d', 'e']) await other.make(id)
  await clock.advance(3_000)
  expect(new Set(hook.ids() as ReadonlyArray<string>).size).toBe(5)
  expect(hook.sent).toHaveLength(5)
  const drained = one.host.drain()
  await clock.advance(100)
  await drained
  await other.make('f')
  await clock.advance(3_000)
  expect(hook.sent).toHaveLength(6)
})

it('takes over from a host that died in the middle of sending, once its lease has ended', async () => {
  const store = memoryStore()
  const clock = virtualClock(T0)
  // It never hears of an answer, nor anything else again.
  const dead = await box({ dial: () => new Promise(() => {}), store, clock: virtualClock(T0) })
  await subscribe(dead)
  await dead.make('a')
  await dead.clock.advance(1_000)
  const hook = receiver()
  const living = await box({ ...hook, store, clock })
  await clock.advance(9_000)
  expect(hook.sent).toHaveLength(0)
  await clock.advance(4_000)
  expect(bodies(hook.sent)).toEqual(['lamp.make'])
  await living.make('b')
  await clock.advance(2_000)
  expect(bodies(hook.sent)).toEqual(['lamp.make', 'lamp.make'])
})

it('sends a subscriber nothing that its maker may not see', async () => {
  const hook = receiver()
  const house = await box(hook)
  await subscribe(house, { filter: {} }, 'elsewhere')
  await house.make('a')
  await house.clock.advance(2_000)
  expect(hook.sent).toHaveLength(0)
})

it('shows subscriptions to those who may see as much, and ends them', async () => {
  const hook = receiver()
  const house = await box(hook)
  const made = await subscribe(house)
  const path = `/subscriptions/${String(made.value['id'])}`
  expect((await house.control(`GET ${path}`, { as: 'elsewhere' })).status).toBe(404)
  expect((await house.control('GET /subscriptions', { as: 'elsewhere' })).value).toMatchObject({
    items: [],
  })
  expect((await house.control('GET /subscriptions', { as: 'adam' })).value).toMatchObject({
    items: [{ id: made.value['id'] }],
  })
  expect((await house.control(`DELETE ${path}`, { as: 'elsewhere' })).status).toBe(404)
  expect((await house.control(`DELETE ${path}`, { as: 'adam' })).status).toBe(204)
  expect((await house.control(`GET ${path}`, { as: 'adam' })).status).toBe(404)
  await house.make('a')
  await house.clock.advance(2_000)
  expect(hook.sent).toHaveLength(0)
})

it('writes no secret, path or query of a receiver to the log or the journal', async () => {
  const hook = receiver(answered(500))
  const house = await box(hook)
  const made = await subscribe(house)
  await house.make('a')
  await house.clock.advance(5_000)
  const events = await house.control('GET /events', { as: 'adam' })
  for (const told of [house.lines, events.value]) {
    expect(JSON.stringify(told)).not.toContain('key=hidden')
    expect(JSON.stringify(told)).not.toContain(String(made.value['secret']))
  }
})

const tokenOf = async ({ control }: Box, body: object = {}) =>
  (await control('POST /tokens', { as: 'adam', body: { name: 'hook', roles: ['admin'], ...body } }))
    .value as { readonly id: string; readonly token: string }

const subscribeBy = async ({ control }: Box, token: string) => {
  const { value } = await control('POST /subscriptions', {
    as: null,
    headers: { authorization: `Bearer ${token}` },
    body: { url: URL, filter: { provider: 'demo' } },
  })
  return { value: value as Readonly<Record<string, unknown>> }
}

const GONE = { state: 'held', lastError: 'its maker is gone, or is no admin any more' }

it('sends nothing more when the token of its maker is revoked, and says so', async () => {
  const hook = receiver()
  const house = await box(hook)
  const { id, token } = await tokenOf(house)
  const made = await subscribeBy(house, token)
  await house.make('a')
  await house.clock.advance(1_000)
  expect(hook.sent).toHaveLength(1)
  expect((await house.control(`DELETE /tokens/${id}`, { as: 'adam' })).status).toBe(204)
  await house.make('b')
  await house.clock.advance(5_000)
  expect(hook.sent).toHaveLength(1)
  expect(await look(house, made)).toMatchObject(GONE)
  const path = `POST /subscriptions/${String(made.value['id'])}/resume`
  expect((await house.control(path, { as: 'adam' })).status).toBe(200)
  await house.clock.advance(5_000)
  expect(hook.sent).toHaveLength(1)
})

it('stops in the middle of what is to be sent when its maker goes', async () => {
  let pass = (): void => {}
  const slow = (): Promise<Dialled> =>
    new Promise((resolve) => {
      pass = () => resolve(answered(204))
    })
  const hook = receiver(slow, answered(204))
  const house = await box(hook)
  const { id, token } = await tokenOf(house)
  await subscribeBy(house, token)
  for (const lamp of ['a', 'b', 'c']) await house.make(lamp)
  await house.clock.advance(1_000)
  await house.control(`DELETE /tokens/${id}`, { as: 'adam' })
  await house.clock.advance(3_000)
  pass()
  await house.clock.advance(3_000)
  expect(hook.sent).toHaveLength(1)
})

it('ends with the token of its maker', async () => {
  const hook = receiver()
  const house = await box(hook)
  const { token } = await tokenOf(house, { expiresAt: new Date(T0 + 60_000).toISOString() })
  const made = await subscribeBy(house, token)
  await house.clock.advance(61_000)
  await house.make('a')
  await house.clock.advance(2_000)
  expect(hook.sent).toHaveLength(0)
  expect(await look(house, made)).toMatchObject(GONE)
})

it.each([
  ['is configured no more', []],
  ['is an operator now', [{ tenants: '*' as const, roles: ['operator'] }]],
  ['sees another tenant now', [{ tenants: ['u'], roles: ['admin'] }]],
])('sends nothing for a maker that %s', async (_, adams) => {
  const store = memoryStore()
  const clock = virtualClock(T0)
  const hook = receiver()
  const before = await box({ dial: async () => answered(500), store, clock })
  await subscribe(before)
  await before.make('a')
  const drained = before.host.drain()
  await clock.advance(20_000)
  await drained
  await openHouse({
    store,
    clock,
    dial: hook.dial,
    plugins: [lamps()],
    principals: adams.map((adam) => ({
      id: 'adam',
      provider: 'signalbox',
      verify: async () => true,
      ...adam,
    })),
  })
  await clock.advance(120_000)
  expect(hook.sent).toHaveLength(0)
})

it('gives a receiver that does not answer its time, and tries again', async () => {
  const signals: Array<AbortSignal> = []
  const house = await box({
    dial: (request) =>
      new Promise((resolve) => {
        signals.push(request.signal)
        request.signal.addEventListener('abort', () =>
          resolve({ _tag: 'Unreachable', message: 'aborted', sent: true }),
        )
      }),
  })
  const made = await subscribe(house)
  await house.make('a')
  await house.clock.advance(7_900)
  expect(signals).toHaveLength(1)
  expect(signals[0]?.aborted).toBe(false)
  await house.clock.advance(1_000)
  expect(await look(house, made)).toMatchObject({
    attempts: 1,
    lastError: 'no answer of hooks.example within 8000 ms',
  })
  await house.clock.advance(3_000)
  expect(signals).toHaveLength(2)
})

it('does not let a receiver that asks for no wait use up its attempts at once', async () => {
  const hook = receiver(answered(503, { 'retry-after': '0' }))
  const house = await box(hook)
  const made = await subscribe(house)
  await house.make('a')
  await house.clock.advance(30_000)
  expect(await look(house, made)).toMatchObject({ state: 'running' })
})

it('takes a hundred subscriptions and no more, and shows them by pages', async () => {
  const house = await box(receiver())
  const ids: Array<unknown> = []
  for (let made = 0; made < 100; made += 1) ids.push((await subscribe(house)).value['id'])
  expect(await subscribe(house)).toMatchObject({
    status: 409,
    value: { type: '/_signalbox/problems/quota-exceeded' },
  })
  const seen: Array<unknown> = []
  for (let next: string | null = ''; next !== null;) {
    const after: string = next === '' ? '' : `&after=${next}`
    const { value } = await house.control(`GET /subscriptions?limit=40${after}`, { as: 'adam' })
    const page = value as { items: ReadonlyArray<{ id: unknown }>; next: string | null }
    seen.push(...page.items.map(({ id }) => id))
    next = page.next
  }
  expect(seen.toSorted()).toEqual(ids.toSorted())
})

it('does not look again and again at what a filter has passed over', async () => {
  const store = memoryStore()
  const asked: Array<string | undefined> = []
  const counting = {
    ...store,
    journal: (query: Parameters<typeof store.journal>[0]) => {
      if (query.latest === undefined) asked.push(query.after)
      return store.journal(query)
    },
  }
  const house = await box({ ...receiver(), store: counting })
  await subscribe(house, { filter: { outcome: 'refused' } })
  for (const id of ['a', 'b', 'c']) await house.make(id)
  await house.clock.advance(2_000)
  const before = asked.length
  await house.clock.advance(5_000)
  const later = asked.slice(before)
  expect(later.length).toBeGreaterThan(2)
  expect(new Set(later)).toEqual(new Set([asked.at(-1)]))
  expect(asked.at(-1)).not.toBe(asked[0])
})
