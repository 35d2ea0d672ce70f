import type { Clock } from './clock.ts'

/** Runs tasks of one key one after another, in the order in which they came; keys do not wait for each other. */
export interface KeyedQueue {
  /** Runs the task when its turn comes; gives `instead` when the queue is full or the turn does not come within `waitMs`. */
  readonly run: <A>(
    key: string,
    task: () => Promise<A>,
    options: { readonly instead: () => A; readonly waitMs?: number },
  ) => Promise<A>
}

/** Makes a queue in which at most `limit` tasks of one key wait. */
export const createKeyedQueue = (clock: Clock, limit: number): KeyedQueue => {
  const waiting = new Map<string, Set<() => void>>()
  const pass = (key: string): void => {
    const line = waiting.get(key)
    const [next] = line ?? []
    if (next === undefined) waiting.delete(key)
    else {
      line?.delete(next)
      next()
    }
  }
  const turn = (key: string, waitMs: number | undefined): Promise<boolean> | boolean => {
    const line = waiting.get(key)
    if (line === undefined) {
      waiting.set(key, new Set())
      return true
    }
    if (line.size >= limit) return false
    return new Promise((resolve) => {
      const begin = (): void => {
        cancel?.()
        resolve(true)
      }
      const cancel =
        waitMs === undefined
          ? undefined
          : clock.after(waitMs, () => {
              if (line.delete(begin)) resolve(false)
            })
      line.add(begin)
    })
  }
  return {
    run: async (key, task, { instead, waitMs }) => {
      const mine = turn(key, waitMs)
      if (!(mine === true || (await mine))) return instead()
      try {
        return await task()
      } finally {
        pass(key)
      }
    },
  }
}
