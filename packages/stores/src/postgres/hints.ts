import type { Hint } from '@signalbox/core/store'
import { messageOf } from '../session.ts'
import { runOn } from './database.ts'
import type { PostgresQuery, PostgresResult, Run } from './database.ts'
import { paced } from './paced.ts'
import type { After } from './paced.ts'

/** With what the stores of a database tell each other that there is something new. */
export interface PostgresHints {
  /** Opens a connection for this use alone, on which no answer takes for ever; asked again whenever one has broken. */
  readonly connect: () => Promise<PostgresListener>
  readonly after: After
  /** Told when others begin to be heard, and when they cannot be heard any more. */
  readonly told: (hearing: Hearing) => void
}

/** One connection that hears what is notified: a `Client` of `pg`, open and with its events told apart. */
export interface PostgresListener {
  /** The process that serves it, as it was announced when the connection was made: `processID` of the client. */
  readonly process: number | null
  readonly query: (query: PostgresQuery) => Promise<PostgresResult>
  readonly onNotification: (
    listener: (notification: {
      readonly processId: number
      readonly payload?: string | undefined
    }) => void,
  ) => void
  /** Calls back when the connection breaks or ends, with what the driver says. */
  readonly onEnd: (listener: (thrown: unknown) => void) => void
  readonly end: () => Promise<void>
}

/** Whether others are heard; what is `final` is not tried again. */
export type Hearing =
  | { readonly heard: true }
  | { readonly heard: false; readonly reason: string; readonly final: boolean }

/** The part of a store in the hints of its database. */
export interface Hints {
  readonly watch: (hinted: (of: Hint) => void) => () => void
  /** Has the others told soon, once for many times; never waits and never fails. */
  readonly tell: (news: ReadonlyArray<Hint>) => void
  /** Has the others look once more, and lets go of the connection. */
  readonly close: () => Promise<void>
}

/**
 * Takes part by `LISTEN` and `NOTIFY` on a connection of its own, and not within the transactions that there is something
 * to tell of: from a `NOTIFY` to the end of its transaction no other one on the server can notify.
 */
export const openHints = ({ connect, after, told }: PostgresHints): Hints => {
  const watchers = new Set<(of: Hint) => void>()
  const heard = new Set<Hint>()
  const due = new Set<Hint>()
  let held: Held | undefined
  let failures = 0
  let closed = false
  let cancel = (): void => {}

  const pass = paced(after, async () => {
    for (const of of taken(heard)) for (const watcher of watchers) watcher(of)
  })

  const notify = async (): Promise<void> => {
    const news = taken(due)
    if (held === undefined || news.length === 0) return
    const { run, lose } = held
    await run(`select pg_notify('${CHANNEL}', ?)`, news.join(' ')).catch(lose)
  }
  const soon = paced(after, notify)

  const open = async (): Promise<void> => {
    let listener: PostgresListener | undefined
    let lost = false
    const lose = (thrown: unknown): void => {
      if (lost) return
      lost = true
      if (listener !== undefined) void leave(listener)
      if (closed) return
      held = undefined
      failures += 1
      if (failures === 1) told({ heard: false, reason: messageOf(thrown), final: false })
      cancel()
      cancel = after(Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LAST_WAIT_MS), () => void open())
    }
    try {
      listener = await connect()
      if (closed) return lose(undefined)
      listener.onEnd(lose)
      const { process } = listener
      const run = runOn(listener.query)
      const [served] = await run<{ readonly by: string }>('select pg_backend_pid() as by')
      if (Number(served?.by) !== process) {
        closed = true
        told({ heard: false, reason: POOLED, final: true })
        return lose(undefined)
      }
      listener.onNotification(({ processId, payload = '' }) => {
        if (processId === process) return
        for (const of of HINTS) if (payload.split(' ').includes(of)) heard.add(of)
        if (heard.size > 0) pass()
      })
      await run(`listen ${CHANNEL}`)
      if (closed) return lose(undefined)
      held = { listener, run, lose }
      failures = 0
      told({ heard: true })
      look()
      // What was told before was not heard.
      for (const of of HINTS) heard.add(of)
      pass()
    } catch (thrown) {
      lose(thrown)
    }
  }

  // A connection may be gone without a word: then it does not answer.
  const look = (): void => {
    cancel = after(LOOK_MS, () => void held?.run('select').then(look, held.lose))
  }

  const leave = (listener: PostgresListener): Promise<void> =>
    bounded(listener.end().catch(() => {}))

  const bounded = async (work: Promise<void>): Promise<void> => {
    let forget = (): void => {}
    await Promise.race([
      work,
      new Promise<void>((resolve) => {
        forget = after(LEAVE_MS, resolve)
      }),
    ])
    forget()
  }

  void open()
  return {
    watch: (hinted) => {
      watchers.add(hinted)
      return () => {
        watchers.delete(hinted)
      }
    },
    tell: (news) => {
      if (closed || news.length === 0) return
      for (const of of news) due.add(of)
      soon()
    },
    close: async () => {
      closed = true
      cancel()
      watchers.clear()
      if (held === undefined) return
      // What this host would have woken up for is left to them.
      due.add('work')
      await bounded(notify())
      await leave(held.listener)
      held = undefined
    },
  }
}

// -- internals

interface Held {
  readonly listener: PostgresListener
  readonly run: Run
  readonly lose: (thrown: unknown) => void
}

const HINTS: ReadonlyArray<Hint> = ['journal', 'work']

const CHANNEL = 'signalbox'

const POOLED =
  'a pooler stands between, which lends a connection of the server for no longer than a transaction'

const FIRST_WAIT_MS = 250

const LAST_WAIT_MS = 15_000

const LOOK_MS = 15_000

const LEAVE_MS = 1_000

const taken = (set: Set<Hint>): ReadonlyArray<Hint> => {
  const all = [...set]
  set.clear()
  return all
}
