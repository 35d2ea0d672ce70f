import type { Migrated } from '../migrated.ts'
import type { Connection } from './database.ts'

/** Marks a file as ours, in its header: the letters `Sgbx`. */
export const APPLICATION_ID = 0x53676278

/**
 * The steps that lead from an empty file to the present schema: the step at index n makes version n + 1. A released step
 * is never changed; a new schema is a new step at the end.
 */
export const MIGRATIONS: ReadonlyArray<string> = [
  `
  create table state (
    seq integer primary key,
    provider text not null,
    tenant text not null,
    id text not null,
    lifecycle text not null,
    status text not null,
    done integer not null,
    labels text not null,
    revision integer not null,
    body text not null,
    unique (provider, tenant, id)
  ) strict;
  create index state_done on state (provider, done, tenant, id);
  create index state_status on state (provider, status, done, tenant, id);

  create table label (
    provider text not null,
    name text not null,
    value text not null,
    done integer not null,
    tenant text not null,
    id text not null,
    primary key (provider, name, value, done, tenant, id)
  ) strict, without rowid;

  create table journal (
    seq integer primary key,
    provider text not null,
    tenant text not null,
    id text not null,
    body text not null
  ) strict;
  create index journal_provider on journal (provider);
  create index journal_tenant on journal (provider, tenant);
  create index journal_service on journal (provider, tenant, id);

  create table effect (
    seq integer primary key,
    id text not null unique,
    provider text not null,
    tenant text not null,
    service text not null,
    lane text not null,
    generation integer not null,
    work text not null,
    open integer not null,
    attempts integer not null,
    not_before real not null,
    wake_at real,
    owner text,
    settled_at real,
    error text,
    body text not null
  ) strict;
  create index effect_service on effect (provider, tenant, service);
  create index effect_open on effect (provider, tenant, service, lane) where open = 1;
  create index effect_wake on effect (wake_at) where wake_at is not null;

  create table deadline (
    provider text not null,
    tenant text not null,
    id text not null,
    name text not null,
    due_at real not null,
    generation integer not null,
    wake_at real not null,
    owner text,
    primary key (provider, tenant, id, name)
  ) strict, without rowid;
  create index deadline_due on deadline (provider, due_at);
  create index deadline_wake on deadline (wake_at);

  create table claim (
    key text primary key,
    holder text not null
  ) strict, without rowid;

  create table quota (
    key text primary key,
    count integer not null
  ) strict, without rowid;

  create table receipt (
    key text primary key,
    fingerprint text not null,
    reply text not null,
    expires_at real not null
  ) strict;

  create table document (
    seq integer primary key,
    provider text not null,
    kind text not null,
    id text not null,
    tenant text not null,
    revision integer not null,
    body text not null,
    unique (provider, kind, id)
  ) strict;
  create index document_tenant on document (provider, kind, tenant, id);

  create table sequence (
    name text primary key,
    next integer not null
  ) strict, without rowid;
  `,
  `
  create index effect_stopped on effect (work)
    where work in ('parked', 'failed', 'unknown', 'superseded');
  `,
]

/** The version of a file's schema; 0 of one that has none. */
export const versionOf = (one: Connection['one']): number =>
  one<{ readonly user_version: number }>('pragma user_version')?.user_version ?? 0

/** Brings a file forward to the last step, all of it or nothing. Writes even when there is nothing to bring forward. */
export const migrate = (
  { one, run, transaction }: Connection,
  exec: (sql: string) => void,
  migrations: ReadonlyArray<string>,
): Migrated =>
  transaction(() => {
    const from = versionOf(one)
    for (const step of migrations.slice(from)) exec(step)
    run(`pragma application_id = ${APPLICATION_ID}`)
    run(`pragma user_version = ${migrations.length}`)
    return { from, to: migrations.length }
  })
