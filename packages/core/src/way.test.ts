import { describe, expect, it } from 'vitest'
import { BURNS, lamp } from './__fixtures__/lamp.ts'
import type { Actor } from './input.ts'
import type { Lifecycle } from './lifecycle.ts'
import { zosService } from './providers/zosconnect/index.ts'
import type { State } from './state.ts'
import { given, walk } from './testing.ts'
import { seekWays, toCommand, toStatus } from './way.ts'
import type { Goal, PlanOptions, Way } from './way.ts'

const off = given(lamp, { type: 'lamp.make', owner: 'ann', socket: 'A' })
const ann = { id: 'ann', roles: ['owner'] }
const bob = { id: 'bob', roles: [] }
const { at } = off

const waysOf = (
  lifecycle: Lifecycle,
  state: State,
  goals: ReadonlyArray<Goal>,
  options: PlanOptions,
): ReadonlyArray<Way | undefined> => {
  const search = seekWays(lifecycle, state, goals, options)
  for (;;) {
    const slice = search.next()
    if (slice.done === true) return slice.value
  }
}

const wayOf = (state: State, goal: Goal, options: PlanOptions): Way | undefined =>
  waysOf(lamp, state, [goal], options)[0]

const wayTo = (status: string, actors?: ReadonlyArray<Actor>): Way | undefined =>
  wayOf(off.state, toStatus(status), { at, ...(actors && { actors }) })

describe('a way', () => {
  it('is the shortest sequence of commands, reports and deadlines, with the instants of the deadlines', () => {
    const way = wayTo('cooling')
    expect(
      way?.map(({ move, words, status, at: then }) => [move.kind, words, status, then - at]),
    ).toEqual([
      ['command', 'Press the switch', 'on', 0],
      ['deadline', 'It has burned long enough', 'cooling', BURNS],
    ])
  })

  it('is empty where one is already', () => {
    expect(wayTo('off')).toEqual([])
  })

  it('is absent when nothing leads there', () => {
    expect(wayTo('on', [bob])).toBeUndefined()
    expect(wayTo('nowhere')).toBeUndefined()
  })

  it('leads to where a command is allowed', () => {
    const way = wayOf(off.state, toCommand(lamp, { type: 'lamp.smash' }, ann), { at })
    expect(way?.map(({ status }) => status)).toEqual(['on', 'cooling'])
  })

  it('is looked for to several goals at once', () => {
    const goals = ['cooling', 'nowhere', 'on'].map(toStatus)
    const ways = waysOf(lamp, off.state, goals, { at })
    expect(ways.map((way) => way?.map(({ status }) => status))).toEqual([
      ['on', 'cooling'],
      undefined,
      ['on'],
    ])
  })

  it('counts on the success of work that was asked for, rather than on other reports', () => {
    const state = walk(zosService).states.find(({ status }) => status === 'Started')
    if (state === undefined) throw new Error('nothing was started')
    const moves = (open: ReadonlyArray<string>): unknown =>
      waysOf(zosService, state, [toStatus('Stopped')], { at, open })[0]?.map(({ move }) =>
        move.kind === 'deadline' ? move.name : move.event.type,
      )
    expect(moves([])).toEqual(['service.stop', 'provider.reported'])
    expect(moves(['provider.stop'])).toEqual(['provider.reported'])
  })
})
