import type { SqliteDatabase } from '@signalbox/stores/sqlite'

/** The same handle on a disk that takes so many ms longer to make a transaction durable. */
export const slowed = (database: SqliteDatabase, ms: number): SqliteDatabase => {
  if (ms === 0) return database
  return {
    exec: (sql) => database.exec(sql),
    prepare: (sql) => {
      const statement = database.prepare(sql)
      if (sql !== 'commit') return statement
      return {
        get: (...values) => statement.get(...values),
        all: (...values) => statement.all(...values),
        run: (...values) => {
          const ran = statement.run(...values)
          pause(ms)
          return ran
        },
      }
    },
    close: () => database.close(),
  }
}

/** Stands still, as a synchronous write does. */
export const pause = (ms: number): void => {
  if (ms > 0) Atomics.wait(NOTHING, 0, 0, ms)
}

// -- internals

const NOTHING = new Int32Array(new SharedArrayBuffer(4))
