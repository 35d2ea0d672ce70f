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
  `
  create table scope (
    seq integer primary key,
    provider text not null,
    tenant text,
    entries text not null,
    effects text not null
  ) strict;
  create unique index scope_tenant on scope (provider, tenant) where tenant is not null;
  create unique index scope_provider on scope (provider) where tenant is null;

  create table lot (
    kind integer not null,
    seq integer not null,
    last integer not null,
    numbers text not null,
    primary key (kind, seq, last)
  ) strict, without rowid;

  create table stray (
    kind text not null,
    provider text not null,
    tenant text not null,
    id text not null,
    number integer not null,
    primary key (kind, provider, tenant, id, number)
  ) strict, without rowid;

  alter table state add column entries text not null default '';
  alter table state add column effects text not null default '';

  insert into scope (provider, tenant, entries, effects)
    select provider, null, '', '' from journal union select provider, null, '', '' from effect
    union select provider, tenant, '', '' from journal union select provider, tenant, '', '' from effect;

  insert into lot (kind, seq, last, numbers)
  with line (kind, seq, number, place) as (
    select 0, state.seq, journal.seq,
      row_number() over (partition by state.seq order by journal.seq)
    from journal join state using (provider, tenant, id)
    union all
    select 1, state.seq, effect.seq, row_number() over (partition by state.seq order by effect.seq)
    from effect join state
      on state.provider = effect.provider and state.tenant = effect.tenant
        and state.id = effect.service
    union all
    select 2, scope.seq, journal.seq,
      row_number() over (partition by scope.seq order by journal.seq)
    from journal join scope using (provider, tenant)
    union all
    select 3, scope.seq, effect.seq, row_number() over (partition by scope.seq order by effect.seq)
    from effect join scope using (provider, tenant)
    union all
    select 2, scope.seq, journal.seq,
      row_number() over (partition by scope.seq order by journal.seq)
    from journal join scope on scope.provider = journal.provider and scope.tenant is null
    union all
    select 3, scope.seq, effect.seq, row_number() over (partition by scope.seq order by effect.seq)
    from effect join scope on scope.provider = effect.provider and scope.tenant is null
  )
  select kind, seq, max(number), group_concat(number, ',' order by number)
  from line group by kind, seq, place / 32;

  insert into stray (kind, provider, tenant, id, number)
    select 'entries', provider, tenant, id, seq from journal
    where not exists (
      select 1 from state
      where state.provider = journal.provider and state.tenant = journal.tenant
        and state.id = journal.id
    )
    union all
    select 'effects', provider, tenant, service, seq from effect
    where not exists (
      select 1 from state
      where state.provider = effect.provider and state.tenant = effect.tenant
        and state.id = effect.service
    );

  drop index journal_provider;
  drop index journal_tenant;
  drop index journal_service;
  drop index effect_service;
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
