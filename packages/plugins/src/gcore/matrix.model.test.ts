import { memoryStore } from '@signalbox/stores/memory'
import { expect, it } from 'vitest'
import { bootWith, principal } from './__fixtures__/house.ts'
import { gcoreMatrix, MATRIX_CALLERS } from './matrix.ts'

const boot = bootWith(memoryStore)

const PRINCIPALS = MATRIX_CALLERS.map(({ id, role, tenants }) => principal(id, role, tenants))

it.each(gcoreMatrix().map((cell) => [cell.from, cell.wanted, cell.caller, cell] as const))(
  'from %s to %s as %s',
  async (_from, _wanted, _caller, { settings, run }) => {
    const { call, clock } = await boot(settings, PRINCIPALS)
    const { seen, due } = await run({ call, advance: clock.advance })
    expect(seen).toEqual(due)
  },
)
