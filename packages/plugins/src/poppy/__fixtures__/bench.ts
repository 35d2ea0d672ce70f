import type { JournalEntry } from '@signalbox/core'
import type { Store } from '@signalbox/core/store'
import { createHost, virtualClock } from '@signalbox/host'
import type { AnyPlugin, Dial, Host, LogLine, VirtualClock } from '@signalbox/host'
import { CONTRACT_CALLERS, CONTRACT_SETTINGS } from '../contract.ts'
import type { ContractAnswer, ContractBench } from '../contract.ts'
import { createMockProvider } from '../mock-provider.ts'
import { createPoppy } from '../plugin.ts'
import type { PoppySettings } from '../settings.ts'

/** The instant at which benches begin. */
export const T0 = 1_800_000_000_000

/** A host with the plugin alone and a clock that stands still. */
export interface Bench extends ContractBench {
  readonly host: Host
  readonly store: Store
  readonly clock: VirtualClock
  readonly lines: ReadonlyArray<LogLine>
  /** As `send`, with the text read as JSON where it is. */
  readonly ask: (...asked: Parameters<ContractBench['send']>) => Promise<Answer>
}

/** A response with its value. */
export interface Answer extends ContractAnswer {
  readonly value: unknown
}

/** Opens a started bench over a store. The secret of a caller is its name in capitals. */
export const openBench = async (
  store: Store,
  settings: PoppySettings = {},
  wrap: (plugin: AnyPlugin) => AnyPlugin = (plugin) => plugin,
  {
    clock = virtualClock(T0),
    dial,
    firstId = 1,
  }: {
    /** Shared by benches that work together, as their ids must not be. */
    readonly clock?: VirtualClock
    readonly dial?: Dial
    readonly firstId?: number
  } = {},
): Promise<Bench> => {
  const lines: Array<LogLine> = []
  const provider = createMockProvider()
  let ids = firstId - 1
  const host = await createHost({
    store,
    plugins: [wrap(createPoppy({ provider }))],
    settings: { poppy: { ...CONTRACT_SETTINGS, ...settings } },
    principals: Object.entries(CONTRACT_CALLERS).map(([id, { tenants, roles }]) => ({
      id,
      provider: 'poppy',
      tenants,
      roles,
      verify: async (secret) => secret === id.toUpperCase(),
    })),
    clock,
    newId: () => {
      ids += 1
      // Ids of services begin with their count, so that what is derived from their first digits differs.
      return `${String(ids).padStart(8, '0')}-0000-4000-8000-00000000abcd`
    },
    random: () => 0.4,
    ...(dial !== undefined && { dial }),
    log: (line) => lines.push(line),
  })
  const started = host.start()
  await clock.advance(6_000)
  await started
  const send: ContractBench['send'] = async (caller, line, body, headers = {}) => {
    const [method = 'GET', path = '/'] = line.split(' ')
    const response = await host.fetch(
      new Request(`http://cdn.example${path}`, {
        method,
        headers: {
          host: 'cdn.example',
          ...(caller === 'nobody' ? {} : { 'x-auth-token': caller.toUpperCase() }),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    )
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  return {
    host,
    store,
    clock,
    lines,
    provider,
    send,
    ask: async (...asked) => {
      const answer = await send(...asked)
      return { ...answer, value: valueOf(answer.text) }
    },
    advance: clock.advance,
    secretOf: (caller) => caller.toUpperCase(),
    journal: () => journalOf(store),
  }
}

// -- internals

const journalOf = async (store: Store): Promise<ReadonlyArray<JournalEntry>> => {
  const page = await store.journal({ limit: 10_000 })()
  if (page._tag === 'Left') throw new Error(page.left._tag)
  return page.right.entries
}

const valueOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
