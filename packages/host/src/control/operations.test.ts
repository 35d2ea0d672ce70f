import { memoryStore } from '@signalbox/stores/memory'
import { expect, it } from 'vitest'
import { LIT, pending, scripted } from '../__fixtures__/house.ts'
import { BURNS } from '../__fixtures__/lamp.ts'
import type { Driver } from '../index.ts'
import { openBox } from './__fixtures__/box.ts'
import type { Box } from './__fixtures__/box.ts'
import { lamps } from './__fixtures__/lamps.ts'

interface Pressed {
  readonly house: Box
  readonly look: (query?: string) => ReturnType<Box['control']>
}

const press = async (light: Driver): Promise<Pressed> => {
  const house = await openBox({ store: memoryStore(), plugins: [lamps({ light })] })
  await house.make('a')
  const { value } = await house.control('POST /services/demo/t/a/commands', {
    body: { type: 'lamp.press' },
  })
  const { operation } = value as { operation: { id: string } }
  const path = `/operations/${encodeURIComponent(operation.id)}`
  return { house, look: (query = '') => house.control(`GET ${path}${query}`, { as: 'vera' }) }
}

it('says of work that has failed that the service is neither usable nor the work repeatable', async () => {
  const { house, look } = await press(scripted({ kind: 'failed', message: 'bang', retry: false }))
  await house.host.idle()
  const seen = await look()
  expect(seen.value).toMatchObject({
    state: 'failed',
    usable: false,
    repeatable: false,
    parts: [{ state: 'failed', lastError: 'bang' }],
  })
  expect(seen.headers.get('retry-after')).toBe(null)
})

it('says that work is repeatable once the present state takes a command that asks for it', async () => {
  const { house, look } = await press(scripted(LIT))
  await house.host.idle()
  expect((await look()).value).toMatchObject({
    state: 'succeeded',
    usable: true,
    repeatable: false,
  })
  await house.clock.advance(BURNS)
  expect((await look()).value).toMatchObject({ state: 'succeeded', usable: true, repeatable: true })
})

it('says of work that was given up that it can be repeated, and that looking again soon is of no use', async () => {
  const driver = { ...scripted({ kind: 'failed', message: 'away', retry: true }), attempts: 1 }
  const { house, look } = await press({ ...driver, onExhausted: 'park' })
  await house.host.idle()
  const seen = await look()
  expect(seen.value).toMatchObject({ state: 'running', repeatable: true })
  expect(seen.headers.get('retry-after')).toBe('60')
})

it('says when work is tried again as the time to look again', async () => {
  const away = { kind: 'failed', message: 'away', retry: true, afterMs: 7_000 } as const
  const { house, look } = await press(scripted(away))
  await house.host.idle()
  const seen = await look()
  expect(seen.value).toMatchObject({ state: 'running', usable: true, repeatable: false })
  expect(seen.headers.get('retry-after')).toBe('7')
})

it('says of work whose service has ended that neither can be used again', async () => {
  const late = pending()
  const { house, look } = await press(scripted(late.answer))
  await house.control('POST /services/demo/t/a/commands', { body: { type: 'lamp.smash' } })
  late.give(LIT)
  await house.host.idle()
  expect((await look()).value).toMatchObject({ usable: false, repeatable: false })
})

it('does not hold up a host that stops for whoever waits for the end of work', async () => {
  const { house, look } = await press(scripted(pending().answer))
  const replies: Array<unknown> = []
  const waiting = look('?wait=60').then(({ value }) => replies.push(value))
  await house.clock.advance(1_000)
  expect(replies).toEqual([])
  const drained = house.host.drain(30_000)
  await house.clock.advance(1_000)
  expect(replies).toMatchObject([{ state: 'running' }])
  await waiting
  await house.clock.advance(60_000)
  await drained
})
