import { expect, it } from 'vitest'
import { lamp } from './__fixtures__/lamp.ts'
import { given, walk } from './testing.ts'

const make = { type: 'lamp.make', owner: 'ann', socket: 'A' }

it('says what was refused when a scenario goes wrong', () => {
  expect(() => given(lamp, make).when({ type: 'lamp.smash' })).toThrow('IllegalMove')
  expect(() => given(lamp, make).refusal({ type: 'lamp.press' })).toThrow(
    'lamp.press was not refused in off',
  )
})

it('walks to every state and edge that can be reached, and names those that cannot', () => {
  const { states, edges, guards } = walk(lamp)
  expect([...new Set(states.map(({ status }) => status))].toSorted()).toEqual([
    'cooling',
    'off',
    'on',
    'smashed',
  ])
  expect(edges.missed.map(({ id }) => id)).toEqual([])
  expect(guards).toEqual({
    isOwner: { passed: true, failed: true },
    worn: { passed: true, failed: true },
    trips: { passed: true, failed: true },
  })
})
