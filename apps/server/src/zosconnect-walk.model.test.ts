import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { refKey } from '@signalbox/core'
import type { Lifecycle, State } from '@signalbox/core'
import { emptyCommit } from '@signalbox/core/store'
import type { Commit, Store } from '@signalbox/core/store'
import { walk } from '@signalbox/core/testing'
import { refusalOf, zosApi, zosApiRequester, zosService } from '@signalbox/core/zosconnect'
import type { ArtefactContext, Change, Status } from '@signalbox/core/zosconnect'
import { createHost, virtualClock } from '@signalbox/host'
import { createZosconnect, serviceFailure } from '@signalbox/plugins/zosconnect'
import type { Invoked, ProviderFactory, ProviderHost } from '@signalbox/plugins/zosconnect'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { must } from './house.ts'
import { createIds } from './ids.ts'
import { listen } from './listener.ts'
import { openStore } from './open-store.ts'
import { aar, ara, manifest, sar, sendTo } from './zosconnect-house.ts'
import type { Answer, Sending } from './zosconnect-house.ts'

// Seconds each, and many times that on a machine that has much else to do.
const LONG = 60_000

const LIFECYCLES = [zosService, zosApi, zosApiRequester]
const S = '/zosConnect/services'
const STATUSES = ['started', 'stopped', 'unknown'] as const
const TIMEOUT = 1000

/** What the provider of a service does next; a move that is held ends when its end is called. */
interface Script {
  status: Status
  fails: 'register' | 'move' | undefined
  reports: Status | undefined
  held: Array<(end: 'resolve' | 'reject') => void> | undefined
  host: ProviderHost | undefined
}

interface Box {
  readonly send: (call: string, options?: Sending) => Promise<Answer>
  readonly store: Store
  readonly clock: ReturnType<typeof virtualClock>
  readonly close: () => Promise<void>
}

let cwd = ''
let box: Box
let scripts = new Map<string, Script>()
let removal: 'works' | 'fails' = 'works'
const taken = new Map<string, Set<string>>()
const refusals = new Set<string>()

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  scripts = new Map()
  removal = 'works'
})

afterEach(async () => {
  await box.close()
  rmSync(cwd, { recursive: true })
})

describe('zosconnect/service over HTTP', () => {
  it(
    'is deployed to every status, or not at all',
    async () => {
      await open()
      for (const desired of ['started', 'stopped'] as const)
        for (const status of STATUSES) {
          const name = fresh({ status })
          const answer = await deploy(name, desired)
          expect(answer.status).toBe(201)
        }
      const name = fresh({ fails: 'register' })
      expect((await deploy(name)).status).toBe(400)
      expect((await box.send(`GET ${S}/${name}`)).status).toBe(404)
    },
    LONG,
  )

  it(
    'goes from every place where it rests by every command, whatever the provider says',
    async () => {
      await open()
      for (const bring of PLACES)
        for (const change of ['start', 'stop', 'update', 'update stopped', 'delete'])
          for (const fails of [false, true])
            for (const status of STATUSES) {
              const name = await bring()
              const before = await stateOf(name)
              const script = scriptOf(name)
              const type = `service.${change.split(' ')[0]}` as Change
              const refused = refusalOf(standing(before), type)
              if (fails) {
                script.fails = change.startsWith('update') ? 'register' : 'move'
                removal = change === 'delete' ? 'fails' : 'works'
              }
              script.status = status
              const answer = await command(name, change)
              removal = 'works'
              const where = JSON.stringify([before.value, before.context['desired'], change, fails])
              if (refused !== undefined) {
                refusals.add(`${JSON.stringify(before.value)} ${type} ${refused}`)
                expect([where, answer.status, answer.text]).toEqual([
                  where,
                  refused === 'service-started' ? 409 : 503,
                  expect.stringContaining(`signalbox.${refused}`),
                ])
                expect(await stateOf(name)).toEqual(before)
              } else expect([where, answer.status]).toEqual([where, statusOf(change, fails)])
              const after = await box.send(`GET ${S}/${name}?action=status`)
              if (change === 'delete' && !fails && refused === undefined)
                expect(after.status).toBe(404)
              else expect(after.text).toContain(`"${WIRE[status]}"`)
            }
    },
    LONG,
  )

  it(
    'hears of the end of a call that was too late, and of what a provider says by itself',
    async () => {
      await open()
      for (const then of STATUSES)
        for (const late of STATUSES)
          for (const end of ['resolve', 'reject'] as const) {
            const name = fresh({})
            await deploy(name)
            const script = scriptOf(name)
            script.held = []
            const starting = box.send(`PUT ${S}/${name}?status=stopped`)
            while (script.held.length === 0) await turn()
            script.status = then
            await box.clock.advance(TIMEOUT)
            expect((await starting).status).toBe(503)
            script.status = late
            for (const finish of script.held) finish(end)
            await box.clock.advance(0)
            await settled(name, late)
            script.held = undefined
            for (const own of STATUSES) {
              script.status = own
              script.host?.report(own)
              await box.clock.advance(0)
              await settled(name, own)
            }
          }
    },
    LONG,
  )

  it(
    'is resumed from every place by both policies',
    async () => {
      for (const policy of ['provider', 'last'] as const)
        for (const status of STATUSES) {
          await open(policy)
          const names: string[] = []
          for (const bring of PLACES) names.push(await bring())
          for (const change of ['start', 'update']) {
            const name = await rest('stopped')
            names.push(name)
            scriptOf(name).held = []
            void command(name, change).catch(() => {})
            while (placeOf(await stateOf(name)) === 'stopped') await turn()
          }
          const stopping = await rest('started')
          names.push(stopping)
          scriptOf(stopping).held = []
          void command(stopping, 'stop').catch(() => {})
          while (placeOf(await stateOf(stopping)) === 'started') await turn()
          // Its host went away in the middle of a deletion.
          const undeploying = await rest('stopped')
          const left = await stateOf(undeploying)
          const revision = left.revision + 1
          const states = [
            { state: { ...left, value: 'undeploying', revision }, expected: left.revision },
          ]
          must(await box.store.commit([{ ...emptyCommit, states }])())
          const deploying = fresh({})
          scriptOf(deploying).held = []
          void deploy(deploying).catch(() => {})
          while ((await stateMaybe(deploying)) === undefined) await turn()
          names.push(deploying)
          await box.close()
          for (const name of names) {
            const script = scriptOf(name)
            script.held = undefined
            script.fails = undefined
            script.status = status
          }
          await open(policy, true)
          for (const name of names.slice(0, PLACES.length)) {
            const { text } = await box.send(`GET ${S}/${name}?action=status`)
            expect(text).toContain(`"${WIRE[status]}"`)
          }
          await box.close()
          rmSync(cwd, { recursive: true })
          cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
        }
      await open()
    },
    LONG,
  )
})

describe.each(LIFECYCLES.map((lifecycle) => [lifecycle.name, lifecycle] as const))(
  '%s in the middle of another host’s change',
  (_, lifecycle) => {
    it(
      'refuses in every state exactly what the rules refuse',
      async () => {
        await open()
        for (const from of walk(lifecycle).states) {
          if (from.done) continue
          for (const change of ['start', 'stop', 'update', 'delete']) {
            const name = fresh({})
            const state = await inject(lifecycle, from, name)
            const type = `service.${change}` as Change
            const refused = refusalOf(standing(state), type)
            const answer = await command(name, change, lifecycle)
            const where = JSON.stringify([state.value, state.context['desired'], change])
            if (refused === undefined) {
              // It joins what is under way, which nobody does here; an injected archive is not there.
              expect([where, [200, 409, 500, 503].includes(answer.status)]).toEqual([where, true])
              continue
            }
            refusals.add(`${JSON.stringify(state.value)} ${type} ${refused}`)
            expect([where, answer.status, answer.text]).toEqual([
              where,
              refused === 'service-started' ? 409 : 503,
              expect.stringContaining(`signalbox.${refused}`),
            ])
            if (refused === 'busy') expect(answer.headers['retry-after']).toBe('1')
            expect(must(await box.store.load(state.ref)())).toEqual(state)
          }
        }
      },
      LONG,
    )
  },
)

// The last word: nothing of the machine has been left out.
afterAll(() => {
  const missed = zosService.machine.edges
    .filter(({ id, source }) => source[0] !== 'undeployed' && !taken.get(zosService.name)?.has(id))
    .map(({ id }) => id)
  process.stdout.write(
    `\nzosconnect/service over HTTP: ${taken.get(zosService.name)?.size} of ${zosService.machine.edges.length} edges, ${refusals.size} refusals\n`,
  )
  expect(missed).toEqual([])
  expect([...refusals].some((each) => each.includes('outstanding-requests'))).toBe(true)
})

// -- internals

const WIRE = { started: 'Started', stopped: 'Stopped', unknown: 'Unknown' } as const

let count = 0

const fresh = (script: Partial<Script>): string => {
  const name = `s${(count += 1)}`
  scripts.set(name, {
    status: 'started',
    fails: undefined,
    reports: undefined,
    held: undefined,
    host: undefined,
    ...script,
  })
  return name
}

const scriptOf = (name: string): Script => {
  const script = scripts.get(name)
  if (script === undefined) throw new Error(`no script ${name}`)
  return script
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))

const scripted: ProviderFactory = {
  providers: ['scripted', 'CICS-1.0'],
  register: async ({ name }, host) => {
    const script = scriptOf(name)
    script.host = host
    if (script.held !== undefined) await new Promise(() => {})
    if (script.fails === 'register') throw serviceFailure('It does not register.', 400)
    const move = async (): Promise<Status | undefined> => {
      if (script.fails === 'move') throw serviceFailure('It does not move.', 418)
      const { held } = script
      if (held !== undefined)
        await new Promise<void>((resolve, reject) => {
          held.push((end) => (end === 'resolve' ? resolve() : reject(new Error('late'))))
        })
      return script.reports
    }
    return {
      getProviderName: () => 'scripted',
      getData: () => ({}),
      start: move,
      stop: move,
      status: () => script.status,
      invoke: (): Invoked => ({ body: {} }),
    }
  },
}

const open = async (restart = 'provider', again = false): Promise<void> => {
  if (!again && box !== undefined) await box.close()
  const opened = must(await openStore({ kind: 'sqlite', path: join(cwd, 'box.db') }))
  const clock = virtualClock(Date.parse('2026-11-21T20:00:00Z'))
  const store = watching(opened, restart)
  const host = await createHost({
    store,
    plugins: [createZosconnect({ factories: [scripted] })],
    settings: {
      zosconnect: {
        requireSecure: false,
        requireAuth: false,
        standIns: [],
        spiTimeoutMs: TIMEOUT,
        restart,
      },
    },
    principals: [],
    clock,
    newId: createIds(() => Date.now()),
    random: () => 0.5,
    log: () => {},
    pollMs: 3_155_760_000_000,
  })
  await host.start()
  expect(host.boot).toEqual([{ plugin: 'zosconnect', ok: true }])
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    fetch: host.fetch,
    onError: () => {},
  })
  let closed = false
  box = {
    store,
    clock,
    send: (call, options) => sendTo(listener.port, call, options),
    close: async () => {
      if (closed) return
      closed = true
      listener.destroy()
      await listener.close()
      const drained = host.drain(0)
      await clock.advance(0)
      await drained
      must(await store.close()())
    },
  }
}

// Notes every edge that a change takes, and lets the deletion of archives fail.
const watching = (store: Store, policy: string): Store => {
  const known = new Map<string, State>()
  const note = ({ states, journal }: Commit): void => {
    for (const entry of journal) {
      const key = refKey(entry.ref)
      const before = known.get(key)
      const after = states.find(({ state }) => refKey(state.ref) === key)?.state ?? before
      const lifecycle = LIFECYCLES.find(({ name }) => name === before?.lifecycle)
      if (before === undefined || after === undefined || lifecycle === undefined) continue
      if (entry.outcome === 'refused' || before.done) continue
      const event = { type: entry.type, status: after.context['status'], policy, at: entry.at }
      const edge = lifecycle.machine
        .candidates(before.value, before.context, event)
        .find(({ passed }) => passed)?.edge
      if (edge !== undefined)
        taken.set(lifecycle.name, (taken.get(lifecycle.name) ?? new Set()).add(edge.id))
    }
    for (const { state } of states) known.set(refKey(state.ref), state)
  }
  return {
    ...store,
    load: (ref) => async () => {
      const found = await store.load(ref)()
      if (E.isRight(found) && found.right !== undefined) {
        const key = refKey(found.right.ref)
        if (!known.has(key)) known.set(key, found.right)
      }
      return found
    },
    commit: (batch) => async () => {
      const removes = batch.some(({ documents }) => documents.some(({ body }) => body === null))
      if (removes && removal === 'fails')
        return E.left({ _tag: 'StoreUnavailable' as const, message: 'the disk is full' })
      const committed = await store.commit(batch)()
      if (E.isRight(committed))
        for (const [index, each] of committed.right.entries())
          if (E.isRight(each) && batch[index] !== undefined) note(batch[index])
      return committed
    },
  }
}

const archive = (name: string): Uint8Array => sar(manifest(name, 'scripted'))

const deploy = (name: string, status = 'started'): Promise<Answer> =>
  box.send(`POST ${S}?status=${status}`, { body: archive(name) })

const PATHS = {
  'zosconnect/service': [S, archive],
  'zosconnect/api': ['/zosConnect/apis', aar],
  'zosconnect/apiRequester': ['/zosConnect/apiRequesters', ara],
} as const

const command = (
  name: string,
  change: string,
  lifecycle: Lifecycle = zosService,
): Promise<Answer> => {
  const [path, make] = PATHS[lifecycle.name as keyof typeof PATHS]
  switch (change) {
    case 'start':
      return box.send(`PUT ${path}/${name}?status=started`)
    case 'stop':
      return box.send(`PUT ${path}/${name}?status=stopped`)
    case 'delete':
      return box.send(`DELETE ${path}/${name}`)
    case 'update stopped':
      return box.send(`PUT ${path}/${name}?status=stopped`, { body: make(name) })
    default:
      return box.send(`PUT ${path}/${name}`, { body: make(name) })
  }
}

const statusOf = (change: string, fails: boolean): number => {
  if (!fails) return 200
  if (change.startsWith('update')) return 400
  return change === 'delete' ? 500 : 418
}

const stateMaybe = async (name: string): Promise<State | undefined> =>
  must(await box.store.load({ provider: 'zosconnect', tenant: 'default', id: name })())

const stateOf = async (name: string): Promise<State> => {
  const state = await stateMaybe(name)
  if (state === undefined) throw new Error(`no ${name}`)
  return state
}

const placeOf = ({ value }: State): string =>
  typeof value === 'string' ? value : (Object.keys(value)[0] ?? '')

const standing = ({ value, context }: State) => ({
  value,
  context: context as unknown as ArtefactContext,
})

// Until the machine has heard of a status and no work is open.
const settled = async (name: string, status: Status): Promise<void> => {
  while (placeOf(await stateOf(name)) !== status) await turn()
}

const drift = async (name: string, status: Status): Promise<string> => {
  scriptOf(name).status = status
  await box.send(`GET ${S}/${name}`)
  await settled(name, status)
  return name
}

const rest = async (desired: 'started' | 'stopped'): Promise<string> => {
  const name = fresh({ status: desired })
  expect((await deploy(name, desired)).status).toBe(201)
  return name
}

// Where a service rests, and how it gets there.
const PLACES: ReadonlyArray<() => Promise<string>> = [
  () => rest('started'),
  () => rest('stopped'),
  async () => drift(await rest('started'), 'unknown'),
  async () => drift(await rest('stopped'), 'unknown'),
  async () => drift(await rest('started'), 'stopped'),
  async () => drift(await rest('stopped'), 'started'),
]

const inject = async (lifecycle: Lifecycle, from: State, name: string): Promise<State> => {
  const kind = lifecycle.name.split('/')[1] ?? ''
  const context = from.context as unknown as ArtefactContext
  const renamed = <D extends object | null>(definition: D): D =>
    definition && { ...definition, name, ...('basePath' in definition && { basePath: `/${name}` }) }
  const state: State = {
    ...from,
    ref: {
      provider: 'zosconnect',
      tenant: 'default',
      id: kind === 'service' ? name : `${kind}:${name}`,
    },
    context: {
      ...from.context,
      definition: renamed(context.definition),
      candidate: renamed(context.candidate),
    } as unknown as State['context'],
  }
  const commit = { ...emptyCommit, states: [{ state, expected: 0 }] }
  for (const committed of must(await box.store.commit([commit])())) must(committed)
  return state
}
