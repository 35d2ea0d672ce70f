import { fileURLToPath } from 'node:url'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import type { OutputChunk } from 'rolldown'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const bundle = async (
  input: string,
  format: 'esm' | 'iife',
  source?: string,
): Promise<Pick<OutputChunk, 'imports' | 'code'>> => {
  const build = await rolldown({
    input,
    platform: 'browser',
    resolve: { conditionNames: ['source', 'import', 'default'] },
    plugins: [
      {
        name: 'script',
        resolveId: (id) => (source !== undefined && id === input ? input : null),
        load: (id) => (source !== undefined && id === input ? source : null),
      },
    ],
  })
  const { output } = await build.generate({
    format,
    name: 'script',
    minify: true,
    codeSplitting: false,
  })
  await build.close()
  return output[0]
}

/** A script as somebody would write it for a page. */
const SCRIPT = `
import { decide } from '@signalbox/core'
import { gcoreService } from '@signalbox/core/gcore'
import { poppyService } from '@signalbox/core/poppy'
import { zosService } from '@signalbox/core/zosconnect'

const send = (lifecycle, state, event, at) =>
  decide(lifecycle, state, {
    _tag: 'Command',
    ref: { provider: lifecycle.provider, tenant: '3989', id: '21797' },
    id: String(at),
    at,
    actor: { id: '7', roles: ['reseller'] },
    event,
  })

const create = { type: 'service.create', id: 21797, name: 'CDN', client: 3989 }
const made = send(gcoreService, undefined, create, 1)
const trial = send(gcoreService, made.right.after, { type: 'trial.start', available: true }, 2)
const paused = send(gcoreService, trial.right.after, { type: 'service.pause' }, 3)
const again = send(gcoreService, paused.right.after, { type: 'service.pause' }, 4)

export const statuses = [made, trial, paused].map(({ right }) => right.after.status)
export const effects = paused.right.effects.map(({ type }) => type)
export const refusal = again.left._tag
export const names = [gcoreService, poppyService, zosService].map(({ name }) => name)
`

describe('core in a browser', () => {
  it('bundles whole, with nothing left to import, in less than 48 kB compressed', async () => {
    const { imports, code } = await bundle(`${ROOT}packages/core/src/index.ts`, 'esm')
    expect(imports).toEqual([])
    expect(code).not.toContain('node:')
    expect(gzipSync(code).length).toBeLessThan(48_000)
  })

  it('decides in a script that is bundled for a page, where there is nothing but the language', async () => {
    const { imports, code } = await bundle(`${ROOT}scripts/page.ts`, 'iife', SCRIPT)
    expect(imports).toEqual([])
    expect(code).not.toContain('node:')
    // The new context has no process, no require, no timers and no console.
    const script: unknown = runInNewContext(`${code}; script`, {})
    expect(JSON.parse(JSON.stringify(script))).toEqual({
      statuses: ['new', 'trial', 'paused'],
      effects: ['suspend'],
      refusal: 'IllegalMove',
      names: ['gcore/service', 'poppy/service', 'zosconnect/service'],
    })
  })
})
