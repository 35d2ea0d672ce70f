import { memoryStore } from '@signalbox/stores/memory'
import { expect, it } from 'vitest'
import { LIT, scripted } from '../__fixtures__/house.ts'
import { openBox } from './__fixtures__/box.ts'
import type { Box } from './__fixtures__/box.ts'
import { lamps } from './__fixtures__/lamps.ts'

interface Event {
  readonly id: string
  readonly type: string
  readonly sequence: string
}

const box = (store = memoryStore()): Promise<Box> =>
  openBox({ store, plugins: [lamps({ light: scripted(LIT) })] })

const list = async (
  house: Box,
  query: string,
  as = 'vera',
): Promise<{ items: ReadonlyArray<Event>; next: string | null; more: boolean }> =>
  (await house.control(`GET /events${query}`, { as })).value as never

/** A reader of the stream: `next` reads on until so many events have come, and answers their ids and places. */
const reader = async (
  house: Box,
  { query = '', headers = {} }: { query?: string; headers?: Record<string, string> } = {},
) => {
  const response = await house.host.fetch(
    new Request(`http://host.test/_signalbox/v1/events/stream${query}`, {
      headers: { authorization: 'Bearer vera-secret', ...headers },
    }),
  )
  const stream = response.body?.getReader()
  if (stream === undefined) throw new Error('there is no stream')
  let text = ''
  return {
    response,
    next: async (count: number): Promise<ReadonlyArray<Event>> => {
      for (;;) {
        const events = [...text.matchAll(/^data: (.*)$/gm)].map(
          ([, data = '']) => JSON.parse(data) as Event,
        )
        if (events.length >= count) return events
        const { done, value } = await stream.read()
        if (done) return events
        text += new TextDecoder().decode(value)
      }
    },
    until: async (part: string): Promise<void> => {
      while (!text.includes(part)) {
        const { done, value } = await stream.read()
        if (done) throw new Error(`the stream ended without ${part}`)
        text += new TextDecoder().decode(value)
      }
    },
    closed: async (): Promise<boolean> => {
      for (;;) if ((await stream.read()).done) return true
    },
    leave: () => stream.cancel(),
  }
}

it('tells the history of a service: who, what, from where to where, and what was refused', async () => {
  const house = await box()
  await house.make('a')
  await house.make('b')
  await house.control('POST /services/demo/t/a/commands', { body: { type: 'lamp.press' } })
  await house.host.idle()
  await house.control('POST /services/demo/t/a/commands', { body: { type: 'lamp.press' } })
  const told = await house.control('GET /services/demo/t/a/history', { as: 'vera' })
  expect(told.value).toMatchObject({
    items: [
      { type: 'lamp.make', from: null, to: 'off', actor: { id: 'ann' } },
      { type: 'lamp.press', from: 'off', to: 'lighting', actor: { id: 'signalbox/olga' } },
      { kind: 'report', type: 'lamp.lit', to: 'on' },
      { type: 'lamp.press', outcome: 'refused', reasons: [{}] },
    ],
    next: null,
  })
  const first = (await house.control('GET /services/demo/t/a/history?limit=3')).value
  const { next, items } = first as { next: string; items: ReadonlyArray<unknown> }
  expect(items).toHaveLength(3)
  const rest = await house.control(`GET /services/demo/t/a/history?limit=3&after=${next}`)
  expect(rest.value).toMatchObject({ items: [{ outcome: 'refused' }], next: null })
  expect((await house.control('GET /services/demo/t/c/history')).status).toBe(404)
  expect((await house.control('GET /services/demo/t/a/history', { as: 'elsewhere' })).status).toBe(
    404,
  )
})

it('keeps the history of what has ended', async () => {
  const house = await box()
  await house.make('a')
  await house.ask('DELETE /lamps/a')
  expect((await house.control('GET /services/demo/t/a/history')).value).toMatchObject({
    items: [{ to: 'off' }, { type: 'lamp.smash', to: 'smashed' }],
  })
})

it('lists the journal as CloudEvents, and says where to read on', async () => {
  const house = await box()
  await house.make('a')
  const first = await list(house, '')
  expect(first).toMatchObject({
    items: [
      {
        specversion: '1.0',
        type: 'signalbox.command.lamp.make',
        source: '/_signalbox/v1/services/demo/t/a',
        subject: 'demo/t/a',
        datacontenttype: 'application/json',
        data: { provider: 'demo', tenant: 't', service: 'a', to: 'off' },
      },
    ],
    more: false,
  })
  expect(await list(house, `?after=${first.next}`)).toEqual({ ...first, items: [] })
  await house.make('b')
  const { items } = await list(house, `?after=${first.next}`)
  expect(items).toMatchObject([{ data: { service: 'b' } }])
})

it('filters events, and shows nobody what he may not see', async () => {
  const house = await box()
  for (const id of ['a', 'b', 'c']) await house.make(id)
  await house.ask('DELETE /lamps/b')
  const services = async (query: string, as?: string): Promise<unknown> =>
    (await list(house, query, as)).items.map(
      (event) => (event as unknown as { data: { service: string } }).data.service,
    )
  expect(await services('?type=lamp.smash')).toEqual(['b'])
  expect(await services('?service=b')).toEqual(['b', 'b'])
  expect(await services('?provider=demo&tenant=t&service=c')).toEqual(['c'])
  expect(await services('?outcome=refused')).toEqual([])
  expect(await services('', 'elsewhere')).toEqual([])
  expect(await services('', 'others')).toEqual([])
  expect(await services('', 'narrow')).toEqual(['a', 'b', 'c', 'b'])
  const page = await list(house, '?limit=2')
  expect(page).toMatchObject({ items: [{}, {}], more: true })
})

it('refuses a place that it did not make', async () => {
  const house = await box()
  expect(await house.control('GET /events?after=x')).toMatchObject({
    status: 400,
    value: { errors: [{ parameter: 'after' }] },
  })
  const headers = { 'last-event-id': 'x' }
  expect(await house.control('GET /events/stream', { headers })).toMatchObject({
    status: 400,
    value: { errors: [{ header: 'last-event-id' }] },
  })
})

it('streams what is there and what comes, and goes on from the last event that was seen', async () => {
  const house = await box()
  await house.make('a')
  const first = await reader(house)
  expect(first.response.headers.get('content-type')).toBe('text/event-stream')
  expect(await first.next(1)).toMatchObject([{ type: 'signalbox.command.lamp.make' }])
  const coming = first.next(2)
  await house.make('b')
  const seen = await coming
  expect(seen).toHaveLength(2)
  await first.leave()
  await house.make('c')
  await house.make('d')
  const headers = { 'last-event-id': seen[1]?.sequence ?? '' }
  const again = await reader(house, { headers })
  expect((await again.next(2)).map((event) => event.id)).toEqual(
    (await list(house, '')).items.slice(2).map(({ id }) => id),
  )
  await again.leave()
})

it('loses nothing and tells nothing twice to a reader that is cut off again and again', async () => {
  const house = await box()
  const told: Array<string> = []
  let last: string | undefined
  for (let round = 0; round < 30; round += 1) {
    const headers: Record<string, string> = last === undefined ? {} : { 'last-event-id': last }
    const stream = await reader(house, { headers })
    await Promise.all([house.make(`${round}-a`), house.make(`${round}-b`)])
    const [event] = await stream.next(1)
    if (event === undefined) throw new Error('nothing came')
    told.push(event.id)
    last = event.sequence
    await stream.leave()
  }
  const rest = await reader(house, { headers: { 'last-event-id': last ?? '' } })
  told.push(...(await rest.next(30)).map(({ id }) => id))
  await rest.leave()
  expect(told).toEqual((await list(house, '?limit=500')).items.map(({ id }) => id))
  expect(new Set(told).size).toBe(60)
})

it('tells that it is still there, and where it has come past what is filtered out', async () => {
  const house = await box()
  const stream = await reader(house, { query: '?type=lamp.smash' })
  await house.make('a')
  const told = stream.until('\nid: ')
  await house.clock.advance(20_000)
  await told
  const alive = stream.until(': still here')
  await house.clock.advance(20_000)
  await alive
  expect(await stream.next(0)).toEqual([])
  await stream.leave()
})

it('ends when the host stops', async () => {
  const house = await box()
  const stream = await reader(house)
  const closed = stream.closed()
  await house.host.drain()
  expect(await closed).toBe(true)
})

it('begins with what happens from now on when asked for the latest', async () => {
  const house = await box()
  await house.make('a')
  const { items, next } = await list(house, '?after=latest')
  expect(items).toEqual([])
  const stream = await reader(house, { query: '?after=latest' })
  await stream.until(`id: ${next}\n\n`)
  await house.make('b')
  expect(await stream.next(1)).toMatchObject([{ source: '/_signalbox/v1/services/demo/t/b' }])
  expect((await list(house, `?after=${next}`)).items).toMatchObject([
    { source: '/_signalbox/v1/services/demo/t/b' },
  ])
  await stream.leave()
})

it('gives whoever follows an empty journal a place to come back to', async () => {
  const house = await box()
  const { next } = await list(house, '?after=latest')
  const stream = await reader(house, { query: '?after=latest' })
  await stream.until(`id: ${next}\n\n`)
  await stream.leave()
  await house.make('a')
  const again = await reader(house, { headers: { 'last-event-id': next ?? '' } })
  expect(await again.next(1)).toMatchObject([{ type: 'signalbox.command.lamp.make' }])
  await again.leave()
})

it('lets go of a reader that takes nothing, and keeps one that does', async () => {
  const house = await box()
  const slow = await reader(house)
  const quick = await reader(house)
  await quick.until('retry: ')
  await house.make('a')
  await quick.next(1)
  await house.clock.advance(29_999)
  await house.make('b')
  await quick.next(2)
  await house.clock.advance(1)
  await expect(slow.closed()).rejects.toThrow('does not keep up')
  expect(house.lines.filter(({ event }) => event === 'feed.slow')).toMatchObject([
    { principal: 'vera' },
  ])
  await house.make('c')
  expect(await quick.next(3)).toHaveLength(3)
  await quick.leave()
})

it('ends the stream of a token that is revoked, before it tells any more', async () => {
  const house = await box()
  const made = await house.control('POST /tokens', {
    as: 'adam',
    body: { name: 'watch', roles: ['viewer'] },
  })
  const { token, id } = made.value as { token: string; id: string }
  const stream = await reader(house, {
    query: '?after=latest',
    headers: { authorization: `Bearer ${token}` },
  })
  await stream.until('retry: ')
  await house.control(`DELETE /tokens/${id}`, { as: 'adam' })
  await house.make('a')
  expect(await stream.next(1)).toEqual([])
})
