import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { describe, expect, it } from 'vitest'

const bundle = async (
  entry: string,
): Promise<{ readonly imports: string[]; readonly code: string }> => {
  const input = fileURLToPath(new URL(`../packages/${entry}`, import.meta.url))
  const build = await rolldown({
    input,
    platform: 'browser',
    resolve: { conditionNames: ['source', 'import', 'default'] },
  })
  const { output } = await build.generate({ format: 'esm', minify: true, codeSplitting: false })
  await build.close()
  return { imports: output[0].imports, code: output[0].code }
}

describe('core in a browser', () => {
  it('bundles whole, with nothing left to import, in less than 48 kB compressed', async () => {
    const { imports, code } = await bundle('core/src/index.ts')
    expect(imports).toEqual([])
    expect(code).not.toContain('node:')
    expect(gzipSync(code).length).toBeLessThan(48_000)
  })
})
