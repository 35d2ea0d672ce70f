import { startPostgres } from '../../../scripts/postgres-server.ts'

/** A server of PostgreSQL to measure on. */
export interface Server {
  readonly url: string
  readonly stop: () => Promise<void>
}

/** The server that `SIGNALBOX_TEST_POSTGRES` names, or one of its own that writes as durably as one in use. */
export const openServer = async (): Promise<Server> => {
  const given = process.env['SIGNALBOX_TEST_POSTGRES']
  return given === undefined ? startPostgres(DURABLE) : { url: given, stop: async () => {} }
}

// -- internals

const DURABLE = ['fsync=on', 'full_page_writes=on', 'autovacuum=on', 'shared_buffers=512MB']
