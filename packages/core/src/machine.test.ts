import { describe, expect, it } from 'vitest'
import { createMachine, setup } from 'xstate'
import * as t from 'io-ts'
import { lamp, lampChart } from './__fixtures__/lamp.ts'
import { defineLifecycle } from './lifecycle.ts'
import type { LifecycleDefinition } from './lifecycle.ts'
import { createMachineFacade } from './machine.ts'
import { walk } from './testing.ts'

describe('the compiled engine', () => {
  it('agrees with the library’s public functions on every reachable transition', () => {
    const slow = createMachineFacade(lampChart, 'public')
    const outcome = (run: () => unknown): unknown => {
      try {
        return run()
      } catch (thrown) {
        return String(thrown)
      }
    }
    const { attempts } = walk(lamp)
    for (const { from, move, at } of attempts) {
      const event =
        move.kind === 'deadline'
          ? slow.deadlineEvent(from.value, move.name, at)
          : { ...move.event, at, actor: move.kind === 'command' ? move.actor : undefined }
      if (event === undefined) throw new Error('a deadline stands for no event')
      expect(outcome(() => lamp.machine.step(from.value, from.context, event))).toEqual(
        outcome(() => slow.step(from.value, from.context, event)),
      )
    }
    expect(attempts.length).toBeGreaterThan(50)
    const input = { at: 5, owner: 'ann', socket: 'A' }
    expect(lamp.machine.begin(input)).toEqual(slow.begin(input))
  })
})

describe('a lifecycle', () => {
  const chart = setup({
    types: { context: {} as object, events: {} as { type: 'door.open'; at: number } },
    guards: { unlocked: () => true },
    actions: { ring: () => {} },
    delays: { slams: 10 },
  }).createMachine({
    id: 'demo/door',
    context: {},
    initial: 'shut',
    states: {
      shut: { on: { 'door.open': { guard: 'unlocked', target: 'open', actions: 'ring' } } },
      open: { after: { slams: 'shut' } },
    },
  })
  const open = { payload: t.strict({}), words: 'Open', examples: [{ type: 'door.open' }] }
  const definition: LifecycleDefinition<object> = {
    name: 'demo/door',
    provider: 'demo',
    version: 1,
    machine: chart,
    context: t.object,
    creation: 'door.build',
    commands: { 'door.build': { ...open, words: 'Build' }, 'door.open': open },
    reports: {},
    effects: { ring: { params: t.strict({}), words: 'Ring', reports: {} } },
    deadlines: { slams: 'It slams' },
    guards: { unlocked: 'It must be unlocked.' },
    statuses: ['shut', 'open'],
    status: String,
    facet: () => null,
    actors: [],
  }

  it('is made when definition and machine agree', () => {
    expect(defineLifecycle(definition).name).toBe('demo/door')
  })

  it.each<[string, Partial<LifecycleDefinition<object>>]>([
    ['event "door.open" is not declared', { commands: { 'door.build': open } }],
    ['guard "unlocked" is not declared', { guards: {} }],
    ['deadline "slams" is not declared', { deadlines: {} }],
    ['effect "ring" is not declared', { effects: {} }],
    ['creation "door.build" is not declared', { commands: { 'door.open': open } }],
    [
      'report "door.rung" is not declared',
      {
        effects: { ring: { params: t.strict({}), words: 'Ring', reports: { done: 'door.rung' } } },
      },
    ],
    ['event "door.open" must be a command or a report', { reports: { 'door.open': open } }],
    [
      'event "door.open" has no example',
      { commands: { 'door.build': open, 'door.open': { ...open, examples: [] } } },
    ],
    [
      'an eventless transition in "demo/loop.a"',
      {
        machine: createMachine({
          id: 'demo/loop',
          initial: 'a',
          states: { a: { always: 'b' }, b: {} },
        }),
      },
    ],
    [
      'deadline "10" needs a name',
      {
        machine: createMachine({
          id: 'demo/loop',
          initial: 'a',
          states: { a: { after: { 10: 'b' } }, b: {} },
        }),
        deadlines: { 10: 'ten' },
      },
    ],
  ])('is not made when %s', (mistake, part) => {
    expect(() => defineLifecycle({ ...definition, ...part })).toThrow(mistake)
  })
})
