/** Counts the requests in the house, and shuts. */
export interface Gate {
  /** False once shut; whoever enters must leave. */
  readonly enter: () => boolean
  readonly leave: () => void
  readonly shut: () => void
  /** Resolves when nobody is in. */
  readonly empty: () => Promise<void>
}

/** Makes an open gate. */
export const createGate = (): Gate => {
  let inside = 0
  let open = true
  const waiting: Array<() => void> = []
  return {
    enter: () => {
      if (open) inside += 1
      return open
    },
    leave: () => {
      inside -= 1
      if (inside === 0) for (const resolve of waiting.splice(0)) resolve()
    },
    shut: () => {
      open = false
    },
    empty: () =>
      inside === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)),
  }
}
