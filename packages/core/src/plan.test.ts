import { describe, expect, it } from 'vitest'
import { lamp } from './__fixtures__/lamp.ts'
import { plan } from './plan.ts'
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
