/** Counts what happens, and lets others wait for it. */
export interface Counter {
  readonly add: () => void
  /** Resolves when so many more have been counted, or so many ms have passed. */
  readonly more: (count: number, atMostMs: number) => Promise<void>
}

/** Makes a counter that stands at 0. */
export const createCounter = (): Counter => {
  let counted = 0
  const waiting = new Map<() => void, number>()
  return {
    add: () => {
      counted += 1
      for (const [resolve, due] of waiting) if (counted >= due) resolve()
    },
    more: (count, atMostMs) =>
      new Promise((resolve) => {
        const end = (): void => {
          clearTimeout(timer)
          waiting.delete(end)
          resolve()
        }
        const timer = setTimeout(end, atMostMs)
        waiting.set(end, counted + count)
      }),
  }
}
