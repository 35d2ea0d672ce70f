import { Pool } from 'pg'

/** A database of its own on the server of the run. */
export interface Database {
  readonly url: string
  /** Asks it as its administrator. */
  readonly ask: (sql: string) => Promise<ReadonlyArray<Readonly<Record<string, unknown>>>>
  /** Removes it, whoever is connected to it. */
  readonly drop: () => Promise<void>
}

/** Makes an empty database on a server. For tests. */
export const makeDatabase = async (server: string): Promise<Database> => {
  const name = `signalbox_${crypto.randomUUID().replaceAll('-', '')}`
  const admin = new Pool({ connectionString: server })
  await admin.query(`create database ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  const inside = new Pool({ connectionString: url.href, max: 2 })
  for (const pool of [admin, inside]) pool.on('error', () => {})
  return {
    url: url.href,
    ask: async (sql) => (await inside.query(sql)).rows,
    drop: async () => {
      await inside.end()
      await admin.query(`drop database ${name} with (force)`)
      await admin.end()
    },
  }
}
