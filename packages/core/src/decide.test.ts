import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { BURNS, lamp } from './__fixtures__/lamp.ts'
import { decide, decideAll, isOverdue, refusalEntry, settle } from './decide.ts'
import type { Decision } from './decide.ts'
import type { Event, Input } from './input.ts'
import type { Refusal } from './refusal.ts'
import { State } from './state.ts'
import { given } from './testing.ts'

const ref = { provider: 'demo', tenant: 'home', id: '1' }
const ann = { id: 'ann', roles: ['owner'] }
const bob = { id: 'bob', roles: [] }
const T0 = 1_000_000_000_000
const make: Event = { type: 'lamp.make', owner: 'ann', socket: 'A' }

const command = (event: Event, at = T0, actor = ann): Input => ({
  _tag: 'Command',
  ref,
  id: 'c1',
  at,
  actor,
  event,
  request: 'r1',
})
const right = (decided: E.Either<Refusal, Decision>): Decision => {
  if (E.isLeft(decided)) throw new Error(JSON.stringify(decided.left))
  return decided.right
}

describe('a creation', () => {
  it('makes a first state of revision and generation 1 with its claims, quotas and labels', () => {
    const made = right(decide(lamp, undefined, command(make)))
    expect(made.after).toMatchObject({
      ref,
      lifecycle: 'demo/lamp',
      version: 2,
      value: 'off',
      status: 'off',
      revision: 1,
      generation: 1,
      createdAt: T0,
      changedAt: T0,
      labels: { owner: 'ann' },
      done: false,
    })
    expect(made.claims).toEqual({ take: ['demo/socket/A'], release: [] })
    expect(made.quotas).toEqual({ take: ['demo/lamps/ann'], release: [] })
    expect(made.journal).toEqual([
      expect.objectContaining({
        kind: 'command',
        type: 'lamp.make',
        outcome: 'moved',
        from: null,
        to: 'off',
        actor: ann,
        request: 'r1',
        revision: 1,
      }),
    ])
  })

  it('is refused where a service is, and everything else where none is', () => {
    const { state } = given(lamp, make)
    expect(decide(lamp, state, command(make))).toEqual(E.left({ _tag: 'AlreadyExists', ref }))
    expect(decide(lamp, undefined, command({ type: 'lamp.press' }))).toEqual(
      E.left({ _tag: 'NotFound', ref }),
    )
  })

  it('takes the place of a service that has ended, counting on', () => {
    const ended = given(lamp, make, { ref })
      .when({ type: 'lamp.press' })
      .when({ type: 'lamp.burst', message: 'x' })
    expect(ended.state).toMatchObject({ done: true, status: 'smashed', deadlines: [] })
    expect(ended.decision.claims).toEqual({ take: [], release: ['demo/socket/A'] })
    expect(decide(lamp, ended.state, command({ type: 'lamp.press' }))).toEqual(
      E.left({ _tag: 'NotFound', ref }),
    )
    const again = right(decide(lamp, ended.state, command(make)))
    expect(again.after).toMatchObject({ status: 'off', revision: 4, generation: 2, done: false })
    expect(again.claims.take).toEqual(['demo/socket/A'])
  })

  it('refuses a payload that does not decode, saying where', () => {
    expect(decide(lamp, undefined, command({ type: 'lamp.make', owner: 7, socket: 'A' }))).toEqual(
      E.left({
        _tag: 'InvalidPayload',
        type: 'lamp.make',
        issues: [{ path: 'owner', expected: 'string' }],
      }),
    )
  })
})

describe('a command', () => {
  it('moves the service, and its effects carry id, lane and generation', () => {
    const { decision } = given(lamp, make, { ref }).when({ type: 'lamp.press' })
    expect(decision.after).toMatchObject({ value: { on: 'warm' }, status: 'on', revision: 2 })
    expect(decision.effects).toEqual([
      {
        id: 'input-1.0',
        ref,
        lifecycle: 'demo/lamp',
        type: 'light',
        params: { socket: 'A' },
        generation: 1,
        lane: 'main',
        at: T0,
      },
    ])
    expect(decision.armed).toEqual([
      { name: 'burns', dueAt: T0 + BURNS, armedAt: T0, generation: 1 },
    ])
  })

  it('is refused with the words of each guard that says no', () => {
    expect(given(lamp, make).refusal({ type: 'lamp.press' }, { actor: bob })).toEqual({
      _tag: 'IllegalMove',
      status: 'off',
      command: 'lamp.press',
      reasons: [
        { guard: 'isOwner', words: 'Only its owner may press the switch.' },
        { guard: 'worn', words: 'The switch must be worn out.' },
      ],
    })
  })

  it('is refused with the status when no state here knows it', () => {
    expect(given(lamp, make).refusal({ type: 'lamp.smash' })).toEqual({
      _tag: 'IllegalMove',
      status: 'off',
      command: 'lamp.smash',
      reasons: [{ words: '"lamp.smash" is not possible while the status is "off".' }],
    })
  })

  it('cannot be a report, a deadline or an event of the statechart library', () => {
    const scenario = given(lamp, make).when({ type: 'lamp.press' })
    for (const type of [
      'lamp.lit',
      'burns',
      'xstate.after.burns.demo/lamp.on',
      'xstate.stop',
      '*',
      'constructor',
      '__proto__',
    ])
      expect(decide(lamp, scenario.state, command({ type }))).toEqual(
        E.left({ _tag: 'UnknownCommand', type }),
      )
  })

  it('that is accepted without change is journaled and keeps the revision', () => {
    const { decision, state } = given(lamp, make).when({ type: 'lamp.wait' })
    expect(decision).toMatchObject({ changed: false, effects: [] })
    expect(state.revision).toBe(1)
    expect(decision.journal).toEqual([
      expect.objectContaining({ type: 'lamp.wait', outcome: 'unchanged' }),
    ])
  })

  it('exchanges the claims that its change touches', () => {
    const { decision } = given(lamp, make).when({ type: 'lamp.move', socket: 'B' })
    expect(decision.claims).toEqual({ take: ['demo/socket/B'], release: ['demo/socket/A'] })
    expect(decision.quotas).toEqual({ take: [], release: [] })
  })

  it('never goes back in time', () => {
    const { state } = given(lamp, make).when({ type: 'lamp.press' })
    const early = right(decide(lamp, state, command({ type: 'lamp.press' }, T0 - 5_000)))
    expect(early.after.changedAt).toBe(T0)
  })
})

describe('a fault', () => {
  it('in a guard, in an assign, or in the params of an effect is a refusal and changes nothing', () => {
    const scenario = given(lamp, make)
    const before = JSON.stringify(scenario.state)
    expect(scenario.refusal({ type: 'lamp.trip', where: 'guard' })).toEqual({
      _tag: 'MachineFault',
      during: 'lamp.trip',
      message: expect.stringContaining('the guard tripped'),
    })
    expect(scenario.refusal({ type: 'lamp.trip', where: 'assign' })).toEqual({
      _tag: 'MachineFault',
      during: 'lamp.trip',
      message: 'the assign tripped',
    })
    expect(scenario.refusal({ type: 'lamp.trip', where: 'effect' })).toEqual({
      _tag: 'MachineFault',
      during: 'light',
      message: 'socket: string',
    })
    expect(JSON.stringify(scenario.state)).toBe(before)
  })

  it('in what a lifecycle derives from a state is a refusal as well', () => {
    const { state } = given(lamp, make)
    const thrown = (): never => {
      throw new Error('no idea')
    }
    for (const part of [{ status: thrown }, { labels: thrown }, { claims: thrown }])
      expect(decide({ ...lamp, ...part }, state, command({ type: 'lamp.press' }))).toMatchObject({
        left: { _tag: 'MachineFault', message: 'no idea' },
      })
  })
})

describe('a report', () => {
  it('of the present generation moves the service', () => {
    const lit = given(lamp, make).when({ type: 'lamp.press' })
    const burst = lit.when({ type: 'lamp.burst', message: 'hot' }, { generation: 1 })
    expect(burst.state.status).toBe('smashed')
    expect(burst.decision.journal).toEqual([
      expect.objectContaining({ kind: 'report', outcome: 'moved', effect: 'effect' }),
    ])
  })

  it('of an older generation is journaled and ignored', () => {
    const off = given(lamp, make).when({ type: 'lamp.press' }).when({ type: 'lamp.press' })
    expect(off.state).toMatchObject({ status: 'off', generation: 2 })
    const late = off.when({ type: 'lamp.burst', message: 'hot' }, { generation: 1 })
    expect(late.state).toBe(off.state)
    expect(late.decision).toMatchObject({
      changed: false,
      journal: [{ outcome: 'stale', type: 'lamp.burst' }],
    })
  })

  it('for a service that has ended is journaled and ignored', () => {
    const ended = given(lamp, make)
      .when({ type: 'lamp.press' })
      .when({ type: 'lamp.burst', message: 'x' })
    const late = ended.when({ type: 'lamp.lit' }, { generation: 1 })
    expect(late.decision).toMatchObject({ changed: false, journal: [{ outcome: 'ignored' }] })
    expect(late.state).toBe(ended.state)
  })

  it('that the present state does not wait for is journaled and ignored', () => {
    const off = given(lamp, make).when({ type: 'lamp.lit' })
    expect(off.decision).toMatchObject({
      changed: false,
      journal: [{ outcome: 'ignored', type: 'lamp.lit' }],
    })
  })
})

describe('a deadline', () => {
  const lit = given(lamp, make).when({ type: 'lamp.press' })

  it('fires at its instant and not a millisecond before', () => {
    expect(lit.after(BURNS - 1).state.status).toBe('on')
    expect(isOverdue(lit.state, T0 + BURNS - 1)).toBe(false)
    expect(isOverdue(lit.state, T0 + BURNS)).toBe(true)
    const cooling = lit.after(BURNS)
    expect(cooling.state).toMatchObject({ status: 'cooling', changedAt: T0 + BURNS })
    expect(cooling.decision.cancelled).toEqual([expect.objectContaining({ name: 'burns' })])
  })

  it('fires after a long absence at the instant it was due, and the next one after it', () => {
    const late = lit.after(365 * 86_400_000)
    expect(late.state).toMatchObject({
      status: 'off',
      changedAt: T0 + BURNS + 5_000,
      deadlines: [],
    })
    expect(
      late.decision.journal.map(({ type, at, from, to }) => [type, at - T0, from, to]),
    ).toEqual([
      ['burns', BURNS, 'on', 'cooling'],
      ['cools', BURNS + 5_000, 'cooling', 'off'],
    ])
  })

  it('fires before a command of the same instant is judged', () => {
    const decided = decide(lamp, lit.state, command({ type: 'lamp.press' }, T0 + BURNS))
    expect(decided).toMatchObject({ left: { _tag: 'IllegalMove', status: 'cooling' } })
  })

  it('is cancelled when its state is left', () => {
    const off = lit.when({ type: 'lamp.press' })
    expect(off.decision.cancelled).toEqual([expect.objectContaining({ name: 'burns' })])
    expect(off.after(BURNS * 2).state).toBe(off.state)
  })

  it('is settled by itself, unchanged when none is due', () => {
    expect(right(settle(lamp, lit.state, T0, 's')).changed).toBe(false)
    expect(right(settle(lamp, lit.state, T0 + BURNS, 's')).after.status).toBe('cooling')
  })
})

describe('several inputs', () => {
  it('are told of by journal lines of the one revision, also the lines of those that changed nothing', () => {
    const wait: Input = { ...command({ type: 'lamp.wait' }), id: 'c1' }
    const { state } = given(lamp, make, { ref, actor: ann, at: T0 })
    const both = right(
      decideAll(lamp, state, [wait, { ...command({ type: 'lamp.press' }), id: 'c2' }]),
    )
    expect(both.after.revision).toBe(2)
    expect(both.journal.map(({ outcome, revision }) => [outcome, revision])).toEqual([
      ['unchanged', 2],
      ['moved', 2],
    ])
    const alone = right(decide(lamp, state, wait))
    expect(alone.journal.map(({ outcome, revision }) => [outcome, revision])).toEqual([
      ['unchanged', 1],
    ])
  })

  it('are one change of one revision, with effects of the last generation only', () => {
    const { state } = given(lamp, make)
    const both = right(
      decideAll(lamp, state, [
        command({ type: 'lamp.press' }),
        { ...command({ type: 'lamp.press' }), id: 'c2' },
      ]),
    )
    expect(both.after).toMatchObject({ status: 'off', revision: 2, generation: 2 })
    expect(both.effects.map(({ type, generation }) => [type, generation])).toEqual([['darken', 2]])
    expect(both.journal.map(({ type, revision }) => [type, revision])).toEqual([
      ['lamp.press', 2],
      ['lamp.press', 2],
    ])
  })

  it('are refused together by the first that is refused', () => {
    const { state } = given(lamp, make)
    const decided = decideAll(lamp, state, [
      command({ type: 'lamp.press' }),
      command({ type: 'lamp.smash' }),
    ])
    expect(decided).toMatchObject({ left: { _tag: 'IllegalMove', status: 'on' } })
  })
})

it('writes down a refused command with its reasons', () => {
  const { state } = given(lamp, make, { ref })
  const input = command({ type: 'lamp.smash' })
  const decided = decide(lamp, state, input)
  if (E.isRight(decided) || input._tag !== 'Command') throw new Error('it was accepted')
  expect(refusalEntry(state, input, decided.left)).toMatchObject({
    outcome: 'refused',
    from: 'off',
    to: 'off',
    actor: ann,
    reasons: [{ words: '"lamp.smash" is not possible while the status is "off".' }],
  })
})

it('decides states that survive a JSON round trip', () => {
  const { state } = given(lamp, make).when({ type: 'lamp.press' })
  expect(State.decode(JSON.parse(JSON.stringify(state)))).toEqual(E.right(state))
})
