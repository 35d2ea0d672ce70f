import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide } from '../../decide.ts'
import type { Command, Event, Report } from '../../input.ts'
import type { Lifecycle } from '../../lifecycle.ts'
import { restoreState } from '../../restore.ts'
import type { State, StateValue } from '../../state.ts'
import type { Step } from '../../step.ts'
import type { ArtefactContext, Definition, DesiredStatus, Kind, Status } from './codecs.ts'
import { refusalOf } from './rules.ts'
import type { Change } from './rules.ts'
import { TENANT, zosApi, zosApiRequester, zosService } from './service.machine.ts'

const LIFECYCLES: Readonly<Record<Kind, Lifecycle>> = {
  service: zosService,
  api: zosApi,
  apiRequester: zosApiRequester,
}
const KINDS = ['service', 'api', 'apiRequester'] as const
const STATUSES = ['started', 'stopped', 'unknown'] as const
const DESIRED = ['started', 'stopped'] as const
const DRAINING = { stopped: 'draining' }
const QUIET = { stopped: 'quiet' }
const PLACES: ReadonlyArray<StateValue> = [
  'deploying',
  'starting',
  'started',
  'stopping',
  DRAINING,
  QUIET,
  'unknown',
  'updating',
  'undeploying',
  'undeployed',
]
const CHANGES = ['service.start', 'service.stop', 'service.update', 'service.delete'] as const

const actor = { id: 'ADMIN', roles: ['admin'] }

const definitionOf = (kind: Kind): Definition =>
  LIFECYCLES[kind].commands['service.deploy']?.examples[0]?.['definition'] as Definition

const second = (kind: Kind): Definition => ({
  ...definitionOf(kind),
  version: '2',
  archive: { id: 'archive-2', sha256: '1'.repeat(64) },
})

const contextOf = (kind: Kind, patch: Partial<ArtefactContext> = {}): ArtefactContext => ({
  kind,
  definition: definitionOf(kind),
  desired: 'started',
  candidate: null,
  after: null,
  problem: null,
  status: 'unknown',
  ...patch,
})

const step = (
  kind: Kind,
  value: StateValue,
  patch: Partial<ArtefactContext>,
  event: Event,
): Step & { readonly effects: ReadonlyArray<string> } => {
  const made = LIFECYCLES[kind].machine.step(value, contextOf(kind, patch), {
    ...event,
    at: 1,
    actor,
  })
  const effects = made.emissions.map((emission) =>
    emission.kind === 'effect' ? emission.type : emission.kind,
  )
  return { ...made, effects }
}

const failure = { operation: 'start', code: 418, message: 'no tea' } as const
const update = (kind: Kind, desired: DesiredStatus): Event => ({
  type: 'service.update',
  definition: second(kind),
  desired,
})
const said = (type: string, status: Status): Event => ({ type, status })
const failed = (status: Status): Event => ({ type: 'provider.failed', ...failure, status })
const resumed = (policy: 'provider' | 'last', status: Status): Event => ({
  type: 'host.resumed',
  policy,
  status,
})

// What one event does: the state it leads to, the members of the context it changes, the effects it asks for.
interface Row {
  readonly kind: Kind
  readonly from: StateValue
  readonly with: Partial<ArtefactContext>
  readonly event: Event
  readonly to: StateValue
  readonly changes: Partial<ArtefactContext>
  readonly effects: ReadonlyArray<string>
}

const ENTERED: Readonly<Record<string, { value: StateValue; effects: ReadonlyArray<string> }>> = {
  starting: { value: 'starting', effects: ['provider.start'] },
  started: { value: 'started', effects: [] },
  stopping: { value: 'stopping', effects: ['provider.stop'] },
  stopped: { value: DRAINING, effects: ['gate.drain'] },
  unknown: { value: 'unknown', effects: [] },
  updating: { value: 'updating', effects: ['provider.update'] },
  undeploying: { value: 'undeploying', effects: ['provider.deregister'] },
  undeployed: { value: 'undeployed', effects: [] },
}

const entered = (
  place: string,
): { readonly to: StateValue; readonly effects: ReadonlyArray<string> } => {
  const { value, effects } = ENTERED[place] ?? { value: place, effects: [] }
  return { to: value, effects }
}

const placeOf = (value: StateValue): string =>
  typeof value === 'string' ? value : (Object.keys(value)[0] ?? '')

const problem = { problem: { operation: 'start', code: 1, message: 'old' } } as const

const towards = (wanted: DesiredStatus, status: Status): string =>
  wanted === status ? wanted : wanted === 'started' ? 'starting' : 'stopping'

const stay = (value: StateValue, effects: ReadonlyArray<string> = []) => ({ to: value, effects })

const byStatus = (
  kind: Kind,
  from: StateValue,
  given: Partial<ArtefactContext>,
): ReadonlyArray<Row> =>
  STATUSES.flatMap((status) => {
    const here = placeOf(from) === status
    const where = here ? stay(from) : entered(status)
    const dropped = placeOf(from) === 'updating' ? { candidate: null, after: null } : {}
    const bad: Row = {
      kind,
      from,
      with: given,
      event: failed(status),
      ...where,
      changes: { problem: failure, status, ...dropped },
    }
    const ok: Row = {
      kind,
      from,
      with: { ...given, ...problem },
      event: said('provider.reported', status),
      ...where,
      changes: { problem: null, status },
    }
    return ['updating', 'undeploying'].includes(placeOf(from)) ? [bad] : [ok, bad]
  })

const rowsOf = (kind: Kind): ReadonlyArray<Row> => {
  const row = (
    from: StateValue,
    given: Partial<ArtefactContext>,
    event: Event,
    where: { readonly to: StateValue; readonly effects: ReadonlyArray<string> },
    changes: Partial<ArtefactContext> = {},
  ): Row => ({ kind, from, with: given, event, ...where, changes })
  const start = { type: 'service.start' }
  const stop = { type: 'service.stop' }
  const remove = { type: 'service.delete' }
  const candidate = second(kind)
  return [
    // deploying
    ...DESIRED.flatMap((desired) =>
      STATUSES.map((status) =>
        row(
          'deploying',
          { desired, ...problem },
          said('provider.registered', status),
          entered(towards(desired, status)),
          { status, problem: null },
        ),
      ),
    ),
    ...STATUSES.map((status) =>
      row('deploying', {}, failed(status), entered('undeployed'), { status, problem: failure }),
    ),
    // starting
    row('starting', {}, start, stay('starting')),
    ...byStatus(kind, 'starting', {}),
    // started
    row('started', { desired: 'stopped' }, start, stay('started', ['provider.start']), {
      desired: 'started',
    }),
    row('started', {}, stop, entered('stopping'), { desired: 'stopped' }),
    ...byStatus(kind, 'started', {}),
    // stopping
    row('stopping', { desired: 'stopped' }, stop, stay('stopping')),
    ...byStatus(kind, 'stopping', { desired: 'stopped' }),
    // stopped, and its children
    ...[DRAINING, QUIET].flatMap((from) => [
      row(from, { desired: 'stopped' }, start, entered('starting'), { desired: 'started' }),
      row(from, {}, stop, stay(from, ['provider.stop']), { desired: 'stopped' }),
      ...DESIRED.map((desired) =>
        row(from, {}, update(kind, desired), entered('updating'), {
          desired: 'stopped',
          candidate,
          after: desired,
        }),
      ),
      ...byStatus(kind, from, { desired: 'stopped' }),
      ...(kind === 'api' && from === DRAINING
        ? []
        : [row(from, {}, remove, entered('undeploying'), { desired: 'stopped' })]),
    ]),
    row(DRAINING, {}, { type: 'service.drained' }, stay(QUIET)),
    // unknown
    row('unknown', { desired: 'stopped' }, start, entered('starting'), { desired: 'started' }),
    row('unknown', {}, stop, entered('stopping'), { desired: 'stopped' }),
    ...DESIRED.map((desired) =>
      row('unknown', { desired: 'stopped' }, update(kind, desired), entered('updating'), {
        candidate,
        after: desired,
      }),
    ),
    row('unknown', { desired: 'stopped' }, remove, entered('undeploying')),
    ...byStatus(kind, 'unknown', {}),
    // updating
    ...DESIRED.flatMap((after) =>
      STATUSES.map((status) =>
        row(
          'updating',
          { desired: 'stopped', candidate, after, ...problem },
          said('provider.updated', status),
          entered(towards(after, status)),
          {
            definition: candidate,
            desired: after,
            candidate: null,
            after: null,
            problem: null,
            status,
          },
        ),
      ),
    ),
    ...byStatus(kind, 'updating', { desired: 'stopped', candidate, after: 'started' }),
    // undeploying
    row('undeploying', {}, { type: 'provider.deregistered' }, entered('undeployed')),
    ...byStatus(kind, 'undeploying', { desired: 'stopped' }),
    // host.resumed: everywhere but in the two last states it follows the policy
    ...PLACES.filter((from) => from !== 'undeploying' && from !== 'undeployed').flatMap((from) =>
      DESIRED.flatMap((desired) =>
        STATUSES.flatMap((status) => {
          const given =
            from === 'updating' ? { desired, candidate, after: 'started' as const } : { desired }
          const dropped = from === 'updating' ? { candidate: null, after: null } : {}
          return [
            row(from, given, resumed('provider', status), entered(status), {
              ...dropped,
              status,
              ...(status === 'unknown' ? {} : { desired: status }),
            }),
            row(from, given, resumed('last', status), entered(towards(desired, status)), {
              ...dropped,
              status,
            }),
          ]
        }),
      ),
    ),
    ...(['provider', 'last'] as const).map((policy) =>
      row('undeploying', {}, resumed(policy, 'started'), entered('undeploying')),
    ),
  ]
}

const titleOf = ({ from, with: { desired = 'started' }, event, to }: Row): string => {
  const said = [event['policy'], event['status'], event['desired']].filter(
    (word) => word !== undefined,
  )
  const what = [event.type, ...said].join(' ')
  return `goes from ${pathOf(from)}, wanted ${desired}, by ${what} to ${pathOf(to)}`
}

const pathOf = (value: StateValue): string =>
  typeof value === 'string' ? value : Object.entries(value).flat().join('.')

describe.each(KINDS)('zosconnect/%s', (kind) => {
  const lifecycle = LIFECYCLES[kind]
  const rows = rowsOf(kind)

  it.each(rows.map((row) => [titleOf(row), row]))('%s', (_, row) => {
    const taken = step(kind, row.from, row.with, row.event)
    expect(taken.handled).toBe(true)
    expect(taken.value).toEqual(row.to)
    // A host that runs anew asks for whatever is still wanted, and for nothing else of what was.
    const anew = row.event.type === 'host.resumed' && row.from !== 'undeployed'
    expect(taken.effects).toEqual([...(anew ? ['supersede'] : []), ...row.effects])
    expect(taken.context).toEqual({ ...contextOf(kind, row.with), ...row.changes })
  })

  it('has no edge that the rows above leave out', () => {
    const taken = new Set(
      rows.map(
        ({ from, with: given, event }) =>
          lifecycle.machine
            .candidates(from, contextOf(kind, given), { ...event, at: 1, actor })
            .find(({ passed }) => passed)?.edge.id,
      ),
    )
    // The forbidden one of the final state has neither target nor action.
    const edges = lifecycle.machine.edges.filter(
      ({ targets, actions }) => targets.length + actions.length > 0,
    )
    expect(edges.filter(({ id }) => !taken.has(id))).toEqual([])
  })

  it('takes no event that the rows above do not list for a state', () => {
    const listed = new Set(rows.map(({ from, event }) => `${JSON.stringify(from)} ${event.type}`))
    const events = [
      ...Object.entries(lifecycle.commands).filter(([type]) => type !== lifecycle.creation),
      ...Object.entries(lifecycle.reports),
    ]
    for (const from of PLACES)
      for (const [type, { examples }] of events)
        if (!listed.has(`${JSON.stringify(from)} ${type}`))
          for (const event of examples)
            for (const desired of DESIRED) {
              const taken = step(kind, from, { desired }, event)
              expect([from, type, taken.handled]).toEqual([from, type, false])
              expect(taken.value).toEqual(from)
              expect(taken.effects).toEqual([])
            }
  })

  it.each(CHANGES)(
    'refuses %s with the code that the rules name, and only then',
    (change: Change) => {
      for (const from of PLACES.filter((place) => place !== 'undeployed'))
        for (const desired of DESIRED) {
          // Work under way towards one status wants that status.
          if (from === 'starting' && desired === 'stopped') continue
          const event = change === 'service.update' ? update(kind, 'started') : { type: change }
          const { handled } = step(kind, from, { desired }, event)
          const refused = refusalOf({ value: from, context: contextOf(kind, { desired }) }, change)
          expect([from, desired, refused === undefined]).toEqual([from, desired, handled])
        }
    },
  )

  it('hands the drivers definitions and archives', () => {
    const [first, candidate] = [definitionOf(kind), second(kind)]
    const paramsOf = ({ emissions }: Step): unknown =>
      emissions.flatMap((emission) => (emission.kind === 'effect' ? [emission.params] : []))[0]
    const begun = lifecycle.machine.begin({ definition: first, desired: 'stopped', at: 1, actor })
    expect(paramsOf(begun)).toEqual({ definition: first })
    expect(begun.context).toEqual(contextOf(kind, { desired: 'stopped' }))
    expect(paramsOf(step(kind, QUIET, {}, { type: 'service.start' }))).toEqual({
      archive: first.archive,
    })
    expect(paramsOf(step(kind, 'started', {}, { type: 'service.stop' }))).toEqual({
      archive: first.archive,
    })
    expect(paramsOf(step(kind, QUIET, {}, update(kind, 'started')))).toEqual({
      definition: candidate,
      replaces: first.archive,
    })
    expect(paramsOf(step(kind, QUIET, {}, { type: 'service.delete' }))).toEqual({
      definition: first,
    })
  })

  it('keeps every state it can reach readable after a round trip through JSON', () => {
    fc.assert(
      fc.property(fc.array(anyEvent(kind), { maxLength: 30 }), (events) => {
        let state = created(kind)
        for (const [index, event] of events.entries()) {
          state = next(kind, state, event, index)
          const stored: unknown = JSON.parse(JSON.stringify(state))
          expect(restoreState(lifecycle, stored)).toEqual(E.right(state))
          // The status last known is the state itself wherever a provider has had its say.
          const place = placeOf(state.value)
          if (place === 'started' || place === 'stopped' || place === 'unknown')
            expect(state.status.toLowerCase()).toBe(place)
          expect(state.context['candidate'] === null).toBe(place !== 'updating')
          expect(state.context['after'] === null).toBe(place !== 'updating')
          if (place === 'starting') expect(state.context['desired']).toBe('started')
          if (place === 'stopping') expect(state.context['desired']).toBe('stopped')
        }
      }),
      { numRuns: 60, seed: 20_261_122 },
    )
  })
})

const ref = { provider: 'zosconnect', tenant: TENANT, id: 'placeOrder' }

const command = (event: Event, id = 'c1'): Command => ({
  _tag: 'Command',
  ref,
  id,
  at: 1000,
  actor,
  event,
})

const report = (event: Event, id = 'r1', generation = 1): Report => ({
  _tag: 'Report',
  ref,
  id,
  at: 2000,
  effect: { id: 'c1.0', generation },
  event,
})

const must = <A>(either: E.Either<unknown, A>): A => {
  if (E.isLeft(either)) throw new Error(JSON.stringify(either.left))
  return either.right
}

const created = (kind: Kind, desired: DesiredStatus = 'started'): State =>
  must(
    decide(
      LIFECYCLES[kind],
      undefined,
      command({ type: 'service.deploy', definition: definitionOf(kind), desired }),
    ),
  ).after

// Refused commands and reports after the end leave the state as it is.
const next = (kind: Kind, state: State, event: Event, index: number): State => {
  const id = `i${index}`
  const input = Object.hasOwn(LIFECYCLES[kind].commands, event.type)
    ? command(event, id)
    : report(event, id, state.generation)
  const decided = decide(LIFECYCLES[kind], state, input)
  return E.isRight(decided) ? decided.right.after : state
}

const anyEvent = (kind: Kind): fc.Arbitrary<Event> => {
  const { commands, reports } = LIFECYCLES[kind]
  return fc.constantFrom(
    ...Object.values({ ...commands, ...reports }).flatMap(({ examples }) => examples),
  )
}

const run = (state: State, ...events: ReadonlyArray<Event>): State =>
  events.reduce((at, event, index) => next('service', at, event, index), state)

const start = { type: 'service.start' }
const stop = { type: 'service.stop' }
const remove = { type: 'service.delete' }

describe('a service, decided', () => {
  it('is registered and driven to the status asked for', () => {
    const deploying = created('service', 'stopped')
    expect(deploying.status).toBe('Unknown')
    const stopping = run(deploying, said('provider.registered', 'started'))
    expect([stopping.value, stopping.status]).toEqual(['stopping', 'Started'])
    const stopped = run(stopping, said('provider.reported', 'stopped'))
    expect([stopped.value, stopped.status]).toEqual([DRAINING, 'Stopped'])
  })

  it('shows the status last known while it changes', () => {
    const started = run(created('service'), said('provider.registered', 'started'))
    expect(started.status).toBe('Started')
    expect(run(started, stop).status).toBe('Started')
    const quiet = run(started, stop, said('provider.reported', 'stopped'))
    expect(run(quiet, start).status).toBe('Stopped')
    expect(run(quiet, update('service', 'started')).status).toBe('Stopped')
  })

  it('joins a start that is under way, without a second call', () => {
    const starting = run(created('service'), said('provider.registered', 'stopped'))
    expect(starting.value).toBe('starting')
    const decision = must(decide(zosService, starting, command(start, 'c2')))
    expect(decision.effects).toEqual([])
    expect(decision.after.value).toBe('starting')
    expect(decision.journal.map(({ outcome }) => outcome)).toEqual(['unchanged'])
  })

  it('lets the provider hear of every start, also of a started service', () => {
    const started = run(created('service'), said('provider.registered', 'started'))
    const decision = must(decide(zosService, started, command(start, 'c2')))
    expect(decision.effects.map(({ type, lane }) => [type, lane])).toEqual([
      ['provider.start', 'main'],
    ])
  })

  it('waits for running requests beside everything else', () => {
    const stopping = run(created('service'), said('provider.registered', 'started'), stop)
    const decision = must(
      decide(zosService, stopping, report(said('provider.reported', 'stopped'), 'r2')),
    )
    expect(decision.effects.map(({ type, lane }) => [type, lane])).toEqual([['gate.drain', 'gate']])
    expect(zosService.effects['gate.drain']?.background).toBe(true)
  })

  it('counts a report that comes late', () => {
    const unknown = run(
      created('service'),
      said('provider.registered', 'stopped'),
      failed('unknown'),
    )
    expect([unknown.status, unknown.context['problem']]).toEqual(['Unknown', failure])
    const started = run(unknown, said('provider.reported', 'started'))
    expect([started.status, started.context['problem']]).toEqual(['Started', null])
  })

  it('can be stopped, failing, and then deleted', () => {
    const broken = run(
      created('service'),
      said('provider.registered', 'unknown'),
      failed('unknown'),
    )
    expect(E.isLeft(decide(zosService, broken, command(remove, 'c2')))).toBe(true)
    const failing = run(broken, stop, failed('unknown'))
    expect([failing.value, failing.context['desired']]).toEqual(['unknown', 'stopped'])
    const gone = run(failing, remove, { type: 'provider.deregistered' })
    expect(gone.done).toBe(true)
  })

  it('keeps the old definition when the update fails', () => {
    const stopped = run(
      created('service', 'stopped'),
      said('provider.registered', 'stopped'),
      update('service', 'started'),
      failed('stopped'),
    )
    expect(stopped.value).toEqual(DRAINING)
    expect(stopped.context).toMatchObject({
      definition: definitionOf('service'),
      desired: 'stopped',
    })
  })

  it('leaves a tombstone when it cannot be registered, in whose place it may be deployed again', () => {
    const gone = run(created('service'), failed('unknown'))
    expect([gone.done, gone.context['problem']]).toEqual([true, failure])
    const again = run(gone, {
      type: 'service.deploy',
      definition: definitionOf('service'),
      desired: 'started',
    })
    expect([again.done, again.value, again.generation]).toEqual([false, 'deploying', 2])
  })

  it('ignores a report it does not wait for, and journals it', () => {
    const started = run(created('service'), said('provider.registered', 'started'))
    const decision = must(decide(zosService, started, report({ type: 'service.drained' }, 'r2')))
    expect(decision.changed).toBe(false)
    expect(decision.journal.map(({ outcome }) => outcome)).toEqual(['ignored'])
  })

  it('takes a failure without details as its own, in an unknown status', () => {
    const decision = must(
      decide(
        zosService,
        run(created('service'), said('provider.registered', 'stopped')),
        report({ type: 'provider.failed', message: 'lost' }, 'r2'),
      ),
    )
    expect(decision.after.status).toBe('Unknown')
    expect(decision.after.context['problem']).toEqual({
      operation: null,
      code: 'internal-error',
      message: 'lost',
    })
  })

  it('takes no definition of another kind', () => {
    const decided = decide(
      zosService,
      undefined,
      command({ type: 'service.deploy', definition: definitionOf('api'), desired: 'started' }),
    )
    expect(E.isLeft(decided) && decided.left._tag).toBe('InvalidPayload')
  })

  it('says why a service of unknown status is not deleted', () => {
    const broken = run(
      created('service'),
      said('provider.registered', 'unknown'),
      failed('unknown'),
    )
    expect(decide(zosService, broken, command(remove, 'c2'))).toEqual(
      E.left({
        _tag: 'IllegalMove',
        status: 'Unknown',
        command: 'service.delete',
        reasons: [{ guard: 'desiresStopped', words: 'The service must be stopped first.' }],
      }),
    )
  })
})
