import * as t from 'io-ts'
import { JsonObject } from './json.ts'
import { ServiceRef } from './ref.ts'

/** The headers by which a trace goes on elsewhere. @see https://www.w3.org/TR/trace-context/ */
export const TraceContext = t.readonly(
  t.intersection([t.strict({ traceparent: t.string }), t.partial({ tracestate: t.string })]),
  'TraceContext',
)
export type TraceContext = t.TypeOf<typeof TraceContext>

/** Work for a driver, as data: performed at least once, keyed by its id. */
export const Effect = t.readonly(
  t.intersection([
    t.strict({
      id: t.string,
      ref: ServiceRef,
      lifecycle: t.string,
      type: t.string,
      params: JsonObject,
      generation: t.number,
      /** Effects of one service in one lane run one after another. */
      lane: t.string,
      /** When it was decided, in ms since the epoch. */
      at: t.number,
    }),
    /** Of what asked for it, if that was traced. */
    t.partial({ trace: TraceContext }),
  ]),
  'Effect',
)
export type Effect = t.TypeOf<typeof Effect>

/** How an effect ended: done and failed are known facts, unknown means that nobody can tell. */
export const OutcomeKind = t.keyof({ done: null, failed: null, unknown: null }, 'OutcomeKind')
export type OutcomeKind = t.TypeOf<typeof OutcomeKind>

/**
 * What a driver answers. `result` becomes the payload of the report; `retry` on a failure says that another attempt
 * may help; `message` is for people and reaches `failed` and `unknown` reports as `message`.
 */
export type Outcome =
  | { readonly kind: 'done'; readonly result?: JsonObject }
  | {
      readonly kind: 'failed'
      readonly message: string
      readonly result?: JsonObject
      readonly retry?: boolean
    }
  | { readonly kind: 'unknown'; readonly message: string; readonly result?: JsonObject }

/**
 * Declares an effect in `setup({ actions })`: it has no body, its `params` say everything.
 *
 * @example actions: { provision: effect<{ readonly config: Config }>() }
 */
export const effect = <Params extends object | undefined = undefined>(): Params extends undefined
  ? () => void
  : (_: unknown, params: Params) => void =>
  // One empty function serves both shapes; only their types differ.
  nothing as never

// -- internals

const nothing = (): void => {}
