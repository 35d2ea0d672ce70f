// The text of the function that applies one commit, without the steps that a later version of the schema added to it.
const applying = ({
  unlessParked,
  more,
}: {
  readonly unlessParked: string
  readonly more: string
}): string => `signalbox.apply_1(steps jsonb) returns jsonb
  language plpgsql as $$
  declare
    step record;
    stored record;
    dirty boolean := false;
    added text[] := '{}';
    leased text[] := '{}';
  begin
    for step in
      select * from jsonb_to_recordset(steps) as s (
        op text, provider text, tenant text, id text, key text, holder text, lane text,
        kind text, status text, lifecycle text, labels jsonb, done boolean, expected bigint,
        revision bigint, generation bigint, count bigint, at float8, until float8, owner text,
        body text
      )
    loop
      case step.op

      when 'receipt' then
        update signalbox.receipt r
        set fingerprint = step.holder, reply = step.body, expires_at = step.until
        where r.key = step.key and (r.expires_at is null or r.expires_at <= step.at);
        if not found then
          select r.fingerprint, r.reply, r.expires_at into stored
          from signalbox.receipt r where r.key = step.key;
          return jsonb_build_object('refused', 'receipt', 'dirty', dirty, 'key', step.key,
            'fingerprint', stored.fingerprint, 'reply', stored.reply, 'until', stored.expires_at);
        end if;

      when 'state' then
        update signalbox.state s
        set lifecycle = step.lifecycle, status = step.status, revision = step.revision,
          body = step.body
        where s.provider = step.provider and s.tenant = step.tenant and s.id = step.id
          and s.revision = step.expected and s.done = step.done and s.labels = step.labels::text;
        if not found then
          select s.revision into stored from signalbox.state s
          where s.provider = step.provider and s.tenant = step.tenant and s.id = step.id;
          if stored.revision <> step.expected then
            return jsonb_build_object('refused', 'state', 'dirty', dirty,
              'provider', step.provider, 'tenant', step.tenant, 'id', step.id,
              'expected', step.expected, 'actual', stored.revision);
          end if;
          update signalbox.state s
          set lifecycle = step.lifecycle, status = step.status, done = step.done,
            labels = step.labels::text, revision = step.revision, body = step.body
          where s.provider = step.provider and s.tenant = step.tenant and s.id = step.id;
          delete from signalbox.label l
          where l.provider = step.provider and l.tenant = step.tenant and l.id = step.id;
          insert into signalbox.label (provider, tenant, id, entry, done)
          select step.provider, step.tenant, step.id, l.value, step.done
          from jsonb_array_elements_text(step.labels) as l;
        end if;
        update signalbox.effect e
        set work = 'superseded', open = false, wake_at = null, owner = null
        where e.provider = step.provider and e.tenant = step.tenant and e.service = step.id
          and e.open and e.generation < step.generation;
        if found then
          update signalbox.effect e set wake_at = e.not_before
          where e.provider = step.provider and e.tenant = step.tenant and e.service = step.id
            and e.open and e.wake_at is null${unlessParked} and not exists (
              select from signalbox.effect o
              where o.provider = e.provider and o.tenant = e.tenant and o.service = e.service
                and o.lane = e.lane and o.open and o.seq < e.seq
            );
        end if;

      when 'effect' then
        -- With an owner it is leased at once, unless another of its lane is open.
        insert into signalbox.effect as e (
          id, provider, tenant, service, lane, generation, work, open, attempts, not_before,
          wake_at, owner, body
        )
        select step.key, step.provider, step.tenant, step.id, step.lane, step.generation,
          case when head.free and step.owner is not null then 'leased' else 'pending' end, true, 0,
          step.at, case when head.free then coalesce(step.until, step.at) end,
          case when head.free then step.owner end, step.body
        from (
          select not exists (
            select from signalbox.effect o
            where o.provider = step.provider and o.tenant = step.tenant and o.service = step.id
              and o.lane = step.lane and o.open
          )
        ) as head (free)
        on conflict (id) do nothing
        returning e.work into stored;
        if found then
          added := added || step.key;
          if stored.work = 'leased' then
            leased := leased || step.key;
          end if;
        end if;

      when 'settle' then
        update signalbox.effect e
        set work = step.status, open = false, wake_at = null, owner = null, settled_at = step.at,
          error = step.body
        where e.id = step.key and (e.open or e.work = 'superseded')
        returning e.provider, e.tenant, e.service, e.lane into stored;
        if not found then
          return jsonb_build_object('refused', 'effect', 'dirty', dirty, 'key', step.key);
        end if;
        update signalbox.effect e set wake_at = e.not_before
        where e.wake_at is null${unlessParked} and e.id = (
          select o.id from signalbox.effect o
          where o.provider = stored.provider and o.tenant = stored.tenant
            and o.service = stored.service and o.lane = stored.lane and o.open
          order by o.seq limit 1
        );
${more}
      when 'lease' then
        with mine as (
          update signalbox.effect e set work = 'leased', owner = step.owner, wake_at = step.until
          where e.id = any (added) and e.work = 'pending' and e.wake_at is not null
          returning e.id, e.seq
        )
        select coalesce(array_agg(mine.id order by mine.seq), '{}') into leased from mine;

      when 'release' then
        update signalbox.claim c set holder = null
        where c.key = step.key and c.holder = step.holder;

      when 'take' then
        update signalbox.claim c set holder = step.holder
        where c.key = step.key and (c.holder is null or c.holder = step.holder);
        if not found then
          select c.holder into stored from signalbox.claim c where c.key = step.key;
          return jsonb_build_object('refused', 'claim', 'dirty', dirty, 'key', step.key,
            'holder', stored.holder);
        end if;

      when 'quota' then
        update signalbox.quota q set count = greatest(0, q.count + step.count)
        where q.key = step.key
          and (step.expected is null or greatest(0, q.count + step.count) <= step.expected);
        if not found then
          return jsonb_build_object('refused', 'quota', 'dirty', dirty, 'key', step.key,
            'limit', step.expected);
        end if;

      when 'document' then
        update signalbox.document d
        set tenant = step.tenant, body = step.body,
          revision = case when step.body is null then 0 else d.revision + 1 end
        where d.provider = step.provider and d.kind = step.kind and d.id = step.id
          and (step.expected is null or d.revision = step.expected);
        if not found then
          select d.revision into stored from signalbox.document d
          where d.provider = step.provider and d.kind = step.kind and d.id = step.id;
          return jsonb_build_object('refused', 'document', 'dirty', dirty,
            'provider', step.provider, 'kind', step.kind, 'id', step.id,
            'expected', step.expected, 'actual', stored.revision);
        end if;

      end case;
      dirty := true;
    end loop;
    return jsonb_build_object('leased', leased);
  end $$;`

/** The function as the first version of the schema has it, behind `create function`. */
export const APPLY = applying({ unlessParked: '', more: '' })

/** The function as it knows parked effects too, behind `create or replace function`. What it knew before it does as before. */
export const APPLY_PARKING = applying({
  unlessParked: ` and e.work <> 'parked'`,
  more: `
      when 'park' then
        update signalbox.effect e
        set work = 'parked', attempts = e.attempts + 1, not_before = step.at, wake_at = null,
          owner = null, error = step.body
        where e.id = step.key and e.open;
        if not found then
          return jsonb_build_object('refused', 'effect', 'dirty', dirty, 'key', step.key);
        end if;

      when 'retry' then
        update signalbox.effect e
        set work = 'pending', attempts = 0, not_before = step.at, owner = null,
          wake_at = case when not exists (
            select from signalbox.effect o
            where o.provider = e.provider and o.tenant = e.tenant and o.service = e.service
              and o.lane = e.lane and o.open and o.seq < e.seq
          ) then step.at end
        where e.id = step.key and e.open;
        if not found then
          return jsonb_build_object('refused', 'effect', 'dirty', dirty, 'key', step.key);
        end if;
`,
})
