import type { PostgresPool } from '@signalbox/stores/postgres'

/**
 * Makes a pool that does not let everyone wait for a database which does not answer: once one question was in vain, others
 * are refused at once, and only one of them every `pauseMs` is let through to see whether it answers again.
 */
export const heedSilence = (
  pool: PostgresPool,
  { now, pauseMs }: { readonly now: () => number; readonly pauseMs: number },
): PostgresPool => {
  let askAgainAt: number | undefined
  return {
    query: async (query) => {
      if (askAgainAt !== undefined) {
        if (now() < askAgainAt) throw new Error('the database does not answer')
        askAgainAt = Infinity
      }
      try {
        const result = await pool.query(query)
        askAgainAt = undefined
        return result
      } catch (thrown) {
        if (isSilence(thrown)) askAgainAt = now() + pauseMs
        // It has said something: that it is there.
        else askAgainAt = undefined
        throw thrown
      }
    },
    connect: () => pool.connect(),
    on: (event, listener) => pool.on(event, listener),
    end: () => pool.end(),
  }
}

// -- internals

// Neither the driver nor its pool gives these errors a code.
const isSilence = (thrown: unknown): boolean =>
  thrown instanceof Error && !('code' in thrown) && /timeout/i.test(thrown.message)
