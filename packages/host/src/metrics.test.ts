import { storeUnavailable } from '@signalbox/core/store'
import { memoryStore } from '@signalbox/stores/memory'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { LIT, openHouse, scripted, T0 } from './__fixtures__/house.ts'
import { BURNS, demo } from './__fixtures__/lamp.ts'
import { virtualClock } from './clock.ts'
import type { HostOptions } from './host.ts'

const OPEN = 'application/openmetrics-text'

const caller = (
  id: string,
  more: Partial<HostOptions['principals'][number]> = {},
): HostOptions['principals'][number] => ({
  id,
  provider: 'signalbox',
  tenants: '*',
  roles: ['viewer'],
  verify: async (secret) => secret === id,
  ...more,
})

const openMetered = (options: Partial<Parameters<typeof openHouse>[0]> = {}) =>
  openHouse({ store: memoryStore(), metrics: 'anyone', ...options })

it('counts what requests, decisions, commits and attempts came to', async () => {
  const clock = virtualClock(T0)
  const driver = scripted(
    () => new Promise((resolve) => void clock.after(300, () => resolve(LIT))),
    { kind: 'failed', message: 'no bulb' },
  )
  const {
    ask,
    make,
    clock: time,
  } = await openMetered({
    clock,
    plugins: [demo({ drivers: { light: driver } })],
  })
  await make('a')
  await make('a')
  await ask('POST /lamps/a/press')
  await time.advance(300)
  await ask('GET /lamps/none')
  await ask('GET /nowhere')
  const { status, headers, text } = await ask('GET /metrics')
  expect([status, headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ])
  const { value } = parsed(text)
  expect(
    value('signalbox_http_requests_total', { plugin: 'demo', route: 'make', status: '201' }),
  ).toBe(1)
  expect(value('signalbox_http_requests_total', { plugin: '', route: '', status: '404' })).toBe(1)
  expect(
    value('signalbox_http_request_duration_seconds_count', { plugin: 'demo', route: 'make' }),
  ).toBe(2)
  expect(
    value('signalbox_decisions_total', {
      lifecycle: 'demo/lamp',
      input: 'command',
      outcome: 'moved',
    }),
  ).toBe(2)
  expect(
    value('signalbox_decisions_total', {
      lifecycle: 'demo/lamp',
      input: 'report',
      outcome: 'moved',
    }),
  ).toBe(1)
  const attempt = { lifecycle: 'demo/lamp', type: 'light', outcome: 'done' }
  const name = 'signalbox_effect_attempt_duration_seconds'
  expect(value(`${name}_sum`, attempt)).toBe(0.3)
  expect(value(`${name}_bucket`, { ...attempt, le: '0.25' })).toBe(0)
  expect(value(`${name}_bucket`, { ...attempt, le: '0.5' })).toBe(1)
  expect(value(`${name}_bucket`, { ...attempt, le: '+Inf' })).toBe(1)
  const batches = value('signalbox_commit_batch_size_count', {})
  expect(batches).toBeGreaterThan(2)
  expect(value('signalbox_commit_duration_seconds_count', { outcome: 'stored' })).toBe(batches)
  expect(value('signalbox_store_up', {})).toBe(1)
})

it('writes OpenMetrics for who likes it as much, and the same numbers', async () => {
  const { ask, make } = await openMetered()
  await make('a')
  const inText = parsed((await ask('GET /metrics')).text)
  const open = await ask('GET /metrics', undefined, {
    accept: `${OPEN};version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2`,
  })
  expect(open.headers.get('content-type')).toBe(`${OPEN}; version=1.0.0; charset=utf-8`)
  expect(open.text.endsWith('# EOF\n')).toBe(true)
  expect(open.text).toContain('# TYPE signalbox_http_requests counter\n')
  expect(open.text).toContain(',le="1.0"}')
  const made = { plugin: 'demo', route: 'make', status: '201' }
  expect(parsed(open.text).value('signalbox_http_requests_total', made)).toBe(
    inText.value('signalbox_http_requests_total', made),
  )
  for (const accept of ['*/*', 'text/plain', `${OPEN};q=0.1,text/plain;q=0.9`, `${OPEN};q=0`])
    expect((await ask('GET /metrics', undefined, { accept })).headers.get('content-type')).toMatch(
      /^text\/plain/,
    )
})

it('tells how late deadlines were settled, and what waits in the store', async () => {
  const store = memoryStore()
  const before = await openMetered({
    store,
    plugins: [demo({ drivers: { light: scripted(LIT) } })],
  })
  await before.make('a')
  await before.ask('POST /lamps/a/light')
  await before.host.drain()
  const busy = scripted({ kind: 'failed', message: 'busy', retry: true })
  const after = await openMetered({
    store,
    clock: virtualClock(T0 + BURNS + 7_000),
    plugins: [demo({ drivers: { light: busy } })],
  })
  await after.host.idle()
  await after.ask('POST /lamps/a/press')
  await after.clock.advance(0)
  const { value } = parsed((await after.ask('GET /metrics')).text)
  const lag = 'signalbox_deadline_lag_seconds'
  expect(value(`${lag}_sum`, { lifecycle: 'demo/lamp' })).toBe(7)
  expect(value(`${lag}_count`, { lifecycle: 'demo/lamp' })).toBe(1)
  expect(value('signalbox_deadlines_overdue', {})).toBe(0)
  expect(value('signalbox_effects', { work: 'pending' })).toBe(1)
})

it('asks the store for its work once in five seconds, and says when it cannot tell', async () => {
  const store = memoryStore()
  let asked = 0
  let down = false
  const { ask, clock } = await openMetered({
    store: {
      ...store,
      diagnose: (at) => {
        asked += 1
        return down ? async () => E.left(storeUnavailable('gone')) : store.diagnose(at)
      },
    },
  })
  const up = async (): Promise<number | undefined> =>
    parsed((await ask('GET /metrics')).text).value('signalbox_store_up', {})
  await up()
  down = true
  expect(await up()).toBe(1)
  expect(asked).toBe(1)
  await clock.advance(5_000)
  expect(await up()).toBe(0)
  expect(asked).toBe(2)
})

it('shows the metrics to viewers of everything, to nobody, or to anyone', async () => {
  const principals = [
    caller('all'),
    caller('tenant', { tenants: ['1'] }),
    caller('provider', { providers: ['demo'] }),
    caller('nothing', { roles: [] }),
    caller('vendor', { provider: 'demo' }),
  ]
  const guarded = await openHouse({ store: memoryStore(), principals })
  const asked = async (token?: string): Promise<number> =>
    (
      await guarded.ask('GET /metrics', undefined, {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      })
    ).status
  expect(await asked('all')).toBe(200)
  for (const one of ['tenant', 'provider', 'nothing']) expect(await asked(one)).toBe(403)
  for (const one of ['vendor', 'stranger', undefined]) expect(await asked(one)).toBe(401)
  const closed = await openHouse({ store: memoryStore(), principals, metrics: 'nobody' })
  expect(
    (await closed.ask('GET /metrics', undefined, { authorization: 'Bearer all' })).status,
  ).toBe(404)
})

it('spells labels, and what an app measures, as the formats ask for it', async () => {
  const { ask } = await openMetered({
    families: () => [
      {
        type: 'gauge',
        name: 'app_state',
        help: 'Two\nlines and a \\.',
        samples: [
          { labels: { said: 'a "quote"\\\n' }, value: Infinity },
          { labels: { said: '' }, value: NaN },
        ],
      },
    ],
  })
  const { text } = await ask('GET /metrics')
  expect(text).toContain(
    [
      '# HELP app_state Two\\nlines and a \\\\.',
      '# TYPE app_state gauge',
      'app_state{said="a \\"quote\\"\\\\\\n"} +Inf',
      'app_state{said=""} NaN',
    ].join('\n'),
  )
})

// -- internals

const SAMPLE =
  /^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (NaN|[+-]Inf|[\d.e+-]+)$/

const keyOf = (name: string, labels: Readonly<Record<string, string>>): string =>
  JSON.stringify([name, Object.entries(labels).toSorted()])

// Reads every line, or fails: each family once, its head first, buckets that never fall.
const parsed = (text: string) => {
  const values = new Map<string, number>()
  const types = new Map<string, string>()
  let family = ''
  for (const line of text.split('\n').slice(0, -1)) {
    if (line === '# EOF') continue
    const [, keyword, name = '', rest] = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line) ?? []
    if (keyword === 'HELP') {
      expect(types.has(name)).toBe(false)
      family = name
    } else if (keyword === 'TYPE') {
      expect(name).toBe(family)
      types.set(name, rest ?? '')
    } else {
      const [, sample = '', labels = '', value = ''] = SAMPLE.exec(line) ?? []
      expect(sample, line).toMatch(new RegExp(`^${family}(_total|_bucket|_sum|_count)?$`))
      const pairs = [...labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)]
      const key = keyOf(sample, Object.fromEntries(pairs.map(([, one = '', of = '']) => [one, of])))
      expect(values.has(key), line).toBe(false)
      values.set(key, Number(value.replace('Inf', 'Infinity')))
    }
  }
  return {
    value: (name: string, labels: Readonly<Record<string, string>>): number | undefined =>
      values.get(keyOf(name, labels)),
  }
}
