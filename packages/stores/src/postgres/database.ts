import type { Value } from '../selection.ts'

/** A statement as a pool takes it: the part of `QueryConfig` of `pg` that a store uses. Never named, so that a pooler may stand between. */
export interface PostgresQuery {
  readonly text: string
  readonly values?: Array<Value>
  readonly types: { readonly getTypeParser: () => (text: string) => string }
  /** In ms, in place of the pool's own limit. */
  readonly query_timeout?: number
}

/** Rows as the driver answers them. */
export interface PostgresResult {
  readonly rows: ReadonlyArray<unknown>
}

/** One connection, held for a transaction: the part of `PoolClient` of `pg` that a store uses. */
export interface PostgresClient {
  readonly query: (query: PostgresQuery) => Promise<PostgresResult>
  /** Gives the connection back; `true` closes it. */
  readonly release: (broken?: boolean) => void
}

/** A pool of connections: the part of `Pool` of `pg` that a store uses. */
export interface PostgresPool {
  readonly query: (query: PostgresQuery) => Promise<PostgresResult>
  readonly connect: () => Promise<PostgresClient>
  readonly on: (event: 'error', listener: (error: Error) => void) => unknown
  readonly end: () => Promise<void>
}

/** Runs a statement whose parameters are written `?`. All values of a row come as text. */
export type Run = <Row>(sql: string, ...values: ReadonlyArray<Value>) => Promise<ReadonlyArray<Row>>

/** A pool in the hands of a store. Everything in it rejects with what the driver rejects with. */
export interface Connection {
  /** Runs a statement that may run twice: it is repeated when the server undid it or the connection broke. */
  readonly all: Run
  /** Runs a statement that must not run twice: it is repeated only when the server says that it undid it. */
  readonly once: Run
}

/** Wraps a pool. */
export const connect = (pool: PostgresPool): Connection => {
  const run = runOn(pool.query.bind(pool))
  return {
    all: (sql, ...values) =>
      repeated(
        () => run(sql, ...values),
        (thrown) => isUndone(thrown) || isBroken(thrown),
      ),
    once: (sql, ...values) => repeated(() => run(sql, ...values), isUndone),
  }
}

/** Does work as one transaction on one connection, however long it takes, or leaves no trace when it rejects. */
export const transaction = async <A>(
  pool: PostgresPool,
  work: (run: Run) => Promise<A>,
): Promise<A> => {
  const client = await pool.connect()
  const run = runOn(client.query.bind(client), { query_timeout: A_DAY_MS })
  try {
    // The level that the statements are written for, whatever the server's default is.
    await run('begin isolation level read committed')
    // A host that falls silent in the middle must not keep others waiting for what it has locked.
    await run(`set local idle_in_transaction_session_timeout = '60s'`)
    const answer = await work(run)
    await run('commit')
    client.release()
    return answer
  } catch (thrown) {
    // Closing the connection rolls back, whatever state it is in.
    client.release(true)
    throw thrown
  }
}

/** Makes the way to run statements on what takes queries. */
export const runOn =
  (
    query: (query: PostgresQuery) => Promise<PostgresResult>,
    limits: { readonly query_timeout?: number } = {},
  ): Run =>
  async <Row>(sql: string, ...values: ReadonlyArray<Value>) => {
    // Without parameters a text may hold several statements, and any character.
    const { rows } = await query(
      values.length > 0
        ? { text: numbered(sql), values: [...values], types: AS_TEXT, ...limits }
        : { text: sql, types: AS_TEXT, ...limits },
    )
    // Only this module's neighbours write the tables, so a row is what its statement selects.
    return rows as ReadonlyArray<Row>
  }

/** What an error says of itself: an SQLSTATE, or a code of the operating system or of Node. */
export const codeOf = (thrown: unknown): string =>
  typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : ''

/** Tells whether an error is that no connection could be made, or none in time. */
export const isUnreachable = (thrown: unknown): boolean =>
  /^(08...|53300|57P0[123]|E[A-Z_]+)$/.test(codeOf(thrown)) ||
  /timeout|terminated/i.test(silentMessageOf(thrown))

// -- internals

// A deadlock cannot come of a store's own statements, but of those of another who has a hand in the database.
const isUndone = (thrown: unknown): boolean => /^(40001|40P01)$/.test(codeOf(thrown))

// A connection that was open and is no more; a server that does not answer is not asked again, for that takes its time.
const isBroken = (thrown: unknown): boolean =>
  /^(0800[36]|57P0[12]|ECONNRESET|EPIPE)$/.test(codeOf(thrown)) ||
  silentMessageOf(thrown).startsWith('Connection terminated')

// The driver's own errors have no code.
const silentMessageOf = (thrown: unknown): string =>
  thrown instanceof Error && codeOf(thrown) === '' ? thrown.message : ''

const ATTEMPTS = 5

const A_DAY_MS = 86_400_000

const repeated = async <A>(
  work: () => Promise<A>,
  again: (thrown: unknown) => boolean,
): Promise<A> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (thrown) {
      if (attempt === ATTEMPTS || !again(thrown)) throw thrown
    }
  }
}

// The driver's parsers are the process's: whoever changes them elsewhere must not change what a store reads.
const AS_TEXT = { getTypeParser: () => (text: string) => text }

const texts = new Map<string, string>()

const numbered = (sql: string): string => {
  const known = texts.get(sql)
  if (known !== undefined) return known
  let count = 0
  const text = sql.replaceAll('?', () => `$${(count += 1)}`)
  texts.set(sql, text)
  return text
}
