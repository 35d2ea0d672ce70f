import type { Json } from '@signalbox/core'
import type { Clock } from './clock.ts'
import type { Belonging } from './tracing.ts'

/** One line of the host's log, as data: an app writes it. It never holds a secret, a query or a body. */
export interface LogLine {
  readonly level: 'info' | 'warn' | 'error'
  /** A short name, never a sentence with values in it. */
  readonly event: string
  /** Ms since the epoch. */
  readonly at: number
  /** The id of the request that it belongs to, and the ids of the trace and the span, in so far as there are any. */
  readonly request?: string
  readonly trace?: string
  readonly span?: string
  readonly [member: string]: Json
}

/** Writes a line. */
export type Log = (
  level: LogLine['level'],
  event: string,
  detail?: Readonly<Record<string, Json>>,
) => void

/** Stamps lines with the time and what they belong to, and hands them on; a writer that throws is not heard of again for that line. */
export const createLog =
  (clock: Clock, write: (line: LogLine) => void, current: () => Belonging): Log =>
  (level, event, detail = {}) => {
    const head = { level, event, at: clock.now() }
    try {
      // The head stands first, and no member of the detail takes its place.
      write({ ...head, ...current(), ...detail, ...head })
    } catch {
      // A log that cannot be written must not stop the work it tells of.
    }
  }

/** What was thrown, as the members of a line. */
export const thrownDetail = (
  thrown: unknown,
): { readonly message: string; readonly stack: string } =>
  thrown instanceof Error
    ? { message: thrown.message, stack: thrown.stack ?? '' }
    : { message: String(thrown), stack: '' }
