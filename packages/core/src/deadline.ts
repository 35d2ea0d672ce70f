import * as t from 'io-ts'

/** A named delay that is running: the instant it is due and the generation that armed it. */
export const Deadline = t.readonly(
  t.strict({
    name: t.string,
    /** In ms since the epoch. */
    dueAt: t.number,
    armedAt: t.number,
    generation: t.number,
  }),
  'Deadline',
)
export type Deadline = t.TypeOf<typeof Deadline>

interface DelayArgs<Context> {
  readonly context: Context
  readonly event: { readonly type: string; readonly at?: number; readonly input?: unknown }
}

/**
 * Makes a named delay of a machine out of the instant at which it is due, in ms since the epoch. A due time in the past
 * is due at once; `Infinity` arms nothing.
 */
export const until =
  <Context>(due: (context: Context) => number): ((args: DelayArgs<Context>) => number) =>
  ({ context, event }) =>
    Math.max(0, due(context) - instantOf(event))

// -- internals

const instantOf = (event: DelayArgs<unknown>['event']): number => {
  if (typeof event.at === 'number') return event.at
  const input = event.input
  return typeof input === 'object' &&
    input !== null &&
    'at' in input &&
    typeof input.at === 'number'
    ? input.at
    : 0
}
