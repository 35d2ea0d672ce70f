import { memoryStore } from '@signalbox/stores/memory'
import { describe, expect, it } from 'vitest'
import { manifest, sar } from './__fixtures__/archive.ts'
import { createBench } from './__fixtures__/bench.ts'
import type { Bench } from './__fixtures__/bench.ts'
import type { FileAccess, ProviderFactory } from './index.ts'

const bench = createBench(memoryStore)

const S = '/zosConnect/services'
const X = `${S}/x`
const DRY = { prefer: 'handling=dry-run' }

interface Rehearsed {
  readonly response: { readonly status: number; readonly body: unknown }
  readonly changes: ReadonlyArray<{ readonly status: string }>
}

const rehearse = async (
  { send }: Bench,
  call: string,
  body?: Uint8Array | string,
): Promise<Rehearsed> => {
  const answer = await send(call, { headers: DRY, ...(body !== undefined && { body }) })
  expect(answer.headers.get('preference-applied')).toBe('handling=dry-run')
  return answer.body as Rehearsed
}

const recorded = (rehearses: boolean): ProviderFactory & { readonly calls: Array<string> } => {
  const calls: Array<string> = []
  return {
    calls,
    providers: ['own'],
    rehearses,
    register: async ({ name, properties }) => {
      calls.push(`register ${name}`)
      return {
        getProviderName: () => 'Own',
        getData: () => properties,
        start: () => {
          calls.push('start')
          return 'started' as const
        },
        stop: () => {
          calls.push('stop')
          return 'stopped' as const
        },
        status: () => 'started' as const,
        invoke: () => ({ body: {} }),
      }
    },
  }
}

describe('a rehearsal', () => {
  it('says what a provider would say, and leaves the one at work alone', async () => {
    const made = await bench({ settings: { simulated: true } })
    const body = sar(manifest('x', 'signalbox.simulated', { failStop: 503 }))
    expect(await rehearse(made, `POST ${S}`, body)).toMatchObject({
      response: { status: 201, body: { zosConnect: { serviceStatus: 'Started' } } },
      changes: [{ status: 'Started', effects: [{ type: 'provider.register' }] }],
    })
    expect((await made.send(`GET ${X}`)).status).toBe(404)
    await made.send(`POST ${S}`, { body })
    const stop = await rehearse(made, `PUT ${X}?status=stopped`)
    expect(stop.response).toMatchObject({
      status: 503,
      body: { errorMessage: 'The simulated stop fails.' },
    })
    const real = await made.send(`PUT ${X}?status=stopped`)
    expect({ status: real.status, body: real.body }).toEqual({
      status: stop.response.status,
      body: stop.response.body,
    })
  })

  it('asks nothing of a provider that does not rehearse, and takes it to obey', async () => {
    const factory = recorded(false)
    const made = await bench({ factories: [factory] })
    const body = sar(manifest('x', 'own'))
    expect(await rehearse(made, `POST ${S}`, body)).toMatchObject({
      response: { status: 201, body: { zosConnect: { serviceStatus: 'Started' } } },
    })
    expect(factory.calls).toEqual([])
    await made.send(`POST ${S}`, { body })
    expect(await rehearse(made, `PUT ${X}?status=stopped`)).toMatchObject({
      response: { status: 200, body: { zosConnect: { serviceStatus: 'Stopped' } } },
    })
    expect(factory.calls).toEqual(['register x'])
  })

  it('tries one that rehearses with another that is registered for it', async () => {
    const factory = recorded(true)
    const made = await bench({ factories: [factory] })
    await made.send(`POST ${S}`, { body: sar(manifest('x', 'own')) })
    factory.calls.length = 0
    await rehearse(made, `PUT ${X}?status=stopped`)
    expect(factory.calls).toEqual(['register x', 'stop'])
    expect((await made.send(`GET ${X}`)).body).toMatchObject({
      zosConnect: { serviceStatus: 'Started' },
    })
  })

  it('of an update or a deletion keeps the archive, the base path and the file', async () => {
    const files = new Map([['/drop/services/x.sar', sar(manifest('x'))]])
    const changed: Array<string> = []
    const access: FileAccess = {
      list: async (folder) =>
        [...files.keys()].flatMap((path) =>
          path.startsWith(`${folder}/`) ? [{ name: path.slice(folder.length + 1), mark: '1' }] : [],
        ),
      read: async (path) => files.get(path) ?? new Uint8Array(),
      write: async (path) => void changed.push(`write ${path}`),
      remove: async (path) => void changed.push(`remove ${path}`),
    }
    const made = await bench({
      files: access,
      settings: { dropIns: { directory: '/drop', pollMs: 5_000 } },
    })
    for (let turn = 0; turn < 3; turn += 1) {
      await made.clock.advance(5_000)
      // Hashing an archive takes time of its own.
      await new Promise((resolve) => setTimeout(resolve, 20))
      await made.host.idle()
    }
    expect((await made.send(`PUT ${X}?status=stopped`)).status).toBe(200)
    const newer = sar(`version: "2"\n${manifest('x')}`)
    expect((await rehearse(made, `PUT ${X}`, newer)).response.status).toBe(200)
    expect((await rehearse(made, `DELETE ${X}`)).response).toEqual(
      expect.objectContaining({ status: 200, body: { name: 'x' } }),
    )
    expect(changed).toEqual([])
    expect((await made.send(`PUT ${X}?status=started`)).status).toBe(200)
  })

  it('of an invoke is refused, and a handling that is none as well', async () => {
    const made = await bench({ settings: { simulated: true } })
    await made.send(`POST ${S}`, { body: sar(manifest('x', 'signalbox.simulated')) })
    const send = (call: string, prefer: string) => made.send(call, { headers: { prefer } })
    expect(await send(`PUT ${X}?action=invoke`, DRY.prefer)).toMatchObject({
      status: 501,
      body: { errorMessage: 'signalbox.unrehearsable: This request cannot be rehearsed.' },
    })
    expect(await send(`PUT ${X}?status=stopped`, 'handling=dry')).toMatchObject({
      status: 400,
      body: { errorMessage: expect.stringContaining('signalbox.bad-preference') },
    })
    expect((await made.send(`GET ${X}`)).body).toMatchObject({
      zosConnect: { serviceStatus: 'Started' },
    })
  })
})
