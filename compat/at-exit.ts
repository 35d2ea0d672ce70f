/** Has something done when this process ends before it could do it itself, by a signal too; returns what calls that off. */
export const atExit = (clean: () => void): (() => void) => {
  const onSignal = (): never => process.exit(1)
  process.once('exit', clean)
  for (const signal of SIGNALS) process.once(signal, onSignal)
  return () => {
    process.off('exit', clean)
    for (const signal of SIGNALS) process.off(signal, onSignal)
  }
}

// -- internals

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
