import type { Services, Tools } from '@signalbox/host'
import type { Archives } from './archives.ts'
import { createAttempts } from './attempts.ts'
import { settleMsOf } from './changes.ts'
import { installDeclared, readDeclared } from './configured.ts'
import type { Instances } from './instances.ts'
import { resumeAll } from './resume.ts'
import type { ConfiguredService, Settings } from './settings.ts'
import type { Site } from './site.ts'

/** What is done when the host starts: everything installed is taken up again, and what the settings declare is installed. */
export interface Beginning {
  readonly isResumed: Site['isResumed']
  /**
   * Begins, and calls back once all has been gone through. What takes long goes on beside the requests, and so does what has to
   * be tried again. Throws, in time for the host to start it anew, when the store cannot be read.
   */
  readonly start: (ready: () => void) => Promise<void>
  /** Tries nothing again any more. */
  readonly stop: () => void
}

interface BeginningOptions extends Pick<Tools<Settings>, 'clock' | 'random' | 'settings' | 'log'> {
  readonly services: Pick<Services, 'list' | 'load' | 'report' | 'submit' | 'document' | 'write'>
  readonly instances: Instances
  readonly archives: Pick<Archives, 'ids' | 'open' | 'remove'>
  readonly declared: ReadonlyArray<ConfiguredService>
  /** Whether starts and stops take place out of this process. */
  readonly elsewhere: boolean
}

/** Makes the beginning of one host. */
export const createBeginning = ({
  clock,
  random,
  settings,
  declared,
  elsewhere,
  ...tools
}: BeginningOptions): Beginning => {
  const { log } = tools
  const attempts = createAttempts({ clock, random })
  const waiting = new Set<string>()
  let listed = false

  const begin = async (ready: () => void): Promise<void> => {
    if (!listed)
      await resumeAll({
        ...tools,
        policy: settings.restart,
        elsewhere,
        found: (ids) => {
          for (const id of ids) waiting.add(id)
          listed = true
        },
        resumed: (id) => waiting.delete(id),
        again: attempts.again,
      })
    await installDeclared(await Promise.all(declared.map(readDeclared)), {
      ...tools,
      // What is elsewhere may be away for long, and holds up none of the others.
      settleMs: { deploy: elsewhere ? 0 : settleMsOf(settings), update: settleMsOf(settings) },
      again: attempts.again,
    })
    ready()
  }

  return {
    isResumed: (id) => listed && !waiting.has(id),
    start: async (ready) => {
      const begun = begin(ready)
      await new Promise<void>((resolve, reject) => {
        const cancel = clock.after(START_MS, resolve)
        begun.then(resolve, reject).finally(cancel)
      })
      const failed = (thrown: unknown): false => {
        log('start.failed', { message: String(thrown) })
        return false
      }
      begun.catch((thrown: unknown) => {
        failed(thrown)
        attempts.again(() => begin(ready).then(() => true, failed))
      })
    },
    stop: attempts.stop,
  }
}

// -- internals

// A start that takes longer goes on beside the requests, which find what is not resumed yet unknown.
const START_MS = 10_000
