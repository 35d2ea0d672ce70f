import { Effect, JournalEntry, JsonObject, State } from '@signalbox/core'
import * as t from 'io-ts'

/** The version of the format; a reader takes no other. */
export const FORMAT = 1

/** The first line. `at` is when the store was read. */
export const Header = t.strict({
  header: t.strict({ format: t.literal('signalbox-export'), version: t.number, at: t.string }),
})

/** An effect with what is known of its work. */
const Work = t.intersection([
  t.strict({
    effect: Effect,
    work: t.keyof(
      {
        pending: null,
        leased: null,
        parked: null,
        superseded: null,
        done: null,
        failed: null,
        unknown: null,
      },
      'a state of work',
    ),
    at: t.number,
  }),
  t.partial({ error: t.string }),
])
export type Work = t.TypeOf<typeof Work>

const Record = t.strict({
  provider: t.string,
  kind: t.string,
  id: t.string,
  tenant: t.string,
  body: JsonObject,
})

const LINES = {
  sequence: t.strict({ name: t.string, next: t.number }),
  document: Record,
  claim: t.strict({ key: t.string, holder: t.string }),
  quota: t.strict({ key: t.string, count: t.number }),
  effect: Work,
  state: State,
  journal: JournalEntry,
  receipt: t.strict({
    key: t.string,
    fingerprint: t.string,
    reply: JsonObject,
    expiresAt: t.number,
  }),
} as const

/** What a line between the first and the last holds, and its codec. The lines come in this order. */
export const KINDS = Object.keys(LINES) as ReadonlyArray<Kind>
export type Kind = keyof typeof LINES

/** One line, by its kind. */
export type Line = {
  [K in Kind]: { readonly kind: K; readonly value: t.TypeOf<(typeof LINES)[K]> }
}[Kind]

/** The codec of a kind of line. */
export const codecOf = (kind: Kind): t.Type<Line['value'], unknown, unknown> =>
  // Each codec makes the value of its own kind.
  LINES[kind] as t.Mixed as t.Type<Line['value'], unknown, unknown>

/** The last line: how many there are of each kind. Without it a file is not whole. */
export const End = t.strict({ end: t.record(t.string, t.number) })
