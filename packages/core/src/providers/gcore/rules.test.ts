import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { given } from '../../testing.ts'
import type { Scenario } from '../../testing.ts'
import type { ServiceName, ServiceStatus } from './codecs.ts'
import { ClientService } from './codecs.ts'
import { commandFor, matrix } from './matrix.ts'
import type { Standing } from './matrix.ts'
import {
  accountStatus,
  contextOf,
  createServices,
  presentStatus,
  renderService,
  requestStatus,
  serviceNames,
  standingOf,
  statusOf,
} from './rules.ts'
import { gcoreService } from './service.machine.ts'

const T0 = Date.parse('2026-11-21T20:00:00Z')
const DAY = 86_400_000
const admin = { id: '1', roles: ['admin'] }
const reseller = { id: '7', roles: ['reseller'] }

const made = (name: ServiceName): Scenario =>
  given(
    gcoreService,
    { type: 'service.create', id: 21797, name, client: 3989 },
    {
      actor: admin,
      at: T0,
    },
  )
const trial = { type: 'trial.start', available: true }
const activate = { type: 'service.activate', available: true }
const pause = { type: 'service.pause' }
const end = { type: 'trial.end' }
const remove = { type: 'service.delete' }
const noTrial = { type: 'service.configure', options: { CDN_TRIAL_DAYS_LIMIT: '0' } }

/** What is true of a service, as the cells of the contract's table name it. */
interface Facts {
  readonly offered?: true
  readonly left?: true
  readonly resumable?: true
  readonly started?: true
  readonly needsActivation?: true
}

const cases: ReadonlyArray<readonly [string, Scenario, Facts]> = [
  ['a new CDN', made('CDN'), { offered: true, left: true, needsActivation: true }],
  ['a new DNS', made('DNS'), { offered: true, left: true }],
  ['a new CLOUD', made('CLOUD'), {}],
  ['a trial', made('CDN').when(trial), { offered: true, left: true, started: true }],
  [
    'a trial that ran out',
    made('CDN')
      .when(trial)
      .after(14 * DAY),
    { offered: true, started: true },
  ],
  [
    'a trial that was ended early',
    made('CDN').when(trial).after(DAY).when(end),
    { offered: true, left: true, resumable: true, started: true },
  ],
  [
    'an end without a trial, never provisioned',
    made('CDN').when(activate).when(end),
    { offered: true, left: true, needsActivation: true },
  ],
  ['an end without a trial to offer', made('CLOUD').when(activate).when(end), {}],
  ['an active DNS', made('DNS').when(activate), { offered: true, left: true }],
  [
    'an active CDN after its trial',
    made('CDN').when(trial).when(activate),
    { offered: true, left: true, started: true },
  ],
  ['an active CLOUD', made('CLOUD').when(activate), {}],
  [
    'a paused trial',
    made('CDN').when(trial).after(DAY).when(pause),
    { offered: true, left: true, resumable: true, started: true },
  ],
  [
    'a paused trial without time',
    made('CDN').when(trial).after(DAY).when(pause).when(noTrial),
    { started: true },
  ],
  [
    'a paused DNS that never had a trial',
    made('DNS').when(activate).when(pause),
    { offered: true, left: true },
  ],
  [
    'a paused service after its trial ran out',
    made('CDN')
      .when(trial)
      .after(14 * DAY)
      .when(activate)
      .when(pause),
    { offered: true, started: true },
  ],
  [
    'a paused activation',
    made('CDN').when(activate).when(pause),
    { offered: true, left: true, needsActivation: true },
  ],
  ['a paused CLOUD', made('CLOUD').when(activate).when(pause), {}],
  [
    'an activation',
    made('CDN').when(activate),
    { offered: true, left: true, needsActivation: true },
  ],
  [
    'an activation after a deletion',
    made('CDN').when(trial).when(remove).when(activate),
    { offered: true, left: true, started: true, needsActivation: true },
  ],
  [
    'a deleted trial',
    made('CDN').when(trial).when(remove),
    { offered: true, left: true, resumable: true, started: true, needsActivation: true },
  ],
  ['a deleted DNS', made('DNS').when(remove), { offered: true, left: true }],
  ['a deleted CLOUD', made('CLOUD').when(remove), {}],
]

const columns = ['new', 'trial', 'trialend', 'active', 'paused', 'activating', 'deleted'] as const

// The contract's own table, a row a line; `trial/x` is a trial while x holds, and E3 while not.
const table: Readonly<Record<ServiceStatus, Readonly<Record<Standing, string>>>> = {
  new: {
    reseller: '=  trial/offered   E1       ACT E1     E2 E2',
    admin: '   =  trial/offered   E1       ACT E1     E2 deleted',
  },
  trial: {
    reseller: 'E1 =               trialend ACT paused E2 E2',
    admin: '   E1 =               trialend ACT paused E2 deleted',
  },
  trialend: {
    reseller: 'E1 E3              =        ACT paused E2 E2',
    admin: '   E1 trial/left      =        ACT paused E2 deleted',
  },
  active: {
    reseller: 'E1 E3              trialend =   paused E2 E2',
    admin: '   E1 E3              trialend =   paused E2 deleted',
  },
  paused: {
    reseller: 'E1 trial/resumable trialend ACT =      E2 E2',
    admin: '   E1 trial/left      trialend ACT =      E2 deleted',
  },
  activating: {
    reseller: 'E1 E3              trialend =   paused =  E2',
    admin: '   E1 E3              trialend =   paused =  deleted',
  },
  deleted: {
    reseller: 'E1 E3              E1       ACT E1     E2 =',
    admin: '   E1 E3              E1       ACT E1     E2 =',
  },
}

const expectedOf = (
  from: ServiceStatus,
  to: ServiceStatus,
  standing: Standing,
  facts: Facts,
): string => {
  const cell = table[from][standing].trim().split(/\s+/)[columns.indexOf(to)] ?? ''
  const [outcome = '', condition] = cell.split('/')
  const holds = condition === undefined || facts[condition as keyof Facts] === true
  const verdict = holds ? outcome : 'E3'
  if (verdict === 'ACT') return facts.needsActivation ? 'activating' : 'active'
  if (verdict !== 'E3') return verdict
  return facts.started ? 'E3' : facts.offered ? 'E1' : 'E4'
}

const textOf = (code: string, from: string, to: string, name: string): string =>
  ({
    E1: `Transition from "${from}" to "${to}" is not allowed.`,
    E2: `Status "${to}" is set by the system.`,
    E3: 'Trial has already been used.',
    E4: 'Trial is not offered for this product.',
    E5: `Product "${name}" is not available for this account.`,
  })[code] ?? 'no such code'

const commandOf = (to: ServiceStatus): string | undefined =>
  Object.entries(commandFor).find(([status]) => status === to)?.[1]

describe('the matrix', () => {
  it('has cases for every present status', () => {
    expect(new Set(cases.map(([, { state }]) => state.status))).toEqual(new Set(columns))
  })

  it('makes each condition hold in one case and not in another', () => {
    for (const cell of Object.values(matrix).flatMap((row) => Object.values(row)))
      for (const { when } of Object.values(cell))
        if (when !== undefined) {
          const fact = { trialOffered: 'offered', trialLeft: 'left', trialResumable: 'resumable' }[
            when
          ]
          const seen = cases.map(([, , facts]) => fact in facts)
          expect(new Set(seen).size).toBe(2)
        }
  })

  describe.each(cases)('for %s', (_, scenario, facts) => {
    const from = presentStatus(scenario.state)
    const context = contextOf(scenario.state)
    const ask = (to: ServiceStatus, actor: typeof admin, available: boolean) =>
      requestStatus({}, { present: from, context, requested: to, actor, available })

    it.each(
      columns.flatMap((to) => [[to, 'reseller', reseller] as const, [to, 'admin', admin] as const]),
    )(
      `answers a request of %s by a %s as the table says, and the machine agrees`,
      (to, standing, actor) => {
        const expected = expectedOf(from, to, standing, facts)
        const asked = ask(to, actor, true)
        const command = commandOf(to)
        if (expected === '=') {
          expect(asked).toEqual(E.right([]))
          return
        }
        if (/^E\d$/.test(expected)) {
          const text = textOf(expected, from, to, context.name)
          expect(asked).toEqual(E.left({ code: expected, text }))
          if (command !== undefined)
            expect(scenario.refusal({ type: command, available: true }, { actor })).toMatchObject({
              _tag: 'IllegalMove',
            })
          return
        }
        if (E.isLeft(asked)) throw new Error(asked.left.text)
        expect(asked.right).toHaveLength(1)
        const [event = { type: 'none' }] = asked.right
        const after = scenario.when(event, { actor }).state
        expect(after.status).toBe(expected)
        expect(contextOf(after).statusChangedAt).toBe(scenario.at)
        expect(contextOf(after).previousStatus).toBe(from)
        const cell = matrix[from][to][standing]
        expect(statusOf({}, context, cell.outcome)).toBe(expected)
      },
    )

    it.each(
      columns.flatMap((to) => [[to, 'reseller', reseller] as const, [to, 'admin', admin] as const]),
    )('minds availability last for a request of %s by a %s', (to, standing, actor) => {
      const expected = expectedOf(from, to, standing, facts)
      const asked = ask(to, actor, false)
      if (!['trial', 'activating', 'active'].includes(expected)) {
        expect(asked).toEqual(ask(to, actor, true))
        return
      }
      expect(asked).toEqual(E.left({ code: 'E5', text: textOf('E5', from, to, context.name) }))
      const command = commandOf(to) ?? ''
      expect(scenario.refusal({ type: command, available: false }, { actor })).toMatchObject({
        _tag: 'IllegalMove',
        reasons: expect.arrayContaining([
          { guard: 'available', words: 'The product must be available to the client.' },
        ]),
      })
    })
  })
})

describe('standingOf', () => {
  it('tells an admin from everybody else', () => {
    expect(standingOf(admin)).toBe('admin')
    expect(standingOf({ id: '8', roles: ['seller'] })).toBe('reseller')
  })
})

describe('renderService', () => {
  it('shows all eleven members of a new service', () => {
    const service = renderService({}, made('CDN').state)
    expect(E.isRight(ClientService.decode(service))).toBe(true)
    expect(service).toMatchObject({
      id: 21797,
      name: 'CDN',
      client: 3989,
      status: 'new',
      previous_status: 'new',
      status_changed_at: '2026-11-21T20:00:00.000000Z',
      start: '2026-11-21T20:00:00.000000Z',
      deleted_date: null,
      enabled: false,
    })
    expect(Object.keys(service)).toHaveLength(11)
    expect(service.options[0]).toEqual({
      id: null,
      value: '14',
      value_type: 'int',
      name: 'CDN_TRIAL_DAYS_LIMIT',
      category: 'trial',
      description: expect.any(String),
      title: expect.any(String),
    })
  })

  it('gives a written option an id and keeps its type', () => {
    const state = made('CDN').when({
      type: 'service.configure',
      options: { CDN_TRIAL_TRAFFIC_LIMIT: '500' },
    }).state
    expect(renderService({}, state).options[1]).toMatchObject({
      id: expect.any(Number),
      value: '500',
      value_type: 'int',
    })
  })
})

describe('accountStatus', () => {
  it.each<[ReadonlyArray<ServiceStatus>, string]>([
    [['new', 'new'], 'preparation'],
    [[], 'preparation'],
    [['new', 'deleted'], 'trialend'],
    [['new', 'paused'], 'trialend'],
    [['trialend', 'trial'], 'trial'],
    [['trial', 'active'], 'active'],
    [['trial', 'activating'], 'active'],
  ])('of %j is %s', (statuses, expected) => {
    expect(accountStatus(statuses)).toBe(expected)
  })
})

describe('createServices', () => {
  it('makes the six services in order, ids ascending', () => {
    expect(createServices({ client: 3989, firstId: 21797 })).toEqual(
      ['CDN', 'STORAGE', 'STREAMING', 'DNS', 'DDOS', 'CLOUD'].map((name, index) => ({
        type: 'service.create',
        id: 21797 + index,
        name,
        client: 3989,
      })),
    )
    expect(serviceNames).toHaveLength(6)
  })
})
