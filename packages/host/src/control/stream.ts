import * as E from 'fp-ts/lib/Either.js'
import type { Principal } from '../principal.ts'
import { eventOf, readJournal } from './journal.ts'
import type { JournalFilter } from './journal.ts'
import type { Site } from './site.ts'

/** Who reads the journal, what it wants of it, and from which place on. */
interface Reader {
  readonly principal: Principal
  readonly filter: JournalFilter
  readonly after: string | undefined
  /** Tells whether it may still read: what it called itself with may have ended meanwhile. */
  readonly holds: () => Promise<boolean>
}

/** The place before the first entry, for whoever has seen none; no store spells a cursor so. */
export const EARLIEST = 'earliest'

/** Streams the journal to a reader for as long as it stays and keeps up. */
export type Feed = (reader: Reader) => ReadableStream<Uint8Array>

/**
 * Makes the feed of a host. Each event has its place in the journal as its id, so that a reader that comes again with the
 * last one it has seen misses none and gets none twice. It looks when this host has changed something or another hints that
 * it has, and now and then all the same. At most one piece waits for its reader; whoever does not take it in time is
 * let go, and comes again when it can.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export const createFeed =
  (site: Site): Feed =>
  ({ principal, filter, after, holds }) => {
    let cursor = after
    let told = after
    let quietSince = site.clock.now()
    let wake = (): void => {}
    let taken = (): void => {}
    let unsubscribe = (): void => {}
    let gone = false
    let upToDate = false
    const say = (controller: ReadableStreamDefaultController<Uint8Array>, text: string): void => {
      controller.enqueue(encoder.encode(text))
      quietSince = site.clock.now()
      taken = site.clock.after(SLOW_MS, () => {
        end()
        site.log('warn', 'feed.slow', { principal: principal.id })
        controller.error(new Error('the reader of an event stream does not keep up'))
      })
    }
    const end = (): void => {
      gone = true
      site.draining.removeEventListener('abort', end)
      unsubscribe()
      taken()
      wake()
    }
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        site.draining.addEventListener('abort', end)
        unsubscribe = site.changes.subscribe(() => wake())
        // Whoever is cut off before the first event comes again to where it began.
        say(controller, `retry: ${RETRY_MS}\nid: ${after ?? EARLIEST}\n\n`)
      },
      pull: async (controller) => {
        taken()
        while (!gone) {
          // From before the read on, so that nothing changes unheard between the two.
          const changed = new Promise<void>((resolve) => (wake = resolve))
          const read = await readJournal(site, principal, filter, { after: cursor, limit: MOST })
          if (!(await holds())) break
          if (gone) break
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
        end()
        controller.close()
      },
      cancel: end,
    })
  }

// -- internals

const RETRY_MS = 1_000

const MOST = 100

const LOOK_AGAIN_MS = 250

const QUIET_MS = 15_000

// A reader that takes nothing for so long, while something waits for it, is let go.
const SLOW_MS = 30_000

const encoder = new TextEncoder()

const spell = (entry: Parameters<typeof eventOf>[0]): string =>
  `id: ${entry.cursor}\ndata: ${JSON.stringify(eventOf(entry))}\n\n`

const quiet = ({ clock }: Site, since: number): boolean => clock.now() - since >= QUIET_MS

// Until something may have changed or the reader has gone: hints of other hosts may be missed.
const pause = async ({ clock }: Site, changed: Promise<void>): Promise<void> => {
  let cancel = (): void => {}
  const later = new Promise<void>((resolve) => {
    cancel = clock.after(LOOK_AGAIN_MS, resolve)
  })
  await Promise.race([changed, later])
  cancel()
}
