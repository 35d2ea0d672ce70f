import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { expect, it } from 'vitest'
import { assign, setup } from 'xstate'
import { decide } from './decide.ts'
import { until } from './deadline.ts'
import { effect } from './effect.ts'
import { defineLifecycle } from './lifecycle.ts'

const Context = t.strict({ since: t.number, label: t.string })
type Context = t.TypeOf<typeof Context>
const machine = setup({
  types: {
    context: {} as Context,
    input: {} as { at: number; label: string },
    events: {} as { type: 'lamp.press'; at: number } | { type: 'lamp.lit'; at: number },
  },
  actions: { light: effect<{ label: string }>(), supersede: effect(), stamp: assign({ since: ({ event }) => event.at }) },
  guards: { ready: ({ context, event }) => event.at - context.since >= 10 },
  delays: { burns: until((c: Context) => c.since + 1000) },
}).createMachine({
  id: 'demo/lamp',
  context: ({ input }) => ({ since: input.at, label: input.label }),
  initial: 'off',
  states: {
    off: { on: { 'lamp.press': { guard: 'ready', target: 'on', actions: 'supersede' } } },
    on: {
      entry: ['stamp', { type: 'light', params: ({ context }) => ({ label: context.label }) }],
      after: { burns: 'off' },
    },
  },
})
const lamp = defineLifecycle({
  name: 'demo/lamp', provider: 'demo', version: 1, machine, context: Context, creation: 'lamp.make',
  commands: {
    'lamp.make': { payload: t.strict({ label: t.string }), words: 'Make a lamp', examples: [{ type: 'lamp.make', label: 'x' }] },
    'lamp.press': { payload: t.strict({}), words: 'Press', examples: [{ type: 'lamp.press' }] },
  },
  reports: { 'lamp.lit': { payload: t.strict({}), words: 'Lit', examples: [{ type: 'lamp.lit' }] } },
  effects: { light: { params: t.strict({ label: t.string }), words: 'Light', reports: { done: 'lamp.lit' } } },
  deadlines: { burns: 'burns out' }, guards: { ready: 'ten ms must have passed' },
  statuses: ['off', 'on'], status: (value) => String(value), facet: () => null, actors: [{ id: 'a', roles: [] }],
})
const ref = { provider: 'demo', tenant: 't', id: '1' }
const actor = { id: 'a', roles: [] }
it('runs', () => {
  const a = decide(lamp, undefined, { _tag: 'Command', ref, id: 'i1', at: 100, actor, event: { type: 'lamp.make', label: 'L' } })
  if (E.isLeft(a)) throw new Error(JSON.stringify(a))
  const no = decide(lamp, a.right.after, { _tag: 'Command', ref, id: 'i2', at: 105, actor, event: { type: 'lamp.press' } })
  console.log(JSON.stringify(no))
  const b = decide(lamp, a.right.after, { _tag: 'Command', ref, id: 'i2', at: 110, actor, event: { type: 'lamp.press' } })
  if (E.isLeft(b)) throw new Error(JSON.stringify(b))
  console.log(JSON.stringify(b.right, null, 1))
  const c = decide(lamp, b.right.after, { _tag: 'Report', ref, id: 'i3', at: 5000, event: { type: 'lamp.lit' }, effect: { id: 'x', generation: 1 } })
  console.log(JSON.stringify(c, null, 1))
  expect(1).toBe(1)
})
