import type { Misfit } from '@signalbox/core'
import * as t from 'io-ts'
import type { Callback, Reported } from '../callback.ts'
import { EffectReport } from '../effect-report.ts'
import { json } from '../reply.ts'
import type { Reply } from '../reply.ts'
import type { Route } from '../route.ts'
import { failureReply, trouble } from './problems.ts'
import { control } from './route.ts'

/** The route by which work that was handed over is reported; its caller is known by the signature alone. */
export const reportRoutes = (callback: Callback): ReadonlyArray<Route> => [
  control('anyone', {
    method: 'POST',
    path: '/effects/:effect/report',
    name: 'reportEffect',
    summary: 'Reports how work has ended that was handed over, signed by the secret of its driver',
    params: t.strict({ effect: t.string }),
    // Its signature is looked at before anything else of it.
    body: {
      kind: 'bytes',
      codec: t.unknown,
      documented: EffectReport,
      mediaTypes: ['application/json'],
      limit: LARGEST,
    },
    responses: { 200: t.strict({ effect: t.string, stale: t.boolean }, 'ReportedEffect') },
    handle: async ({ headers, bytes, params: { effect } }) =>
      replyOf(effect, await callback(effect, { headers, bytes })),
  }),
]

// -- internals

const LARGEST = 65_536

const replyOf = (effect: string, reported: Reported): Reply => {
  switch (reported._tag) {
    case 'Reported':
      return json(200, { effect, stale: reported.stale })
    case 'Unsigned':
      return trouble('unsigned', 'No signature of the body holds for this effect.', {
        headers: { 'www-authenticate': 'StandardWebhooks realm="signalbox"' },
      })
    case 'Malformed': {
      const errors = reported.misfits.map(({ pointer, expected }) => ({
        pointer,
        rule: ruleOf(expected),
      }))
      const [first] = errors
      const detail = `${first?.pointer === '' ? 'the body' : first?.pointer}: ${first?.rule}`
      return trouble('invalid-report', detail, { members: { errors } })
    }
    case 'Ended':
      return trouble('already-reported', `The effect ${effect} has ended, and not by this report.`)
    case 'Failed':
      return failureReply(reported.failure)
  }
}

const ruleOf = (expected: Misfit['expected']): string =>
  expected.startsWith('unknown member') ? expected : `${expected} expected`
