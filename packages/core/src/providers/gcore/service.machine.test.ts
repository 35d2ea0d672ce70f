import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide, settle } from '../../decide.ts'
import type { Actor, Event, Input } from '../../input.ts'
import { restoreState } from '../../restore.ts'
import type { State } from '../../state.ts'
import { given } from '../../testing.ts'
import type { Scenario } from '../../testing.ts'
import type { ServiceName } from './codecs.ts'
import { ServiceContext } from './codecs.ts'
import { accountStatus, contextOf, presentStatus, renderService } from './rules.ts'
import { createGcoreLifecycle, gcoreService } from './service.machine.ts'
import { judgeWrite, readWrite } from './write.ts'

const T0 = Date.parse('2026-11-21T20:00:00Z')
const DAY = 86_400_000
const HOUR = 3_600_000
const MINUTE = 60_000
const admin = { id: '1', roles: ['admin'] }
const reseller = { id: '7', roles: ['reseller'] }

const created = (name: ServiceName = 'CDN', at = T0): Scenario =>
  given(
    gcoreService,
    { type: 'service.create', id: 21797, name, client: 3989 },
    { ref: { provider: 'gcore', tenant: '3989', id: '21797' }, actor: reseller, at },
  )

interface By {
  readonly actor?: Actor
  readonly available?: boolean
}

const answer = (
  { state }: Scenario,
  body: unknown,
  { actor = reseller, available = true }: By = {},
) =>
  E.flatMap(readWrite({}, state, { method: 'PATCH', body }), (write) =>
    judgeWrite({}, state, { write, actor, available }),
  )

const patch = (scenario: Scenario, body: unknown, by: By = {}): Scenario => {
  const events = answer(scenario, body, by)
  if (E.isLeft(events)) throw new Error(JSON.stringify(events.left))
  const { actor = reseller } = by
  return events.right.reduce((now, event) => now.when(event, { actor }), scenario)
}

const show = ({ state }: Scenario) => renderService({}, state)

const statusChanges = ({ decision }: Scenario) =>
  decision.journal
    .filter(({ from, to }) => from !== to)
    .map(({ type, from, to, at }) => [type, from, to, new Date(at).toISOString()])

const active = (name: ServiceName = 'CDN'): Scenario =>
  patch(created(name, T0 - DAY), { status: 'active' }).after(DAY)

const onTrial = (): Scenario => patch(created(), { status: 'trial' })

describe('the rows of the contract', () => {
  it('2: a new service stands still', () => {
    const state = show(created())
    expect(state).toMatchObject({ status: 'new', enabled: false, deleted_date: null })
    expect(created().after(10_000 * DAY).state.status).toBe('new')
  })

  it('7: a pause keeps the data for 90 days, and again changes nothing', () => {
    const body = { enabled: false, status: 'paused' }
    const paused = patch(active(), body)
    expect(show(paused)).toMatchObject({
      status: 'paused',
      previous_status: 'active',
      status_changed_at: '2026-11-21T20:00:00.000000Z',
      deleted_date: '2027-02-19T20:00:00.000000Z',
    })
    expect(answer(paused.after(HOUR), body)).toEqual(E.right([]))
    expect(show(patch(paused.after(HOUR), body))).toEqual(show(paused))
  })

  it('9: a trial starts, and with it the client’s', () => {
    const begun = patch(created('CDN', T0 - DAY).after(DAY), { status: 'trial' })
    expect(show(begun)).toMatchObject({ status: 'trial', start: '2026-11-21T20:00:00.000000Z' })
    expect(accountStatus([presentStatus(begun.state), 'new'])).toBe('trial')
    expect(statusChanges(begun)).toHaveLength(1)
  })

  it('10: a trial ends at its very millisecond', () => {
    expect(onTrial().after(14 * DAY - 1).state.status).toBe('trial')
    expect(show(onTrial().after(14 * DAY))).toMatchObject({
      status: 'trialend',
      previous_status: 'trial',
      status_changed_at: '2026-12-05T20:00:00.000000Z',
      deleted_date: '2027-03-05T20:00:00.000000Z',
    })
  })

  it('11: a host that was down replays each step at its own instant', () => {
    const enabled = patch(onTrial(), { enabled: true })
    const late = enabled.after(Date.parse('2027-06-01T00:00:00Z') - T0)
    expect(show(late)).toMatchObject({
      status: 'deleted',
      previous_status: 'trialend',
      status_changed_at: '2027-03-05T20:00:00.000000Z',
      deleted_date: null,
      enabled: false,
    })
    expect(statusChanges(late)).toEqual([
      ['trialEnds', 'trial', 'trialend', '2026-12-05T20:00:00.000Z'],
      ['retentionPasses', 'trialend', 'deleted', '2027-03-05T20:00:00.000Z'],
    ])
  })

  it('12: STORAGE is kept for two days only', () => {
    const late = patch(created('STORAGE'), { status: 'trial' }).after(20 * DAY)
    expect(show(late)).toMatchObject({
      status: 'deleted',
      status_changed_at: '2026-12-07T20:00:00.000000Z',
    })
  })

  it('13: a paused trial goes on with the time that was left', () => {
    const paused = patch(onTrial().after(10 * DAY), { status: 'paused' })
    const again = patch(paused.after(10 * DAY), { status: 'trial' })
    expect(show(again)).toMatchObject({
      status: 'trial',
      start: '2026-11-21T20:00:00.000000Z',
      deleted_date: null,
    })
    expect(again.after(4 * DAY - 1).state.status).toBe('trial')
    expect(show(again.after(4 * DAY))).toMatchObject({
      status: 'trialend',
      status_changed_at: '2026-12-15T20:00:00.000000Z',
    })
  })

  it('14: a trial happens once, and not for every product', () => {
    expect(answer(onTrial().after(14 * DAY), { status: 'trial' })).toEqual(
      E.left({ status: ['Trial has already been used.'] }),
    )
    expect(answer(created('CLOUD'), { status: 'trial' })).toEqual(
      E.left({ status: ['Trial is not offered for this product.'] }),
    )
  })

  it('15: an admin prolongs an ended trial', () => {
    const prolonged = patch(
      onTrial().after(14 * DAY),
      { status: 'trial', options: [{ name: 'CDN_TRIAL_DAYS_LIMIT', value: '28' }] },
      { actor: admin },
    )
    expect(show(prolonged)).toMatchObject({
      status: 'trial',
      start: '2026-11-21T20:00:00.000000Z',
      deleted_date: null,
    })
    expect(prolonged.after(14 * DAY - 1).state.status).toBe('trial')
    expect(prolonged.after(14 * DAY).state.status).toBe('trialend')
  })

  it('16: a trial that is cut short ends at once', () => {
    const cut = patch(onTrial().after(5 * DAY), {
      options: [{ name: 'CDN_TRIAL_DAYS_LIMIT', value: '3' }],
    })
    expect(show(cut)).toMatchObject({
      status: 'trialend',
      previous_status: 'trial',
      status_changed_at: '2026-11-26T20:00:00.000000Z',
    })
  })

  it('17: the CDN is activated in 15 minutes, DNS at once', () => {
    const asked = patch(created(), { status: 'active' })
    expect(asked.state.status).toBe('activating')
    const again = asked.after(MINUTE)
    expect(answer(again, { status: 'active' })).toEqual(E.right([]))
    expect(again.after(14 * MINUTE - 1).state.status).toBe('activating')
    expect(show(again.after(14 * MINUTE))).toMatchObject({
      status: 'active',
      previous_status: 'new',
      status_changed_at: '2026-11-21T20:15:00.000000Z',
    })
    expect(patch(created('DNS'), { status: 'active' }).state.status).toBe('active')
  })

  it('18: paid use ends every clock', () => {
    const suspended = [onTrial(), onTrial().after(14 * DAY), patch(active(), { status: 'paused' })]
    for (const scenario of suspended) {
      const used = patch(scenario, { status: 'active' })
      expect(show(used)).toMatchObject({ status: 'active', deleted_date: null })
      expect(used.state.deadlines).toEqual([])
    }
  })

  it('18: an activation ends the clock of a pause, too', () => {
    const interrupted = patch(patch(created(), { status: 'active' }), { status: 'paused' })
    const again = patch(interrupted.after(DAY), { status: 'active' })
    expect(show(again)).toMatchObject({ status: 'activating', deleted_date: null })
    const paused = patch(again, { status: 'paused' })
    expect(show(paused).deleted_date).toBe('2027-02-20T20:00:00.000000Z')
  })

  it.each([
    ['activating', 'Status "activating" is set by the system.'],
    ['deleted', 'Status "deleted" is set by the system.'],
    ['new', 'Transition from "active" to "new" is not allowed.'],
  ])('19: an active service does not become %s', (status, text) => {
    expect(answer(active(), { status })).toEqual(E.left({ status: [text] }))
  })

  it('20: an admin deletes, and only activation brings back', () => {
    const enabled = patch(active(), { enabled: true })
    const deleted = patch(enabled, { status: 'deleted' }, { actor: admin })
    expect(show(deleted)).toMatchObject({
      status: 'deleted',
      previous_status: 'active',
      enabled: false,
    })
    expect(deleted.state.done).toBe(false)
    expect(answer(deleted, { status: 'paused' })).toEqual(
      E.left({ status: ['Transition from "deleted" to "paused" is not allowed.'] }),
    )
    expect(patch(deleted, { status: 'active' }).state.status).toBe('activating')
  })

  it('21: going from one suspension to another gives no more time', () => {
    const ended = onTrial().after(14 * DAY)
    const paused = patch(ended.after(30 * DAY), { status: 'paused' })
    expect(show(paused).deleted_date).toBe('2027-03-05T20:00:00.000000Z')
  })

  it('22: only an admin shortens the retention, which then counts from the pause', () => {
    const paused = patch(active(), { status: 'paused' }).after(DAY)
    const body = {
      status_transition_options: [{ name: 'paused_to_deleted_days', value: '10' }],
    }
    expect(answer(paused, body)).toEqual(
      E.left({
        status_transition_options: ['status_transition_options[0]: You cannot change this value.'],
      }),
    )
    const shortened = patch(paused, body, { actor: admin })
    expect(show(shortened)).toMatchObject({
      status: 'paused',
      previous_status: 'active',
      status_changed_at: '2026-11-21T20:00:00.000000Z',
      deleted_date: '2026-12-01T20:00:00.000000Z',
    })
    expect(shortened.after(9 * DAY - 1).state.status).toBe('paused')
    expect(show(shortened.after(9 * DAY))).toMatchObject({
      status: 'deleted',
      previous_status: 'paused',
      status_changed_at: '2026-12-01T20:00:00.000000Z',
    })
  })

  it('23: a wrong value stops the whole write', () => {
    const body = (value: string) => ({
      status: 'paused',
      options: [{ name: 'CDN_TRIAL_TRAFFIC_LIMIT', value }],
    })
    expect(answer(active(), body('x'))).toEqual(
      E.left({ options: ['options[0].value: A valid integer is required.'] }),
    )
    const paused = patch(active(), body('500'))
    expect(show(paused)).toMatchObject({
      status: 'paused',
      options: [{ id: null }, { value: '500' }],
    })
    expect(show(paused).options[1]?.id).toSatisfy(Number.isSafeInteger)
  })

  it('31: a billing run pauses what is in use, and undoing it returns each to where it was', () => {
    const suspend = { type: 'billing.suspended', batch: 'b1', reason: 'unpaid' }
    const restore = { type: 'billing.restored', batch: 'b1', available: true }
    const suspended = [onTrial().after(5 * DAY), active(), created()].map((scenario) =>
      scenario.when(suspend),
    )
    expect(suspended.map(({ state }) => state.status)).toEqual(['paused', 'paused', 'new'])
    expect(suspended[2]?.decision.journal.map(({ outcome }) => outcome)).toEqual(['ignored'])
    const restored = suspended.map((scenario) => scenario.after(2 * HOUR).when(restore))
    expect(restored.map(({ state }) => state.status)).toEqual(['trial', 'active', 'new'])
    expect(restored[0]?.after(9 * DAY - 1).state.status).toBe('trial')
    expect(restored[0]?.after(9 * DAY).state.status).toBe('trialend')
    expect(restored[0]?.when(restore).decision.changed).toBe(false)
  })
})

describe('undoing a billing run', () => {
  const suspend = { type: 'billing.suspended', batch: 'b1', reason: 'unpaid' }
  const restore = { type: 'billing.restored', batch: 'b1', available: true }

  it('leaves alone what another run paused, or a person since', () => {
    const other = active().when({ ...suspend, batch: 'b2' })
    expect(other.when(restore).state.status).toBe('paused')
    const moved = patch(patch(active().when(suspend), { status: 'trialend' }), { status: 'paused' })
    expect(moved.when(restore).state.status).toBe('paused')
  })

  it('leaves alone what is not available any more', () => {
    const without = { ...restore, available: false }
    expect(active().when(suspend).when(without).state.status).toBe('paused')
    expect(onTrial().when(suspend).when(without).state.status).toBe('paused')
  })

  it('ends a trial that has no time left', () => {
    const short = patch(
      onTrial()
        .after(5 * DAY)
        .when(suspend),
      {
        options: [{ name: 'CDN_TRIAL_DAYS_LIMIT', value: '5' }],
      },
    )
    expect(show(short.when(restore))).toMatchObject({
      status: 'trialend',
      previous_status: 'paused',
      deleted_date: '2027-02-24T20:00:00.000000Z',
    })
  })

  it('starts an interrupted activation again', () => {
    const activating = patch(created(), { status: 'active' }).after(5 * MINUTE)
    const again = activating.when(suspend).after(HOUR).when(restore)
    expect(again.state.status).toBe('activating')
    expect(again.after(15 * MINUTE - 1).state.status).toBe('activating')
    expect(again.after(15 * MINUTE).state.status).toBe('active')
  })

  it('does nothing when the service was deleted meanwhile', () => {
    const deleted = active()
      .when(suspend)
      .after(90 * DAY)
    expect(deleted.state.status).toBe('deleted')
    expect(deleted.when(restore).state.status).toBe('deleted')
  })
})

describe('other reports', () => {
  it('end a trial whose usage is exceeded, and nothing else', () => {
    const exceeded = { type: 'usage.exceeded', option: 'CDN_TRIAL_TRAFFIC_LIMIT' }
    expect(onTrial().after(DAY).when(exceeded).state.status).toBe('trialend')
    expect(active().when(exceeded).state.status).toBe('active')
  })

  it('put what was paid for into use, if it is available', () => {
    const paid = { type: 'billing.activated', available: true }
    expect(created().when(paid).state.status).toBe('activating')
    expect(onTrial().when(paid).state.status).toBe('active')
    expect(onTrial().when({ ...paid, available: false }).state.status).toBe('trial')
  })
})

describe('a write that moves a deadline', () => {
  const days = (value: string) => ({ options: [{ name: 'CDN_TRIAL_DAYS_LIMIT', value }] })

  it('prolongs a running or paused trial for any writer', () => {
    const longer = patch(onTrial().after(5 * DAY), days('28'))
    expect(show(longer).status_changed_at).toBe('2026-11-21T20:00:00.000000Z')
    expect(longer.after(23 * DAY - 1).state.status).toBe('trial')
    expect(longer.after(23 * DAY).state.status).toBe('trialend')
    const paused = patch(onTrial().after(5 * DAY), { status: 'paused' })
    const resumed = patch(patch(paused, days('28')), { status: 'trial' })
    expect(resumed.after(23 * DAY - 1).state.status).toBe('trial')
  })

  it('does not give an ended trial back to a reseller', () => {
    const ended = patch(onTrial().after(14 * DAY), days('28'))
    expect(answer(ended, { status: 'trial' })).toEqual(
      E.left({ status: ['Trial has already been used.'] }),
    )
    expect(E.isRight(answer(ended, { status: 'trial' }, { actor: admin }))).toBe(true)
  })

  it('finishes an activation that has lasted long enough', () => {
    const activating = patch(created(), { status: 'active' }).after(5 * MINUTE)
    const minutes = (value: string) => ({
      status_transition_options: [{ name: 'activating_to_active_minutes', value }],
    })
    const finished = patch(activating, minutes('3'), { actor: admin })
    expect(show(finished)).toMatchObject({
      status: 'active',
      previous_status: 'new',
      status_changed_at: '2026-11-21T20:05:00.000000Z',
    })
    const later = patch(activating, minutes('20'), { actor: admin })
    expect(later.after(15 * MINUTE - 1).state.status).toBe('activating')
    expect(later.after(15 * MINUTE).state.status).toBe('active')
  })

  it('arms nothing for an instant that no calendar spells', () => {
    const never = patch(
      patch(created(), { status: 'active' }),
      {
        status_transition_options: [
          { name: 'activating_to_active_minutes', value: '9'.repeat(15) },
        ],
      },
      { actor: admin },
    )
    expect(never.state.deadlines).toEqual([])
    expect(never.after(1000 * 365 * DAY).state.status).toBe('activating')
  })

  it('lengthens a retention too, beyond what the first suspension allowed', () => {
    const paused = patch(
      onTrial()
        .after(14 * DAY)
        .after(30 * DAY),
      { status: 'paused' },
    )
    const longer = patch(
      paused,
      { status_transition_options: [{ name: 'paused_to_deleted_days', value: '100' }] },
      { actor: admin },
    )
    expect(show(longer).deleted_date).toBe('2027-03-15T20:00:00.000000Z')
  })

  it('leaves the deadline of another status alone', () => {
    const paused = patch(active(), { status: 'paused' })
    const same = patch(
      paused,
      { status_transition_options: [{ name: 'trialend_to_deleted_days', value: '1' }] },
      { actor: admin },
    )
    expect(show(same).deleted_date).toBe(show(paused).deleted_date)
    expect(same.state.deadlines).toEqual(paused.state.deadlines)
  })

  it('takes effect with the status of the same body, so that a rescue never deletes', () => {
    const paused = patch(active(), { status: 'paused' }).after(5 * DAY)
    const rescued = patch(
      paused,
      {
        status: 'active',
        status_transition_options: [{ name: 'paused_to_deleted_days', value: '1' }],
      },
      { actor: admin },
    )
    expect(show(rescued)).toMatchObject({ status: 'active', previous_status: 'paused' })
    expect(rescued.decision.effects.map(({ type }) => type)).toEqual(['resume'])
  })

  it('bounds the next suspension by the retention that it moved', () => {
    const paused = patch(active(), { status: 'paused' }).after(DAY)
    const options = [
      { name: 'paused_to_deleted_days', value: '10' },
      { name: 'trialend_to_deleted_days', value: '50' },
    ]
    const ended = patch(
      paused,
      { status: 'trialend', status_transition_options: options },
      { actor: admin },
    )
    expect(show(ended).deleted_date).toBe('2026-12-01T20:00:00.000000Z')
  })
})

describe('the product switch', () => {
  it('moves nothing else', () => {
    const on = patch(active().after(DAY), { enabled: true })
    expect(show(on)).toEqual({ ...show(active()), enabled: true })
  })

  it('is off after a deletion, even by a body that turns it on', () => {
    const deleted = patch(active(), { status: 'deleted', enabled: true }, { actor: admin })
    expect(show(deleted).enabled).toBe(false)
    expect(show(patch(deleted, { enabled: true })).enabled).toBe(true)
  })
})

describe('the work for drivers', () => {
  const works = ({ decision }: Scenario) =>
    decision.effects.map(({ type, params }) => [type, params['plan']].filter(Boolean).join(' '))

  it('is provided for once, then suspended and resumed, and wiped in the end', () => {
    const asked = patch(created(), { status: 'active' })
    expect(works(asked)).toEqual(['provision paid'])
    expect(works(asked.after(15 * MINUTE))).toEqual([])
    const paused = patch(asked.after(DAY), { status: 'paused' })
    expect(works(paused)).toEqual(['suspend'])
    expect(works(patch(paused, { status: 'trialend' }))).toEqual([])
    expect(works(patch(paused, { status: 'active' }))).toEqual(['resume paid'])
    expect(works(paused.after(90 * DAY))).toEqual(['wipe'])
  })

  it('tells a trial from paid use', () => {
    expect(works(onTrial())).toEqual(['provision trial'])
    expect(works(patch(onTrial(), { status: 'active' }))).toEqual(['provision paid'])
    expect(works(patch(patch(onTrial(), { status: 'paused' }), { status: 'trial' }))).toEqual([
      'resume trial',
    ])
  })

  it('is not asked for again when only a deadline moves', () => {
    const paused = patch(active(), { status: 'paused' }).after(DAY)
    const moved = paused.when({
      type: 'service.configure',
      options: { paused_to_deleted_days: '10' },
    })
    expect(works(moved)).toEqual([])
  })

  it('names the service, its product and its client', () => {
    expect(onTrial().decision.effects[0]?.params).toEqual({
      service: 21797,
      product: 'CDN',
      client: 3989,
      plan: 'trial',
    })
  })
})

describe('a lifecycle under other terms', () => {
  it('runs by them', () => {
    const lifecycle = createGcoreLifecycle({
      services: { CDN: { trialDays: 1, retentionDays: 1, activationMinutes: 0 } },
    })
    const creation = { type: 'service.create', id: 1, name: 'CDN', client: 2 }
    const short = given(lifecycle, creation, { at: T0 }).when({
      type: 'trial.start',
      available: true,
    })
    expect(short.after(DAY).state.status).toBe('trialend')
    expect(short.after(2 * DAY).state.status).toBe('deleted')
    const used = given(lifecycle, creation, { at: T0 }).when({
      type: 'service.activate',
      available: true,
    })
    expect(used.state.status).toBe('active')
  })
})

// -- histories

interface Happening {
  /** Ms since the one before. */
  readonly wait: number
  readonly event: Event
  readonly actor: Actor
  /** Parts of the wait, in thousandths, at which somebody looks. */
  readonly looks: ReadonlyArray<number>
}

const events: ReadonlyArray<Event> = [
  ...Object.entries(gcoreService.commands)
    .filter(([type]) => type !== gcoreService.creation)
    .flatMap(([, { examples }]) => examples),
  ...Object.values(gcoreService.reports).flatMap(({ examples }) => examples),
  { type: 'service.configure', options: { activating_to_active_minutes: '40' } },
  { type: 'service.configure', options: { paused_to_deleted_days: '1' } },
  { type: 'service.pause', enabled: true, options: { CDN_TRIAL_DAYS_LIMIT: '1' } },
]

const histories = fc.record({
  name: fc.constantFrom<ServiceName>('CDN', 'STORAGE', 'DNS', 'CLOUD'),
  happenings: fc.array(
    fc.record({
      wait: fc.oneof(
        fc.constantFrom(0, 1, MINUTE, 15 * MINUTE, DAY, 2 * DAY, 14 * DAY, 90 * DAY),
        fc.integer({ min: 0, max: 100 * DAY }),
      ),
      event: fc.constantFrom(...events),
      actor: fc.constantFrom(admin, reseller),
      looks: fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 3 }),
    }),
    { maxLength: 12 },
  ),
})

const inputOf = (state: State, { event, actor }: Happening, at: number): Input =>
  Object.hasOwn(gcoreService.reports, event.type)
    ? { _tag: 'Report', ref: state.ref, id: 'i', at, event }
    : { _tag: 'Command', ref: state.ref, id: 'i', at, event, actor }

const settledAt = (state: State, at: number): State => {
  const settled = settle(gcoreService, state, at, 's')
  if (E.isLeft(settled)) throw new Error(JSON.stringify(settled.left))
  return settled.right.after
}

const play = (
  name: ServiceName,
  happenings: ReadonlyArray<Happening>,
  { looking, seen = () => {} }: { looking: boolean; seen?: (state: State, at: number) => void },
): State => {
  let { state } = created(name)
  let at = T0
  for (const happening of happenings) {
    if (looking)
      for (const look of happening.looks.toSorted((a, b) => a - b)) {
        const then = at + Math.floor((happening.wait * look) / 1000)
        state = settledAt(state, then)
        seen(state, then)
      }
    at += happening.wait
    const decided = decide(gcoreService, state, inputOf(state, happening, at))
    if (E.isRight(decided)) state = decided.right.after
    else if (decided.left._tag !== 'IllegalMove') throw new Error(JSON.stringify(decided.left))
    if (looking && E.isRight(decided)) seen(state, at)
  }
  return settledAt(state, at)
}

describe('any history', () => {
  it('comes to the same state, whether or not somebody looked in between', () => {
    fc.assert(
      fc.property(histories, ({ name, happenings }) => {
        const [looked, unseen] = [true, false].map((looking) => play(name, happenings, { looking }))
        expect({ ...looked, revision: 0 }).toEqual({ ...unseen, revision: 0 })
      }),
      { numRuns: 300, seed: 20_261_122 },
    )
  })

  it('keeps every state through a JSON round trip', () => {
    fc.assert(
      fc.property(histories, ({ name, happenings }) => {
        play(name, happenings, {
          looking: true,
          seen: (state) => {
            const stored: unknown = JSON.parse(JSON.stringify(state))
            expect(stored).toEqual(state)
            expect(restoreState(gcoreService, stored)).toEqual(E.right(state))
            const context: unknown = JSON.parse(JSON.stringify(state.context))
            expect(ServiceContext.decode(context)).toEqual(E.right(state.context))
          },
        })
      }),
      { numRuns: 100, seed: 20_261_122 },
    )
  })

  it('has a date of deletion exactly while suspended, and never more than one deadline, in the future', () => {
    const waits: Readonly<Record<string, string>> = {
      trial: 'trialEnds',
      activating: 'activationFinishes',
      trialend: 'retentionPasses',
      paused: 'retentionPasses',
    }
    fc.assert(
      fc.property(histories, ({ name, happenings }) => {
        play(name, happenings, {
          looking: true,
          seen: (state, at) => {
            const { deletedDate, retentionFrom, statusChangedAt } = contextOf(state)
            const suspended = state.status === 'trialend' || state.status === 'paused'
            expect([deletedDate !== null, retentionFrom !== null]).toEqual([suspended, suspended])
            expect(statusChangedAt).toBeLessThanOrEqual(at)
            expect(state.deadlines.map((open) => open.name)).toEqual(
              [waits[state.status]].filter((wait) => wait !== undefined),
            )
            for (const { dueAt } of state.deadlines) expect(dueAt).toBeGreaterThan(at)
            if (suspended) expect(state.deadlines[0]?.dueAt).toBe(deletedDate)
          },
        })
      }),
      { numRuns: 300, seed: 20_261_122 },
    )
  })
})

describe('the lifecycle', () => {
  it('has words for each guard', () => {
    for (const name of gcoreService.machine.guards)
      expect(gcoreService.guards[name]).toMatch(/^.{10,}\.$/)
    expect(Object.keys(gcoreService.guards).toSorted()).toEqual(
      gcoreService.machine.guards.toSorted(),
    )
  })

  it('is labelled by its product', () => {
    expect(created('DNS').state.labels).toEqual({ product: 'DNS' })
  })
})
