import { closeSync, fdatasync, openSync } from 'node:fs'
import { promisify } from 'node:util'

/** A file that SQLite appends to, and that is made durable beside it. */
export interface FlushingLog {
  /** Makes durable what is in the file; the event loop goes on meanwhile. */
  readonly flush: () => Promise<void>
  readonly close: () => void
}

/** Opens the file at its first flush: SQLite makes it. SQLite holds no lock on its log that closing it here would end. */
export const flushingLog = (path: string): FlushingLog => {
  let open: number | undefined
  return {
    flush: () => datasync((open ??= openSync(path, 'r+'))),
    close: () => {
      if (open !== undefined) closeSync(open)
      open = undefined
    },
  }
}

// -- internals

const datasync = promisify(fdatasync)
