/** Makes everything durable that has been written to the log of a file until now; rejects when it cannot. */
export type Flush = () => Promise<void>

/** Knows which writes are durable. */
export interface Durability {
  /** Something has been written. */
  readonly wrote: () => void
  /**
   * Resolves once all that has been written until now is durable; undefined when it is already. Once a flush has failed
   * nobody knows what is on the disk, and it rejects from then on.
   */
  readonly settled: () => Promise<void> | undefined
}

/** One flush at a time: what is written while one runs is made durable by the next, however much it is. */
export const createDurability = (flush: Flush): Durability => {
  let written = 0
  let durable = 0
  let running: Promise<void> | undefined
  let broken: { readonly by: unknown } | undefined
  const run = async (): Promise<void> => {
    const until = written
    try {
      await flush()
      durable = until
    } catch (thrown) {
      broken = { by: thrown }
    } finally {
      running = undefined
    }
  }
  const reach = async (mark: number): Promise<void> => {
    while (durable < mark) {
      if (broken !== undefined) throw broken.by
      running ??= run()
      await running
    }
  }
  return {
    wrote: () => {
      written += 1
    },
    settled: () => (durable === written ? undefined : reach(written)),
  }
}

/** SQLite itself makes each write durable before it returns. */
export const alwaysDurable: Durability = { wrote: () => {}, settled: () => undefined }
