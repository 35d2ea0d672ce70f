import { APPLY } from './apply.ts'

/*
 * A session plans the statements of a function once, and perhaps while the tables are empty. They are therefore such that
 * only one plan is left, by an index: each is about one table, and by its keys.
 */
export const PLANNED_FOR_MANY = `
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_bitmapscan = off
  set jit = off`

/** How a function begins that takes a batch: what it acknowledges is durable, also where the default is not to wait. */
export const BEGINNING = `    -- What is acknowledged is durable, also where the default is not to wait.
    if current_setting('synchronous_commit') = 'off' then
      perform set_config('synchronous_commit', 'on', true);
    end if;
    select s.era into now_era from signalbox.store s;`

/** Writes the deadlines and entries of the commits that stand: deadlines and entries refuse nothing and nothing in a batch reads them. */
export const AT_THE_END = `    if deadlines <> '[]' then
      select jsonb_agg(l.item) into deadlines from (
        select distinct on (
          d.item->>'provider', d.item->>'tenant', d.item->>'id', d.item->>'name'
        ) d.item
        from jsonb_array_elements(deadlines) with ordinality as d (item, place)
        where (d.item->>'n')::integer = any (stands)
        order by d.item->>'provider', d.item->>'tenant', d.item->>'id', d.item->>'name',
          d.place desc
      ) as l;
      for empty in
        select * from jsonb_to_recordset(deadlines) as d (
          provider text, tenant text, id text, name text, until float8
        ) where d.until is null
      loop
        delete from signalbox.deadline d
        where d.provider = empty.provider and d.tenant = empty.tenant and d.id = empty.id
          and d.name = empty.name;
      end loop;
      insert into signalbox.deadline (provider, tenant, id, name, due_at, generation, wake_at)
      select d.provider, d.tenant, d.id, d.name, d.until, d.generation, d.until
      from jsonb_to_recordset(deadlines) as d (
        provider text, tenant text, id text, name text, until float8, generation bigint
      ) where d.until is not null
      on conflict (provider, tenant, id, name) do update
      set due_at = excluded.due_at, generation = excluded.generation,
        wake_at = excluded.wake_at, owner = null;
    end if;
    if entries <> '[]' then
      with entry as (
        insert into signalbox.journal as j (era, provider, tenant, service, body)
        select now_era, e.provider, e.tenant, e.id, e.body
        from rows from (jsonb_to_recordset(entries) as (
          n integer, provider text, tenant text, id text, body text
        )) with ordinality as e (n, provider, tenant, id, body, place)
        where e.n = any (stands)
        order by e.place
        returning j.id
      )
      select array_agg(entry.id order by entry.id) into written from entry;
    end if;`

/**
 * The functions that take a batch of commits: one call, one round trip, one transaction.
 *
 * `commit_1` first locks a row for each key that the batch touches, in an order that is the same for all batches, so that
 * none waits for another in a circle. What is not there yet gets a row that stands for nothing: a state of revision 0, a
 * receipt that expires never, a claim without a holder, a counter at 0, a document without a body. What still stands for
 * nothing at the end is deleted. Between, everything that the batch reads or writes of a service is its own: whoever else
 * waits for an effect or a deadline holds the service's row, and leases do not wait but skip.
 *
 * `apply_1` applies one commit, step by step, and stops at the first step that cannot be applied. If that step was not the
 * first to write, what was written must be undone. That is seldom, so the batch runs under one savepoint; only when a
 * commit has to be undone, it runs again from its beginning with a savepoint for each. Deadlines and journal entries
 * refuse nothing and nothing in a batch reads them, so those of all commits that stand are written together, at the end.
 */
export const COMMIT = `
  create function ${APPLY}

  create function signalbox.commit_1(
    batch jsonb, keys jsonb, deadlines jsonb, entries jsonb
  ) returns text
  language plpgsql ${PLANNED_FOR_MANY} as $$
  declare
    now_era integer;
    receipts text[] := array(select jsonb_array_elements_text(keys->'receipts'));
    settles text[] := array(select jsonb_array_elements_text(keys->'settles'));
    claims text[] := array(select jsonb_array_elements_text(keys->'claims'));
    quotas text[] := array(select jsonb_array_elements_text(keys->'quotas'));
    services jsonb := coalesce(keys->'services', '[]');
    settled jsonb := '[]';
    created bigint := 0;
    empty record;
    part jsonb;
    answer jsonb;
    answers jsonb[] := '{}';
    stands integer[];
    written bigint[];
  begin
${BEGINNING}

    if receipts <> '{}' then
      insert into signalbox.receipt as r (key, fingerprint, reply)
      select k.value, '', '' from unnest(receipts) as k (value) order by k.value collate "C"
      on conflict (key) do update set key = r.key where false;
    end if;
    if settles <> '{}' then
      select coalesce(jsonb_agg(jsonb_build_array(e.provider, e.tenant, e.service)), '[]')
      into settled
      from signalbox.effect e where e.id = any (settles);
      services := services || settled;
    end if;
    if services <> '[]' then
      insert into signalbox.state as s (
        provider, tenant, id, lifecycle, status, done, labels, revision, body
      )
      select distinct (k.value->>0) collate "C", (k.value->>1) collate "C",
        (k.value->>2) collate "C", '', '', false, '[]', 0, ''
      from jsonb_array_elements(services) as k
      order by 1, 2, 3
      on conflict (provider, tenant, id) do update set revision = s.revision where false;
      get diagnostics created = row_count;
    end if;
    -- An effect that has come since belongs to a service that is not locked.
    if jsonb_array_length(settled) <> cardinality(settles) and jsonb_array_length(settled) <> (
      select count(*) from signalbox.effect e where e.id = any (settles)
    ) then
      raise exception 'an effect came while it was settled' using errcode = '40001';
    end if;
    if keys ? 'documents' then
      insert into signalbox.document as d (provider, kind, id, tenant, revision)
      select k.value->>0, k.value->>1, k.value->>2, '', 0
      from jsonb_array_elements(keys->'documents') as k
      order by (k.value->>0) collate "C", (k.value->>1) collate "C", (k.value->>2) collate "C"
      on conflict (provider, kind, id) do update set revision = d.revision where false;
    end if;
    if claims <> '{}' then
      insert into signalbox.claim as c (key)
      select k.value from unnest(claims) as k (value) order by k.value collate "C"
      on conflict (key) do update set holder = c.holder where false;
    end if;
    if quotas <> '{}' then
      insert into signalbox.quota as q (key, count)
      select k.value, 0 from unnest(quotas) as k (value) order by k.value collate "C"
      on conflict (key) do update set count = q.count where false;
    end if;

    begin
      for part in select value from jsonb_array_elements(batch) loop
        answer := signalbox.apply_1(part);
        if (answer->'dirty')::boolean then
          raise sqlstate 'SB001';
        end if;
        answers := answers || answer;
      end loop;
    exception when sqlstate 'SB001' then
      answers := '{}';
      for part in select value from jsonb_array_elements(batch) loop
        begin
          answer := signalbox.apply_1(part);
          if (answer->'dirty')::boolean then
            raise sqlstate 'SB001';
          end if;
        exception when sqlstate 'SB001' then
          null;
        end;
        answers := answers || answer;
      end loop;
    end;

    select coalesce(array_agg(a.n), '{}') into stands
    from unnest(answers) with ordinality as a (answer, n) where not a.answer ? 'refused';
${AT_THE_END}

    if receipts <> '{}' then
      delete from signalbox.receipt r where r.key = any (receipts) and r.expires_at is null;
    end if;
    if created > 0 then
      for empty in
        select k.value->>0 as provider, k.value->>1 as tenant, k.value->>2 as id
        from jsonb_array_elements(services) as k
      loop
        delete from signalbox.state s
        where s.provider = empty.provider and s.tenant = empty.tenant and s.id = empty.id
          and s.revision = 0;
      end loop;
    end if;
    for empty in
      select k.value->>0 as provider, k.value->>1 as kind, k.value->>2 as id
      from jsonb_array_elements(keys->'documents') as k
    loop
      delete from signalbox.document d
      where d.provider = empty.provider and d.kind = empty.kind and d.id = empty.id
        and d.revision = 0;
    end loop;
    if claims <> '{}' then
      delete from signalbox.claim c where c.key = any (claims) and c.holder is null;
    end if;
    if quotas <> '{}' then
      delete from signalbox.quota q where q.key = any (quotas) and q.count = 0;
    end if;
    return jsonb_build_object('era', now_era, 'xid', pg_current_xact_id()::text,
      'answers', to_jsonb(answers), 'entries', coalesce(to_jsonb(written), '[]'))::text;
  end $$;
`

/** The function that prolongs leases. Like a commit, it locks the services' rows before it waits for their effects. */
export const RENEW = `
  create function signalbox.renew_1(who text, wanted jsonb, new_until float8) returns setof text
  language plpgsql ${PLANNED_FOR_MANY} as $$
  declare
    ids text[] := array(select jsonb_array_elements_text(wanted));
    held record;
  begin
    for held in
      select distinct e.provider, e.tenant, e.service from signalbox.effect e
      where e.id = any (ids) and e.owner = who
      order by e.provider, e.tenant, e.service
    loop
      perform from signalbox.state s
      where s.provider = held.provider and s.tenant = held.tenant and s.id = held.service
      for no key update;
    end loop;
    return query
      update signalbox.effect e set wake_at = greatest(e.wake_at, new_until)
      where e.id = any (ids) and e.work = 'leased' and e.owner = who
      returning e.id;
  end $$;
`

/** The functions that lease what is due to an owner. What another has in hand is skipped, so that they wait for nothing. */
export const LEASE = `
  create function signalbox.lease_effects_1(
    who text, now_at float8, new_until float8, most bigint
  ) returns setof signalbox.effect
  language plpgsql ${PLANNED_FOR_MANY} as $$
  declare
    ready signalbox.effect;
  begin
    for ready in
      select * from signalbox.effect e
      where e.wake_at <= now_at order by e.wake_at, e.seq limit most
      for no key update skip locked
    loop
      update signalbox.effect e set work = 'leased', owner = who, wake_at = new_until
      where e.id = ready.id;
      return next ready;
    end loop;
  end $$;

  create function signalbox.lease_deadlines_1(
    who text, now_at float8, new_until float8, most bigint
  ) returns setof signalbox.deadline
  language plpgsql ${PLANNED_FOR_MANY} as $$
  declare
    due signalbox.deadline;
  begin
    for due in
      select * from signalbox.deadline d
      where d.wake_at <= now_at order by d.wake_at, d.provider, d.tenant, d.id, d.name limit most
      for no key update skip locked
    loop
      update signalbox.deadline d set owner = who, wake_at = new_until
      where d.provider = due.provider and d.tenant = due.tenant and d.id = due.id
        and d.name = due.name;
      return next due;
    end loop;
  end $$;
`
