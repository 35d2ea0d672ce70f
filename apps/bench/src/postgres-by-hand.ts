import type { Commit } from '@signalbox/core/store'
import type { Client, QueryConfig } from 'pg'

/**
 * What somebody would write by hand who has no port to serve, only this one kind of change: a transaction of its own with
 * statements that the connection has prepared, a state written over its revision by one update, a settled effect
 * inserted as it will stay.
 */
export const writeByHand = async (client: Client, commit: Commit): Promise<void> => {
  await client.query('begin')
  for (const { state, expected } of commit.states) {
    const { provider, tenant, id } = state.ref
    const labels = Object.entries(state.labels).map((label) => JSON.stringify(label))
    const { rowCount } = await client.query(
      named('state', UPDATE, [
        state.status,
        JSON.stringify(labels),
        state.revision,
        JSON.stringify(state),
        provider,
        tenant,
        id,
        expected,
      ]),
    )
    if (rowCount !== 1) throw new Error('the service has changed')
    await client.query(named('label', RELABEL, [provider, tenant, id, labels[0]]))
  }
  for (const [index, effect] of commit.effects.entries()) {
    const { id, ref, lane, generation, at } = effect
    const settled = commit.settles[index]
    if (settled === undefined) throw new Error('the effect is not settled')
    const of = [id, ref.provider, ref.tenant, ref.id, lane, generation]
    const body = JSON.stringify(effect)
    await client.query(named('effect', EFFECT, [...of, settled.outcome, at, settled.at, body]))
  }
  for (const entry of commit.journal) {
    const { provider, tenant, id } = entry.ref
    await client.query(named('journal', JOURNAL, [provider, tenant, id, JSON.stringify(entry)]))
  }
  await client.query('commit')
}

// -- internals

// A statement with a name is parsed and planned once a connection.
const named = (name: string, text: string, values: Array<unknown>): QueryConfig => ({
  name,
  text,
  values,
})

const UPDATE = `
  update signalbox.state set status = $1, labels = $2, revision = $3, body = $4
  where provider = $5 and tenant = $6 and id = $7 and revision = $8`
const RELABEL = `
  update signalbox.label set entry = $4 where provider = $1 and tenant = $2 and id = $3`
const EFFECT = `
  insert into signalbox.effect (
    id, provider, tenant, service, lane, generation, work, open, attempts, not_before, settled_at,
    body
  ) values ($1, $2, $3, $4, $5, $6, $7, false, 0, $8, $9, $10)`
const JOURNAL = `
  insert into signalbox.journal (era, provider, tenant, service, body) values (1, $1, $2, $3, $4)`
