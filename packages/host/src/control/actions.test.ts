import { memoryStore } from '@signalbox/stores/memory'
import { expect, it } from 'vitest'
import { LIT, scripted } from '../__fixtures__/house.ts'
import { openBox } from './__fixtures__/box.ts'
import type { Box } from './__fixtures__/box.ts'
import { DARK, lamps } from './__fixtures__/lamps.ts'

interface Action {
  readonly type: string
  readonly allowed: boolean
}

const actions = async (box: Box, id: string, as = 'olga'): Promise<ReadonlyArray<Action>> =>
  (
    (await box.control(`GET /services/demo/t/${id}/actions`, { as })).value as {
      items: ReadonlyArray<Action>
    }
  ).items

const action = async (box: Box, id: string, type: string, as?: string): Promise<unknown> =>
  (await actions(box, id, as)).find((one) => one.type === type)

const box = (store = memoryStore()): Promise<Box> =>
  openBox({ store, plugins: [lamps({ light: scripted(LIT) })] })

it('judges every command but the creation, with its native routes and its payload', async () => {
  const house = await box()
  await house.make('a')
  const judged = await actions(house, 'a')
  expect(judged.map(({ type }) => type)).toEqual([
    'lamp.press',
    'lamp.override',
    'lamp.smash',
    'lamp.polish',
    'lamp.trip',
  ])
  expect(judged[0]).toEqual({
    type: 'lamp.press',
    words: 'lamp.press',
    allowed: true,
    payload: { type: 'object', properties: {} },
    example: { type: 'lamp.press' },
    reasons: [],
    here: true,
    native: [
      { name: 'press', method: 'POST', path: '/lamps/a/press' },
      { name: 'press1000', method: 'POST', path: '/lamps/a/light' },
    ],
  })
  expect(judged[1]).toMatchObject({ type: 'lamp.override', allowed: true, here: false })
})

it('says why not, and what would lead there', async () => {
  const house = await box()
  await house.make('a')
  await house.ask('POST /lamps/a/press')
  await house.host.idle()
  expect(await action(house, 'a', 'lamp.press')).toMatchObject({
    allowed: false,
    reasons: [{ words: expect.stringContaining('while the status is "on"') }],
    sequence: [{ kind: 'command', name: 'lamp.override', status: 'off' }],
  })
})

it('judges for the caller, whose role the plugin has given a meaning', async () => {
  const house = await box()
  await house.make('a')
  expect(await action(house, 'a', 'lamp.press', 'vera')).toMatchObject({
    allowed: false,
    reasons: [{ guard: 'isMember', words: 'Only members press switches.' }],
  })
})

it('counts what the plugin looks up among the reasons', async () => {
  const house = await box()
  await house.make('dark')
  expect(await action(house, 'dark', 'lamp.press')).toMatchObject({
    allowed: false,
    reasons: [DARK],
  })
})

it('finds the way to a status over reports and deadlines', async () => {
  const house = await box()
  await house.make('a')
  const { value } = await house.control('GET /services/demo/t/a/path?to=on')
  expect(value).toMatchObject({
    from: 'off',
    to: 'on',
    steps: [
      {
        kind: 'command',
        name: 'lamp.press',
        native: [{ path: '/lamps/a/press' }, { path: '/lamps/a/light' }],
      },
      { kind: 'report', name: 'lamp.lit', words: 'It is lit', status: 'on' },
    ],
  })
  expect((await house.control('GET /services/demo/t/a/path?to=off')).value).toMatchObject({
    steps: [],
  })
})

it('prefers what can be sent now to what comes by itself later', async () => {
  const house = await box()
  await house.make('a')
  await house.ask('POST /lamps/a/press')
  await house.host.idle()
  const { value } = await house.control('GET /services/demo/t/a')
  expect(value).toMatchObject({ status: 'on', deadlines: [{ name: 'burns' }] })
  expect((await house.control('GET /services/demo/t/a/path?to=off')).value).toMatchObject({
    steps: [{ kind: 'command', name: 'lamp.override', status: 'off' }],
  })
})

it('says that nothing leads somewhere, or that there is no such status', async () => {
  const house = await box()
  await house.make('a')
  expect(await house.control('GET /services/demo/t/a/path?to=on', { as: 'vera' })).toMatchObject({
    status: 409,
    value: { type: '/_signalbox/problems/no-path', from: 'off', to: 'on' },
  })
  expect(await house.control('GET /services/demo/t/a/path?to=broken')).toMatchObject({
    status: 400,
    value: { errors: [{ parameter: 'to', rule: expect.stringContaining('one of off, lighting') }] },
  })
  expect((await house.control('GET /services/demo/t/a/path')).status).toBe(400)
  expect((await house.control('GET /services/demo/t/b/actions')).status).toBe(404)
})

it('looks for ways one after another, however many ask at once', async () => {
  const store = memoryStore()
  let [under, most] = [0, 0]
  const house = await box({
    ...store,
    effects: (query) => async () => {
      under += 1
      most = Math.max(most, under)
      await new Promise((resolve) => setImmediate(resolve))
      under -= 1
      return store.effects(query)()
    },
  })
  await house.make('a')
  const asked = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      n % 2 === 0
        ? house.control('GET /services/demo/t/a/actions')
        : house.control('GET /services/demo/t/a/path?to=on'),
    ),
  )
  expect(asked.map(({ status }) => status)).toEqual(asked.map(() => 200))
  expect(most).toBe(1)
})
