/** The switches of the bundled provider, for those who try out what goes wrong. */
export interface MockProvider {
  /** The next attempts fail for good, each with one of these messages. */
  readonly failNext: (...messages: ReadonlyArray<string>) => void
  /** Whatever begins from now on does not end before `release`. */
  readonly hang: () => void
  readonly release: () => void
  /** The message with which the attempt that asks has failed; each is given once. */
  readonly failure: () => string | undefined
  /** Resolves when nothing hangs; rejects when the work is called off. */
  readonly passed: (signal: AbortSignal) => Promise<void>
}

/** Makes the switches of a provider that works. */
export const createMockProvider = (): MockProvider => {
  const failures: Array<string> = []
  let waiting: Set<() => void> | undefined
  return {
    failNext: (...messages) => {
      failures.push(...messages)
    },
    hang: () => {
      waiting ??= new Set()
    },
    release: () => {
      const released = waiting
      waiting = undefined
      for (const go of released ?? []) go()
    },
    failure: () => failures.shift(),
    passed: (signal) => {
      const hung = waiting
      if (hung === undefined) return Promise.resolve()
      return new Promise((resolve, reject) => {
        const abort = (): void => {
          hung.delete(go)
          reject(new Error('called off'))
        }
        const go = (): void => {
          signal.removeEventListener('abort', abort)
          resolve()
        }
        if (signal.aborted) return abort()
        hung.add(go)
        signal.addEventListener('abort', abort, { once: true })
      })
    },
  }
}
