import type { DatabaseSync } from 'node:sqlite'
import type { Commit } from '@signalbox/core/store'

/**
 * The loop that somebody would write by hand who has no port to serve, only this one kind of change: statements prepared
 * once, a state written over its revision by one update, a settled effect inserted as it will stay, and what is known of
 * the last numbers of services and scopes kept in memory. One transaction a batch.
 */
export const sqliteByHand = (database: DatabaseSync): ((batch: ReadonlyArray<Commit>) => void) => {
  const begin = database.prepare('begin immediate')
  const end = database.prepare('commit')
  const update = database.prepare(
    `update state set status = ?, labels = ?, revision = ?, body = ?, entries = ?, effects = ?
     where seq = ? and revision = ?`,
  )
  const unlabel = database.prepare(
    `delete from label
     where provider = ? and name = 'lifecycle' and value = ? and done = 0 and tenant = ? and id = ?`,
  )
  const label = database.prepare(
    `insert into label (provider, name, value, done, tenant, id)
     values (?, 'lifecycle', ?, 0, ?, ?)`,
  )
  const effect = database.prepare(
    `insert into effect (
       id, provider, tenant, service, lane, generation, work, open, attempts, not_before, wake_at,
       settled_at, body
     ) values (?, ?, ?, ?, ?, ?, ?, 0, 0, ?, null, ?, ?)`,
  )
  const journal = database.prepare(
    'insert into journal (provider, tenant, id, body) values (?, ?, ?, ?)',
  )
  const putAway = database.prepare('insert into lot (kind, seq, last, numbers) values (?, ?, ?, ?)')
  const extend = database.prepare('update scope set entries = ?, effects = ? where seq = ?')
  const services = rowsOf(database, 'select seq, provider, tenant, id, entries, effects from state')
  const scopes = rowsOf(
    database,
    `select seq, provider, tenant, '' as id, entries, effects from scope`,
  )
  const tailOf = (tail: string, { room, kind, seq }: Room): string => {
    if (tail.length < room) return tail
    putAway.run(kind, seq, Number(tail.slice(tail.lastIndexOf(',') + 1)), tail)
    return ''
  }
  return (batch) => {
    begin.run()
    const grown = new Set<Tails>()
    for (const { states, effects, settles, journal: entries } of batch) {
      const [written] = states
      if (written === undefined || states.length > 1) throw new Error('it is not one service')
      const { state, expected } = written
      const { provider, tenant, id } = state.ref
      const tails = [
        rowOf(services, provider, tenant, id),
        rowOf(scopes, provider, null, ''),
        rowOf(scopes, provider, tenant, ''),
      ]
      for (const scope of tails.slice(1)) grown.add(scope)
      for (const [index, made] of effects.entries()) {
        const settled = settles[index]
        if (settled === undefined) throw new Error('the effect is not settled')
        const { lastInsertRowid } = effect.run(
          made.id,
          provider,
          tenant,
          id,
          made.lane,
          made.generation,
          settled.outcome,
          made.at,
          settled.at,
          JSON.stringify(made),
        )
        for (const tail of tails) tail.effects = joined(tail.effects, lastInsertRowid)
      }
      for (const entry of entries) {
        const { lastInsertRowid } = journal.run(provider, tenant, id, JSON.stringify(entry))
        for (const tail of tails) tail.entries = joined(tail.entries, lastInsertRowid)
      }
      const own = rowOf(services, provider, tenant, id)
      own.entries = tailOf(own.entries, { room: 64, kind: 0, seq: own.seq })
      own.effects = tailOf(own.effects, { room: 64, kind: 1, seq: own.seq })
      const { changes } = update.run(
        state.status,
        JSON.stringify(state.labels),
        state.revision,
        JSON.stringify(state),
        own.entries,
        own.effects,
        own.seq,
        expected,
      )
      if (changes !== 1) throw new Error('the service has changed')
      const now = state.labels['lifecycle'] ?? ''
      unlabel.run(provider, now === 'failed' ? 'deployed' : 'failed', tenant, id)
      label.run(provider, now, tenant, id)
    }
    for (const scope of grown) {
      scope.entries = tailOf(scope.entries, { room: 256, kind: 2, seq: scope.seq })
      scope.effects = tailOf(scope.effects, { room: 256, kind: 3, seq: scope.seq })
      extend.run(scope.entries, scope.effects, scope.seq)
    }
    end.run()
  }
}

// -- internals

interface Tails {
  readonly seq: number
  entries: string
  effects: string
}

interface Room {
  readonly room: number
  readonly kind: number
  readonly seq: number
}

const keyOf = (...names: ReadonlyArray<unknown>): string => names.join('\0')

const rowsOf = (database: DatabaseSync, sql: string): ReadonlyMap<string, Tails> =>
  new Map(
    database
      .prepare(sql)
      .all()
      .map(({ seq, provider, tenant, id, entries, effects }) => [
        keyOf(provider, tenant, id),
        { seq: Number(seq), entries: String(entries), effects: String(effects) },
      ]),
  )

const rowOf = (
  rows: ReadonlyMap<string, Tails>,
  ...[provider, tenant, id]: readonly [string, string | null, string]
): Tails => {
  const row = rows.get(keyOf(provider, tenant, id))
  if (row === undefined) throw new Error('a row is missing')
  return row
}

const joined = (tail: string, number: number | bigint): string =>
  tail === '' ? String(number) : `${tail},${number}`
