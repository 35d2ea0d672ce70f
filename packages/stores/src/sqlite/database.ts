/** A value as SQLite takes it. */
export type SqliteValue = null | number | string

/** A prepared statement: the part of `StatementSync` of `node:sqlite` that a store uses. */
export interface SqliteStatement {
  readonly run: (...values: ReadonlyArray<SqliteValue>) => {
    readonly changes: number | bigint
    readonly lastInsertRowid: number | bigint
  }
  readonly get: (...values: ReadonlyArray<SqliteValue>) => unknown
  readonly all: (...values: ReadonlyArray<SqliteValue>) => ReadonlyArray<unknown>
}

/** An open handle: the part of `DatabaseSync` of `node:sqlite` that a store uses. */
export interface SqliteDatabase {
  readonly exec: (sql: string) => void
  readonly prepare: (sql: string) => SqliteStatement
  readonly close: () => void
}

/** A handle whose statements are prepared once. Everything in it throws what the driver throws. */
export interface Connection {
  readonly one: <Row>(sql: string, ...values: ReadonlyArray<SqliteValue>) => Row | undefined
  readonly all: <Row>(sql: string, ...values: ReadonlyArray<SqliteValue>) => ReadonlyArray<Row>
  /** Answers how many rows changed. */
  readonly run: (sql: string, ...values: ReadonlyArray<SqliteValue>) => number
  /** Inserts one row and answers its number. */
  readonly insert: (sql: string, ...values: ReadonlyArray<SqliteValue>) => number
  /** Inserts one row and answers its number, unless its statement leaves the row that is there already. */
  readonly insertNew: (sql: string, ...values: ReadonlyArray<SqliteValue>) => number | undefined
  /**
   * Does work as one transaction that is durable when this returns, or leaves no trace when it throws or its answer is one
   * that is not to stand.
   */
  readonly transaction: <A>(
    work: () => A,
    options?: { readonly unless: (answer: A) => boolean },
  ) => A
  /** Does work within a transaction and takes it back when its answer asks for that. */
  readonly undoable: <A>(work: () => A, refused: (answer: A) => boolean) => A
}

/** Wraps an open handle. */
export const connect = (database: SqliteDatabase): Connection => {
  const statements = new Map<string, SqliteStatement>()
  const statement = (sql: string): SqliteStatement => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const prepared = database.prepare(sql)
    statements.set(sql, prepared)
    return prepared
  }
  const run: Connection['run'] = (sql, ...values) => Number(statement(sql).run(...values).changes)
  return {
    // The tables are strict and only this module's neighbours write them, so a row is what its statement selects.
    one: <Row>(sql: string, ...values: ReadonlyArray<SqliteValue>) =>
      statement(sql).get(...values) as Row | undefined,
    all: <Row>(sql: string, ...values: ReadonlyArray<SqliteValue>) =>
      statement(sql).all(...values) as ReadonlyArray<Row>,
    run,
    insert: (sql, ...values) => Number(statement(sql).run(...values).lastInsertRowid),
    insertNew: (sql, ...values) => {
      const { changes, lastInsertRowid } = statement(sql).run(...values)
      return Number(changes) > 0 ? Number(lastInsertRowid) : undefined
    },
    transaction: (work, options) => {
      run('begin immediate')
      try {
        const answer = work()
        run(options?.unless(answer) === true ? 'rollback' : 'commit')
        return answer
      } catch (thrown) {
        attempt(() => run('rollback'))
        throw thrown
      }
    },
    undoable: (work, refused) => {
      run('savepoint attempt')
      const answer = work()
      if (refused(answer)) run('rollback to attempt')
      run('release attempt')
      return answer
    },
  }
}

/** The primary result code of an error of SQLite, as `node:sqlite` tells it. */
export const resultCode = (thrown: unknown): number | undefined =>
  typeof thrown === 'object' &&
  thrown !== null &&
  'errcode' in thrown &&
  typeof thrown.errcode === 'number'
    ? thrown.errcode & 0xff
    : undefined

// -- internals

// SQLite may have rolled back by itself, on a full disk for one; then there is nothing left to do.
const attempt = (work: () => void): void => {
  try {
    work()
  } catch {}
}
