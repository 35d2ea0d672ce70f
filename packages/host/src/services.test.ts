import type { State } from '@signalbox/core'
import type { Store } from '@signalbox/core/store'
import { memoryStore } from '@signalbox/stores/memory'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { openHouse } from './__fixtures__/house.ts'
import type { House } from './__fixtures__/house.ts'
import { demo, lamp } from './__fixtures__/lamp.ts'
import type { Services, Tools } from './plugin.ts'

const ann = { id: 'ann', provider: 'demo', tenants: '*', roles: ['member'] } as const
const ref = { provider: 'demo', tenant: 't', id: 'a' }

const open = async (): Promise<
  House & { readonly tools: Tools<unknown>; readonly services: Services; readonly store: Store }
> => {
  const got: Array<Tools<unknown>> = []
  const plugin = demo({
    change: (mounted, tools) => {
      got.push(tools)
      return mounted
    },
  })
  const store = memoryStore()
  const house = await openHouse({ store, plugins: [plugin] })
  const [tools] = got
  if (tools === undefined) throw new Error('the plugin was not set up')
  return { ...house, store, tools, services: tools.services }
}

it('shows a rule the present state, and nothing of one that is absent or done', async () => {
  const { services, make, ask } = await open()
  const seen: Array<State['status'] | undefined> = []
  const look = services.submit(lamp, ref, ann, (state) => {
    seen.push(state?.status)
    return E.right({ events: [] })
  })
  expect(await look()).toMatchObject({ left: { _tag: 'NotFound' } })
  await make('a')
  expect(await look()).toMatchObject({ right: { state: { status: 'off' }, finished: true } })
  await ask('DELETE /lamps/a')
  expect(await look()).toMatchObject({ left: { _tag: 'NotFound' } })
  expect(seen).toEqual([undefined, 'off', undefined])
  expect(await services.load(lamp, ref)()).toEqual(E.right(undefined))
})

it("hands back a rule's own refusal, and what it throws as a fault", async () => {
  const { services, make, lines } = await open()
  await make('a')
  expect(await services.submit(lamp, ref, ann, () => E.left('not today'))()).toEqual(
    E.left({ _tag: 'Refused', refused: 'not today' }),
  )
  const torn = services.submit(lamp, ref, ann, () => {
    throw new Error('torn')
  })
  expect(await torn()).toEqual(E.left({ _tag: 'Fault', message: 'torn' }))
  expect(lines.map(({ event }) => event)).toContain('rule.thrown')
  expect(await services.load(lamp, ref)()).toMatchObject({ right: { revision: 1 } })
})

it('decides several events as one change, all or none', async () => {
  const { services, make } = await open()
  await make('a')
  const send = (...types: ReadonlyArray<string>) =>
    services.submit(lamp, ref, ann, () => E.right({ events: types.map((type) => ({ type })) }))()
  expect(await send('lamp.override', 'lamp.press')).toMatchObject({
    right: { before: { revision: 1 }, state: { revision: 2, status: 'lighting' } },
  })
  expect(await send('lamp.override', 'lamp.press', 'lamp.press')).toMatchObject({
    left: { _tag: 'IllegalMove' },
  })
  expect(await services.load(lamp, ref)()).toMatchObject({ right: { revision: 2 } })
})

it('stores documents with the change, as records of the plugin itself', async () => {
  const { services, make } = await open()
  await make('a')
  const body = { shade: 'green' }
  const document = { provider: 'someone-else', kind: 'shade', id: '1', tenant: 't', body }
  await services.submit(lamp, ref, ann, () => E.right({ events: [], documents: [document] }))()
  expect(await services.document('shade', '1')()).toMatchObject({
    right: { provider: 'demo', body, revision: 1 },
  })
  const refused = await services.submit(lamp, ref, ann, () =>
    E.right({ events: [{ type: 'lamp.press' }], documents: [{ ...document, expected: 0 }] }),
  )()
  expect(refused).toMatchObject({ left: { _tag: 'DocumentConflict' } })
  expect(await services.load(lamp, ref)()).toMatchObject({ right: { status: 'off' } })
})

it('writes its own records and a line of the journal about them together, or neither', async () => {
  const { services, store, clock } = await open()
  const shade = (id: string, expected?: number) => ({
    kind: 'shade',
    id,
    tenant: 't',
    body: { color: 'green' },
    ...(expected !== undefined && { expected }),
  })
  const note = {
    type: 'shade.paint',
    tenant: 't',
    id: '1',
    principal: ann,
    request: 'r-1',
    detail: { color: 'green' },
  }
  const lines = async () => {
    const page = await store.journal({ limit: 10 })()
    return E.isRight(page) ? page.right.entries : []
  }

  expect(await services.write([shade('1')])()).toEqual(E.right(undefined))
  expect(await lines()).toEqual([])

  expect(await services.write([shade('1', 1), shade('2', 0)], note)()).toEqual(E.right(undefined))
  expect(await lines()).toMatchObject([
    {
      ref: { provider: 'demo', tenant: 't', id: '1' },
      at: clock.now(),
      kind: 'command',
      type: 'shade.paint',
      outcome: 'moved',
      from: null,
      to: null,
      actor: { id: 'ann', roles: ['member'] },
      request: 'r-1',
      detail: { color: 'green' },
    },
  ])

  // One of two is refused, so neither they nor the line are there.
  expect(await services.write([shade('3', 0), shade('2', 0)], note)()).toMatchObject({
    left: { _tag: 'DocumentConflict' },
  })
  expect(await services.document('shade', '3')()).toEqual(E.right(undefined))
  expect(await lines()).toHaveLength(1)

  // A note needs no record, and says no more than it is given.
  const bare = { type: 'shade.admire', tenant: 't', id: '1', principal: ann }
  expect(await services.write([], bare)()).toEqual(E.right(undefined))
  const [, admired] = await lines()
  expect(admired).toMatchObject({ type: 'shade.admire' })
  expect(Object.keys(admired ?? {})).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/^(request|detail)$/)]),
  )
})

it('takes news that no effect asked for', async () => {
  const { services, make } = await open()
  await make('a')
  const news = { type: 'lamp.lit', brightness: 1 }
  expect(await services.report(lamp, ref, news)()).toMatchObject({ right: { status: 'off' } })
  expect(await services.report(lamp, ref, { type: 'lamp.press' })()).toMatchObject({
    left: { _tag: 'UnknownReport' },
  })
})

it('knows callers by their secret, without handing out how it is checked', async () => {
  const { tools } = await open()
  const { byId, bySecret, all } = tools.credentials
  expect(await byId('bob', 'bob')).toEqual({ id: 'bob', provider: 'demo', tenants: '*', roles: [] })
  expect(await byId('ann', 'bob')).toBeUndefined()
  expect(await byId('eve', 'bob')).toBeUndefined()
  expect(await bySecret('bob')).toMatchObject({ id: 'bob' })
  expect(await bySecret('')).toBeUndefined()
  expect(all.map((principal) => Object.keys(principal))).toEqual(
    Array(2).fill(['id', 'provider', 'tenants', 'roles']),
  )
})
