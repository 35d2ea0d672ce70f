import * as t from 'io-ts'
import { JsonObject } from './json.ts'
import { Actor } from './input.ts'
import { ServiceRef } from './ref.ts'

/** Why something was refused: the guard that said no, if one did, and the words for people. */
export const Reason = t.readonly(
  t.intersection([t.strict({ words: t.string }), t.partial({ guard: t.string })]),
  'Reason',
)
export type Reason = t.TypeOf<typeof Reason>

/**
 * One line of the journal. `moved` changed the service; `unchanged` was accepted and changed nothing; `refused` was a
 * command that is not legal; `stale` was a report of an older generation; `ignored` was a report that the present state
 * does not wait for.
 */
export const JournalEntry = t.readonly(
  t.intersection([
    t.strict({
      id: t.string,
      ref: ServiceRef,
      at: t.number,
      kind: t.keyof({ command: null, report: null, deadline: null }),
      type: t.string,
      outcome: t.keyof({ moved: null, unchanged: null, refused: null, stale: null, ignored: null }),
      /** The vendor's status before; absent at creation. */
      from: t.union([t.string, t.null]),
      to: t.union([t.string, t.null]),
      revision: t.number,
      generation: t.number,
    }),
    t.partial({
      actor: Actor,
      request: t.string,
      effect: t.string,
      effects: t.readonlyArray(t.string),
      reasons: t.readonlyArray(Reason),
      detail: JsonObject,
    }),
  ]),
  'JournalEntry',
)
export type JournalEntry = t.TypeOf<typeof JournalEntry>
