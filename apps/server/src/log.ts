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
  const flush = (): void => {
    if (held.length === 0) return
    const text = `${held.join('\n')}\n`
    held = []
    write(text)
  }
  return {
    line: ({ at, level, event, ...detail }) => {
      const time = new Date(at).toISOString()
      if (held.push(JSON.stringify({ time, level, event, ...detail })) === 1) setImmediate(flush)
    },
    flush,
  }
}
