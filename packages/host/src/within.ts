import type { Clock } from './clock.ts'

/** Waits for work, at most so many ms: then it throws `late`, and the work is left to itself. */
export const within = async <A>(
  work: () => A | Promise<A>,
  clock: Clock,
  { ms, late }: { readonly ms: number; readonly late: string },
): Promise<A> => {
  let cancel = (): void => {}
  const bound = new Promise<never>((_, reject) => {
    cancel = clock.after(ms, () => reject(new Error(late)))
  })
  try {
    return await Promise.race([(async () => work())(), bound])
  } finally {
    cancel()
  }
}
