import { APPLY_PARKING } from './apply.ts'
import { COMMIT, LEASE, RENEW } from './functions.ts'
import { TOGETHER } from './together.ts'

/**
 * The steps that lead from an empty database to the present schema: the step at index n makes version n + 1. A released
 * step is never changed; a new schema is a new step at the end. Hosts of the release before may still be running on it,
 * so a step keeps what they call: a function that changes does for them what it did, or gets a new name.
 */
export const MIGRATIONS: ReadonlyArray<string> = [
  `
  create schema if not exists signalbox;

  create table signalbox.store (
    one boolean primary key default true check (one),
    version integer not null,
    era integer not null
  );
  insert into signalbox.store (version, era) values (0, 1);

  create table signalbox.state (
    provider text collate "C" not null,
    tenant text collate "C" not null,
    id text collate "C" not null,
    lifecycle text collate "C" not null,
    status text collate "C" not null,
    done boolean not null,
    labels text collate "C" not null,
    revision bigint not null,
    body text collate "C" not null,
    primary key (provider, tenant, id)
  ) partition by hash (provider, tenant, id);
  create index state_done on signalbox.state (provider, done, tenant, id) where revision > 0;
  create index state_status on signalbox.state (provider, status, done, tenant, id)
    where revision > 0;

  create table signalbox.label (
    provider text collate "C" not null,
    tenant text collate "C" not null,
    id text collate "C" not null,
    entry text collate "C" not null,
    done boolean not null,
    primary key (provider, tenant, id, entry)
  ) partition by hash (provider, tenant, id);
  create index label_entry on signalbox.label (provider, entry, done, tenant, id);

  create table signalbox.deadline (
    provider text collate "C" not null,
    tenant text collate "C" not null,
    id text collate "C" not null,
    name text collate "C" not null,
    due_at double precision not null,
    generation bigint not null,
    wake_at double precision not null,
    owner text collate "C",
    primary key (provider, tenant, id, name)
  ) partition by hash (provider, tenant, id);
  create index deadline_due on signalbox.deadline (provider, due_at, tenant, id);
  create index deadline_wake on signalbox.deadline (wake_at, provider, tenant, id, name);

  do $$
  begin
    for part in 0..7 loop
      -- Room on each page keeps a new version of a row beside the old one, where no index needs to know of it.
      execute format('create table signalbox.state_%s partition of signalbox.state
        for values with (modulus 8, remainder %s) with (fillfactor = 80)', part, part);
      execute format('create table signalbox.label_%s partition of signalbox.label
        for values with (modulus 8, remainder %s)', part, part);
      execute format('create table signalbox.deadline_%s partition of signalbox.deadline
        for values with (modulus 8, remainder %s)', part, part);
    end loop;
  end $$;

  create table signalbox.effect (
    id text collate "C" primary key,
    seq bigint generated always as identity,
    provider text collate "C" not null,
    tenant text collate "C" not null,
    service text collate "C" not null,
    lane text collate "C" not null,
    generation bigint not null,
    work text collate "C" not null,
    open boolean not null,
    attempts bigint not null,
    not_before double precision not null,
    wake_at double precision,
    owner text collate "C",
    settled_at double precision,
    error text collate "C",
    body text collate "C" not null
  );
  create index effect_seq on signalbox.effect (seq);
  create index effect_service on signalbox.effect (provider, tenant, service, seq);
  create index effect_open on signalbox.effect (provider, tenant, service, lane, seq) where open;
  create index effect_pending on signalbox.effect (seq) where open;
  create index effect_wake on signalbox.effect (wake_at, seq) where wake_at is not null;

  create table signalbox.journal (
    era integer not null,
    xid xid8 not null default pg_current_xact_id(),
    id bigint generated always as identity,
    provider text collate "C" not null,
    tenant text collate "C" not null,
    service text collate "C" not null,
    body text collate "C" not null,
    primary key (era, xid, id)
  );
  create index journal_provider on signalbox.journal (provider, era, xid, id);
  create index journal_tenant on signalbox.journal (provider, tenant, era, xid, id);
  create index journal_service on signalbox.journal (provider, tenant, service, era, xid, id);

  create table signalbox.claim (
    key text collate "C" primary key,
    holder text collate "C"
  );

  create table signalbox.quota (
    key text collate "C" primary key,
    count bigint not null
  ) with (fillfactor = 50);

  create table signalbox.receipt (
    key text collate "C" primary key,
    fingerprint text collate "C" not null,
    reply text collate "C" not null,
    expires_at double precision
  );

  create table signalbox.document (
    provider text collate "C" not null,
    kind text collate "C" not null,
    id text collate "C" not null,
    tenant text collate "C" not null,
    revision bigint not null,
    body text collate "C",
    primary key (provider, kind, id)
  );
  create index document_tenant on signalbox.document (provider, kind, tenant, id);

  create table signalbox.sequence (
    name text collate "C" primary key,
    next bigint not null
  );

  ${COMMIT}
  ${RENEW}
  ${LEASE}
  `,
  `
  create index effect_stopped on signalbox.effect (work, seq)
    where work in ('parked', 'failed', 'unknown', 'superseded');

  create or replace function ${APPLY_PARKING}
  `,
  TOGETHER,
]
