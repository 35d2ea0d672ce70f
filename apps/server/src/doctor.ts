import { existsSync } from 'node:fs'
import type { Backlog, Diagnosis } from '@signalbox/core/store'
import { inspectPostgres } from '@signalbox/stores/postgres'
import * as E from 'fp-ts/lib/Either.js'
import { inspectFile } from './inspect-file.ts'
import { nameOf } from './location.ts'
import type { Location } from './location.ts'
import { openPool } from './open-postgres.ts'
import { systemClock } from './system-clock.ts'

/** One thing that was looked at; a `fail` makes the store unhealthy, a `warn` wants a look. */
export interface Check {
  readonly name: 'store' | 'owner' | 'schema' | 'clock' | 'effects' | 'parked' | 'deadlines'
  readonly level: 'ok' | 'warn' | 'fail'
  readonly message: string
}

/** How a store was found. */
export interface Report {
  readonly healthy: boolean
  readonly store: string
  readonly checks: ReadonlyArray<Check>
  /** What was read of it, if it could be read. */
  readonly diagnosis?: Diagnosis
}

/** Looks at a store without changing or owning it; hosts lease work from it for so many ms, 10,000 unless said. */
export const examine = async (
  location: Location,
  { leaseMs = 10_000, timeoutMs }: { readonly leaseMs?: number; readonly timeoutMs?: number } = {},
): Promise<Report> => {
  const found = await look(location, timeoutMs)
  const checks = E.isLeft(found)
    ? [check('store', 'fail', found.left.message)]
    : checksOf(found.right, leaseMs)
  return {
    healthy: checks.every(({ level }) => level !== 'fail'),
    store: nameOf(location),
    checks,
    ...(E.isRight(found) && found.right.diagnosis ? { diagnosis: found.right.diagnosis } : {}),
  }
}

/** Writes a report for people, a line for each check. */
export const linesOf = ({ healthy, store, checks }: Report): string =>
  [
    ...checks.map(
      ({ name, level, message }) => `${level.padEnd(4)}  ${name.padEnd(9)}  ${message}`,
    ),
    `${store} is ${healthy ? 'healthy' : 'not healthy'}`,
    '',
  ].join('\n')

// -- internals

/** What was found, between which two instants of this machine's clock. */
interface Found {
  readonly diagnosis?: Diagnosis
  /** Only a file has one owner. */
  readonly owned?: boolean
  readonly asked: number
  readonly answered: number
}

interface Refused {
  readonly message: string
}

const look = async (
  location: Location,
  timeoutMs: number | undefined,
): Promise<E.Either<Refused, Found>> => {
  const asked = systemClock.now()
  switch (location.kind) {
    case 'memory':
      return E.right({ asked, answered: asked })
    case 'sqlite': {
      if (!existsSync(location.path))
        return E.left({ message: 'there is no such file: signalbox migrate makes it' })
      const found = inspectFile(location.path, asked)
      return E.map((inspected: object) => ({ ...inspected, asked, answered: systemClock.now() }))(
        found,
      )
    }
    case 'postgres':
      return lookAtDatabase(location.url, timeoutMs)
  }
}

// The first question waits for a connection, which says nothing of the clocks.
const lookAtDatabase = async (
  url: string,
  timeoutMs: number | undefined,
): Promise<E.Either<Refused, Found>> => {
  const pool = openPool(url, timeoutMs)
  try {
    const first = await inspectPostgres({ pool, at: systemClock.now() })()
    if (E.isLeft(first)) return first
    const asked = systemClock.now()
    const found = await inspectPostgres({ pool, at: asked })()
    return E.map((diagnosis: Diagnosis) => ({ diagnosis, asked, answered: systemClock.now() }))(
      found,
    )
  } finally {
    await pool.end()
  }
}

const checksOf = (
  { diagnosis, owned, asked, answered }: Found,
  leaseMs: number,
): ReadonlyArray<Check> => {
  if (diagnosis === undefined)
    return [check('store', 'ok', 'keeps nothing, so there is nothing to look at')]
  const { schema, clock, effects, due, overdue, bound } = diagnosis
  const counted = (count: number): string => (count < bound ? String(count) : `at least ${bound}`)
  return [
    check('store', 'ok', `answered in ${answered - asked} ms`),
    ...(owned === undefined ? [] : [ownerCheck(owned)]),
    ...(schema === undefined ? [] : [schemaCheck(schema)]),
    ...(clock === undefined
      ? []
      : [clockCheck(clock - (asked + answered) / 2, answered - asked, leaseMs)]),
    backlogCheck(
      'effects',
      due,
      asked,
      `${counted(effects.pending)} pending, ${counted(effects.leased)} leased, ${counted(effects.failed)} failed, ${counted(effects.unknown)} unknown; ${counted(due.count)} due`,
    ),
    check(
      'parked',
      effects.parked > 0 ? 'warn' : 'ok',
      effects.parked > 0 ? `${counted(effects.parked)} wait for somebody to retry them` : 'none',
    ),
    backlogCheck('deadlines', overdue, asked, `${counted(overdue.count)} due`),
  ]
}

const check = (name: Check['name'], level: Check['level'], message: string): Check => ({
  name,
  level,
  message,
})

const ownerCheck = (owned: boolean): Check =>
  check(
    'owner',
    'ok',
    owned ? 'another process serves from it; it was read beside that' : 'no process has it open',
  )

const schemaCheck = ({ version, known }: NonNullable<Diagnosis['schema']>): Check => {
  if (version > known)
    return check('schema', 'fail', `version ${version}, and this release knows up to ${known}`)
  if (version === known) return check('schema', 'ok', `version ${version}`)
  const there =
    version === 0 ? 'not there yet' : `version ${version}, and this release has ${known}`
  return check('schema', 'warn', `${there}: signalbox migrate, or a server that starts, brings it`)
}

// What the way of the question and the answer may explain is not held against the clocks.
// Beyond half of a lease, two hosts might hold the same work for as long as neither renews it.
const clockCheck = (ahead: number, tookMs: number, leaseMs: number): Check => {
  const skew = Math.max(0, Math.abs(ahead) - tookMs / 2)
  const level = skew > leaseMs / 2 ? 'fail' : skew > SKEW_WARN_MS ? 'warn' : 'ok'
  const side = ahead < 0 ? 'behind' : 'ahead of'
  return check('clock', level, `the database is ${Math.round(skew)} ms ${side} this machine`)
}

const SKEW_WARN_MS = 1000

const backlogCheck = (
  name: 'effects' | 'deadlines',
  { since }: Backlog,
  now: number,
  words: string,
): Check => {
  if (since === undefined) return check(name, 'ok', words)
  const late = Math.max(0, now - since)
  const level = late > LATE_FAIL_MS ? 'fail' : late > LATE_WARN_MS ? 'warn' : 'ok'
  return check(name, level, `${words}, the oldest for ${Math.round(late / 100) / 10} s`)
}

// A lease may run out and another host may sleep a while before it looks; after a minute nobody is at work.
const LATE_WARN_MS = 15_000
const LATE_FAIL_MS = 60_000
