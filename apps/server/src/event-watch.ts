import { get } from 'node:http'
import { exchange } from './wire.ts'

/** An event as a client of the stream has it. */
export interface Seen {
  readonly id: string
  readonly sequence: string
}

/** A client of the event stream that is killed again and again, and each time begins anew at what it has kept. For tests. */
interface EventWatch {
  /** All that it has kept so far, in the order in which it came. */
  readonly seen: ReadonlyArray<Seen>
  readonly kills: () => number
  /** Resolves when it has kept the event. */
  readonly until: (id: string) => Promise<void>
  readonly stop: () => void
}

/** Watches several servers of one store in turn: each time it is killed it goes to the next. `chance` is at least 0, below 1. */
const watchEvents = (
  bases: ReadonlyArray<string>,
  {
    kills: most,
    token,
    chance,
  }: { readonly kills: number; readonly token: string; readonly chance: () => number },
): EventWatch => {
  const seen: Seen[] = []
  const waiting = new Map<string, () => void>()
  let place: string | undefined
  let kills = 0
  let stopped = false
  let leave = (): void => {}

  const keep = (block: string): void => {
    const member = (name: string): string | undefined =>
      new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
    const data = member('data')
    place = member('id') ?? place
    if (data === undefined) return
    const event: Seen = JSON.parse(data)
    seen.push({ id: event.id, sequence: event.sequence })
    waiting.get(event.id)?.()
  }

  // One life: it ends by its own death somewhere in the bytes, or when the server ends it.
  const live = (base: string): Promise<void> =>
    new Promise((resolve) => {
      let left = kills < most ? Math.floor(chance() * 90_000) : Infinity
      let text = ''
      const request = get(
        `${base}/_signalbox/v1/events/stream`,
        {
          agent: false,
          headers: {
            authorization: `Bearer ${token}`,
            ...(place !== undefined && { 'last-event-id': place }),
          },
        },
        (response) => {
          response.on('error', () => {})
          response.on('data', (bytes: Buffer) => {
            const taken = bytes.subarray(0, left)
            left -= taken.length
            text += taken.toString('latin1')
            const blocks = text.split('\n\n')
            text = blocks.pop() ?? ''
            for (const block of blocks) keep(block)
            if (left > 0) return
            kills += 1
            left = Infinity
            response.removeAllListeners('data')
            request.destroy()
          })
        },
      )
      leave = () => request.destroy()
      request.on('error', () => {})
      request.on('close', resolve)
    })

  const run = async (): Promise<void> => {
    for (let life = 0; !stopped; life += 1) {
      const base = bases[life % bases.length]
      if (base !== undefined) await live(base)
    }
  }
  void run()

  return {
    seen,
    kills: () => kills,
    until: (id) =>
      new Promise((resolve) => {
        if (seen.some((event) => event.id === id)) resolve()
        else waiting.set(id, resolve)
      }),
    stop: () => {
      stopped = true
      leave()
    },
  }
}

/** Sends one command to all services that pass a filter; answers how many were asked. */
export const sendToAll = async (
  base: string,
  {
    token,
    command,
    filter,
  }: { readonly token: string; readonly command: object; readonly filter: object },
): Promise<number> => {
  const { status, text } = await exchange(base, '/_signalbox/v1/bulk', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ command, filter }),
  })
  if (status !== 200) throw new Error(`${status} ${text}`)
  const items: ReadonlyArray<unknown> = JSON.parse(text)
  return items.length
}

/** The whole journal as a server tells it, page by page. */
export const readEvents = async (
  base: string,
  token: string,
  query = '',
): Promise<ReadonlyArray<Seen>> => {
  const all: Seen[] = []
  let after = 'earliest'
  for (let more = true; more;) {
    const { status, text } = await exchange(
      base,
      `/_signalbox/v1/events?limit=500&after=${after}${query}`,
      { headers: { authorization: `Bearer ${token}` } },
    )
    if (status !== 200) throw new Error(`${status} ${text}`)
    const page: {
      readonly items: ReadonlyArray<Seen>
      readonly next: string
      readonly more: boolean
    } = JSON.parse(text)
    all.push(...page.items.map(({ id, sequence }) => ({ id, sequence })))
    after = page.next
    more = page.more
  }
  return all
}

const EVENTS = 10_000

const KILLS = 100

const TENANTS = ['1', '2', '3', '4']

const SERVICES_EACH = 8

const PRODUCERS_EACH = 2

/** A configuration of services enough to make many events of, and of a principal who may. */
export const eventsConfiguration = (
  token: string,
): { readonly principals: ReadonlyArray<object>; readonly providers: object } => ({
  principals: [
    { id: 'ops', provider: 'signalbox', secret: token, tenants: '*', roles: ['operator'] },
  ],
  providers: {
    poppy: {
      seedFlavors: [
        {
          id: 'cdn',
          providers: [
            { provider: 'mock', links: [{ href: 'http://m.example', rel: 'provider_url' }] },
          ],
        },
      ],
      seedServices: TENANTS.flatMap((project) =>
        Array.from({ length: SERVICES_EACH }, (_, n) => ({
          project,
          id: `e8b44506-71b7-4074-9bc8-${project}${String(n).padStart(11, '0')}`,
          service: {
            name: `seeded${project}n${n}`,
            domains: [{ domain: `www${n}.seeded${project}.example` }],
            origins: [{ origin: 'origin.seeded.example' }],
            flavor_id: 'cdn',
          },
        })),
      ),
    },
  },
})

/** Kills a client of the stream again and again while all servers make events, and answers what it kept and what there was. */
export const watchUnderFire = async (
  bases: ReadonlyArray<string>,
  token: string,
): Promise<{
  readonly seen: ReadonlyArray<Seen>
  readonly all: ReadonlyArray<Seen>
  readonly kills: number
}> => {
  let dice = 7
  const chance = (): number => (dice = (dice * 48_271) % 2_147_483_647) / 2_147_483_647
  const watch = watchEvents(bases, { kills: KILLS, token, chance })
  let made = 0
  const produce = async (tenant: string, base: string): Promise<void> => {
    for (let round = 0; made < EVENTS || watch.kills() < KILLS; round += 1) {
      const status = round % 2 === 0 ? 'failed' : 'deployed'
      const command = { type: 'service.setStatus', status }
      const asked = await sendToAll(base, { token, command, filter: { provider: 'poppy', tenant } })
      made += asked
    }
  }
  await Promise.all(
    TENANTS.flatMap((tenant) =>
      Array.from({ length: PRODUCERS_EACH }, (_, n) =>
        produce(tenant, bases[n % bases.length] ?? ''),
      ),
    ),
  )
  const [base = ''] = bases
  const all = await readEvents(base, token)
  await watch.until(all.at(-1)?.id ?? '')
  watch.stop()
  return { seen: watch.seen, all, kills: watch.kills() }
}
