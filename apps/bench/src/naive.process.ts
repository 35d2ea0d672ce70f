import { DatabaseSync } from 'node:sqlite'
import { Hono } from 'hono'
import { answerParent } from './child.ts'
import { cpuMs, listen } from './server.ts'
import type { Deeds } from './server.ts'
import { pause } from './slow.ts'

// What the same call costs when nothing is checked, decided or kept but a row: the least that a server on this disk can do
// one request at a time.

const [file = '', syncMs = '0'] = process.argv.slice(2)

const database = new DatabaseSync(file)
database.exec(`
  pragma journal_mode = wal;
  pragma synchronous = full;
  create table change (seq integer primary key, service text not null, status text not null) strict;
`)
const insert = database.prepare('insert into change (service, status) values (?, ?)')
let commits = 0

const app = new Hono()
app.post('/v1.0/:project/admin/services/status', async (c) => {
  const { service_id, status } = await c.req.json<Record<'service_id' | 'status', string>>()
  insert.run(service_id, status)
  pause(Number(syncMs))
  commits += 1
  return c.body(null, 201)
})
const port = await listen(async (request) => app.fetch(request))

answerParent<unknown, Deeds>({
  answer: () => ({ port, commits, transactions: commits, cpuMs: cpuMs() }),
  end: () => database.close(),
})
