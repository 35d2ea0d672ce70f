import type { Promised } from './check/evidence.ts'
import type { Answer } from './exchange.ts'
import type { World } from './load.ts'
import type { Random } from './random.ts'

/** A request before it is sent, and what its success will mean. */
export interface Request {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer>
  /** See `Call`. */
  readonly mark?: string
  readonly promise: (answer: Answer) => Promised
  /** What to read once it has succeeded. */
  readonly follow?: (answer: Answer) => {
    readonly path: string
    readonly headers: Readonly<Record<string, string>>
    readonly learn: (answer: Answer) => void
  }
}

/** What a request is drawn from. */
export interface Draw {
  readonly world: World
  readonly random: Random
  /** No other request has it. */
  readonly number: number
  readonly round: number
}

/** Any of the items, or undefined when there is none. The first is drawn most, so that clients meet there. */
export const anyOf = <A>(random: Random, items: Iterable<A>): A | undefined => {
  const [first, ...rest] = items
  if (first === undefined) return undefined
  return random.chance(0.3) ? first : random.pick([first, ...rest])
}
