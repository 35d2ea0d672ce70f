import { describe, expect, it } from 'vitest'
import { and, createMachine, log, not, raise, setup, stateIn } from 'xstate'
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

  it('reads a value that leaves out inner states as the library does', () => {
    const slow = createMachineFacade(lampChart, 'public')
    const context = { owner: 'ann', socket: 'A', litAt: 1, presses: 0, broken: false }
    const press = { type: 'lamp.press', at: 2 }
    expect(lamp.machine.step('on', context, press)).toEqual(slow.step('on', context, press))
    expect(lamp.machine.step('on', context, { type: 'nothing' }).value).toEqual({ on: 'warm' })
    expect(lamp.machine.step({ off: {} }, context, { type: 'nothing' }).value).toBe('off')
    expect(() => lamp.machine.step('lost', context, press)).toThrow("'lost' does not exist")
  })

  it('shares values that nobody can change', () => {
    const { value } = lamp.machine.step(
      'off',
      { litAt: 1 },
      { type: 'lamp.trip', where: 'effect', at: 2 },
    )
    expect(value).toEqual({ on: 'warm' })
    expect(Object.isFrozen(value)).toBe(true)
  })

  it('ends states that would complete each other for ever in an exception', () => {
    const { begin } = createMachineFacade(
      createMachine({
        initial: 'a',
        states: {
          a: {
            initial: 'b',
            states: { b: { type: 'final' } },
            onDone: { target: 'a', reenter: true },
          },
        },
      }),
    )
    expect(() => begin({})).toThrow('for ever')
  })

  it('arms nothing by a delay that is not a number', () => {
    const chart = setup({ delays: { slams: () => 'soon' as unknown as number } }).createMachine({
      initial: 'a',
      states: { a: { after: { slams: 'b' } }, b: {} },
    })
    expect(() => createMachineFacade(chart).begin({})).toThrow("'slams' is not a number")
  })

  it('leaves a chart that it does not know all of to the library', () => {
    const chart = createMachine({
      initial: 'a',
      states: { a: { on: { go: 'b' } }, b: { always: 'c' }, c: {} },
    })
    expect(createMachineFacade(chart).step('a', {}, { type: 'go' }).value).toBe('c')
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
      'a history state in "demo/loop.a.h"',
      {
        machine: createMachine({
          id: 'demo/loop',
          initial: 'a',
          states: { a: { initial: 'b', states: { b: {}, h: { type: 'history' } } } },
        }),
      },
    ],
    [
      'an actor invoked in "demo/loop"',
      { machine: createMachine({ id: 'demo/loop', invoke: { src: 'work' } }) },
    ],
    [
      'an output in "demo/loop.a"',
      {
        machine: createMachine({
          id: 'demo/loop',
          initial: 'a',
          states: { a: { type: 'final', output: 1 } },
        }),
      },
    ],
    [
      'an action without a name in "demo/loop"',
      { machine: createMachine({ id: 'demo/loop', entry: () => {} }) },
    ],
    [
      'an action without a name in "demo/loop"',
      { machine: createMachine({ id: 'demo/loop', exit: raise({ type: 'door.open' }) }) },
    ],
    [
      'an action "ring" that is neither an effect nor an assign in "demo/loop"',
      {
        machine: createMachine({ id: 'demo/loop', entry: 'ring' }).provide({
          actions: { ring: log('rang') },
        }),
      },
    ],
    [
      'a guard without a name in "demo/loop"',
      {
        machine: createMachine({
          id: 'demo/loop',
          on: { 'door.open': { guard: and([() => true, 'unlocked']) } },
        }),
      },
    ],
    [
      'a guard "unlocked" without a body in "demo/loop"',
      {
        machine: createMachine({
          id: 'demo/loop',
          on: { 'door.open': { guard: not('unlocked') } },
        }),
      },
    ],
    [
      'a guard "unlocked" that looks at the state in "demo/loop"',
      {
        machine: createMachine({
          id: 'demo/loop',
          on: { 'door.open': { guard: 'unlocked' } },
        }).provide({ guards: { unlocked: stateIn('shut') as never } }),
      },
    ],
    [
      'a delay "slams" without a body in "demo/loop.a"',
      {
        machine: createMachine({
          id: 'demo/loop',
          initial: 'a',
          states: { a: { after: { slams: 'b' } }, b: {} },
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
