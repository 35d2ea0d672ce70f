import type { LogLine } from '@signalbox/host'

/** A log of one JSON object a line. */
export interface Log {
  readonly line: (line: LogLine) => void
  /** Hands over what is still held back. */
  readonly flush: () => void
}

/** Makes a log. Lines of one turn of the event loop are written together: a busy server does not pay a write for each. */
export const createLog = (write: (text: string) => void): Log => {
  let held: string[] = []
  let instant = 0
  let time = timeOf(instant)
  const flush = (): void => {
    if (held.length === 0) return
    const text = `${held.join('\n')}\n`
    held = []
    write(text)
  }
  return {
    line: (line) => {
      // To write an instant takes as long as to write the rest of a line, and a busy ms has several.
      if (line.at !== instant) {
        instant = line.at
        time = timeOf(instant)
      }
      if (held.push(JSON.stringify({ time, ...line, at: undefined })) === 1) setImmediate(flush)
    },
    flush,
  }
}

// -- internals

const timeOf = (at: number): string => new Date(at).toISOString()
