/** A log of one JSON object a line. */
export interface Log {
  readonly line: (entry: object) => void
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
    line: (entry) => {
      if (held.push(JSON.stringify(entry)) === 1) setImmediate(flush)
    },
    flush,
  }
}
