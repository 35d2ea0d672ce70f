import type { Store } from '@signalbox/core/store'
import { memoryStore } from '@signalbox/stores/memory'
import { expect, it } from 'vitest'
import type { Answer } from '../__fixtures__/house.ts'
import { LIT, pending, scripted } from '../__fixtures__/house.ts'
import { openBox } from './__fixtures__/box.ts'
import type { Box } from './__fixtures__/box.ts'
import { DARK, lamps } from './__fixtures__/lamps.ts'

const PRESS = { type: 'lamp.press' }

const box = (store: Store = memoryStore()): Promise<Box> =>
  openBox({ store, plugins: [lamps({ light: scripted(LIT) })] })

const send = (
  house: Box,
  id: string,
  body: unknown,
  headers: Record<string, string> = {},
  as = 'olga',
): Promise<Answer> => house.control(`POST /services/demo/t/${id}/commands`, { body, headers, as })

const statusOf = async (house: Box, id: string): Promise<unknown> =>
  ((await house.control(`GET /services/demo/t/${id}`)).value as { status?: unknown }).status

it('sends a command, and tells where its work can be followed', async () => {
  const house = await box()
  await house.make('a')
  const sent = await send(house, 'a', PRESS)
  expect(sent).toMatchObject({
    status: 202,
    value: { id: 'a', status: 'lighting', revision: 2, href: '/_signalbox/v1/services/demo/t/a' },
  })
  expect(sent.headers.get('etag')).toBe('"2"')
  const { operation } = sent.value as { operation: { href: string } }
  expect(sent.headers.get('location')).toBe(operation.href)
  await house.host.idle()
  expect(await house.ask(`GET ${operation.href}`, undefined, token('vera'))).toMatchObject({
    status: 200,
    value: {
      state: 'succeeded',
      service: '/_signalbox/v1/services/demo/t/a',
      parts: [{ type: 'light', state: 'done', attempts: 0 }],
    },
  })
  expect((await house.ask(`GET ${operation.href}`, undefined, token('elsewhere'))).status).toBe(404)
})

const token = (as: string): Record<string, string> => ({ authorization: `Bearer ${as}-secret` })

it('journals who has sent what, and what was refused', async () => {
  const store = memoryStore()
  const house = await box(store)
  await house.make('a')
  const sent = await send(house, 'a', PRESS)
  await house.host.idle()
  await send(house, 'a', PRESS)
  const actor = { id: 'signalbox/olga', roles: ['member'] }
  expect(await store.journal({ limit: 100 })()).toMatchObject({
    right: {
      entries: expect.arrayContaining([
        expect.objectContaining({
          type: 'lamp.press',
          outcome: 'moved',
          actor,
          request: sent.headers.get('x-request-id'),
        }),
        expect.objectContaining({ type: 'lamp.press', outcome: 'refused', actor }),
      ]),
    },
  })
})

it('answers 200 when no work goes on, and makes a service where there is none', async () => {
  const house = await box()
  const made = await send(house, 'a', { type: 'lamp.make', socket: 's' })
  expect(made).toMatchObject({
    status: 200,
    value: { status: 'off', revision: 1, operation: null },
  })
  expect(await send(house, 'a', { type: 'lamp.make', socket: 's' })).toMatchObject({
    status: 409,
    value: { type: '/_signalbox/problems/already-exists' },
  })
})

it('names the member that is wrong, and the rule', async () => {
  const house = await box()
  const wrong = async (body: unknown): Promise<unknown> =>
    ((await send(house, 'a', body)).value as { errors?: unknown }).errors
  expect(await wrong({})).toEqual([{ pointer: '/type', rule: 'string expected' }])
  expect(await wrong({ type: 'lamp.make' })).toEqual([
    { pointer: '/socket', rule: 'string expected' },
  ])
  expect(await wrong({ type: 'lamp.make', socket: 'none' })).toEqual([
    { pointer: '/socket', rule: 'a socket that is there' },
  ])
  await house.make('a')
  expect(await wrong({ type: 'lamp.lit', brightness: 1 })).toEqual([
    { pointer: '/type', rule: expect.stringContaining('one of lamp.make, lamp.press') },
  ])
  expect((await send(house, 'a', '{"type":')).status).toBe(400)
  expect((await send(house, 'a', PRESS, { 'content-type': 'text/plain' })).status).toBe(415)
  expect((await send(house, 'b', PRESS)).status).toBe(404)
  expect(await statusOf(house, 'a')).toBe('off')
})

it('says why the present state does not take it, also what the plugin knows', async () => {
  const house = await box()
  await house.make('dark')
  expect(await send(house, 'dark', PRESS)).toMatchObject({
    status: 409,
    value: {
      type: '/_signalbox/problems/not-allowed',
      status: 409,
      from: 'off',
      command: 'lamp.press',
      reasons: [DARK],
    },
  })
})

it('leaves to the native routes what only they can carry', async () => {
  const house = await box()
  await house.make('a')
  expect(await send(house, 'a', { type: 'lamp.override' })).toMatchObject({
    status: 422,
    value: {
      type: '/_signalbox/problems/native-only',
      native: [{ method: 'POST', path: '/lamps/a/override' }],
    },
  })
})

it('needs the role of an operator', async () => {
  const house = await box()
  await house.make('a')
  expect((await send(house, 'a', PRESS, {}, 'vera')).status).toBe(403)
  expect((await send(house, 'a', PRESS, {}, 'elsewhere')).status).toBe(404)
  expect(await statusOf(house, 'a')).toBe('off')
})

it('lets one of many writes with one tag through', async () => {
  const house = await box()
  await house.make('a')
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      send(house, 'a', index % 2 === 0 ? PRESS : { type: 'lamp.smash' }, { 'if-match': '"1"' }),
    ),
  )
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => status < 300)).toHaveLength(1)
  expect(statuses.filter((status) => status === 412)).toHaveLength(49)
})

it('judges conditions as the standard says', async () => {
  const house = await box()
  await house.make('a')
  for (const [header, value, status] of [
    ['if-match', 'W/"1"', 412],
    ['if-match', '"7", "8"', 412],
    ['if-match', '1', 400],
    ['if-none-match', '*', 412],
    ['if-none-match', '"1"', 400],
    ['if-match', '"0", "1"', 202],
  ] as const)
    expect((await send(house, 'a', PRESS, { [header]: value })).status, value).toBe(status)
  const make = { type: 'lamp.make', socket: 's' }
  expect((await send(house, 'b', make, { 'if-match': '*' })).status).toBe(412)
  expect((await send(house, 'b', make, { 'if-none-match': '*' })).status).toBe(200)
})

it('gives a request with the same key the same answer, byte for byte, also after a restart', async () => {
  const store = memoryStore()
  const house = await box(store)
  await house.make('a')
  const headers = { 'idempotency-key': '"one"' }
  const first = await send(house, 'a', PRESS, headers)
  await house.host.idle()
  const again = await send(house, 'a', PRESS, headers)
  expect([again.status, again.text]).toEqual([first.status, first.text])
  expect(again.headers.get('location')).toBe(first.headers.get('location'))
  const restarted = await box(store)
  const later = await send(restarted, 'a', PRESS, headers)
  expect([later.status, later.text]).toEqual([first.status, first.text])
  expect(await send(house, 'a', { type: 'lamp.smash' }, headers)).toMatchObject({
    status: 422,
    value: { type: '/_signalbox/problems/idempotency-mismatch' },
  })
  expect((await send(house, 'a', { type: 'lamp.smash' }, headers, 'adam')).status).toBe(200)
  expect((await send(house, 'a', PRESS, { 'idempotency-key': 'a b' })).status).toBe(400)
  expect((await send(house, 'a', PRESS, headers)).text).toBe(first.text)
})

it('judges anew what was refused under a key, and refuses a key whose request still runs', async () => {
  const store = memoryStore()
  let reached = (): void => {}
  const committing = new Promise<void>((resolve) => (reached = resolve))
  let release = (): void => {}
  const house = await openBox({
    store: {
      ...store,
      commit: (batch) => async () => {
        if (batch.some(({ receipt }) => receipt !== undefined))
          await new Promise<void>((resolve) => {
            release = resolve
            reached()
          })
        return store.commit(batch)()
      },
    },
    plugins: [lamps({ light: { perform: () => pending().answer() } })],
  })
  const headers = { 'idempotency-key': 'two' }
  expect((await send(house, 'a', PRESS, headers)).status).toBe(404)
  await house.make('a')
  const first = send(house, 'a', PRESS, headers)
  await committing
  expect(await send(house, 'a', PRESS, headers)).toMatchObject({
    status: 409,
    value: { type: '/_signalbox/problems/idempotency-running' },
  })
  release()
  expect((await first).status).toBe(202)
})

it('rehearses a command, and changes nothing', async () => {
  const house = await box()
  await house.make('a')
  const dry = { prefer: 'handling=dry-run' }
  const rehearsed = await send(house, 'a', PRESS, dry)
  expect(rehearsed.headers.get('preference-applied')).toBe('handling=dry-run')
  expect(rehearsed).toMatchObject({
    status: 200,
    value: {
      dryRun: true,
      response: { status: 202, body: { status: 'lighting', revision: 2 } },
      changes: [
        {
          id: 'a',
          status: 'lighting',
          canonical: 'updating',
          revision: 2,
          done: false,
          effects: [{ type: 'light', params: { socket: 'socket of a' } }],
          deadlines: { armed: [], cancelled: [] },
        },
      ],
    },
  })
  expect(await statusOf(house, 'a')).toBe('off')
  expect(
    await send(house, 'a', { type: 'lamp.polish' }, { prefer: 'handling=maybe' }),
  ).toMatchObject({
    status: 400,
    value: { errors: [{ header: 'prefer' }] },
  })
})

it('rehearses refusals of the store as well', async () => {
  const house = await box()
  const dry = { prefer: 'respond-async, handling="dry-run"' }
  await send(house, 'a', { type: 'lamp.make', socket: 's' })
  expect(await send(house, 'b', { type: 'lamp.make', socket: 's' }, dry)).toMatchObject({
    value: {
      response: { status: 409, body: { type: '/_signalbox/problems/taken' } },
      changes: [],
    },
  })
  for (const id of ['c', 'd']) await send(house, id, { type: 'lamp.make', socket: id })
  expect(await send(house, 'e', { type: 'lamp.make', socket: 'e' }, dry)).toMatchObject({
    value: { response: { status: 409, body: { type: '/_signalbox/problems/quota-exceeded' } } },
  })
})

it('waits for the end of work, and no longer than asked', async () => {
  const late = pending()
  const house = await openBox({
    store: memoryStore(),
    plugins: [lamps({ light: scripted(late.answer) })],
  })
  await house.make('a')
  const { value } = await send(house, 'a', PRESS)
  const { href } = (value as { operation: { href: string } }).operation
  const running = await house.ask(`GET ${href}`, undefined, token('vera'))
  expect(running).toMatchObject({ value: { state: 'running' } })
  expect(running.headers.get('retry-after')).toBe('1')
  const waiting = house.ask(`GET ${href}?wait=30`, undefined, token('vera'))
  const impatient = house.ask(`GET ${href}?wait=1`, undefined, token('vera'))
  await house.clock.advance(1_000)
  expect(await impatient).toMatchObject({ value: { state: 'running' } })
  late.give(LIT)
  await house.clock.advance(1_000)
  expect(await waiting).toMatchObject({ value: { state: 'succeeded' } })
  expect((await house.ask(`GET ${href}?wait=61`, undefined, token('vera'))).status).toBe(400)
  expect((await house.control('GET /operations/unknown')).status).toBe(404)
})
