import { memoryStore } from '@signalbox/stores/memory'
import { expect, it } from 'vitest'
import { scripted } from '../__fixtures__/house.ts'
import { openBox } from './__fixtures__/box.ts'
import type { Box } from './__fixtures__/box.ts'
import { lamps } from './__fixtures__/lamps.ts'

interface Line {
  readonly type: string
  readonly outcome: string
  readonly request?: string
  readonly actor?: { readonly id: string }
  readonly reasons?: ReadonlyArray<{ readonly words: string }>
}

const openAudited = (): Promise<Box> => {
  const light = scripted({ kind: 'failed', message: 'no current', retry: true })
  return openBox({
    store: memoryStore(),
    plugins: [lamps({ light: { ...light, attempts: 1, onExhausted: 'park' as const } })],
  })
}

const lines = async ({ control }: Box): Promise<ReadonlyArray<Line>> => {
  const { value } = await control('GET /events?limit=500', { as: 'adam' })
  return (value as { readonly items: ReadonlyArray<{ readonly data: Line }> }).items.map(
    ({ data }) => data,
  )
}

/** Sends a request under an id, and answers its status and what the journal says of it. */
const audited = async (
  box: Box,
  line: string,
  as: string,
  body?: object,
): Promise<{ readonly status: number; readonly value: unknown; readonly told: unknown }> => {
  const { status, value } = await box.control(line, {
    as,
    ...(body && { body }),
    headers: { 'x-request-id': 'asked' },
  })
  await box.host.idle()
  const told = (await lines(box)).flatMap(({ type, outcome, request, actor }) =>
    request === 'asked' ? [{ type, outcome, by: actor?.id }] : [],
  )
  return { status, value, told }
}

it('keeps of every command who sent it, under which request, and what it came to', async () => {
  const box = await openAudited()
  await box.make('a')
  const commands = '/services/demo/t/a/commands'
  expect(await audited(box, `POST ${commands}`, 'olga', { type: 'lamp.press' })).toMatchObject({
    status: 202,
    told: [{ type: 'lamp.press', outcome: 'moved', by: 'signalbox/olga' }],
  })
})

it('keeps a command that the state refuses, and one that the provider refuses before', async () => {
  const house = await openAudited()
  await house.make('a')
  await house.control('POST /services/demo/t/a/commands', { body: { type: 'lamp.press' } })
  const pressed = '/services/demo/t/a/commands'
  expect(await audited(house, `POST ${pressed}`, 'olga', { type: 'lamp.press' })).toMatchObject({
    status: 409,
    told: [{ type: 'lamp.press', outcome: 'refused', by: 'signalbox/olga' }],
  })
  const other = await openAudited()
  await other.make('dark')
  const dark = '/services/demo/t/dark/commands'
  expect(await audited(other, `POST ${dark}`, 'olga', { type: 'lamp.press' })).toMatchObject({
    status: 409,
    told: [{ type: 'lamp.press', outcome: 'refused', by: 'signalbox/olga' }],
  })
  const { value } = await other.control('GET /services/demo/t/dark/history')
  expect(value).toMatchObject({
    items: [
      { type: 'lamp.make' },
      {
        type: 'lamp.press',
        outcome: 'refused',
        from: 'off',
        to: 'off',
        request: 'asked',
        reasons: [{ guard: 'current' }],
      },
    ],
  })
})

it('keeps every command of a bulk under the request of the bulk', async () => {
  const box = await openAudited()
  await box.make('a')
  await box.make('dark')
  const services = ['a', 'dark'].map((id) => ({ provider: 'demo', tenant: 't', id }))
  const { told } = await audited(box, 'POST /bulk', 'olga', {
    command: { type: 'lamp.press' },
    services,
  })
  expect(told).toEqual([
    { type: 'lamp.press', outcome: 'moved', by: 'signalbox/olga' },
    { type: 'lamp.press', outcome: 'refused', by: 'signalbox/olga' },
  ])
})

it('keeps who tried work again and who gave it up', async () => {
  const box = await openAudited()
  await box.make('a')
  await box.control('POST /services/demo/t/a/commands', { body: { type: 'lamp.press' } })
  await box.host.idle()
  const { value } = await box.control('GET /effects')
  const [effect] = (value as { readonly items: ReadonlyArray<{ readonly id: string }> }).items
  for (const verb of ['retry', 'abandon']) {
    const made = await audited(box, `POST /effects/${effect?.id}/${verb}`, 'olga')
    expect(made.status).toBe(200)
    expect(made.told).toContainEqual({
      type: `effect.${verb}`,
      outcome: expect.any(String),
      by: 'signalbox/olga',
    })
  }
})

it('keeps who made and ended tokens and subscriptions', async () => {
  for (const [make, body, made, ends] of [
    [
      'POST /tokens',
      { name: 'ci', roles: ['viewer'] },
      'token.create',
      [['DELETE', '', 'token.revoke']],
    ],
    [
      'POST /subscriptions',
      { url: 'https://hooks.example/in' },
      'subscription.create',
      [
        ['POST', '/resume', 'subscription.resume'],
        ['DELETE', '', 'subscription.delete'],
      ],
    ],
  ] as const) {
    const box = await openAudited()
    const begun = await audited(box, make, 'adam', body)
    const by = 'signalbox/adam'
    expect(begun.told).toEqual([{ type: made, outcome: 'moved', by }])
    const { id } = begun.value as { readonly id: string }
    for (const [method, verb, type] of ends) {
      const ended = await audited(box, `${method} ${make.slice(5)}/${id}${verb}`, 'adam')
      expect(ended.told).toContainEqual({ type, outcome: 'moved', by })
    }
  }
})

it('tells of tokens and subscriptions only those who see every tenant, whatever a tenant is called', async () => {
  const box = await openAudited()
  const make = async (tenants: unknown) => {
    const { value } = await box.control('POST /tokens', {
      as: 'adam',
      body: { name: 'reader', roles: ['viewer'], tenants },
    })
    const { token } = value as { readonly token: string }
    return { as: null, headers: { authorization: `Bearer ${token}` } }
  }
  const [narrow, wide] = [await make(['tokens', 'subscriptions']), await make('*')]
  await box.control('POST /subscriptions', {
    as: 'adam',
    body: { url: 'https://hooks.example/in' },
  })
  expect((await box.control('GET /events', narrow)).value).toMatchObject({ items: [] })
  const { items } = (await box.control('GET /events', wide)).value as {
    readonly items: ReadonlyArray<unknown>
  }
  expect(items).toHaveLength(3)
})
