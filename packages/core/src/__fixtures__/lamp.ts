import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { and, assign, not, setup } from 'xstate'
import { until } from '../deadline.ts'
import { effect } from '../effect.ts'
import type { Actor } from '../input.ts'
import { defineLifecycle } from '../lifecycle.ts'

const LampContext = t.strict({ owner: t.string, socket: t.string, litAt: t.number, presses: t.number, broken: t.boolean }, 'LampContext')
type LampContext = t.TypeOf<typeof LampContext>

type LampEvent =
  | { readonly type: 'lamp.press'; readonly at: number; readonly actor: Actor }
  | { readonly type: 'lamp.move'; readonly at: number; readonly socket: string }
  | { readonly type: 'lamp.smash'; readonly at: number }
  | { readonly type: 'lamp.wait'; readonly at: number }
  | { readonly type: 'lamp.trip'; readonly at: number; readonly where: 'guard' | 'assign' | 'effect' }
  | { readonly type: 'lamp.lit'; readonly at: number }
  | { readonly type: 'lamp.burst'; readonly at: number; readonly message: string }

/** How long the lamp burns, in ms. */
export const BURNS = 60_000

/** A lifecycle that has one of everything: guards, effects, deadlines, generations, claims, quotas, an end, and faults on demand. */
export const lampChart = setup({
  types: {
    context: {} as LampContext,
    input: {} as { readonly at: number; readonly owner: string; readonly socket: string },
    events: {} as LampEvent,
  },
  actions: {
    supersede: effect(),
    acknowledge: effect(),
    light: effect<{ readonly socket: string }>(),
    darken: effect(),
    remember: assign({ litAt: ({ event }) => event.at }),
    count: assign({ presses: ({ context }) => context.presses + 1 }),
    shatter: assign({ broken: true }),
    plug: assign({ socket: ({ context, event }) => (event.type === 'lamp.move' ? event.socket : context.socket) }),
    trip: assign(() => {
      throw new Error('the assign tripped')
    }),
  },
  guards: {
    isOwner: ({ context, event }) => event.type === 'lamp.press' && event.actor.id === context.owner,
    worn: ({ context }) => context.presses >= 2,
    trips: ({ event }) => {
      if (event.type === 'lamp.trip' && event.where === 'guard') throw new Error('the guard tripped')
      return event.type === 'lamp.trip' && event.where === 'assign'
    },
  },
  delays: {
    burns: until((context: LampContext) => context.litAt + BURNS),
    cools: until((context: LampContext) => context.litAt + BURNS + 5_000),
  },
}).createMachine({
  id: 'demo/lamp',
  context: ({ input }) => ({ owner: input.owner, socket: input.socket, litAt: input.at, presses: 0, broken: false }),
  initial: 'off',
  states: {
    off: {
      on: {
        'lamp.press': [
          { guard: and(['isOwner', not('worn')]), target: 'on', actions: 'count' },
          { guard: 'worn', target: 'smashed', actions: 'shatter' },
        ],
        'lamp.wait': { actions: 'acknowledge' },
        'lamp.move': { actions: 'plug' },
        'lamp.trip': [
          { guard: 'trips', target: 'on', actions: 'trip' },
          { target: 'on', actions: { type: 'light', params: { socket: 7 as unknown as string } } },
        ],
      },
    },
    on: {
      initial: 'warm',
      entry: ['remember', { type: 'light', params: ({ context }) => ({ socket: context.socket }) }],
      on: {
        'lamp.press': { target: 'off', actions: ['supersede', 'darken'] },
        'lamp.lit': { actions: 'acknowledge' },
        'lamp.burst': { target: 'smashed', actions: 'shatter' },
      },
      after: { burns: 'cooling' },
      states: { warm: {} },
    },
    cooling: { after: { cools: 'off' }, on: { 'lamp.smash': { target: 'smashed', actions: 'shatter' } } },
    smashed: { type: 'final' },
  },
})

const nothing = t.strict({})

/** The lamp's lifecycle, of version 2: version 1 knew no socket. */
export const lamp = defineLifecycle({
  name: 'demo/lamp',
  provider: 'demo',
  version: 2,
  machine: lampChart,
  context: LampContext,
  creation: 'lamp.make',
  commands: {
    'lamp.make': {
      payload: t.strict({ owner: t.string, socket: t.string }),
      words: 'Make a lamp',
      examples: [{ type: 'lamp.make', owner: 'ann', socket: 'A' }],
    },
    'lamp.press': { payload: nothing, words: 'Press the switch', examples: [{ type: 'lamp.press' }] },
    'lamp.move': { payload: t.strict({ socket: t.string }), words: 'Plug it in elsewhere', examples: [{ type: 'lamp.move', socket: 'B' }] },
    'lamp.smash': { payload: nothing, words: 'Smash it', examples: [{ type: 'lamp.smash' }] },
    'lamp.wait': { payload: nothing, words: 'Wait', examples: [{ type: 'lamp.wait' }] },
    'lamp.trip': {
      payload: t.strict({ where: t.string }),
      words: 'Trip over the wire',
      examples: ['guard', 'assign', 'effect'].map((where) => ({ type: 'lamp.trip', where })),
    },
  },
  reports: {
    'lamp.lit': { payload: nothing, words: 'The lamp is lit', examples: [{ type: 'lamp.lit' }] },
    'lamp.burst': {
      payload: t.strict({ message: t.string }),
      words: 'The lamp has burst',
      examples: [{ type: 'lamp.burst', message: 'too hot' }],
    },
  },
  effects: {
    light: {
      params: t.strict({ socket: t.string }),
      words: 'Let current through',
      reports: { done: 'lamp.lit', failed: 'lamp.burst' },
    },
    darken: { params: nothing, words: 'Cut the current', reports: {} },
  },
  deadlines: { burns: 'It has burned long enough', cools: 'It has cooled down' },
  guards: {
    isOwner: 'Only its owner may press the switch.',
    worn: 'The switch must be worn out.',
    trips: 'Somebody must trip.',
  },
  statuses: ['off', 'on', 'cooling', 'smashed'],
  status: (value) => (typeof value === 'string' ? value : 'on'),
  labels: (_, { owner }) => ({ owner }),
  claims: (_, { socket }) => [`demo/socket/${socket}`],
  quotas: (_, { owner }) => [`demo/lamps/${owner}`],
  facet: ({ presses }) => Math.min(presses, 2),
  migrations: {
    1: (state) =>
      typeof state['context'] === 'object' && state['context'] !== null && !Array.isArray(state['context'])
        ? E.right({ ...state, context: { ...state['context'], socket: 'A' } })
        : E.left('a lamp has a context'),
  },
  actors: [
    { id: 'ann', roles: ['owner'] },
    { id: 'bob', roles: [] },
  ],
})
