import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decide, decideAll, refusalEntry } from '@signalbox/core'
import type {
  Command,
  Decision,
  Effect,
  Event,
  JournalEntry,
  JsonObject,
  Lifecycle,
  Refusal,
  Report,
  ServiceRef,
  State,
} from '@signalbox/core'
import {
  createGcoreLifecycle,
  judgeWrite,
  readWrite,
  renderService,
  ServiceName,
  ServiceStatus,
} from '@signalbox/core/gcore'
import type { FieldErrors, ServiceWrite } from '@signalbox/core/gcore'
import { createPoppyLifecycle } from '@signalbox/core/poppy'
import { emptyCommit } from '@signalbox/core/store'
import { walk } from '@signalbox/core/testing'
import {
  errorBody,
  errorText,
  refusalOf,
  renderStatus,
  zosService,
} from '@signalbox/core/zosconnect'
import type { ServiceContext, ServiceDefinition, Status } from '@signalbox/core/zosconnect'
import { gcore } from '@signalbox/plugins/gcore'
import { poppy } from '@signalbox/plugins/poppy'
import { zosconnect } from '@signalbox/plugins/zosconnect'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { must, openHouse } from './house.ts'
import type { House } from './house.ts'
import { basic, exchange } from './wire.ts'
import type { WireReply } from './wire.ts'

// Seconds each, and many times that on a machine that has much else to do.
const LONG = 120_000

const T0 = Date.parse('2026-11-21T20:00:00Z')

let cwd = ''
let house: House

const covered: string[] = []

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
})

afterEach(async () => {
  await house.close()
  rmSync(cwd, { recursive: true })
})

// The figures are asked for, so this suite prints them.
afterAll(() => {
  process.stdout.write(`\n${covered.join('\n')}\n`)
})

describe('POST /v1.0/{project}/admin/services/status', () => {
  it(
    'answers and stores in every state what the core decides',
    async () => {
      const lifecycle = createPoppyLifecycle()
      house = await openHouse({
        path: join(cwd, 'box.db'),
        at: T0,
        plugins: [poppy],
        settings: { poppy: { driver: { kind: 'manual' }, seedFlavors: [FLAVOR] } },
        principals: [{ id: 'operator', provider: 'poppy', tenants: '*', roles: ['operator'] }],
      })
      const cells = createCells()
      for (const [from, at] of visitsOf(lifecycle)) {
        await house.clock.advance(at - house.clock.now())
        for (const status of ['deployed', 'failed'])
          for (const flavorExists of [true, false]) {
            const state = await inject(poppyState(from, flavorExists))
            const event = { type: 'service.setStatus', status, flavorExists }
            const command = commandOf(state, event, OPERATOR)
            const decided = decide(lifecycle, state, command)
            const reply = await exchange(house.url, '/v1.0/110011/admin/services/status', {
              method: 'POST',
              headers: { 'x-auth-token': 'operator-secret' },
              body: JSON.stringify({ project_id: PROJECT, service_id: state.ref.id, status }),
            })
            const where = JSON.stringify([state.value, status, flavorExists])
            expect(shown(reply), where).toEqual(poppyReply(state, status, decided))
            const refused = E.isLeft(decided) ? [refusalEntry(state, command, decided.left)] : []
            await expectStored(
              state,
              E.isRight(decided) ? decided.right : undefined,
              state.done ? [] : refused,
            )
            cells.add(state.status, `service.setStatus ${status}`, reply.status)
          }
      }
      cells.expect(lifecycle.statuses, ['service.setStatus deployed', 'service.setStatus failed'])
      covered.push(cells.line('poppy/service'))
    },
    LONG,
  )

  const PROJECT = '110011'
  const OPERATOR = { id: 'operator', roles: ['operator'] }
  let made = 0

  const poppyState = (from: State, flavorExists: boolean): State => {
    const id = `00000000-0000-4000-8000-${String((made += 1)).padStart(12, '0')}`
    const config = from.context['config'] as JsonObject
    return {
      ...from,
      ref: { provider: 'poppy', tenant: PROJECT, id },
      context: {
        ...from.context,
        project: PROJECT,
        config: { ...config, flavor_id: flavorExists ? FLAVOR.id : 'gone' },
      },
    }
  }

  // The contract's table of this call, told from what the core decides.
  const poppyReply = (
    { ref, labels }: State,
    status: string,
    decided: E.Either<Refusal, Decision>,
  ): object => {
    if (E.isRight(decided))
      return { status: labels['lifecycle'] === 'create_in_progress' ? 202 : 201, text: '' }
    const refusal = decided.left
    const guards = refusal._tag === 'IllegalMove' ? refusal.reasons.map(({ guard }) => guard) : []
    const reason = guards.includes('enabled')
      ? `Service ${ref.id} is disabled`
      : guards.includes('flavorExists')
        ? "Could not find a flavor with the id 'gone'"
        : `No service found: ${ref.id}`
    const message = `Setting state of service ${ref.id} on tenant: ${PROJECT} to ${status} has failed, Reason: ${reason}`
    return { status: 404, text: JSON.stringify({ message }) }
  }
})

describe('PUT and PATCH /iam/clients/{clientId}/services/{serviceId}', () => {
  it(
    'answers and stores in every status what the core decides',
    async () => {
      const lifecycle = createGcoreLifecycle()
      house = await openHouse({
        path: join(cwd, 'box.db'),
        at: T0,
        plugins: [gcore],
        settings: { gcore: { clients: [CLIENT, { ...CLIENT, id: UNOFFERED }] } },
        principals: Object.entries(CALLERS).map(([role, { id }]) => ({
          id,
          provider: 'gcore',
          tenants: role === 'common' ? ['3989'] : ['3989', String(UNOFFERED)],
          roles: [role],
        })),
      })
      for (const product of Object.keys(ServiceName.keys)) await withdraw(product)
      const cells = createCells()
      const outcomes = new Set<string>()
      for (const [from, at] of visitsOf(lifecycle))
        for (const requested of STATUSES)
          for (const { caller, client } of ASKING) {
            // One of the states that nothing in the answer tells apart stands for all of them.
            const asked = { requested, caller, client, at }
            const words = outcomeOf(judge(lifecycle, from, asked))
            const outcome = `${from.status} ${requested} ${caller} ${client} ${words}`
            if (outcomes.has(outcome)) continue
            outcomes.add(outcome)
            await house.clock.advance(at - house.clock.now())
            for (const method of client === UNOFFERED ? ['PUT'] : ['PUT', 'PATCH']) {
              const state = await inject(gcoreState(from, client))
              const judged = judge(lifecycle, state, asked)
              const reply = await send(method, state, requested, caller)
              expect(shown(reply), `${method} ${outcome}`).toEqual(gcoreReply(reply, judged))
              await expectStored(state, E.isRight(judged) ? judged.right.decision : undefined)
              cells.add(from.status, `${requested} by ${caller}`, reply.status)
            }
          }
      for (const words of REFUSALS)
        expect([...outcomes].filter((outcome) => outcome.includes(words)).length, words).not.toBe(0)
      cells.expect(
        lifecycle.statuses,
        STATUSES.flatMap((requested) => ROLES.map((caller) => `${requested} by ${caller}`)),
      )
      covered.push(cells.line('gcore/service'))
    },
    LONG,
  )

  const STATUSES = Object.keys(ServiceStatus.keys).filter(ServiceStatus.is)
  const CALLERS = {
    reseller: { id: '7', roles: ['reseller'] },
    admin: { id: '1', roles: ['admin'] },
    common: { id: '8', roles: ['common'] },
  } as const
  type Caller = keyof typeof CALLERS
  const ROLES: ReadonlyArray<Caller> = ['reseller', 'admin', 'common']
  /** A client to which no product is available. */
  const UNOFFERED = 3990
  const ASKING: ReadonlyArray<{ readonly caller: Caller; readonly client: number }> = [
    ...ROLES.map((caller) => ({ caller, client: CLIENT.id })),
    { caller: 'reseller', client: UNOFFERED },
    { caller: 'admin', client: UNOFFERED },
  ]
  // The five ways to refuse a status.
  const REFUSALS = [
    'is not allowed.',
    'is set by the system.',
    'Trial has already been used.',
    'Trial is not offered for this product.',
    'is not available for this account.',
  ]
  let made = 0

  interface Asked {
    readonly requested: ServiceStatus
    readonly caller: Caller
    readonly client: number
    readonly at: number
  }

  interface Judged {
    readonly after: State
    /** Absent when everything is already as asked. */
    readonly decision?: Decision
  }

  // What the pure core makes of a request; a left is what it says of the fields, or nothing for who may not write at all.
  const judge = (
    lifecycle: Lifecycle,
    state: State,
    { requested, caller, client, at }: Asked,
  ): E.Either<FieldErrors | undefined, Judged> => {
    const actor = CALLERS[caller]
    if (caller === 'common') return E.left(undefined)
    const events = E.chain((write: ServiceWrite) =>
      judgeWrite({}, state, { write, actor, available: client !== UNOFFERED }),
    )(readWrite({}, state, { method: 'PUT', body: { status: requested } }))
    if (E.isLeft(events)) return events
    if (events.right.length === 0) return E.right({ after: state })
    const commands = events.right.map((event) => ({ ...commandOf(state, event, actor), at }))
    const decision = must(decideAll(lifecycle, state, commands))
    return E.right({ decision, after: decision.after })
  }

  const outcomeOf = (judged: E.Either<FieldErrors | undefined, Judged>): string =>
    E.isRight(judged) ? `200 ${judged.right.after.status}` : JSON.stringify(judged.left)

  const gcoreState = (from: State, client: number): State => {
    const id = 30_000 + (made += 1)
    return {
      ...from,
      ref: { provider: 'gcore', tenant: String(client), id: String(id) },
      context: { ...from.context, id, client },
    }
  }

  const withdraw = async (product_name: string): Promise<void> => {
    const path = `/iam/products/availability/clients/${UNOFFERED}`
    const { status, text } = await exchange(house.url, path, {
      method: 'PATCH',
      headers: { authorization: 'apikey 7$7-secret', 'content-type': 'application/json' },
      body: JSON.stringify({ product_name, available: false }),
    })
    expect(status, text).toBe(200)
  }

  const send = (
    method: string,
    { ref }: State,
    status: string,
    caller: Caller,
  ): Promise<WireReply> => {
    const { id } = CALLERS[caller]
    return exchange(house.url, `/iam/clients/${ref.tenant}/services/${ref.id}`, {
      method,
      headers: { authorization: `apikey ${id}$${id}-secret`, 'content-type': 'application/json' },
      body: JSON.stringify({ status }),
    })
  }

  const gcoreReply = (
    { headers }: WireReply,
    judged: E.Either<FieldErrors | undefined, Judged>,
  ): object => {
    if (E.isRight(judged))
      return { status: 200, text: JSON.stringify(renderService({}, judged.right.after)) }
    const request_id = headers.get('x-request-id')
    return judged.left === undefined
      ? {
          status: 403,
          text: JSON.stringify({
            message: 'You do not have permission to perform this action.',
            exception_class: 'permission_denied',
            request_id,
          }),
        }
      : {
          status: 400,
          text: JSON.stringify({
            errors: judged.left,
            exception_class: 'validation_error',
            request_id,
          }),
        }
  }
})

describe('PUT and POST /zosConnect/services/{service}', () => {
  const open = (services: ReadonlyArray<Declaration>): Promise<House> =>
    openHouse({
      path: join(cwd, 'box.db'),
      at: T0,
      plugins: [zosconnect],
      settings: { zosconnect: { requireSecure: false, simulated: true, services } },
      principals: [{ id: 'ADMIN', provider: 'zosconnect', tenants: '*', roles: ['admin'] }],
    })

  it(
    'answers and stores what the core and the provider make of it, deployed in every setting',
    async () => {
      const services = settingsOfProviders.flatMap((properties, setting) =>
        (['started', 'stopped'] as const).flatMap((status) =>
          FORMS.map((_, form): Declaration => ({
            name: `service/${setting}.${status}.${form}`,
            provider: SIMULATED,
            properties,
            status,
          })),
        ),
      )
      house = await open(services)
      const cells = createCells()
      for (const { name, properties, status } of services) {
        const [method, query, command] = formOf(name)
        const provider = simulate(properties)
        const before = must(await house.store.load(refOf(name))())
        const definition = contextOf(before)?.definition
        const deployed = perform(provider, undefined, refOf(name), {
          type: 'service.deploy',
          definition,
          desired: status,
        })
        expect(before, name).toEqual(must(deployed).state)
        if (before === undefined) continue
        const reply = await exchange(house.url, `${pathOf(name)}${query}`, {
          method,
          headers: { authorization: basic('ADMIN', 'ADMIN-secret') },
        })
        const performed = perform(provider, before, before.ref, { type: command })
        const where = JSON.stringify([method, query, properties, before.value])
        expect(shown(reply), where).toEqual(zosReply(name, before, performed, command))
        await house.host.idle()
        expect(must(await house.store.load(refOf(name))()), where).toEqual(
          E.isRight(performed) ? performed.right.state : before,
        )
        cells.add(before.status, `${command} by ${method} ${query.slice(0, 7)}`, reply.status)
      }
      cells.expect(
        zosService.statuses,
        FORMS.map(([method, query, command]) => `${command} by ${method} ${query.slice(0, 7)}`),
      )
      covered.push(cells.line('zosconnect/service'))
    },
    LONG,
  )

  it(
    'answers and stores the same in every state of the machine, also in the middle of a change',
    async () => {
      house = await open([])
      const cells = createCells()
      let made = 0
      for (const from of walk(zosService, { at: T0 }).states)
        for (const [method, query, command] of FORMS) {
          const name = `injected${(made += 1)}`
          const state = await inject(zosState(from, name))
          const reply = await exchange(house.url, `${pathOf(name)}${query}`, {
            method,
            headers: { authorization: basic('ADMIN', 'ADMIN-secret') },
          })
          const performed = perform(simulate({}), state, state.ref, { type: command })
          const where = JSON.stringify([method, query, state.value, state.status])
          expect(shown(reply), where).toEqual(zosReply(name, state, performed, command))
          await house.host.idle()
          expect(must(await house.store.load(state.ref)()), where).toEqual(
            E.isRight(performed) ? performed.right.state : state,
          )
          cells.add(placeOf(state), `${command} by ${method} ${query.slice(0, 7)}`, reply.status)
        }
      cells.expect(
        zosService.machine.nodes
          .filter(({ path }) => path.length === 1)
          .map(({ path }) => path[0] ?? ''),
        FORMS.map(([method, query, command]) => `${command} by ${method} ${query.slice(0, 7)}`),
      )
      covered.push(cells.line('zosconnect/service, each place'))
    },
    LONG,
  )

  interface Declaration {
    readonly name: string
    readonly provider: string
    readonly properties: Readonly<Record<string, string>>
    readonly status: 'started' | 'stopped'
  }

  type Form = readonly [method: string, query: string, command: 'service.start' | 'service.stop']

  const SIMULATED = 'signalbox.simulated'
  const ADMIN = { id: 'ADMIN', roles: ['admin'] }
  const FORMS: ReadonlyArray<Form> = ['PUT', 'POST'].flatMap((method): ReadonlyArray<Form> => [
    [method, '?status=started', 'service.start'],
    [method, '?status=stopped', 'service.stop'],
    [method, '?action=start', 'service.start'],
    [method, '?action=stop', 'service.stop'],
  ])

  // Each service is there for one form of the call, whose number its name ends with.
  const formOf = (name: string): Form => {
    const form = FORMS[Number(name.split('.')[2])]
    if (form === undefined) throw new Error(`no form of ${name}`)
    return form
  }

  const STATUSES: ReadonlyArray<Status> = ['started', 'stopped', 'unknown']
  // Every first status with every way in which a start and a stop can end.
  const settingsOfProviders = STATUSES.flatMap((initial) =>
    [
      ...STATUSES.map((status) => ({ afterStart: status, afterStop: status })),
      {},
      { failStart: '418', failStop: '507' },
      { failStatus: '500' },
      { failStart: '503', failStop: '400', failStatus: '500' },
    ].map((ways): Readonly<Record<string, string>> => ({ initial, ...ways })),
  )

  const refOf = (name: string): ServiceRef => ({
    provider: 'zosconnect',
    tenant: 'default',
    id: name,
  })

  const pathOf = (name: string): string => `/zosConnect/services/${encodeURIComponent(name)}`

  const contextOf = (state: State | undefined): ServiceContext | undefined =>
    state?.context as unknown as ServiceContext | undefined

  const placeOf = ({ value }: State): string =>
    typeof value === 'string' ? value : (Object.keys(value)[0] ?? '')

  const zosState = (from: State, name: string): State => {
    const own = (definition: ServiceDefinition): object => ({
      ...definition,
      name,
      provider: SIMULATED,
      properties: [],
      archive: { id: 'configured', sha256: '0'.repeat(64) },
    })
    const { definition, candidate, ...rest } = contextOf(from) as ServiceContext
    return {
      ...from,
      ref: refOf(name),
      context: {
        ...rest,
        definition: own(definition),
        candidate: candidate === null ? null : own(candidate),
      } as unknown as JsonObject,
    }
  }

  /** What a provider of such properties does, said once more: the test does not ask the code under test. */
  interface Simulated {
    readonly status: () => Status
    readonly move: (to: 'start' | 'stop') => { readonly status: Status; readonly code?: number }
  }

  const simulate = (properties: Readonly<Record<string, string>>): Simulated => {
    let present = (properties['initial'] ?? 'started') as Status
    const status = (): Status => (properties['failStatus'] === undefined ? present : 'unknown')
    return {
      status,
      move: (to) => {
        const code = properties[to === 'start' ? 'failStart' : 'failStop']
        if (code !== undefined) return { status: status(), code: Number(code) }
        present = (
          to === 'start'
            ? (properties['afterStart'] ?? 'started')
            : (properties['afterStop'] ?? 'stopped')
        ) as Status
        return { status: present }
      },
    }
  }

  interface Performed {
    readonly state: State
    /** The last report that the reply waits for. */
    readonly last: Event | undefined
    /** The state once nothing is waited for. */
    readonly answered: State
  }

  // The loop of a host in the pure: decide, perform, report, until nothing is asked for any more.
  const perform = (
    provider: Simulated,
    before: State | undefined,
    ref: ServiceRef,
    event: Event,
  ): E.Either<Refusal, Performed> => {
    const first = decide(zosService, before, {
      ...commandOf({ ref }, event, event.type === 'service.deploy' ? CONFIGURATION : ADMIN),
      at: T0,
    })
    if (E.isLeft(first)) return first
    let state = first.right.after
    let answered = state
    let last: Event | undefined
    const open: Effect[] = [...first.right.effects]
    for (let effect = nextOf(open); effect !== undefined; effect = nextOf(open)) {
      const reported = reportOf(provider, effect)
      const { id, generation } = effect
      const report: Report = {
        _tag: 'Report',
        ref,
        id: 'report',
        at: T0,
        effect: { id, generation },
        event: reported,
      }
      const decision = must(decide(zosService, state, report))
      state = decision.after
      open.push(...decision.effects)
      if (effect.type !== 'gate.drain') {
        last = reported
        answered = state
      }
    }
    return E.right({ state, last, answered })
  }

  const CONFIGURATION = { id: 'configuration', roles: [] }

  // What a reply waits for comes before what runs behind it.
  const nextOf = (open: Effect[]): Effect | undefined => {
    const at = open.findIndex(({ type }) => type !== 'gate.drain')
    return open.splice(Math.max(at, 0), 1)[0]
  }

  const reportOf = (provider: Simulated, { type }: Effect): Event => {
    switch (type) {
      case 'provider.register':
        return { type: 'provider.registered', status: provider.status() }
      case 'provider.start':
      case 'provider.stop': {
        const operation = type === 'provider.start' ? 'start' : 'stop'
        const { status, code } = provider.move(operation)
        return code === undefined
          ? { type: 'provider.reported', status }
          : {
              type: 'provider.failed',
              operation,
              code,
              message: `The simulated ${operation} fails.`,
              status,
            }
      }
      case 'gate.drain':
        return { type: 'service.drained' }
      default:
        throw new Error(`nothing here asks for ${type}`)
    }
  }

  const zosReply = (
    name: string,
    before: State,
    performed: E.Either<Refusal, Performed>,
    command: 'service.start' | 'service.stop',
  ): object => {
    const said = (status: number, text: string): object => ({
      status,
      text: JSON.stringify(errorBody(text)),
    })
    if (before.done) return said(404, errorText('unknown-service', { name }))
    const standing = { value: before.value, context: contextOf(before) as ServiceContext }
    const refused = refusalOf(standing, command)
    expect(refused === undefined).toBe(E.isRight(performed))
    if (E.isLeft(performed)) return said(503, errorText('busy', { name }))
    const { last, answered } = performed.right
    if (last?.type === 'provider.failed') return said(Number(last['code']), String(last['message']))
    // It has joined a change that is under way, and that nobody waits for here.
    if (['starting', 'stopping'].includes(placeOf(answered)))
      return said(503, errorText('busy', { name }))
    const context = contextOf(answered) as ServiceContext
    const body = renderStatus(context, {
      origin: house.url,
      unknownStatus: 'Unknown',
      providerName: SIMULATED,
    })
    return { status: 200, text: JSON.stringify(body) }
  }
})

// -- internals

const FLAVOR = {
  id: 'cdn',
  providers: [{ provider: 'mock', links: [{ href: 'http://m.example', rel: 'provider_url' }] }],
}

const CLIENT = { id: 3989, name: 'A', email: 'a@example.com', companyName: 'A', reseller: 7 }

interface Cells {
  readonly add: (status: string, call: string, code: number) => void
  /** Fails unless every pair of a status and a call was sent. */
  readonly expect: (statuses: ReadonlyArray<string>, calls: ReadonlyArray<string>) => void
  readonly line: (title: string) => string
}

/** Counts the pairs of a status and a call that were sent, and the status codes that answered. */
function createCells(): Cells {
  const seen = new Map<string, number>()
  const codes = new Map<number, number>()
  const count = <Key>(counts: Map<Key, number>, key: Key): void =>
    void counts.set(key, (counts.get(key) ?? 0) + 1)
  return {
    add: (status, call, code) => {
      count(seen, `${status}: ${call}`)
      count(codes, code)
    },
    expect: (statuses, calls) => {
      const all = statuses.flatMap((status) => calls.map((call) => `${status}: ${call}`))
      expect([...seen.keys()].toSorted()).toEqual([...new Set(all)].toSorted())
    },
    line: (title) => {
      const requests = [...codes.values()].reduce((sum, each) => sum + each, 0)
      const answers = [...codes]
        .toSorted(([a], [b]) => a - b)
        .map(([code, times]) => `${times} x ${code}`)
      return `${title}: ${seen.size} cells, ${requests} requests: ${answers.join(', ')}`
    },
  }
}

const shown = ({ status, text }: WireReply): object => ({ status, text })

/** The states that a walk reaches, each with the instant at which it does, the earlier ones first. */
function visitsOf(lifecycle: Lifecycle): ReadonlyArray<readonly [State, number]> {
  const visits = new Map<State, number>()
  for (const { from, move, at } of walk(lifecycle, { at: T0 }).attempts)
    if (move.kind !== 'deadline') visits.set(from, at)
  return [...visits].toSorted(([, a], [, b]) => a - b)
}

/** Writes a state as if it had come there by itself. */
const inject = async (state: State): Promise<State> => {
  const armed = state.deadlines.map((deadline) => ({ ref: state.ref, deadline }))
  const commit = { ...emptyCommit, states: [{ state, expected: 0 }], armed }
  for (const committed of must(await house.store.commit([commit])())) must(committed)
  return state
}

const commandOf = (
  { ref }: Pick<State, 'ref'>,
  event: Event,
  actor: Command['actor'],
): Command => ({ _tag: 'Command', ref, id: 'command', at: house.clock.now(), actor, event })

/** The state, the journal and the effects must be those of the decision, and as they were when there is none. */
const expectStored = async (
  before: State,
  decision: Decision | undefined,
  refused: ReadonlyArray<JournalEntry> = [],
): Promise<void> => {
  const { ref } = before
  expect(must(await house.store.load(ref)())).toEqual(decision?.after ?? before)
  const { entries } = must(await house.store.journal({ ref, limit: 100 })())
  expect(entries.map(essence)).toEqual((decision?.journal ?? refused).map(essence))
  const { items } = must(await house.store.effects({ ref, limit: 100 })())
  expect(items.map(({ effect }) => work(effect))).toEqual((decision?.effects ?? []).map(work))
}

// Ids are made anew, and the request has its own.
const essence = ({
  kind,
  type,
  outcome,
  from,
  to,
  at,
  revision,
  generation,
  actor,
  reasons,
}: JournalEntry) => ({
  kind,
  type,
  outcome,
  from,
  to,
  at,
  revision,
  generation,
  actor,
  reasons,
})

const work = ({ type, params, generation, lane, at }: Effect): object => ({
  type,
  params,
  generation,
  lane,
  at,
})
