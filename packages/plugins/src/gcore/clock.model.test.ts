import { memoryStore } from '@signalbox/stores/memory'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bootWith, DAY, HOUR, MINUTE, principal } from './__fixtures__/house.ts'
import type { Booted } from './__fixtures__/house.ts'

const boot = bootWith(memoryStore)

type Step =
  | { readonly kind: 'put'; readonly id: number; readonly status: string; readonly as: string }
  | { readonly kind: 'option'; readonly id: number; readonly name: string; readonly value: string }
  | { readonly kind: 'wait'; readonly ms: number; readonly down: boolean }
  | { readonly kind: 'suspend' | 'restore'; readonly batch: string }

const IDS = { CDN: 101, STORAGE: 102, DNS: 103 }

const steps: fc.Arbitrary<ReadonlyArray<Step>> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('put' as const),
      id: fc.constantFrom(...Object.values(IDS)),
      status: fc.constantFrom('trial', 'trialend', 'active', 'paused', 'deleted'),
      as: fc.constantFrom('7$s', '7$s', '1$s'),
    }),
    fc.record({
      kind: fc.constant('option' as const),
      id: fc.constant(IDS.CDN),
      name: fc.constantFrom(
        'CDN_TRIAL_DAYS_LIMIT',
        'paused_to_deleted_days',
        'activating_to_active_minutes',
      ),
      value: fc.constantFrom('1', '3', '20'),
    }),
    fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.oneof(
        fc.constantFrom(MINUTE, 15 * MINUTE, HOUR, DAY, 2 * DAY, 14 * DAY, 14 * DAY - 1, 90 * DAY),
        fc.integer({ min: 0, max: 100 * DAY }),
      ),
      down: fc.boolean(),
    }),
    fc.record({
      kind: fc.constantFrom('suspend' as const, 'restore' as const),
      batch: fc.constantFrom('b1', 'b2'),
    }),
  ),
  { minLength: 2, maxLength: 7 },
)

const SETTINGS = {
  clients: [
    {
      id: 3990,
      name: 'B',
      email: 'b@example.com',
      companyName: 'B',
      reseller: 7,
      services: { CDN: { id: 101 }, STORAGE: { id: 102 }, DNS: { id: 103 } },
    },
  ],
}

const PRINCIPALS = [principal('1', 'admin', '*'), principal('7', 'reseller', '*')]

interface Seen {
  readonly shown: ReadonlyArray<string>
  readonly changes: unknown
  readonly system: unknown
}

// Runs a history and tells what was seen after each step; with restarts, the host is down while a clock advances.
const run = async (history: ReadonlyArray<Step>, restarts: boolean): Promise<Seen> => {
  let house = await boot(SETTINGS, PRINCIPALS)
  const shown: Array<string> = []
  for (const step of history) {
    house = await take(house, step, restarts)
    shown.push((await house.get('/iam/clients/3990/services', '1$s')).text)
  }
  const log = async (name: string): Promise<ReadonlyArray<Record<string, unknown>>> =>
    (await house.get(`/iam/activity_log/${name}?limit=1000`, '1$s')).json.results.map(
      // Ids are given in blocks, of which a restart leaves the rest.
      (line: Record<string, unknown>) => ({ ...line, id: 0 }),
    )
  const system = (await log('requests')).filter(({ method }) => method === 'SYSTEM')
  return { shown, changes: await log('account_status_changes'), system }
}

const take = async (house: Booted, step: Step, restarts: boolean): Promise<Booted> => {
  switch (step.kind) {
    case 'put':
      await house.call('PUT', `/iam/clients/3990/services/${step.id}`, {
        body: JSON.stringify({ status: step.status }),
        as: step.as,
      })
      return house
    case 'option':
      await house.call('PATCH', `/iam/clients/3990/services/${step.id}`, {
        body: JSON.stringify(
          step.name.startsWith('CDN')
            ? { options: [{ name: step.name, value: step.value }] }
            : { status_transition_options: [{ name: step.name, value: step.value }] },
        ),
        as: '1$s',
      })
      return house
    case 'wait':
      if (!restarts || !step.down) {
        await house.clock.advance(step.ms)
        return house
      }
      return house.restart(house.clock.now() + step.ms, { asleep: step.ms % 2 === 1 })
    case 'suspend':
      await house.billing().suspend({
        batch: step.batch,
        reason: 'unpaid',
        services: Object.values(IDS),
      })
      return house
    case 'restore':
      await house.billing().restore({ batch: step.batch })
      return house
  }
}

it('shows the same at any instant, whenever the host was down', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      expect(await run(history, true)).toEqual(await run(history, false))
    }),
    { numRuns: 1000, seed: 20_261_121 },
  )
}, 240_000)
