import { decide, refKey } from '@signalbox/core'
import type { Decision, Event, Input, Lifecycle, Move, ServiceRef, State } from '@signalbox/core'
import { gcoreService } from '@signalbox/core/gcore'
import { poppyService } from '@signalbox/core/poppy'
import { commitOf, emptyCommit } from '@signalbox/core/store'
import type { Store } from '@signalbox/core/store'
import { walk } from '@signalbox/core/testing'
import { TENANT, zosService } from '@signalbox/core/zosconnect'
import { CONTRACT, createHost, definePlugin, manualDriver, virtualClock } from '@signalbox/host'
import type { AnyPlugin, Host, Services, VirtualClock } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { afterEach, describe, expect, it } from 'vitest'
import { demoConfiguration } from './demo.ts'
import { must } from './house.ts'
import { createIds } from './ids.ts'
import { openStore } from './open-store.ts'
import { PLUGINS } from './plugins.ts'
import { plainVerifier } from './secret.ts'

const T0 = 1_800_000_000_000

const LONG = 600_000

// A store that holds few services answers quickly.
const AT_ONCE = 10

let house: House | undefined

afterEach(async () => {
  await house?.close()
  house = undefined
})

describe.each([poppyService, gcoreService, zosService].map((one) => [one.name, one] as const))(
  'over the control plane, %s',
  (_, lifecycle) => {
    const types = Object.keys(lifecycle.commands).filter((type) => type !== lifecycle.creation)

    // Where guards tell callers apart, an admin is another one.
    const roles =
      lifecycle.actors.length > 1 ? (['operator', 'admin'] as const) : (['admin'] as const)

    it.each(roles)(
      'has every command allowed for an %s exactly when it succeeds, in every reachable state, and each sequence leads there',
      async (role) => {
        const told = { allowed: 0, refused: 0, led: 0 }
        for (const [index, place] of placesOf(lifecycle).entries()) {
          if (house === undefined || index % AT_ONCE === 0) {
            await house?.close()
            house = await openHouse()
          }
          const caller = callerIn(house, lifecycle, role)
          const first = await house.plant(lifecycle, place)
          const { items } = await caller.actions(first)
          expect(items.map(({ type }) => type)).toEqual(types)
          const about = `${first.state.status}, ${JSON.stringify(first.state.value)}`
          const refused = items.filter(({ allowed }) => !allowed)
          for (const item of refused) {
            expect(await caller.send(first.ref, item), `${item.type} from ${about}`).toBe(false)
            expect(await house.stored(first.ref), `${item.type} from ${about}`).toEqual(first.state)
            told.refused += 1
          }
          for (const item of items.filter(({ allowed }) => allowed)) {
            const { ref } = await house.plant(lifecycle, place)
            expect(await caller.send(ref, item), `${item.type} from ${about}`).toBe(true)
            told.allowed += 1
          }
          // Last, for time passes on the way.
          for (const item of refused) {
            if (item.sequence === undefined) continue
            const { ref } = await house.plant(lifecycle, place)
            const steps = `${item.type} from ${about}`
            expect(await caller.follow(ref, item.sequence), steps).toEqual([])
            expect(await caller.send(ref, item), steps).toBe(true)
            told.led += 1
          }
        }
        expect(Math.min(told.allowed, told.refused, told.led)).toBeGreaterThan(types.length)
      },
      LONG,
    )
  },
)

// -- internals

/** A reachable state, by the shortest way to it. */
interface Place {
  readonly creation: Event
  readonly way: ReadonlyArray<Move>
}

const placesOf = (lifecycle: Lifecycle): ReadonlyArray<Place> => {
  const places = new Map<State, Place>()
  for (const { from, creation, way } of walk(lifecycle).attempts)
    if (!from.done) places.set(from, { creation, way })
  return [...places.values()]
}

interface Planted {
  readonly ref: ServiceRef
  readonly state: State
}

interface House {
  readonly host: Host
  readonly clock: VirtualClock
  readonly services: Services
  readonly plant: (lifecycle: Lifecycle, place: Place) => Promise<Planted>
  readonly stored: (ref: ServiceRef) => Promise<State | undefined>
  readonly close: () => Promise<void>
}

// All work is somebody else's, so that nothing is reported but what a test reports.
const unworked = (plugin: AnyPlugin): AnyPlugin => ({
  ...plugin,
  setup: async (tools) => {
    const mounted = await plugin.setup(tools)
    const drivers = Object.keys(mounted.drivers).map((type) => [type, manualDriver()] as const)
    return { ...mounted, drivers: Object.fromEntries(drivers) }
  },
})

const openHouse = async (): Promise<House> => {
  const store = must(await openStore({ kind: 'memory' }))
  const clock = virtualClock(T0)
  const { settings, principals } = must(demoConfiguration({ environment: {}, options: {} }))
  let services: Services | undefined
  // The world reports by the same door as a plugin does.
  const world = definePlugin({
    name: 'world',
    contract: CONTRACT,
    settings: t.unknown,
    setup: (tools) => {
      services = tools.services
      return NOTHING
    },
  })
  const host = await createHost({
    store,
    plugins: [...PLUGINS.map(unworked), world],
    settings,
    principals: [
      ...principals,
      ...(['operator', 'admin'] as const).map((role) => ({
        id: role,
        provider: 'signalbox',
        tenants: '*' as const,
        roles: [role],
        verify: plainVerifier(`${role}-secret`),
      })),
    ],
    clock,
    newId: createIds(clock.now),
    random: () => 0.5,
    log: () => {},
    pollMs: 1_000_000_000,
  })
  const started = host.start()
  await clock.advance(10_000)
  await started
  if (services === undefined) throw new Error('the world has not been set up')
  return {
    host,
    clock,
    services,
    plant: (lifecycle, place) => plant(store, clock, lifecycle, place),
    stored: async (ref) => must(await store.load(ref)()),
    close: async () => {
      const drained = host.drain(0)
      await clock.advance(0)
      await drained
      await store.close()()
    },
  }
}

const NOTHING = {
  lifecycles: [],
  mounts: ['/world'],
  routes: [],
  order: 'admit-first' as const,
  admit: async () => E.left({ status: 401, headers: {} }),
  head: false,
  answers: {
    notFound: () => ({ status: 404, headers: {} }),
    methodNotAllowed: () => ({ status: 405, headers: {} }),
    malformed: () => ({ status: 400, headers: {} }),
    refuse: () => ({ status: 409, headers: {} }),
  },
  drivers: {},
}

let count = 0

// Brings a new service to a place, input by input, as the host would have stored it.
const plant = async (
  store: Store,
  clock: VirtualClock,
  lifecycle: Lifecycle,
  { creation, way }: Place,
): Promise<Planted> => {
  count += 1
  const ref = refOf(lifecycle, count)
  let at = clock.now()
  const decisions: Array<Decision> = []
  const take = (input: Input): void => {
    const decided = must(decide(lifecycle, decisions.at(-1)?.after, input))
    decisions.push(decided)
  }
  const [actor = { id: 'nobody', roles: [] }] = lifecycle.actors
  take({ _tag: 'Command', ref, id: `p${count}`, at, actor, event: ownOf(creation, ref) })
  for (const [step, move] of way.entries()) {
    const base = { ref, id: `p${count}.${step}` }
    if (move.kind === 'deadline') {
      const deadline = decisions.at(-1)?.after.deadlines.find(({ name }) => name === move.name)
      if (deadline === undefined) throw new Error(`${move.name} is not open`)
      at = Math.max(at, deadline.dueAt)
      take({ _tag: 'Deadline', ...base, at: deadline.dueAt, ...deadline })
    } else {
      const event = ownOf(move.event, ref)
      take(
        move.kind === 'report'
          ? { _tag: 'Report', ...base, at, event }
          : { _tag: 'Command', ...base, at, event, actor: move.actor },
      )
    }
  }
  await clock.advance(at - clock.now())
  const made = await store.commit([
    ...(lifecycle.provider === 'gcore' ? [await clientOf(store, ref)] : []),
    // All hold the example's domain, which only one service could claim.
    ...decisions.map((decision) => ({ ...commitOf(decision, refKey(ref)), takes: [] })),
  ])()
  for (const one of must(made)) must(one)
  const state = must(await store.load(ref)())
  if (state === undefined) throw new Error(`${refKey(ref)} is not stored`)
  return { ref, state }
}

const refOf = ({ provider }: Lifecycle, number: number): ServiceRef => {
  switch (provider) {
    case 'poppy':
      return { provider, tenant: '110011', id: uuidOf(number) }
    case 'gcore':
      return { provider, tenant: String(10_000 + number), id: String(1_000_000 + number) }
    default:
      return { provider, tenant: TENANT, id: `service${number}` }
  }
}

const uuidOf = (number: number): string =>
  `${String(number).padStart(8, '0')}-71b7-4074-9bc8-1b5037ade112`

// No two services have a domain, a name or a number in common.
const ownOf = (event: Event, { provider, tenant, id }: ServiceRef): Event => {
  switch (provider) {
    case 'poppy':
      return JSON.parse(
        JSON.stringify(event).replaceAll(/"flavor_id":"[^"]*"/g, '"flavor_id":"cdn"'),
      ) as Event
    case 'gcore':
      return event.type === 'service.create'
        ? { ...event, id: Number(id), client: Number(tenant) }
        : event
    default:
      return 'definition' in event
        ? { ...event, definition: { ...(event['definition'] as object), name: id } }
        : event
  }
}

// A client of its own for a service, like the one of the demo.
const clientOf = async (store: Store, { provider, tenant }: ServiceRef) => {
  const demo = must(await store.document({ provider, kind: 'client', id: '3989' })())
  if (demo === undefined) throw new Error('the demo has no client')
  const body = { ...demo.body, id: Number(tenant), services: [] }
  return {
    ...emptyCommit,
    documents: [{ provider, kind: 'client', id: tenant, tenant: demo.tenant, body, expected: 0 }],
  }
}

interface Step {
  readonly kind: 'command' | 'report' | 'deadline'
  readonly name: string
  readonly status: string
  readonly example?: Event
  readonly dueAt?: string
}

interface Action {
  readonly type: string
  readonly allowed: boolean
  readonly here: boolean
  readonly example: Event
  readonly sequence?: ReadonlyArray<Step>
}

interface Caller {
  readonly actions: (
    planted: Pick<Planted, 'ref'>,
  ) => Promise<{ readonly items: ReadonlyArray<Action> }>
  /** Sends a command, by the control plane or, where that does not take it, as a native route does; true when it is taken. */
  readonly send: (ref: ServiceRef, action: Pick<Action, 'type' | 'example'>) => Promise<boolean>
  /** Goes a sequence; answers the steps that were not taken. */
  readonly follow: (ref: ServiceRef, steps: ReadonlyArray<Step>) => Promise<ReadonlyArray<Step>>
}

const callerIn = (
  { host, clock, services }: House,
  lifecycle: Lifecycle,
  role: 'operator' | 'admin',
): Caller => {
  const ask = async (
    method: string,
    { provider, tenant, id }: ServiceRef,
    path: string,
    body?: object,
  ) => {
    const response = await host.fetch(
      new Request(`http://host.test/_signalbox/v1/services/${provider}/${tenant}/${id}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${role}-secret`,
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
      }),
    )
    return { status: response.status, value: (await response.json()) as unknown }
  }
  const roles = lifecycle.provider === 'gcore' ? [role === 'admin' ? 'admin' : 'reseller'] : [role]
  const principal = { id: `signalbox/${role}`, provider: 'signalbox', tenants: '*' as const, roles }
  const send: Caller['send'] = async (ref, { example }) => {
    const { status, value } = await ask('POST', ref, '/commands', example)
    if (status < 300) return true
    if ((value as { type: string }).type !== '/_signalbox/problems/native-only') {
      expect({ status, value }).toMatchObject({ status: 409 })
      return false
    }
    const sent = await services.submit(lifecycle, ref, principal, () =>
      E.right({ events: [ownOf(example, ref)] }),
    )()
    return E.isRight(sent)
  }
  const take = async (ref: ServiceRef, { kind, name, example, dueAt }: Step): Promise<boolean> => {
    switch (kind) {
      case 'command':
        return send(ref, { type: name, example: example ?? { type: name } })
      case 'report':
        return E.isRight(
          await services.report(lifecycle, ref, ownOf(example ?? { type: name }, ref))(),
        )
      case 'deadline':
        await clock.advance(Math.max(0, Date.parse(dueAt ?? '') - clock.now()))
        return true
    }
  }
  return {
    actions: async ({ ref }) => {
      const { status, value } = await ask('GET', ref, '/actions')
      expect(status, JSON.stringify(value)).toBe(200)
      return value as { items: ReadonlyArray<Action> }
    },
    send,
    follow: async (ref, steps) => {
      for (const step of steps) {
        const taken = await take(ref, step)
        const state = must(await services.load(lifecycle, ref)())
        if (!taken || state?.status !== step.status) return [step]
      }
      return []
    },
  }
}
