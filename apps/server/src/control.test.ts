import { createHost, virtualClock } from '@signalbox/host'
import type { Host, VirtualClock } from '@signalbox/host'
import { beforeEach, describe, expect, it } from 'vitest'
import { DEMO_SECRETS, demoConfiguration } from './demo.ts'
import { must } from './house.ts'
import { createIds } from './ids.ts'
import { openStore } from './open-store.ts'
import { PLUGINS } from './plugins.ts'

interface Answer {
  readonly status: number
  readonly value: never
}

interface Action {
  readonly type: string
  readonly allowed: boolean
  readonly here: boolean
  readonly example: object
  readonly native: ReadonlyArray<{ readonly path: string }>
}

let host: Host
let clock: VirtualClock

beforeEach(async () => {
  const demo = must(demoConfiguration({ environment: {}, options: {} }))
  clock = virtualClock(1_800_000_000_000)
  host = await createHost({
    store: must(await openStore({ kind: 'memory' })),
    plugins: PLUGINS,
    settings: demo.settings,
    principals: demo.principals,
    clock,
    newId: createIds(clock.now),
    random: () => 0.5,
    log: () => {},
  })
  const started = host.start()
  await clock.advance(10_000)
  await started
})

const ask = async (
  line: string,
  {
    body,
    headers = {},
  }: { readonly body?: object; readonly headers?: Record<string, string> } = {},
): Promise<Answer> => {
  const [method = 'GET', path = ''] = line.split(' ')
  const response = await host.fetch(
    new Request(`http://host.test/_signalbox/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${DEMO_SECRETS.controlOperator}`,
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
    }),
  )
  return { status: response.status, value: (await response.json()) as never }
}

const POPPY = '/services/poppy/110011/e8b44506-71b7-4074-9bc8-1b5037ade112'
const GCORE = '/services/gcore/3989/21797'

const zosService = async (): Promise<string> => {
  const { value } = await ask('GET /services?provider=zosconnect')
  const { items } = value as { items: ReadonlyArray<{ id: string; href: string }> }
  const found = items.find(({ id }) => id === 'MyService/v1')
  if (found === undefined) throw new Error('the demo has no such service')
  return found.href.replace('/_signalbox/v1', '')
}

const canonical = async (service: string): Promise<unknown> => {
  await clock.advance(5_000)
  return ((await ask(`GET ${service}`)).value as { canonical: unknown }).canonical
}

describe('the control plane over the demo', () => {
  it('suspends and resumes a service of each provider in one language', async () => {
    for (const [service, suspend, resume] of [
      [POPPY, 'service.disable', 'service.enable'],
      [GCORE, 'service.pause', 'service.activate'],
      [await zosService(), 'service.stop', 'service.start'],
    ] as const) {
      const before = await canonical(service)
      expect(before).toBe('active')
      for (const [type, reached] of [
        [suspend, 'suspended'],
        [resume, 'active'],
      ] as const) {
        const sent = await ask(`POST ${service}/commands`, { body: { type } })
        expect(sent.status, JSON.stringify(sent.value)).toBeLessThan(300)
        expect(await canonical(service)).toBe(reached)
      }
    }
  })

  it('says allowed exactly of the commands that a rehearsal takes, and fills in native paths', async () => {
    for (const service of [POPPY, GCORE, await zosService()]) {
      const { value } = await ask(`GET ${service}/actions`)
      const { items } = value as { items: ReadonlyArray<Action> }
      expect(items.length).toBeGreaterThan(2)
      for (const { type, allowed, here, example, native } of items) {
        for (const { path } of native) expect(path).not.toMatch(/[:{]/)
        if (!here) continue
        const rehearsed = await ask(`POST ${service}/commands`, {
          body: { ...example, type },
          headers: { prefer: 'handling=dry-run' },
        })
        const { response } = rehearsed.value as { response: { status: number } }
        expect(response.status < 300, `${type} of ${service}`).toBe(allowed)
      }
    }
  })

  it('checks of a creation what its native route checks', async () => {
    const id = '11111111-71b7-4074-9bc8-1b5037ade112'
    const body = {
      type: 'service.create',
      name: 'another',
      domains: [{ domain: 'www.another-site.com' }],
      origins: [{ origin: 'origin.another-site.com' }],
      flavor_id: 'cdn',
    }
    const send = (said: object): Promise<Answer> =>
      ask(`POST /services/poppy/110011/${id}/commands`, { body: { ...body, ...said } })
    expect(await send({ flavor_id: 'nothing' })).toMatchObject({
      status: 400,
      value: { errors: [{ rule: expect.stringContaining('nothing') }] },
    })
    expect(await send({ name: 5 })).toMatchObject({
      status: 400,
      value: { errors: [{ pointer: '/name' }] },
    })
    expect(await send({ domains: [{ domain: 'www.demo-site.com' }] })).toMatchObject({
      status: 409,
      value: { type: '/_signalbox/problems/taken' },
    })
    expect(await send({})).toMatchObject({
      status: 202,
      value: { status: 'create_in_progress', canonical: 'creating' },
    })
    expect(await canonical(`/services/poppy/110011/${id}`)).toBe('active')
  })

  it('knows what only its plugin looks up', async () => {
    expect(
      (
        await ask(`POST ${POPPY}/commands`, {
          body: { type: 'service.setStatus', status: 'failed' },
        })
      ).status,
    ).toBe(200)
    expect(await canonical(POPPY)).toBe('failed')
    expect(await ask(`POST ${GCORE}/commands`, { body: { type: 'service.delete' } })).toMatchObject(
      {
        status: 409,
        value: { reasons: [{ guard: 'isAdmin' }] },
      },
    )
  })

  it('judges what only a native route sends by the data of the service itself', async () => {
    expect(await canonical(POPPY)).toBe('active')
    const { items } = (await ask(`GET ${POPPY}/actions`)).value as { items: ReadonlyArray<Action> }
    expect(items.find(({ type }) => type === 'service.setOperatorUrl')).toMatchObject({
      allowed: true,
      here: false,
      example: { domain: 'www.demo-site.com' },
    })
  })

  it('says of a way which step is a deadline, and when it will be due', async () => {
    const found = await ask(`GET ${GCORE}/path?to=deleted`)
    const { steps } = found.value as {
      readonly steps: ReadonlyArray<{ readonly name: string; readonly dueAt?: string }>
    }
    expect(steps).toMatchObject([
      { kind: 'command', native: [{ method: 'PUT' }, { method: 'PATCH' }] },
      { kind: 'deadline', name: 'retentionPasses', status: 'deleted' },
    ])
    const [first, second] = steps
    await ask(`POST ${GCORE}/commands`, { body: { type: first?.name } })
    expect((await ask(`GET ${GCORE}`)).value).toMatchObject({
      deadlines: [{ name: 'retentionPasses', dueAt: second?.dueAt }],
    })
  })
})
