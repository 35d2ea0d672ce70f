/** How long to wait after a failed attempt, in ms. */
export type Backoff = (attempt: number) => number

/** Doubles from `baseMs` to `maxMs`, and takes between half and all of it by the dice. */
export const exponential =
  ({
    baseMs,
    maxMs,
    random,
  }: {
    readonly baseMs: number
    readonly maxMs: number
    readonly random: () => number
  }): Backoff =>
  (attempt) =>
    Math.round(Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 30)) * (0.5 + random() / 2))
