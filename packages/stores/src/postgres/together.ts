import { AT_THE_END, BEGINNING, PLANNED_FOR_MANY } from './functions.ts'

/**
 * The function that takes a batch of changes as they mostly are: each of one service that is there, of which no other in
 * the batch is about, with nothing but effects, outcomes, deadlines and entries of it. Then the order of the commits does not
 * matter, and each of its statements does one thing for all of them.
 *
 * It looks before it writes: where one of them could not stand, it answers null and has changed nothing, and the batch is
 * for `commit_1`, which tells them apart. It locks services' rows in the same order.
 */
export const TOGETHER = `
  create function signalbox.commit_together_1(
    changes jsonb, effects jsonb, settles jsonb, deadlines jsonb, entries jsonb
  ) returns text
  language plpgsql ${PLANNED_FOR_MANY}
  set enable_hashjoin = off
  set enable_mergejoin = off as $$
  declare
    now_era integer;
    fit boolean;
    moved integer[];
    stands integer[];
    freed boolean := false;
    made bigint;
    leased jsonb := '[]';
    empty record;
    written bigint[];
  begin
${BEGINNING}

    with locked as materialized (
      select c.n, s.revision = c.expected as fits,
        s.labels <> c.labels::text or s.done <> c.done as moves
      from jsonb_to_recordset(changes) as c (
        n integer, provider text, tenant text, id text, expected bigint, done boolean, labels jsonb
      )
      join signalbox.state s
        on s.provider = c.provider and s.tenant = c.tenant and s.id = c.id
      order by s.provider, s.tenant, s.id
      for no key update of s
    )
    select count(*) filter (where l.fits) = jsonb_array_length(changes),
      coalesce(array_agg(l.n) filter (where l.moves), '{}'), array_agg(l.n)
    into fit, moved, stands
    from locked l;
    if fit and settles <> '[]' then
      select count(*) = jsonb_array_length(settles) into fit
      from jsonb_to_recordset(settles) as o (provider text, tenant text, id text, key text)
      join signalbox.effect e on e.id = o.key and e.provider = o.provider
        and e.tenant = o.tenant and e.service = o.id
      where e.open or e.work = 'superseded';
    end if;
    if fit and effects <> '[]' then
      select count(*) = 0 into fit
      from jsonb_to_recordset(effects) as a (key text)
      join signalbox.effect e on e.id = a.key;
    end if;
    if not fit then
      return null;
    end if;

    update signalbox.state s
    set lifecycle = c.lifecycle, status = c.status, done = c.done, labels = c.labels::text,
      revision = c.revision, body = c.body
    from jsonb_to_recordset(changes) as c (
      provider text, tenant text, id text, lifecycle text, status text, done boolean,
      labels jsonb, revision bigint, body text
    )
    where s.provider = c.provider and s.tenant = c.tenant and s.id = c.id;
    if moved <> '{}' then
      delete from signalbox.label l
      using jsonb_to_recordset(changes) as c (n integer, provider text, tenant text, id text)
      where c.n = any (moved)
        and l.provider = c.provider and l.tenant = c.tenant and l.id = c.id;
      insert into signalbox.label (provider, tenant, id, entry, done)
      select c.provider, c.tenant, c.id, l.value, c.done
      from jsonb_to_recordset(changes) as c (
        n integer, provider text, tenant text, id text, done boolean, labels jsonb
      )
      cross join jsonb_array_elements_text(c.labels) as l
      where c.n = any (moved);
    end if;

    update signalbox.effect e
    set work = 'superseded', open = false, wake_at = null, owner = null
    from jsonb_to_recordset(changes) as c (
      provider text, tenant text, id text, generation bigint
    )
    where e.provider = c.provider and e.tenant = c.tenant and e.service = c.id
      and e.open and e.generation < c.generation;
    freed := found;
    if settles <> '[]' then
      update signalbox.effect e
      set work = o.status, open = false, wake_at = null, owner = null, settled_at = o.at,
        error = o.body
      from jsonb_to_recordset(settles) as o (key text, status text, at float8, body text)
      where e.id = o.key;
      freed := true;
    end if;
    if freed then
      update signalbox.effect e set wake_at = e.not_before
      from jsonb_to_recordset(changes) as c (provider text, tenant text, id text)
      where e.provider = c.provider and e.tenant = c.tenant and e.service = c.id
        and e.open and e.wake_at is null and e.work <> 'parked' and not exists (
          select from signalbox.effect o
          where o.provider = e.provider and o.tenant = e.tenant and o.service = e.service
            and o.lane = e.lane and o.open and o.seq < e.seq
        );
    end if;
    if effects <> '[]' then
      -- One that has its outcome is written as it stays; another is leased at once if it has an owner and its lane is free.
      with added as (
        insert into signalbox.effect as e (
          id, provider, tenant, service, lane, generation, work, open, attempts, not_before,
          wake_at, owner, settled_at, error, body
        )
        select a.key, a.provider, a.tenant, a.id, a.lane, a.generation,
          coalesce(a.status, case when head.free and a.owner is not null then 'leased' end,
            'pending'),
          a.status is null, 0, a.at,
          case when a.status is null and head.free then coalesce(a.until, a.at) end,
          case when a.status is null and head.free then a.owner end,
          a.settled, a.error, a.body
        from rows from (jsonb_to_recordset(effects) as (
          provider text, tenant text, id text, key text, lane text, generation bigint,
          status text, at float8, until float8, owner text, settled float8, error text, body text
        )) with ordinality as a (
          provider, tenant, id, key, lane, generation, status, at, until, owner, settled, error,
          body, place
        )
        cross join lateral (
          select not exists (
            select from signalbox.effect o
            where o.provider = a.provider and o.tenant = a.tenant and o.service = a.id
              and o.lane = a.lane and o.open
          )
        ) as head (free)
        order by a.place
        on conflict (id) do nothing
        returning e.id, e.work
      )
      select count(*), coalesce(jsonb_agg(d.id) filter (where d.work = 'leased'), '[]')
      into made, leased
      from added d;
      -- Another service's may have come since, by the same id.
      if made <> jsonb_array_length(effects) then
        raise exception 'an effect came while it was written' using errcode = '40001';
      end if;
    end if;
${AT_THE_END}
    return jsonb_build_object('era', now_era, 'xid', pg_current_xact_id()::text,
      'leased', leased, 'entries', coalesce(to_jsonb(written), '[]'))::text;
  end $$;
`
