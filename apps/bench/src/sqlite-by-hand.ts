import type { DatabaseSync } from 'node:sqlite'
import type { Commit } from '@signalbox/core/store'

/**
 * The loop that somebody would write by hand who has no port to serve, only this one kind of change: statements prepared
 * once, a state written over its revision by one update, a settled effect inserted as it will stay. One transaction a batch.
 */
export const sqliteByHand = (database: DatabaseSync): ((batch: ReadonlyArray<Commit>) => void) => {
  const begin = database.prepare('begin immediate')
  const end = database.prepare('commit')
  const update = database.prepare(
    `update state set status = ?, labels = ?, revision = ?, body = ?
     where provider = ? and tenant = ? and id = ? and revision = ?`,
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
  return (batch) => {
    begin.run()
    for (const { states, effects, settles, journal: entries } of batch) {
      for (const { state, expected } of states) {
        const { provider, tenant, id } = state.ref
        const of = [provider, tenant, id] as const
        const labels = JSON.stringify(state.labels)
        const { changes } = update.run(
          state.status,
          labels,
          state.revision,
          JSON.stringify(state),
          ...of,
          expected,
        )
        if (changes !== 1) throw new Error('the service has changed')
        const now = state.labels['lifecycle'] ?? ''
        unlabel.run(provider, now === 'failed' ? 'deployed' : 'failed', tenant, id)
        label.run(provider, now, tenant, id)
      }
      for (const [index, made] of effects.entries()) {
        const { id, ref, lane, generation, at } = made
        const settled = settles[index]
        if (settled === undefined) throw new Error('the effect is not settled')
        effect.run(
          id,
          ref.provider,
          ref.tenant,
          ref.id,
          lane,
          generation,
          settled.outcome,
          at,
          settled.at,
          JSON.stringify(made),
        )
      }
      for (const entry of entries) {
        const { provider, tenant, id } = entry.ref
        journal.run(provider, tenant, id, JSON.stringify(entry))
      }
    }
    end.run()
  }
}
