/** Tells on standard error how far something has come. */
export interface Progress {
  readonly count: (kind: string) => void
  readonly end: () => void
}

/** On a terminal one line that changes; elsewhere one line for every so many, and one at the end. */
export const showProgress = (
  verb: string,
  stderr: NodeJS.WriteStream = process.stderr,
): Progress => {
  const counts = new Map<string, number>()
  let total = 0
  const words = (): string =>
    [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ') || 'nothing'
  return {
    count: (kind) => {
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
      total += 1
      if (total % EVERY !== 0) return
      if (stderr.isTTY) stderr.write(`\r\u001b[K${verb}: ${words()}`)
      else if (total % SELDOM === 0) stderr.write(`${verb}: ${words()}\n`)
    },
    end: () => void stderr.write(`${stderr.isTTY ? '\r\u001b[K' : ''}${verb}: ${words()}\n`),
  }
}

// -- internals

const EVERY = 1_000

const SELDOM = 100_000
