import { decideAll, refKey } from '@signalbox/core'
import type { Actor, Effect, Event, Input, JournalEntry, ServiceRef, State } from '@signalbox/core'
import type { PendingEffect } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { expect, test } from 'vitest'
import { PROJECT, RULES } from '../setting.ts'
import { check } from './check.ts'
import type { Call, Evidence, Violation } from './evidence.ts'

// A run that core itself makes up: whatever it decides is right, until it is doctored.

const ADMIN: Actor = { id: '1', roles: ['admin'] }
const POPPY: ServiceRef = { provider: 'poppy', tenant: PROJECT, id: 'a' }
const GCORE: ServiceRef = { provider: 'gcore', tenant: '1001', id: '5000' }
const PENDING: ServiceRef = { ...GCORE, id: '5001' }
const ZOS: ServiceRef = { provider: 'zosconnect', tenant: 'default', id: 's' }
const SLOW: ServiceRef = { ...ZOS, id: 'slow' }

const DAY = 86_400_000
const T0 = 1_800_000_000_000

interface Told {
  readonly type: string
  readonly [member: string]: unknown
}

/** A run under way. */
interface Recorder {
  readonly command: (ref: ServiceRef, at: number, ...events: ReadonlyArray<Told>) => void
  readonly report: (ref: ServiceRef, at: number, event: Told) => void
  readonly pass: (ref: ServiceRef, at: number) => void
  readonly evidence: (at: number) => Evidence
}

const record = (): Recorder => {
  const states = new Map<string, State>()
  const effects = new Map<string, PendingEffect>()
  const journal: Array<JournalEntry> = []
  const calls: Array<Call> = []
  let inputs = 0

  const decideOn = (ref: ServiceRef, asked: ReadonlyArray<Input>, settles?: Effect): void => {
    const key = refKey(ref)
    const name = NAMES[ref.provider]
    const lifecycle = RULES.lifecycles.find((each) => each.name === name)
    if (lifecycle === undefined) throw new Error(ref.provider)
    const decided = decideAll(lifecycle, states.get(key), asked)
    if (E.isLeft(decided)) throw new Error(JSON.stringify(decided.left))
    const { after, journal: lines, effects: made } = decided.right
    states.set(key, after)
    journal.push(...lines)
    for (const [id, pending] of effects)
      if (
        refKey(pending.effect.ref) === key &&
        pending.work === 'pending' &&
        pending.effect.generation < after.generation
      )
        effects.set(id, { ...pending, work: 'superseded' })
    for (const effect of made) effects.set(effect.id, pendingOf(effect))
    if (settles !== undefined) effects.set(settles.id, { ...pendingOf(settles), work: 'done' })
  }

  const openOf = (ref: ServiceRef): Effect => {
    const [open] = [...effects.values()].filter(
      ({ effect, work }) =>
        work === 'pending' && refKey(effect.ref) === refKey(ref) && effect.type !== 'pointDns',
    )
    if (open === undefined) throw new Error('nothing is open')
    return open.effect
  }

  return {
    command: (ref, at, ...events) => {
      inputs += 1
      const request = `request-${inputs}`
      const asked = events.map((event, index): Input => ({
        _tag: 'Command',
        ref,
        id: `input-${inputs}-${index}`,
        at,
        actor: ADMIN,
        event: event as Event,
        request,
      }))
      decideOn(ref, asked)
      const state = states.get(refKey(ref))
      const mark = state && RULES.markOf(state)
      calls.push({
        request,
        round: 1,
        what: `${events[0]?.type} of ${ref.id}`,
        ...(mark === undefined ? {} : { mark }),
        reply: {
          kind: 'accepted',
          status: 200,
          promise: {
            ...ref,
            types: events.map(({ type }) => type),
            services: 1,
            to: state?.status ?? '',
          },
        },
      })
    },
    report: (ref, at, event) => {
      inputs += 1
      const effect = openOf(ref)
      const { id, generation } = effect
      const report: Input = {
        _tag: 'Report',
        ref,
        id: `input-${inputs}`,
        at,
        effect: { id, generation },
        event: event as Event,
      }
      decideOn(ref, [report], effect)
    },
    pass: (ref, at) => {
      inputs += 1
      const passed: Input = {
        _tag: 'Deadline',
        ref,
        id: `input-${inputs}`,
        at,
        name: '',
        dueAt: at,
        generation: 1,
      }
      decideOn(ref, [passed])
    },
    evidence: (at) => {
      const all = [...states.values()]
      // What no driver performs is settled with the change; of Gcore's work there is a note, and nothing comes of it.
      const settled = [...effects.values()].map((pending): PendingEffect => {
        const { work } = pending
        return work === 'pending' ? { ...pending, work: 'done' } : pending
      })
      const notes = settled.flatMap(({ effect, work }) =>
        work === 'done' &&
        effect.type !== 'pointDns' &&
        !journal.some((line) => line.effect === effect.id)
          ? [noteOf(effect, states.get(refKey(effect.ref)))]
          : [],
      )
      const keys = (kind: 'claims' | 'quotas'): ReadonlyArray<readonly [string, State]> =>
        all.flatMap((state) => {
          const lifecycle = RULES.lifecycles.find(({ name }) => name === state.lifecycle)
          const own = lifecycle?.[kind](state.value, state.context) ?? []
          return own.map((key) => [key, state] as const)
        })
      return {
        calls,
        journal: [...journal, ...notes],
        states: all,
        effects: settled,
        claims: Object.fromEntries(keys('claims').map(([key, { ref }]) => [key, refKey(ref)])),
        quotas: Object.fromEntries(keys('quotas').map(([key]) => [key, 1])),
        overdue: [],
        standings: Object.fromEntries(
          all
            .filter(({ ref }) => ref.provider === 'gcore')
            .map(({ ref, status }) => [refKey(ref), status]),
        ),
        seen: settled.map(({ effect: { id, type } }) => ({ effect: id, type })),
        at,
        dueBy: at,
        settled: true,
      }
    },
  }
}

const NAMES: Readonly<Record<string, string>> = {
  poppy: 'poppy/service',
  gcore: 'gcore/service',
  zosconnect: 'zosconnect/service',
}

const pendingOf = (effect: Effect): PendingEffect => ({
  effect,
  work: 'pending',
  attempts: 0,
  notBefore: effect.at,
  error: undefined,
})

const noteOf = (effect: Effect, state: State | undefined): JournalEntry => ({
  id: `note-of-${effect.id}`,
  ref: effect.ref,
  at: effect.at,
  kind: 'report',
  type: `${effect.type}.done`,
  outcome: 'ignored',
  from: state?.status ?? null,
  to: state?.status ?? null,
  revision: state?.revision ?? 0,
  generation: state?.generation ?? 0,
  effect: effect.id,
})

const config = (name: string): object => ({
  ...(exampleOf('poppy/service')['config'] as object),
  name,
})

const exampleOf = (name: string): Event => {
  const lifecycle = RULES.lifecycles.find((each) => each.name === name)
  const example = lifecycle?.commands[lifecycle.creation]?.examples[0]
  if (example === undefined) throw new Error(name)
  return example
}

const SERVED = { accessUrls: [], logUrl: null }

/** A run in which something of everything happens. */
const run = (): Evidence => {
  const { command, report, pass, evidence } = record()
  command(POPPY, T0, { type: 'service.create', config: config('one'), provider: 'mock' })
  report(POPPY, T0 + 10, { type: 'service.provisioned', ...SERVED })
  command(POPPY, T0 + 20, { type: 'service.update', config: config('two') })
  // The provider takes too long.
  pass(POPPY, T0 + 5000)
  command(POPPY, T0 + 5100, {
    type: 'service.setStatus',
    status: 'deployed',
    flavorExists: true,
  })
  command(GCORE, T0, { type: 'service.create', id: 5000, name: 'CDN', client: 1001 })
  command(GCORE, T0 + 100, {
    type: 'trial.start',
    available: true,
    options: { CDN_TRIAL_TRAFFIC_LIMIT: '77' },
  })
  pass(GCORE, T0 + 2 * DAY)
  command(GCORE, T0 + 2 * DAY + 5, { type: 'service.pause' })
  pass(GCORE, T0 + 5 * DAY)
  command(ZOS, T0, { ...exampleOf('zosconnect/service'), type: 'service.deploy' })
  report(ZOS, T0 + 5, { type: 'provider.registered', status: 'started' })
  command(ZOS, T0 + 10, { type: 'service.stop' })
  report(ZOS, T0 + 15, { type: 'provider.reported', status: 'stopped' })
  command(ZOS, T0 + 20, { type: 'service.start' })
  report(ZOS, T0 + 25, { type: 'provider.reported', status: 'started' })
  command(ZOS, T0 + 30, { type: 'service.start' })
  // It waits for what is far ahead.
  command(PENDING, T0 + 6 * DAY, {
    type: 'service.create',
    id: 5001,
    name: 'STORAGE',
    client: 1001,
  })
  command(PENDING, T0 + 6 * DAY, {
    type: 'trial.start',
    available: true,
    options: { STORAGE_TRIAL_CAPACITY_LIMIT: '78' },
  })
  // Its provider does not say at first which status it has.
  command(SLOW, T0, { ...exampleOf('zosconnect/service'), type: 'service.deploy' })
  report(SLOW, T0 + 5, { type: 'provider.registered', status: 'unknown' })
  report(SLOW, T0 + 9, { type: 'provider.reported', status: 'started' })
  return evidence(T0 + 6 * DAY)
}

const RULES_HERE = {
  ...RULES,
  undriven: new Set(['poppy/service pointDns']),
  visible: new Set(['zosconnect/service provider.stop']),
}

const kindsIn = (evidence: Evidence): ReadonlyArray<Violation['kind']> => [
  ...new Set(check(evidence, RULES_HERE).map(({ kind }) => kind)),
]

const lineOf = (evidence: Evidence, type: string, ref?: ServiceRef): JournalEntry => {
  const line = evidence.journal.find(
    (each) => each.type === type && (ref === undefined || refKey(each.ref) === refKey(ref)),
  )
  if (line === undefined) throw new Error(`no ${type}`)
  return line
}

const withLine = (
  evidence: Evidence,
  line: JournalEntry,
  ...instead: ReadonlyArray<JournalEntry>
): Evidence => ({
  ...evidence,
  journal: evidence.journal.flatMap((each) => (each === line ? instead : [each])),
})

const withState = (evidence: Evidence, ref: ServiceRef, change: Partial<State>): Evidence => ({
  ...evidence,
  states: evidence.states.map((state) =>
    refKey(state.ref) === refKey(ref) ? { ...state, ...change } : state,
  ),
})

const withEffect = (
  evidence: Evidence,
  type: string,
  change: (pending: PendingEffect) => ReadonlyArray<PendingEffect>,
): Evidence => {
  const found = evidence.effects.find(({ effect }) => effect.type === type)
  return {
    ...evidence,
    effects: evidence.effects.flatMap((each) => (each === found ? change(each) : [each])),
  }
}

const withCall = (evidence: Evidence, request: string, change: (call: Call) => Call): Evidence => ({
  ...evidence,
  calls: evidence.calls.map((call) => (call.request === request ? change(call) : call)),
})

test('What the core itself has decided is found to be right.', () => {
  const evidence = run()
  expect(check(evidence, RULES_HERE)).toEqual([])
  expect(new Set(evidence.journal.map(({ kind }) => kind))).toEqual(
    new Set(['command', 'report', 'deadline']),
  )
  expect(new Set(evidence.effects.map(({ work }) => work))).toEqual(new Set(['done', 'superseded']))
})

/** Of a line that nobody asked for and that asks for nothing. */
const NOTHING = { effects: [], request: 'nobody' }

type Doctor = (evidence: Evidence) => Evidence

const DOCTORED: ReadonlyArray<
  readonly [words: string, kinds: ReadonlyArray<Violation['kind']>, doctor: Doctor]
> = [
  [
    'an acknowledged change without a line',
    ['missing', 'gap', 'illegal', 'unasked'],
    (evidence) => withLine(evidence, lineOf(evidence, 'trial.start')),
  ],
  [
    'an acknowledged change under another request',
    ['missing'],
    (evidence) => {
      const line = lineOf(evidence, 'trial.start')
      return withLine(evidence, line, { ...line, request: 'somebody else' })
    },
  ],
  [
    'another status than the one that was answered',
    ['altered'],
    (evidence) =>
      withCall(evidence, lineOf(evidence, 'trial.start').request ?? '', (call) => ({
        ...call,
        reply: {
          kind: 'accepted',
          status: 200,
          promise: { ...GCORE, types: ['trial.start'], services: 1, to: 'active' },
        },
      })),
  ],
  [
    'a status that the work never led to',
    ['altered'],
    (evidence) =>
      withCall(evidence, lineOf(evidence, 'service.stop').request ?? '', (call) => ({
        ...call,
        reply: {
          kind: 'accepted',
          status: 200,
          promise: { ...ZOS, types: ['service.stop'], services: 1, to: 'Gone', reported: true },
        },
      })),
  ],
  [
    'what was written last and is not in the state',
    ['altered'],
    (evidence) => {
      const state = evidence.states.find(({ ref }) => refKey(ref) === refKey(POPPY))
      return withState(evidence, POPPY, {
        context: { ...state?.context, config: { ...config('one') } } as State['context'],
      })
    },
  ],
  [
    'a refused request that has changed something',
    ['undone'],
    (evidence) =>
      withCall(evidence, lineOf(evidence, 'service.pause').request ?? '', (call) => ({
        ...call,
        reply: { kind: 'refused', status: 400 },
      })),
  ],
  [
    'a request that was applied at two revisions',
    ['twice', 'missing'],
    (evidence) => {
      const line = lineOf(evidence, 'service.pause')
      const { request = '' } = lineOf(evidence, 'trial.start')
      return withLine(evidence, line, { ...line, request })
    },
  ],
  [
    'a defect in place of an answer',
    ['fault'],
    (evidence) =>
      withCall(evidence, 'request-1', (call) => ({
        ...call,
        reply: { kind: 'unknown', fault: { status: 500, retryAfter: false }, words: 'oops' },
      })),
  ],
  [
    'an unavailable host that does not say when to come again',
    ['fault'],
    (evidence) =>
      withCall(evidence, 'request-1', (call) => ({
        ...call,
        reply: { kind: 'unknown', fault: { status: 503, retryAfter: false }, words: 'busy' },
      })),
  ],
  [
    'a revision that is left out',
    ['gap', 'illegal', 'unperformed'],
    (evidence) => withLine(evidence, lineOf(evidence, 'service.provisioned')),
  ],
  [
    'two commits of one revision',
    ['gap', 'illegal', 'repeated'],
    (evidence) => {
      const line = lineOf(evidence, 'service.provisioned')
      return withLine(evidence, line, line, { ...line, id: 'another.0' })
    },
  ],
  [
    'a move from where the service was not',
    ['gap', 'illegal'],
    (evidence) => {
      const line = lineOf(evidence, 'service.update')
      return withLine(evidence, line, { ...line, from: 'failed' })
    },
  ],
  [
    'a move in the past of the one before',
    ['gap'],
    (evidence) => {
      const line = lineOf(evidence, 'service.setStatus')
      return withLine(evidence, line, { ...line, at: T0 + 1 })
    },
  ],
  [
    'a generation that falls',
    ['gap', 'state', 'unasked'],
    (evidence) => {
      const line = lineOf(evidence, 'service.setStatus')
      return withLine(evidence, line, { ...line, generation: 1 })
    },
  ],
  [
    'a refusal of a status that the service had not',
    ['gap'],
    (evidence) => {
      const line = lineOf(evidence, 'service.update')
      const refused = {
        ...line,
        id: 'r',
        outcome: 'refused',
        from: 'failed',
        to: 'failed',
      } as const
      return { ...evidence, journal: [...evidence.journal, { ...refused, ...NOTHING }] }
    },
  ],
  [
    'a refusal of a revision that was not there yet',
    ['gap'],
    (evidence) => {
      const line = { ...lineOf(evidence, 'service.update'), ...NOTHING }
      const early = { ...line, id: 'r', outcome: 'refused', to: 'deployed' } as const
      return { ...evidence, journal: [early, ...evidence.journal] }
    },
  ],
  [
    'a move that the machine does not have',
    ['illegal', 'missing'],
    (evidence) => {
      const line = lineOf(evidence, 'service.setStatus')
      return withLine(evidence, line, { ...line, type: 'service.purge', request: 'x' })
    },
  ],
  [
    'a move that asks for other work than the machine does',
    ['illegal'],
    (evidence) =>
      withEffect(evidence, 'provision', (pending) => [
        { ...pending, effect: { ...pending.effect, type: 'purge' } },
      ]),
  ],
  [
    'a command that is accepted and changes nothing where it would',
    ['illegal'],
    (evidence) => {
      const line = { ...lineOf(evidence, 'service.update'), ...NOTHING }
      const quiet = { ...line, id: 'q', outcome: 'unchanged', to: 'deployed' } as const
      const at = evidence.journal.indexOf(lineOf(evidence, 'service.update'))
      return { ...evidence, journal: evidence.journal.toSpliced(at, 0, { ...quiet, revision: 2 }) }
    },
  ],
  [
    'a state without a journal',
    ['state', 'missing', 'unasked', 'unperformed'],
    (evidence) => ({
      ...evidence,
      journal: evidence.journal.filter(({ ref }) => ref.provider !== 'zosconnect'),
    }),
  ],
  [
    'a journal without a state',
    ['state'],
    (evidence) => ({
      ...evidence,
      states: evidence.states.filter(({ ref }) => ref.provider !== 'zosconnect'),
    }),
  ],
  ['a state of another revision', ['state'], (e) => withState(e, ZOS, { revision: 2 })],
  [
    'a state of another status',
    ['state', 'keys'],
    (e) => withState(e, GCORE, { status: 'active' }),
  ],
  [
    'a state in another place of the machine',
    ['state'],
    (evidence) => withState(evidence, ZOS, { value: 'stopping' }),
  ],
  ['a state of another generation', ['state'], (e) => withState(e, POPPY, { generation: 9 })],
  ['a state that cannot be read', ['state'], (e) => withState(e, ZOS, { context: {} })],
  [
    'an effect that was asked for and is not stored',
    ['unperformed', 'illegal'],
    (evidence) => withEffect(evidence, 'provider.stop', () => []),
  ],
  [
    'an effect that is still open at the end',
    ['unperformed'],
    (evidence) =>
      withEffect(
        {
          ...evidence,
          journal: evidence.journal.filter(({ type }) => type !== 'wipe.done'),
        },
        'wipe',
        (pending) => [{ ...pending, work: 'pending' }],
      ),
  ],
  [
    'an effect that is open and has an outcome',
    ['repeated', 'unperformed'],
    (evidence) => withEffect(evidence, 'wipe', (pending) => [{ ...pending, work: 'leased' }]),
  ],
  [
    'an effect that is done, and nobody was told',
    ['unperformed'],
    (evidence) => ({
      ...evidence,
      journal: evidence.journal.filter(({ type }) => type !== 'wipe.done'),
    }),
  ],
  [
    'an effect with two outcomes',
    ['repeated'],
    (evidence) => {
      const line = lineOf(evidence, 'wipe.done')
      return withLine(evidence, line, line, { ...line, id: 'again' })
    },
  ],
  [
    'an effect that two changes asked for',
    ['repeated', 'illegal'],
    (evidence) => {
      const line = lineOf(evidence, 'service.pause')
      const { effects = [] } = lineOf(evidence, 'trial.start')
      return withLine(evidence, line, { ...line, effects })
    },
  ],
  [
    'an effect that nobody asked for',
    ['unasked'],
    (evidence) =>
      withEffect(evidence, 'wipe', (pending) => [
        pending,
        { ...pending, work: 'superseded', effect: { ...pending.effect, id: 'stray' } },
      ]),
  ],
  [
    'a performance of what no stored change asked for',
    ['unasked'],
    (evidence) => ({
      ...evidence,
      seen: [...(evidence.seen ?? []), { effect: 'phantom', type: 'provider.stop' }],
    }),
  ],
  [
    'an effect that is done, and nobody was asked to do it',
    ['unperformed'],
    (evidence) => ({
      ...evidence,
      seen: (evidence.seen ?? []).filter(({ type }) => type !== 'provider.stop'),
    }),
  ],
  [
    'a deadline that fired twice',
    ['deadline-twice', 'gap', 'illegal', 'repeated'],
    (evidence) => {
      const line = lineOf(evidence, 'trialEnds')
      return withLine(evidence, line, line, { ...line, id: 'again.0', revision: line.revision + 1 })
    },
  ],
  [
    'a deadline that fired before its time',
    ['deadline-off'],
    (evidence) => ({ ...evidence, at: T0 + DAY }),
  ],
  [
    'a deadline that fired at another instant than it was due',
    ['deadline-off'],
    (evidence) => {
      const line = lineOf(evidence, 'effectTimeout')
      return withLine(evidence, line, { ...line, at: line.at + 1 })
    },
  ],
  [
    'a deadline that is left over',
    ['deadline-missed'],
    (evidence) =>
      withState(evidence, GCORE, {
        deadlines: [{ name: 'retentionPasses', dueAt: T0 + DAY, armedAt: T0, generation: 1 }],
      }),
  ],
  [
    'a deadline that is armed nowhere',
    ['deadline-missed'],
    (evidence) => withState(evidence, PENDING, { deadlines: [] }),
  ],
  [
    'a report that came after its deadline, which had not fired',
    ['deadline-missed'],
    (evidence) => {
      const line = lineOf(evidence, 'service.create', POPPY)
      return withLine(evidence, line, { ...line, at: line.at - 3000 })
    },
  ],
  [
    'a deadline that only the store knows of',
    ['deadline-missed'],
    (evidence) => ({ ...evidence, overdue: [GCORE] }),
  ],
  [
    'a claim that its service does not hold',
    ['keys'],
    (evidence) => ({
      ...evidence,
      claims: Object.fromEntries(Object.keys(evidence.claims).map((key) => [key, 'another'])),
    }),
  ],
  ['a claim that nobody should hold', ['keys'], (e) => ({ ...e, claims: { ...e.claims, x: 'y' } })],
  [
    'a counter that is off by one',
    ['keys'],
    (evidence) => ({
      ...evidence,
      quotas: Object.fromEntries(
        Object.entries(evidence.quotas).map(([key, count]) => [key, count + 1]),
      ),
    }),
  ],
  [
    'a sum that is at odds with its parts',
    ['keys'],
    (evidence) => ({ ...evidence, standings: { [refKey(GCORE)]: 'active' } }),
  ],
]

test.each(DOCTORED)('The checker finds %s.', (_, kinds, doctor) => {
  expect(kindsIn(doctor(run())).toSorted()).toEqual(kinds.toSorted())
})

test('Work and deadlines that are still open are no violation before the hosts were given the time.', () => {
  const evidence = withState(run(), PENDING, {
    deadlines: [{ name: 'trialEnds', dueAt: T0 + DAY, armedAt: T0, generation: 1 }],
  })
  const open = withEffect(
    { ...evidence, journal: evidence.journal.filter(({ type }) => type !== 'wipe.done') },
    'wipe',
    (pending) => [{ ...pending, work: 'pending' }],
  )
  expect(kindsIn({ ...open, overdue: [GCORE], settled: false })).toEqual([])
})

test('What nobody was told may have happened once, or not at all.', () => {
  const evidence = run()
  const { request = '' } = lineOf(evidence, 'service.setStatus')
  const cut = withCall(evidence, request, (call) => ({
    ...call,
    reply: { kind: 'unknown', words: 'no answer' },
  }))
  expect(kindsIn(cut)).toEqual([])
  const never: Call = {
    request: 'never',
    round: 1,
    what: 'PUT /',
    mark: 'never written',
    reply: { kind: 'unknown', words: 'no answer' },
  }
  expect(kindsIn({ ...evidence, calls: [...evidence.calls, never] })).toEqual([])
})

// What no order explains is a matter of recorded histories.
test('Every other kind of violation is found in one of these.', async () => {
  const { VIOLATIONS } = await import('./evidence.ts')
  expect(new Set(DOCTORED.flatMap(([, kinds]) => kinds))).toEqual(
    new Set(Object.keys(VIOLATIONS).filter((kind) => kind !== 'order')),
  )
})
