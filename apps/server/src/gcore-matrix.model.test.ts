import { gcoreMatrix } from '@signalbox/plugins/gcore/matrix'
import { afterEach, expect, it } from 'vitest'
import { openSite } from './gcore-site.ts'
import type { Site } from './gcore-site.ts'

let site: Site

afterEach(() => site.close())

it.each(gcoreMatrix().map((cell) => [cell.from, cell.wanted, cell.caller, cell] as const))(
  'over a socket and a file, from %s to %s as %s',
  async (_from, _wanted, _caller, { settings, run }) => {
    site = await openSite('socket', settings)
    const { seen, due } = await run({ call: site.call, advance: site.clock().advance })
    expect(seen).toEqual(due)
  },
)
