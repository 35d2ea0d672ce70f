import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { check } from './check/check.ts'
import type { Call, Evidence, Violation } from './check/evidence.ts'
import { createCounter } from './counter.ts'
import { createFleet } from './fleet.ts'
import type { Fleet } from './fleet.ts'
import { createLoad } from './load.ts'
import type { Load, World } from './load.ts'
import { planOf } from './plan.ts'
import type { Blow, Round } from './plan.ts'
import { readStore } from './read-store.ts'
import { openReceiver } from './receiver.ts'
import { CLIENTS, configurationOf, LEASE_MS, PRODUCTS, RULES, SERVICES } from './setting.ts'

/** What to torture, and for how long. */
export interface Torture {
  readonly name: string
  readonly seed: string
  readonly rounds: number
  readonly hosts: number
  /** Where the store is: `sqlite:path`, or `postgres://…`. */
  readonly store: string
  /** Restarts the database server, where there is one that may be. */
  readonly restart?: (mode: 'fast' | 'immediate') => Promise<void>
  /** Empty, and there: configuration, logs and evidence go into it. */
  readonly folder: string
  /** After how many rounds hosts are stopped and the store is looked at, as well as at the end. */
  readonly checkEvery: number
  readonly clients: number
  readonly say: (line: string) => void
}

/** What came of it: counts by what they count, in the order in which they are told. */
export interface Outcome {
  readonly name: string
  readonly counts: Readonly<Record<string, number>>
  readonly violations: ReadonlyArray<Violation>
}

/**
 * Lets clients call hosts that are killed and started again, over a store that may be restarted as well, and checks what is
 * left behind. It stops at the first violations, and leaves calls and journal in its folder then.
 */
export const torture = async (options: Torture): Promise<Outcome> => {
  const { name, seed, rounds, hosts, folder, store, restart, checkEvery, clients, say } = options
  const begun = performance.now()
  const receiver = await openReceiver(join(folder, 'seen.jsonl'))
  const configuration = JSON.stringify(configurationOf(receiver.url))
  writeFileSync(join(folder, 'signalbox.config.json'), configuration)
  const fleet = createFleet({ folder, store, hosts })
  const world = startingWorld()
  const load = createLoad({ seed, clients, world })
  const calls: Array<Call> = []
  const plan = planOf({ seed, rounds, hosts, database: restart !== undefined })
  let restarts = 0
  let clockMs = 0
  const hit = async (blow: Blow): Promise<void> => {
    if (blow.kind === 'kill') return fleet.strike(blow.host, { downMs: blow.downMs, clockMs })
    restarts += 1
    await restart?.(blow.mode)
  }
  const look = async (settled: boolean): Promise<Judged> => {
    const dueBy = Date.now() + clockMs - GRACE_MS
    await fleet.stop()
    const stored = await readStore(store, { lifecycles: RULES.lifecycles, dueBy })
    const at = Date.now() + clockMs
    const evidence: Evidence = { ...stored, calls, seen: [...receiver.seen], at, dueBy, settled }
    return { evidence, violations: [...fallenIn(fleet, folder), ...check(evidence, RULES)] }
  }
  const outcomeOf = (done: number, { evidence, violations }: Judged): Outcome => {
    const count = (kind: Call['reply']['kind']): number =>
      calls.filter(({ reply }) => reply.kind === kind).length
    if (violations.length > 0) keep(folder, evidence, violations)
    return {
      name,
      counts: {
        rounds: done,
        'hosts killed': fleet.killed(),
        'databases restarted': restarts,
        'requests acknowledged': count('accepted'),
        'requests refused': count('refused'),
        'requests of unknown outcome': count('unknown'),
        'providers of what was acknowledged': new Set(
          calls.flatMap(({ reply }) => (reply.kind === 'accepted' ? [reply.promise.provider] : [])),
        ).size,
        services: evidence.states.length,
        'journal entries': evidence.journal.length,
        effects: evidence.effects.length,
        'of them superseded': evidence.effects.filter(({ work }) => work === 'superseded').length,
        'performances asked for': receiver.seen.length,
        'deadlines fired': evidence.journal.filter(({ kind }) => kind === 'deadline').length,
        seconds: (performance.now() - begun) / 1000,
      },
      violations,
    }
  }
  try {
    for (const round of plan) {
      if (round.clockMs !== clockMs) {
        await fleet.killAll()
        clockMs = round.clockMs
      }
      await fleet.up(clockMs)
      const made = await play(round, { load, fleet, hosts, hit })
      calls.push(...made)
      say(
        `${name}: round ${round.number} of ${rounds}, ${describe(round)}: ${made.length} requests`,
      )
      if (round.number % checkEvery === 0 && round.number < rounds) {
        const judged = await look(false)
        if (judged.violations.length > 0) return outcomeOf(round.number, judged)
      }
    }
    return outcomeOf(rounds, await settle(fleet, () => clockMs, look))
  } finally {
    await fleet.killAll()
    await receiver.close()
  }
}

// -- internals

interface Judged {
  readonly evidence: Evidence
  readonly violations: ReadonlyArray<Violation>
}

const startingWorld = (): World => ({
  poppy: new Set(),
  gcore: new Map(
    CLIENTS.map(({ id, services }) => [
      id,
      PRODUCTS.map((product, index) => ({ id: services + index, product })),
    ]),
  ),
  zos: new Set(SERVICES),
})

// A machine that is too slow for what was drawn goes on after so long.
const MOST_MS = 4000

// Where there is one host only, a blow comes so many replies after it is up again.
const play = async (
  { number, replies, blows }: Round,
  {
    load,
    fleet,
    hosts,
    hit,
  }: {
    readonly load: Load
    readonly fleet: Fleet
    readonly hosts: number
    readonly hit: (blow: Blow) => Promise<void>
  },
): Promise<ReadonlyArray<Call>> => {
  const counter = createCounter()
  const later = async (blow: Blow): Promise<void> => {
    await counter.more(blow.after, MOST_MS)
    await hit(blow)
  }
  const struck = async (): Promise<void> => {
    if (hosts > 1) await Promise.all(blows.map(later))
    else for (const blow of blows) await later(blow)
  }
  const over = Promise.all([counter.more(replies, MOST_MS), struck()])
  const [calls] = await Promise.all([
    load.run({ round: number, until: over, address: fleet.address, replied: counter.add }),
    over,
  ])
  return calls
}

// A dead host's work is taken over when its lease has ended; after that, and after all that follows, nothing may be left.
const MOST_WAITS = 8

// A machine with much to do may be so late.
const GRACE_MS = 1000

const settle = async (
  fleet: Fleet,
  clockMs: () => number,
  look: (settled: boolean) => Promise<Judged>,
): Promise<Judged> => {
  for (let waits = 1; ; waits += 1) {
    await fleet.up(clockMs())
    await pause(2 * LEASE_MS)
    const judged = await look(true)
    const isLate = judged.violations.every(
      ({ kind }) => kind === 'unperformed' || kind === 'deadline-missed',
    )
    if (judged.violations.length === 0 || !isLate || waits === MOST_WAITS) return judged
  }
}

const fallenIn = (fleet: Fleet, folder: string): ReadonlyArray<Violation> =>
  fleet.fallen() === 0
    ? []
    : [
        {
          kind: 'fault',
          subject: folder,
          words: `${fleet.fallen()} hosts ended by themselves, or not well when they were asked to: see their logs`,
        },
      ]

const describe = ({ blows }: Round): string =>
  blows
    .map((blow) =>
      blow.kind === 'kill'
        ? `kill ${blow.host + 1} after ${blow.after}`
        : `${blow.mode} restart after ${blow.after}`,
    )
    .join(', ')

const keep = (
  folder: string,
  { calls, journal, states, effects, at }: Evidence,
  violations: ReadonlyArray<Violation>,
): void => {
  const write = (file: string, items: ReadonlyArray<unknown>): void =>
    writeFileSync(join(folder, file), items.map((item) => `${JSON.stringify(item)}\n`).join(''))
  mkdirSync(folder, { recursive: true })
  write('violations.jsonl', violations)
  write('calls.jsonl', calls)
  write('journal.jsonl', journal)
  write('states.jsonl', states)
  write('effects.jsonl', effects)
  writeFileSync(join(folder, 'at'), `${at}\n`)
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
