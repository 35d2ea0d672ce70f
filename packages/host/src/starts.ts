import type { Backoff } from './backoff.ts'
import type { Clock } from './clock.ts'
import { thrownDetail } from './log.ts'
import type { Log } from './log.ts'
import { within } from './within.ts'

/** Starts plugins, and starts those again that could not be: what a start needs may only be away for a while. */
export interface Starts {
  /** Resolves when the first attempt has ended, well or not. */
  readonly begin: (plugin: string, start: () => void | Promise<void>) => Promise<void>
  /** Why a plugin has not started, for as long as it has not. */
  readonly failure: (plugin: string) => string | undefined
  /** Begins nothing any more. */
  readonly stop: () => void
}

/** Makes the starts of a host; one attempt takes `ms` at most, and goes on by itself if it takes longer. */
export const createStarts = ({
  clock,
  log,
  ms,
  backoff,
}: {
  readonly clock: Clock
  readonly log: Log
  readonly ms: number
  readonly backoff: Backoff
}): Starts => {
  const failed = new Map<string, string>()
  let stopped = false

  const attempt = async (
    plugin: string,
    start: () => void | Promise<void>,
    number: number,
  ): Promise<void> => {
    if (stopped) return
    const work = (async () => start())()
    const succeed = (): void => {
      if (failed.delete(plugin)) log('info', 'plugin.started', { plugin, attempt: number })
    }
    try {
      await within(() => work, clock, { ms, late: `its start took more than ${ms} ms` })
      succeed()
    } catch (thrown) {
      const { message, stack } = thrownDetail(thrown)
      failed.set(plugin, message)
      log('error', 'plugin.failed', { plugin, reason: message, stack })
      // One that is late is not begun again beside itself.
      work.then(succeed, () =>
        clock.after(backoff(number), () => void attempt(plugin, start, number + 1)),
      )
    }
  }

  return {
    begin: (plugin, start) => attempt(plugin, start, 1),
    failure: (plugin) => failed.get(plugin),
    stop: () => {
      stopped = true
    },
  }
}
