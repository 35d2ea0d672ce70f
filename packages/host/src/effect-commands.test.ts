import type { JournalEntry } from '@signalbox/core'
import type { PendingEffect, Store } from '@signalbox/core/store'
import { memoryStore } from '@signalbox/stores/memory'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { LIT, scripted } from './__fixtures__/house.ts'
import { BURNS, demo, lamp } from './__fixtures__/lamp.ts'
import { openBox } from './control/__fixtures__/box.ts'
import type { Box } from './control/__fixtures__/box.ts'
import type { Driver, Performance } from './driver.ts'
import type { Ledger } from './ledger.ts'
import type { Mounted } from './plugin.ts'

interface Pressed extends Box {
  readonly light: ReturnType<typeof scripted>
  readonly effects: () => Promise<ReadonlyArray<PendingEffect>>
  readonly journal: () => Promise<ReadonlyArray<JournalEntry>>
  readonly status: () => Promise<unknown>
  readonly id: string
}

const effectsOf = async (store: Store): Promise<ReadonlyArray<PendingEffect>> => {
  const page = await store.effects({ limit: 100 })()
  return E.isRight(page) ? page.right.items : []
}

// A lamp that has been pressed; its driver parks, and answers so.
const pressed = async (
  answers: ReadonlyArray<Performance | (() => Promise<Performance>)>,
  more: Partial<Driver> = {},
): Promise<Pressed> => {
  const store = memoryStore()
  const light = scripted(...answers)
  const driver: Driver = { ...light, onExhausted: 'park', attempts: 1, ...more }
  const box = await openBox({ store, plugins: [demo({ drivers: { light: driver } })] })
  await box.make('a')
  await box.ask('POST /lamps/a/press')
  await box.host.idle()
  return {
    ...box,
    light,
    effects: () => effectsOf(store),
    journal: async () => {
      const page = await store.journal({ limit: 100 })()
      return E.isRight(page) ? page.right.entries : []
    },
    status: async () => ((await box.ask('GET /lamps/a')).value as { status: string }).status,
    id: (await effectsOf(store))[0]?.effect.id ?? '',
  }
}

const AWAY: Performance = { kind: 'failed', message: 'away', retry: true }

it('retries what is parked as if it had never been tried, and journals who asked for it', async () => {
  const { control, host, id, light, status, journal, effects } = await pressed([AWAY, LIT])
  expect((await effects())[0]).toMatchObject({ work: 'parked', attempts: 1 })
  const answer = await control(`POST /effects/${id}/retry`, { headers: { 'x-request-id': 'r-1' } })
  expect(answer.status).toBe(200)
  await host.idle()
  expect([await status(), light.calls.map((call) => call.id)]).toEqual(['on', [id, id]])
  const line = (await journal()).find(({ type }) => type === 'effect.retry')
  expect(line).toMatchObject({
    kind: 'command',
    outcome: 'unchanged',
    from: 'lighting',
    to: 'lighting',
    effect: id,
    request: 'r-1',
    actor: { roles: ['operator'] },
    detail: { attempts: 1, error: 'away' },
  })
  expect(line?.actor?.id).toContain('olga')
})

it('retries at once what waits for its next attempt', async () => {
  const wait: Performance = { ...AWAY, afterMs: 3_600_000 }
  const { control, host, id, status } = await pressed([wait, LIT], { attempts: 9 })
  expect(await status()).toBe('lighting')
  expect((await control(`POST /effects/${id}/retry`)).status).toBe(200)
  await host.idle()
  expect(await status()).toBe('on')
})

it('abandons work: it fails, its service is told, and the journal says who did it, in one commit', async () => {
  const { control, host, id, status, ask, journal, effects } = await pressed([AWAY])
  const before = host.counters().commits
  expect((await control(`POST /effects/${id}/abandon`)).status).toBe(200)
  expect(host.counters().commits).toBe(before + 1)
  expect(await status()).toBe('burst')
  expect((await ask('GET /lamps/a')).value).toMatchObject({
    context: { note: 'the work was abandoned' },
  })
  expect((await effects())[0]).toMatchObject({ work: 'failed', error: 'the work was abandoned' })
  expect((await journal()).slice(-2)).toMatchObject([
    { type: 'effect.abandon', kind: 'command', effect: id, from: 'lighting', to: 'lighting' },
    { type: 'lamp.burst', kind: 'report', effect: id, from: 'lighting', to: 'burst' },
  ])
})

it('journals who abandoned work also where a ledger is kept', async () => {
  const heard: Array<string> = []
  const ledger: Ledger = {
    lifecycle: lamp,
    enter: async ({ journal }) => {
      heard.push(...journal.map(({ type }) => type))
      return E.right([])
    },
  }
  const store = memoryStore()
  const light: Driver = { ...scripted(AWAY), attempts: 1, onExhausted: 'park' }
  const change = (mounted: Mounted): Mounted => ({ ...mounted, ledgers: [ledger] })
  const box = await openBox({ store, plugins: [demo({ drivers: { light }, change })] })
  await box.make('a')
  await box.ask('POST /lamps/a/press')
  await box.host.idle()
  const id = (await effectsOf(store))[0]?.effect.id
  expect((await box.control(`POST /effects/${id}/abandon`)).status).toBe(200)
  const page = await store.journal({ limit: 100 })()
  const types = E.isRight(page) ? page.right.entries.map(({ type }) => type) : []
  expect(types.slice(-3)).toEqual(['effect.exhausted', 'effect.abandon', 'lamp.burst'])
  // The ledger is about what happens to services.
  expect(heard).toEqual(['lamp.make', 'lamp.press', 'lamp.burst'])
})

it('calls off the driver of what is abandoned, and forgets what it says after', async () => {
  let signal: AbortSignal | undefined
  let answer: (performance: Performance) => void = () => {}
  const { control, host, id, status, journal } = await pressed([], {
    perform: (_, attempt) => {
      signal = attempt.signal
      return new Promise((resolve) => {
        answer = resolve
      })
    },
  })
  expect((await control(`POST /effects/${id}/abandon`)).status).toBe(200)
  expect(signal?.aborted).toBe(true)
  const before = await journal()
  answer(LIT)
  await host.idle()
  expect([await status(), await journal()]).toEqual(['burst', before])
})

it('calls off the driver of another host once it renews its lease', async () => {
  const store = memoryStore()
  let signal: AbortSignal | undefined
  const light: Driver = {
    perform: (_, attempt) => {
      signal = attempt.signal
      return new Promise(() => {})
    },
  }
  const plugins = [demo({ drivers: { light } })]
  const one = await openBox({ store, plugins })
  const other = await openBox({ store, plugins, clock: one.clock })
  await one.make('a')
  await one.ask('POST /lamps/a/press')
  const id = (await effectsOf(store))[0]?.effect.id
  expect((await other.control(`POST /effects/${id}/abandon`)).status).toBe(200)
  expect(signal?.aborted).toBe(false)
  await one.clock.advance(10_000)
  expect(signal?.aborted).toBe(true)
})

it('abandons what no report is made of, and opens its lane', async () => {
  const store = memoryStore()
  const check: Driver = {
    ...scripted({ kind: 'exhausted', message: 'gone' }, { kind: 'done' }),
    onExhausted: 'park',
  }
  const drivers = { light: scripted(LIT), check }
  const { control, host, make, ask, clock } = await openBox({ store, plugins: [demo({ drivers })] })
  await make('a')
  await ask('POST /lamps/a/press')
  await host.idle()
  await clock.advance(BURNS)
  await ask('POST /lamps/a/press')
  await host.idle()
  const works = async (): Promise<unknown> =>
    (await effectsOf(store)).map(({ effect, work }) => `${effect.type} ${work}`)
  expect(await works()).toEqual(['light done', 'check parked', 'light pending'])
  const id = (await effectsOf(store))[1]?.effect.id
  expect((await control(`POST /effects/${id}/abandon`)).status).toBe(200)
  await host.idle()
  expect(await works()).toEqual(['light done', 'check failed', 'light done', 'check done'])
})

it('leaves alone what was superseded', async () => {
  const { control, ask, id, effects } = await pressed([AWAY])
  await ask('POST /lamps/a/override')
  for (const verb of ['retry', 'abandon'])
    expect((await control(`POST /effects/${id}/${verb}`)).status).toBe(409)
  expect((await effects())[0]?.work).toBe('superseded')
})

it('refuses both for what has ended, and leaves it as it is', async () => {
  const { control, id, effects, journal } = await pressed([LIT])
  const before = [await effects(), await journal()]
  for (const verb of ['retry', 'abandon'])
    expect(await control(`POST /effects/${id}/${verb}`)).toMatchObject({
      status: 409,
      value: { type: '/_signalbox/problems/effect-settled' },
    })
  expect([await effects(), await journal()]).toEqual(before)
})
