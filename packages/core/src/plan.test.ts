import { describe, expect, it } from 'vitest'
import { BURNS, lamp } from './__fixtures__/lamp.ts'
import { plan, wayTo, wayToCommand } from './plan.ts'
import { given } from './testing.ts'

const off = given(lamp, { type: 'lamp.make', owner: 'ann', socket: 'A' })
const ann = { id: 'ann', roles: ['owner'] }
const bob = { id: 'bob', roles: [] }
const { at } = off

describe('a plan', () => {
  it('judges every command but the creation for the caller, with reasons in words', () => {
    expect(
      plan(lamp, off.state, { at, actor: bob }).map(({ command, allowed, reasons }) => [
        command,
        allowed,
        reasons.map(({ words }) => words),
      ]),
    ).toEqual([
      [
        'lamp.press',
        false,
        ['Only its owner may press the switch.', 'The switch must be worn out.'],
      ],
      ['lamp.move', true, []],
      ['lamp.smash', false, ['"lamp.smash" is not possible while the status is "off".']],
      ['lamp.wait', true, []],
      ['lamp.trip', false, ['MachineFault']],
    ])
    expect(plan(lamp, off.state, { at, actor: ann })[0]).toEqual({
      command: 'lamp.press',
      words: 'Press the switch',
      allowed: true,
      event: { type: 'lamp.press' },
      reasons: [],
    })
  })
})

describe('a way', () => {
  it('is the shortest sequence of commands, reports and deadlines, with the instants of the deadlines', () => {
    const way = wayTo(lamp, off.state, 'cooling', { at })
    expect(
      way?.map(({ move, words, status, at: then }) => [move.kind, words, status, then - at]),
    ).toEqual([
      ['command', 'Press the switch', 'on', 0],
      ['deadline', 'It has burned long enough', 'cooling', BURNS],
    ])
  })

  it('is empty where one is already', () => {
    expect(wayTo(lamp, off.state, 'off', { at })).toEqual([])
  })

  it('is absent when nothing leads there', () => {
    expect(wayTo(lamp, off.state, 'on', { at, actors: [bob] })).toBeUndefined()
    expect(wayTo(lamp, off.state, 'nowhere', { at })).toBeUndefined()
  })

  it('leads to where a command is allowed', () => {
    const way = wayToCommand(lamp, off.state, { type: 'lamp.smash' }, ann, { at })
    expect(way?.map(({ status }) => status)).toEqual(['on', 'cooling'])
  })
})
