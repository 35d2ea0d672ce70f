import { memoryStore } from '@signalbox/stores/memory'
import { expect, it } from 'vitest'
import { LIT, openHouse, scripted } from './__fixtures__/house.ts'
import { BURNS, demo } from './__fixtures__/lamp.ts'

it('makes a lamp, lights it and lets it burn out', async () => {
  const light = scripted(LIT)
  const { ask, host, clock } = await openHouse({
    store: memoryStore(),
    plugins: [demo({ drivers: { light } })],
  })
  expect(await ask('POST /lamps', { id: 'a', socket: 'S' })).toMatchObject({ status: 201 })
  expect(await ask('POST /lamps/a/press')).toMatchObject({ value: { status: 'lighting' } })
  await host.idle()
  expect(light.calls).toHaveLength(1)
  expect((await ask('GET /lamps/a')).value).toMatchObject({ status: 'on' })
  await clock.advance(BURNS)
  expect((await ask('GET /lamps/a')).value).toMatchObject({ status: 'off' })
})
