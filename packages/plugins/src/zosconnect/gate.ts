/** Counts the requests that are running in one provider. */
export interface Gate {
  /** One more runs; answers the way to leave, once. */
  readonly enter: () => () => void
  readonly isIdle: () => boolean
  /** Resolves when none runs. */
  readonly idle: () => Promise<void>
}

/** Makes a gate that nobody has passed. */
export const createGate = (): Gate => {
  let running = 0
  let waiting: ReadonlyArray<() => void> = []
  return {
    enter: () => {
      running += 1
      let left = false
      return () => {
        if (left) return
        left = true
        running -= 1
        if (running > 0) return
        const ready = waiting
        waiting = []
        for (const resolve of ready) resolve()
      }
    },
    isIdle: () => running === 0,
    idle: () =>
      running === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting = [...waiting, resolve]
          }),
  }
}
