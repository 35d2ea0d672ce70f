import { expect, it } from 'vitest'
import { lamp } from './__fixtures__/lamp.ts'
import { diagram } from './diagram.ts'

it('draws states, events, guards, effects and deadlines', () => {
  const drawn = diagram(lamp)
  for (const line of [
    '[*] --> off',
    'off --> on: lamp.press [isOwner, not worn]',
    'on --> off: lamp.press / darken',
    'on --> cooling: after burns',
    'state "on" as on {',
    '[*] --> on__warm',
    'smashed --> [*]',
  ])
    expect(drawn).toContain(`  ${line}\n`)
})

it('marks the current value', () => {
  expect(diagram(lamp, { current: { on: 'warm' } })).toContain('class on__warm current')
})
