import * as E from 'fp-ts/lib/Either.js'
import type { Principal } from '../principal.ts'
import { eventOf, readJournal } from './journal.ts'
import type { JournalFilter } from './journal.ts'
import type { Site } from './site.ts'

/** Streams what one may see and wants of the journal from a place on, for as long as its reader stays. */
export type Feed = (
  principal: Principal,
  filter: JournalFilter,
  after: string | undefined,
) => ReadableStream<Uint8Array>

/**
 * Makes the feed of a host. Each event has its place in the journal as its id, so that a reader that comes again with the
 * last one it has seen misses none and gets none twice. It looks when this host has changed something or another hints that
 * it has, and now and then all the same.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export const createFeed =
  (site: Site): Feed =>
  (principal, filter, after) => {
    let cursor = after
    let told = after
    let quietSince = site.clock.now()
    let wake = (): void => {}
    let gone = false
    let upToDate = false
    const say = (controller: ReadableStreamDefaultController<Uint8Array>, text: string): void => {
      controller.enqueue(encoder.encode(text))
      quietSince = site.clock.now()
    }
    const end = (): void => {
      gone = true
      wake()
    }
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        say(controller, `retry: ${RETRY_MS}\n\n`)
        site.draining.addEventListener('abort', end)
      },
      pull: async (controller) => {
        while (!gone) {
          const changed = new Promise<void>((resolve) => (wake = resolve))
          const read = await readJournal(site, principal, filter, { after: cursor, limit: MOST })
          if (E.isRight(read)) {
            const { entries, more } = read.right
            cursor = read.right.cursor
            if (entries.length > 0) {
              if (upToDate) site.metrics.fed(entries)
              told = entries.at(-1)?.cursor
              return say(controller, entries.map(spell).join(''))
            }
            // What was passed over need not be looked at again by whoever comes back.
            if (cursor !== undefined && cursor !== told && quiet(site, quietSince)) {
              told = cursor
              return say(controller, `id: ${cursor}\n\n`)
            }
            if (more) continue
            upToDate = true
          }
          if (quiet(site, quietSince)) return say(controller, ': still here\n\n')
          await pause(site, changed)
        }
        site.draining.removeEventListener('abort', end)
        controller.close()
      },
      cancel: () => {
        site.draining.removeEventListener('abort', end)
        end()
      },
    })
  }

// -- internals

const RETRY_MS = 1_000

const MOST = 100

const LOOK_AGAIN_MS = 250

const QUIET_MS = 15_000

const encoder = new TextEncoder()

const spell = (entry: Parameters<typeof eventOf>[0]): string =>
  `id: ${entry.cursor}\ndata: ${JSON.stringify(eventOf(entry))}\n\n`

const quiet = ({ clock }: Site, since: number): boolean => clock.now() - since >= QUIET_MS

// Until something may have changed or the reader has gone: hints of other hosts may be missed.
const pause = async ({ clock, changes }: Site, changed: Promise<void>): Promise<void> => {
  let leave = (): void => {}
  await Promise.race([
    changed,
    new Promise<void>((resolve) => {
      const cancel = clock.after(LOOK_AGAIN_MS, resolve)
      const unsubscribe = changes.subscribe(resolve)
      leave = () => {
        cancel()
        unsubscribe()
      }
    }),
  ])
  leave()
}
