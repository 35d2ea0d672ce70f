import type { Reason } from '@signalbox/core'
import { demo, lamp } from '../../__fixtures__/lamp.ts'
import type { Driver, Generic, Mounted } from '../../index.ts'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'

/** Stands against a lamp in the dark socket. */
export const DARK: Reason = { guard: 'current', words: 'The socket must have current.' }

/** How lamps are served to the control plane: all but what throws, and `lamp.override` by its native route only. */
const lampGeneric: Generic = {
  lifecycle: lamp,
  roles: ({ roles }) => (roles.includes('viewer') ? [] : ['member']),
  commands: {
    'lamp.make': {
      payload: t.strict({ socket: t.string }),
      prepare: async ({ event }) =>
        E.right((state) =>
          state === undefined && event['socket'] === 'none'
            ? E.left({ _tag: 'Invalid', errors: [{ pointer: '/socket', rule: 'a socket that is there' }] })
            : E.right({ events: [event], limits: { lamps: 3 } }),
        ),
    },
    'lamp.press': {
      prepare: async ({ event }) =>
        E.right((state) =>
          state?.context['socket'] === 'socket of dark'
            ? E.left({ _tag: 'Against', reasons: [DARK] })
            : E.right({ events: [event] }),
        ),
    },
    'lamp.smash': {},
    'lamp.polish': {},
  },
}

/** A provider of lamps that the control plane may change. */
export const lamps = (drivers: Readonly<Record<string, Driver>> = {}): ReturnType<typeof demo> =>
  demo({
    drivers,
    change: (mounted): Mounted => ({
      ...mounted,
      generics: [lampGeneric],
      pathOf: (path, { id }) => path.replace(':id', encodeURIComponent(id)),
    }),
  })
