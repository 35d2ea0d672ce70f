import { memoryStore } from '@signalbox/stores/memory'
import { expect, it } from 'vitest'
import { LIT, pending, scripted } from '../__fixtures__/house.ts'
import type { Driver } from '../index.ts'
import { openBox } from './__fixtures__/box.ts'
import type { Box } from './__fixtures__/box.ts'
import { lamps } from './__fixtures__/lamps.ts'

const PRESS = { type: 'lamp.press' }

const ref = (id: string, tenant = 't', provider = 'demo') => ({ provider, tenant, id })

const box = async (
  ids: ReadonlyArray<string>,
  {
    store = memoryStore(),
    light = scripted(LIT),
  }: { store?: ReturnType<typeof memoryStore>; light?: Driver } = {},
): Promise<Box> => {
  const house = await openBox({ store, plugins: [lamps({ light })] })
  for (const id of ids) await house.make(id)
  return house
}

const lines = (text: string): ReadonlyArray<unknown> =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)

const revision = async (house: Box, id: string): Promise<unknown> =>
  ((await house.control(`GET /services/demo/t/${id}`)).value as { revision?: number }).revision

it('sends one command to many services, and answers for each by itself, in order', async () => {
  const house = await box(['a', 'b', 'c'])
  await house.control('POST /services/demo/t/b/commands', { body: { type: 'lamp.smash' } })
  const services = ['c', 'b', 'a'].map((id) => ref(id))
  const sent = await house.control('POST /bulk', { body: { command: PRESS, services } })
  expect(sent.status).toBe(200)
  expect(sent.headers.get('content-type')).toBe('application/json')
  expect(sent.value).toMatchObject([
    { ...ref('c'), status: 202, body: { status: 'lighting', operation: {} } },
    { ...ref('b'), status: 404, body: { type: '/_signalbox/problems/not-found' } },
    { ...ref('a'), status: 202, body: { status: 'lighting' } },
  ])
})

it('tells how far it has come, line by line', async () => {
  const ids = Array.from({ length: 60 }, (_, n) => `l${n}`)
  const house = await openBox({ store: memoryStore(), plugins: [lamps()] })
  const sent = await house.control('POST /bulk', {
    body: { command: PRESS, services: ids.map((id) => ref(id)) },
    headers: { accept: 'application/x-ndjson' },
  })
  expect(sent.headers.get('content-type')).toBe('application/x-ndjson')
  const told = lines(sent.text)
  expect(told.filter((line) => Object.hasOwn(line as object, 'progress'))).toEqual(
    [0, 50, 60].map((done) => ({ progress: { done, total: 60, succeeded: 0 } })),
  )
  expect(told.filter((line) => Object.hasOwn(line as object, 'id'))).toMatchObject(
    ids.map((id) => ({ id, status: 404 })),
  )
})

it('finds the services by a filter, once, whatever the command makes of them', async () => {
  const house = await box(['a', 'b', 'c'])
  await house.control('POST /services/demo/t/b/commands', { body: { type: 'lamp.smash' } })
  const body = { command: { type: 'lamp.smash' }, filter: { provider: 'demo', status: 'off' } }
  const sent = await house.control('POST /bulk', { body })
  expect(sent.value).toMatchObject([
    { id: 'a', status: 200 },
    { id: 'c', status: 200 },
  ])
  expect((await house.control('POST /bulk', { body })).value).toEqual([])
})

it('answers for what one may not see as for what does not exist', async () => {
  const house = await box(['a'])
  const services = [ref('a'), ref('nothing', 'u'), ref('a', 't', 'nobody')]
  const sent = await house.control('POST /bulk', {
    as: 'elsewhere',
    body: { command: PRESS, services },
  })
  const [first, ...others] = sent.value as ReadonlyArray<{ status: number; body: unknown }>
  expect(first?.status).toBe(404)
  for (const other of others) expect(other.body).toEqual(first?.body)
  const found = await house.control('POST /bulk', {
    as: 'elsewhere',
    body: { command: PRESS, filter: { tenant: 't' } },
  })
  expect(found.value).toEqual([])
  const looking = { as: 'vera', body: { command: PRESS, filter: {} } }
  expect((await house.control('POST /bulk', looking)).status).toBe(403)
})

it('changes nothing twice when it is sent again with its key', async () => {
  const store = memoryStore()
  const house = await box(['a', 'b'], { store })
  const body = { command: { type: 'lamp.polish' }, services: [ref('a'), ref('b')] }
  const headers = { 'idempotency-key': 'k' }
  const first = await house.control('POST /bulk', { body, headers })
  const again = await house.control('POST /bulk', { body, headers })
  expect(again.text).toBe(first.text)
  const journal = await store.journal({ limit: 100 })()
  const polished = journal._tag === 'Right' ? journal.right.entries : []
  expect(polished.filter(({ type }) => type === 'lamp.polish')).toHaveLength(2)
  const other = { ...body, services: [ref('b')] }
  expect((await house.control('POST /bulk', { body: other, headers })).status).toBe(422)
})

it('means the services that its filter found at first when it is sent again with its key', async () => {
  const house = await box(['a', 'b'])
  const body = { command: PRESS, filter: { status: 'off' } }
  const headers = { 'idempotency-key': 'k' }
  const first = await house.control('POST /bulk', { body, headers })
  expect(first.value).toMatchObject([
    { id: 'a', status: 202 },
    { id: 'b', status: 202 },
  ])
  await house.host.idle()
  expect((await house.control('POST /bulk', { body, headers })).text).toBe(first.text)
})

it('stops when its client goes away, and ends what has begun', async () => {
  const store = memoryStore()
  const ids = Array.from({ length: 40 }, (_, n) => `l${n + 10}`)
  const house = await openBox({ store, plugins: [lamps()] })
  await Promise.all(ids.slice(0, 3).map((id) => house.make(id)))
  const response = await house.host.fetch(
    new Request('http://host.test/_signalbox/v1/bulk', {
      method: 'POST',
      headers: {
        authorization: 'Bearer olga-secret',
        accept: 'application/x-ndjson',
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        command: { type: 'lamp.smash' },
        services: [...ids.slice(3), ...ids.slice(0, 3)].map((id) => ref(id)),
      }),
    }),
  )
  const stream = response.body?.getReader()
  for (let reads = 0; reads < 4; reads += 1) await stream?.read()
  await stream?.cancel()
  await house.host.idle()
  for (const id of ids.slice(0, 3)) expect(await revision(house, id)).toBe(1)
})

it('has no more than a few commands under way at once', async () => {
  const late = pending()
  let most = 0
  let under = 0
  const store = memoryStore()
  const counted = {
    ...store,
    load: (asked: Parameters<typeof store.load>[0]) => async () => {
      under += 1
      most = Math.max(most, under)
      await Promise.resolve()
      under -= 1
      return store.load(asked)()
    },
  }
  const house = await openBox({
    store: counted,
    plugins: [lamps({ light: scripted(late.answer) })],
  })
  const services = Array.from({ length: 100 }, (_, n) => ref(`l${n}`))
  await house.control('POST /bulk', { body: { command: PRESS, services } })
  expect(most).toBeLessThanOrEqual(8)
  expect(most).toBeGreaterThan(1)
})

it('rehearses all of it, and changes nothing', async () => {
  const house = await box(['a', 'b'])
  const sent = await house.control('POST /bulk', {
    body: { command: PRESS, services: [ref('a'), ref('b'), ref('c')] },
    headers: { prefer: 'handling=dry-run' },
  })
  expect(sent.value).toMatchObject({
    dryRun: true,
    response: { status: 200, body: [{ status: 202 }, { status: 202 }, { status: 404 }] },
    changes: [
      { id: 'a', status: 'lighting' },
      { id: 'b', status: 'lighting' },
    ],
  })
  expect(await revision(house, 'a')).toBe(1)
})

it('names what is wrong with the request', async () => {
  const house = await box([])
  const refused = async (body: object): Promise<unknown> => {
    const { status, value } = await house.control('POST /bulk', { body })
    expect(status).toBe(400)
    return (value as { errors: ReadonlyArray<unknown> }).errors[0]
  }
  expect(await refused({ command: PRESS })).toMatchObject({
    pointer: '',
    rule: 'either services or filter expected',
  })
  expect(await refused({ command: PRESS, filter: {}, services: [] })).toMatchObject({ pointer: '' })
  expect(await refused({ command: {}, filter: {} })).toMatchObject({ pointer: '/command/type' })
  expect(await refused({ command: PRESS, services: [ref('a'), ref('a')] })).toMatchObject({
    pointer: '/services/1',
  })
  const many = Array.from({ length: 1_001 }, (_, n) => ref(`l${n}`))
  expect(await refused({ command: PRESS, services: many })).toMatchObject({ pointer: '/services' })
  expect(await refused({ command: PRESS, filter: { sort: 'x' } })).toMatchObject({
    pointer: '/filter/sort',
  })
})
