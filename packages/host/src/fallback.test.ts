import { memoryStore } from '@signalbox/stores/memory'
import * as t from 'io-ts'
import { expect, it } from 'vitest'
import { virtualClock } from './clock.ts'
import { createHost } from './host.ts'
import type { Host } from './host.ts'
import { CONTRACT, definePlugin } from './plugin.ts'
import type { Mounted, Tools } from './plugin.ts'
import { empty } from './reply.ts'

const answers: Mounted['answers'] = {
  notFound: () => empty(404),
  methodNotAllowed: () => empty(405),
  malformed: () => empty(400),
  refuse: (_, { _tag }) => empty(_tag === 'Fault' ? 500 : 503),
  finish: (_, reply) => ({ ...reply, headers: { ...reply.headers, 'x-last': 'word' } }),
}

const plugin = (name: string, fallback?: Mounted['fallback'], heard?: (tools: Tools<{}>) => void) =>
  definePlugin({
    name,
    contract: CONTRACT,
    settings: t.strict({}),
    setup: (tools) => {
      heard?.(tools)
      return {
        lifecycles: [],
        mounts: [`/${name}`],
        routes: [],
        order: 'route-first',
        admit: async () => {
          throw new Error('nobody asks')
        },
        head: true,
        answers,
        drivers: {},
        ...(fallback && { fallback }),
      }
    },
  })

const open = (plugins: Parameters<typeof createHost>[0]['plugins'], events: Array<unknown> = []) =>
  createHost({
    store: memoryStore(),
    plugins,
    settings: {},
    principals: [],
    clock: virtualClock(0),
    newId: () => 'id',
    random: () => 0,
    log: (line) => events.push(line),
  })

const get = (host: Host, path: string): Promise<Response> =>
  host.fetch(new Request(`http://host.test${path}`))

it('is asked in turn about what lies below no mount, and may pass it on', async () => {
  const lines: Array<unknown> = []
  const host = await open(
    [
      plugin('silent'),
      plugin('first', async ({ path }) => (path === '/one' ? empty(201) : undefined)),
      plugin('second', async ({ path }) => (path === '/nowhere' ? undefined : empty(202))),
    ],
    lines,
  )
  const one = await get(host, '/one')
  expect([one.status, one.headers.get('x-last')]).toEqual([201, 'word'])
  expect((await get(host, '/two%2F')).status).toBe(202)
  expect((await get(host, '/nowhere')).status).toBe(404)
  expect((await get(host, '/second/x')).status).toBe(404)
  expect(lines).toContainEqual(expect.objectContaining({ path: '/one', plugin: 'first' }))
})

it('becomes a fault of its plugin when it throws', async () => {
  const throwing = async (): Promise<never> => {
    throw new Error('a defect')
  }
  const lines: Array<unknown> = []
  const host = await open([plugin('broken', throwing)], lines)
  expect((await get(host, '/one')).status).toBe(500)
  expect(lines).toContainEqual(
    expect.objectContaining({ event: 'request.fault', message: 'a defect' }),
  )
})

it('knows the mounts of all once the host has booted', async () => {
  let ask = (): ReadonlyArray<string> => []
  let before: ReadonlyArray<string> | undefined
  await open([
    plugin('a', undefined, ({ mounts }) => {
      ask = mounts
      before = mounts()
    }),
    plugin('b'),
  ])
  expect(before).toEqual([])
  expect(ask()).toEqual(expect.arrayContaining(['/a', '/b', '/livez', '/_signalbox']))
})
