import { setTimeout as later } from 'node:timers/promises'
import { migratePostgres } from '@signalbox/stores/postgres'
import type { Migrated } from '@signalbox/stores/postgres'
import { migrateSqlite } from '@signalbox/stores/sqlite'
import * as E from 'fp-ts/lib/Either.js'
import { unavailable } from './failure.ts'
import type { Failure } from './failure.ts'
import { inspectFile } from './inspect-file.ts'
import { nameOf } from './location.ts'
import type { Location } from './location.ts'
import { openPool } from './open-postgres.ts'
import { openFile } from './open-store.ts'

/** Brings the schema of a store to this release and says from which version to which. */
export const migrate = async (
  location: Location,
  print: (text: string) => void,
): Promise<E.Either<Failure, void>> => {
  const migrated = await migrateAt(location)
  return E.map((done: Migrated | undefined) => print(`${nameOf(location)} ${wordsOf(done)}\n`))(
    E.mapLeft(({ message }: Refused) => unavailable(nameOf(location), message))(migrated),
  )
}

// -- internals

interface Refused {
  readonly message: string
}

const migrateAt = async (location: Location): Promise<E.Either<Refused, Migrated | undefined>> => {
  switch (location.kind) {
    case 'memory':
      return E.right(undefined)
    case 'sqlite':
      return migrateFile(location.path)
    case 'postgres':
      return migrateDatabase(location.url)
  }
}

const wordsOf = (migrated: Migrated | undefined): string => {
  if (migrated === undefined) return 'keeps nothing, so there is nothing to bring forward'
  const { from, to } = migrated
  if (from === to) return `has schema version ${to} already`
  return from === 0
    ? `was empty and has schema version ${to} now`
    : `had schema version ${from} and has ${to} now`
}

// Another that brings it forward has it for a moment. Who has it for longer serves from it, and then only its version counts.
const migrateFile = async (path: string): Promise<E.Either<Refused, Migrated>> => {
  for (let wait = SHORTEST_MS; ; wait *= 2) {
    const database = openFile(path)
    if (E.isLeft(database)) return database
    const migrated = migrateSqlite({ database: database.right })
    database.right.close()
    if (E.isRight(migrated) || migrated.left._tag !== 'StoreLocked') return migrated
    const looked = inspectFile(path, 0)
    const schema = E.isRight(looked) ? looked.right.diagnosis.schema : undefined
    if (schema !== undefined && schema.version === schema.known)
      return E.right({ from: schema.version, to: schema.known })
    if (wait > LONGEST_MS) return migrated
    await later(wait)
  }
}

const SHORTEST_MS = 25
const LONGEST_MS = 2000

const migrateDatabase = async (url: string): Promise<E.Either<Refused, Migrated>> => {
  const pool = openPool(url)
  const migrated = await migratePostgres({ pool })()
  await pool.end()
  return migrated
}
