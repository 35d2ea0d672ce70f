import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Store } from '@signalbox/core/store'
import { sqliteStore } from '@signalbox/stores/sqlite'
import { createDatabase } from './database.ts'
import { expect } from './expect.ts'
import { multiply } from './multiply.ts'
import type { Rows } from './multiply.ts'
import { populate } from './population.ts'
import type { Population } from './population.ts'
import { openServer } from './postgres-server.ts'

/** A store and the services in it. */
export interface Populated {
  readonly store: Store
  readonly population: Population
}

interface Opened {
  readonly stores: ReadonlyArray<Populated>
  readonly close: () => Promise<void>
}

type Open = (
  folder: string,
  populations: ReadonlyArray<Population>,
  progress: (line: string) => void,
) => Promise<Opened>

/** Opens a file of SQLite for each population, and fills it. */
export const openFiles: Open = async (folder, populations, progress) => {
  mkdirSync(folder)
  const stores: Array<Populated> = []
  for (const population of populations) {
    const file = join(folder, `${population.services}.db`)
    const first = expect(sqliteStore({ database: new DatabaseSync(file) }))
    await populate(first, { services: 1, tenants: 1 })
    expect(await first.close()())
    const database = new DatabaseSync(file)
    database.exec('pragma synchronous = off; pragma cache_size = -400000')
    await multiply(sqliteRows(database), population, (services) => progress(`${services} services`))
    database.exec(LINES)
    database.close()
    const store = expect(sqliteStore({ database: new DatabaseSync(file) }))
    stores.push({ store, population })
  }
  return {
    stores,
    close: async () => {
      for (const { store } of stores) expect(await store.close()())
    },
  }
}

/** Opens a database of PostgreSQL for each population, all on one server, and fills it. */
export const openDatabases: Open = async (_, populations, progress) => {
  const server = await openServer()
  const stores: Array<Populated> = []
  const drops: Array<() => Promise<void>> = []
  for (const population of populations) {
    const { store, query, drop } = await createDatabase(server.url)
    await populate(store, { services: 1, tenants: 1 })
    await multiply(postgresRows(query), population, (services) => progress(`${services} services`))
    await query('vacuum analyze')
    await query('checkpoint')
    stores.push({ store, population })
    drops.push(drop)
  }
  return {
    stores,
    close: async () => {
      for (const drop of drops) await drop()
      await server.stop()
    },
  }
}

// -- internals

// What the rows that were copied are found by: the numbers of each service, tenant and provider, put away in lots.
const LINES = `
  delete from lot;
  delete from scope;
  update state set entries = '', effects = '' where entries <> '' or effects <> '';
  insert into scope (provider, tenant, entries, effects)
    select provider, null, '', '' from state union select provider, tenant, '', '' from state;
  insert into lot (kind, seq, last, numbers)
    with line (kind, seq, number, place) as (
      select 0, state.seq, journal.seq, 0 from journal join state using (provider, tenant, id)
      union all
      select 1, state.seq, effect.seq, 0 from effect join state
        on state.provider = effect.provider and state.tenant = effect.tenant
          and state.id = effect.service
      union all
      select 2, scope.seq, journal.seq,
        row_number() over (partition by scope.seq order by journal.seq)
      from journal join scope on scope.provider = journal.provider and scope.tenant is null
      union all
      select 2, scope.seq, journal.seq,
        row_number() over (partition by scope.seq order by journal.seq)
      from journal join scope using (provider, tenant)
      union all
      select 3, scope.seq, effect.seq, row_number() over (partition by scope.seq order by effect.seq)
      from effect join scope on scope.provider = effect.provider and scope.tenant is null
      union all
      select 3, scope.seq, effect.seq, row_number() over (partition by scope.seq order by effect.seq)
      from effect join scope using (provider, tenant)
    )
    select kind, seq, max(number), group_concat(number, ',' order by number)
    from line group by kind, seq, place / 32;
`

const sqliteRows = (database: DatabaseSync): Rows => ({
  schema: '',
  rowsOf: async (table) =>
    database
      .prepare(`select * from ${table}`)
      .all()
      .map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => name !== 'seq'))),
  run: async (sql) => database.exec(sql),
  hexadecimal: (number, digits) => `printf('%0${digits}x', ${number})`,
})

const postgresRows = (
  query: (sql: string) => Promise<ReadonlyArray<Readonly<Record<string, unknown>>>>,
): Rows => ({
  schema: 'signalbox.',
  rowsOf: async (table) => {
    const columns = await query(
      `select string_agg(column_name, ',') as names from information_schema.columns
       where table_schema = 'signalbox' and table_name = '${table}'
         and is_identity = 'NO' and column_name <> 'xid'`,
    )
    const rows = await query(
      `select to_jsonb(found) as row
       from (select ${columns.map(({ names }) => String(names)).join()} from signalbox.${table}) as found`,
    )
    // JSON tells numbers and texts apart.
    return rows.map(({ row }) => row as Readonly<Record<string, unknown>>)
  },
  run: async (sql) => {
    await query(sql)
  },
  hexadecimal: (number, digits) => `lpad(to_hex(${number}), ${digits}, '0')`,
})
