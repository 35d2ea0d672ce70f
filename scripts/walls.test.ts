import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Fixture {
  readonly title: string
  readonly file: string
  readonly source: string
  readonly lint?: string
  readonly types?: string
}

const core = (
  title: string,
  source: string,
  refusal: Pick<Fixture, 'lint' | 'types'>,
): Fixture => ({
  title: `${title} in core`,
  file: `packages/core/src/${title.replaceAll(/\W+/g, '-')}.ts`,
  source,
  ...refusal,
})

const refused: readonly Fixture[] = [
  core('node:fs', "export { readFileSync } from 'node:fs'", {
    lint: 'Core is pure',
    types: 'node:fs',
  }),
  core('hono', "export { Hono } from 'hono'", { lint: 'Core is pure' }),
  core('a deep import of xstate', "export { fromPromise } from 'xstate/actors'", {
    lint: 'Core is pure',
  }),
  core('another package of ours', "export { createHost } from '@signalbox/host'", {
    lint: 'Core is pure',
  }),
  core('a path into another package', "export * from '../../host/src/index.ts'", {
    lint: 'Core imports no other package',
  }),
  core('a dynamic import', "export const load = (): unknown => import('node:fs')", {
    lint: 'statically',
    types: 'node:fs',
  }),
  core('new Date', 'export const now = (): unknown => new Date()', { lint: 'no clock' }),
  core('Date.now', 'export const now = (): number => Date.now()', { lint: 'no clock' }),
  core('the type Date', 'export interface Moment { readonly at: Date }', { lint: 'no clock' }),
  core('globalThis.Date', 'export const now = (): number => globalThis.Date.now()', {
    lint: 'no clock',
  }),
  core(
    'globalThis by another name',
    'const all = globalThis\nexport const now = (): number => all.Date.now()',
    { lint: 'no global object' },
  ),
  core('Math.random', 'export const dice = (): number => Math.random()', { lint: 'no dice' }),
  core(
    'a random taken from Math',
    'const { random } = Math\nexport const dice = (): number => random()',
    { lint: 'no dice' },
  ),
  core('Math[random]', "export const dice = (): number => Math['random']()", { lint: 'no dice' }),
  core('crypto', 'export const id = (): string => crypto.randomUUID()', {
    lint: 'no dice',
    types: "'crypto'",
  }),
  core('performance', 'export const now = (): number => performance.now()', {
    lint: 'no clock',
    types: "'performance'",
  }),
  core('fetch', "export const get = (): unknown => fetch('/')", {
    lint: 'performs nothing',
    types: "'fetch'",
  }),
  core('setTimeout', 'export const later = (run: () => void): unknown => setTimeout(run, 1)', {
    lint: 'no timers',
    types: "'setTimeout'",
  }),
  core('console', "export const say = (): void => console.log('said')", {
    lint: 'silent',
    types: "'console'",
  }),
  core('process', 'export const home = (): unknown => process.env', {
    lint: 'no process',
    types: "'process'",
  }),
  core('document', 'export const title = (): unknown => document.title', {
    lint: 'no DOM',
    types: "'document'",
  }),
  core('a class', 'export class Machine {}', { lint: 'No classes' }),
  core('an enum', 'export enum Status { Up }', { lint: 'No enums', types: 'erasableSyntaxOnly' }),
  core('a default export', 'export default 1', { lint: 'default export' }),
  {
    title: "a provider in core's shared code",
    file: 'packages/core/src/shared.ts',
    source: "export { x } from './providers/poppy/index.ts'",
    lint: 'Shared code knows no provider',
  },
  {
    title: 'another provider in a provider of core',
    file: 'packages/core/src/providers/poppy/rules.ts',
    source: "export { x } from '../gcore/rules.ts'",
    lint: 'poppy knows its own provider only',
  },
  {
    title: 'the host in a store',
    file: 'packages/stores/src/memory.ts',
    source: "export { createHost } from '@signalbox/host'",
    lint: 'A store knows core',
  },
  {
    title: 'a plugin in a store',
    file: 'packages/stores/src/plugin.ts',
    source: "export { poppy } from '@signalbox/plugins/poppy'",
    lint: 'A store knows core',
  },
  {
    title: 'hono in a store',
    file: 'packages/stores/src/hono.ts',
    source: "export { Hono } from 'hono'",
    lint: 'nothing of HTTP',
  },
  {
    title: 'opening a database in a store',
    file: 'packages/stores/src/sqlite/open.ts',
    source:
      "import { DatabaseSync } from 'node:sqlite'\nexport const open = (): unknown => new DatabaseSync('x')",
    lint: 'open handle',
    types: 'node:sqlite',
  },
  {
    title: 'a store adapter in the host',
    file: 'packages/host/src/store.ts',
    source: "export { memoryStore } from '@signalbox/stores/memory'",
    lint: 'no adapter',
  },
  {
    title: 'a path to a store adapter in the host',
    file: 'packages/host/src/path.ts',
    source: "export { memoryStore } from '../../stores/src/memory.ts'",
    lint: 'by its name',
  },
  {
    title: 'a provider in the host',
    file: 'packages/host/src/provider.ts',
    source: "export { poppy } from '@signalbox/core/poppy'",
    lint: 'Shared code knows no provider',
  },
  {
    title: 'a plugin in the host',
    file: 'packages/host/src/plugin.ts',
    source: "export { poppy } from '@signalbox/plugins/poppy'",
    lint: 'The host knows core',
  },
  {
    title: 'the node server in the host',
    file: 'packages/host/src/serve.ts',
    source: "export { serve } from '@hono/node-server'",
    lint: 'Node belongs to an app',
  },
  {
    title: 'process in the host',
    file: 'packages/host/src/process.ts',
    source: 'export const home = (): unknown => process.env',
    lint: 'Only an app',
    types: "'process'",
  },
  {
    title: 'another plugin in a plugin',
    file: 'packages/plugins/src/poppy/index.ts',
    source: "export { gcore } from '../gcore/index.ts'",
    lint: 'poppy knows its own provider only',
  },
  {
    title: 'another plugin by its package name in a plugin',
    file: 'packages/plugins/src/poppy/name.ts',
    source: "export { gcore } from '@signalbox/plugins/gcore'",
    lint: 'no other plugin',
  },
  {
    title: "another provider's core in a plugin",
    file: 'packages/plugins/src/poppy/core.ts',
    source: "export { gcore } from '@signalbox/core/gcore'",
    lint: 'poppy knows its own provider only',
  },
  {
    title: 'a store in a plugin',
    file: 'packages/plugins/src/poppy/store.ts',
    source: "export { memoryStore } from '@signalbox/stores/memory'",
    lint: 'stores nothing',
  },
  {
    title: 'node:fs in a plugin',
    file: 'packages/plugins/src/poppy/file.ts',
    source: "export { readFileSync } from 'node:fs'",
    lint: 'Node belongs to an app',
    types: 'node:fs',
  },
  {
    title: 'an app in another app',
    file: 'apps/bench/src/main.ts',
    source: "export { main } from '@signalbox/server'",
    lint: 'no other app',
  },
]

const allowed: readonly Fixture[] = [
  {
    title: 'xstate, fp-ts, io-ts and its own files in core',
    file: 'packages/core/src/clean.ts',
    source: `import type * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { setup } from 'xstate'
import { largest } from './providers-of-none.ts'

export const Name = t.strict({ name: t.string }, 'Name')
export type Name = t.TypeOf<typeof Name>

export const decode = (input: unknown): E.Either<t.Errors, Name> => pipe(input, Name.decode)
export const machine = setup({}).createMachine({ id: 'clean' })
export const size = (name: Name): number => largest(name.name.length)
`,
  },
  {
    title: 'Math without its dice in core',
    file: 'packages/core/src/providers-of-none.ts',
    source: 'export const largest = (size: number): number => Math.max(size, 1)\n',
  },
  {
    title: 'shared core in a provider of core',
    file: 'packages/core/src/providers/poppy/codecs.ts',
    source: "export { largest } from '../../providers-of-none.ts'\n",
  },
  {
    title: 'node and vitest in a test of core',
    file: 'packages/core/src/clean.test.ts',
    source: `import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

it('reads a fixture', () => expect(readFileSync).toBeDefined())
`,
  },
  {
    title: 'the memory store in a test of the host',
    file: 'packages/host/src/clean.test.ts',
    source: `import { memoryStore } from '@signalbox/stores/memory'
import { expect, it } from 'vitest'

it('has a store', () => expect(memoryStore).toBeDefined())
`,
  },
  {
    title: 'its own provider and the host in a plugin',
    file: 'packages/plugins/src/gcore/clean.ts',
    source: `import { definePlugin } from '@signalbox/host'
import { gcore } from '@signalbox/core/gcore'
import type { Store } from '@signalbox/core/store'

export const store = (given: Store): unknown => definePlugin(gcore, given)
`,
  },
]

describe('the walls', () => {
  const house = mkdtempSync(join(tmpdir(), 'signalbox-walls-'))
  let lint: ReadonlyMap<string, string>
  let types: ReadonlyMap<string, string>

  beforeAll(() => {
    build(house)
    lint = lintProblems(house)
    types = typeProblems(house)
  }, 60_000)

  afterAll(() => rmSync(house, { recursive: true, force: true }))

  it.each(refused)('refuse $title', ({ file, lint: linter, types: compiler }) => {
    if (linter !== undefined) expect(lint.get(file) ?? '').toContain(linter)
    if (compiler !== undefined) expect(types.get(file) ?? '').toContain(compiler)
  })

  it.each(allowed)('allow $title', ({ file }) => {
    expect(lint.get(file)).toBeUndefined()
    if (file.startsWith('packages/core/')) expect(types.get(file)).toBeUndefined()
  })
})

// -- internals

const packages = ['core', 'stores', 'host', 'plugins']

const build = (house: string): void => {
  const copied = ['.oxlintrc.json', 'tsconfig.json', 'scripts/lint-rules.mjs'].concat(
    packages.flatMap((name) => [`packages/${name}/tsconfig.json`, `packages/${name}/package.json`]),
  )
  for (const file of copied) cpSync(join(root, file), join(house, file))
  symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'), 'junction')
  for (const { file, source } of [...refused, ...allowed]) {
    mkdirSync(dirname(join(house, file)), { recursive: true })
    writeFileSync(join(house, file), source)
  }
}

const run = (house: string, command: string, ...args: readonly string[]): string => {
  const script = join(root, 'node_modules', command)
  const { error, stdout } = spawnSync(process.execPath, [script, ...args], {
    cwd: house,
    encoding: 'utf8',
    maxBuffer: 32 * 1024 * 1024,
  })
  if (error !== undefined) throw error
  return stdout
}

const lintProblems = (house: string): ReadonlyMap<string, string> => {
  const { diagnostics } = JSON.parse(run(house, 'oxlint/bin/oxlint', '--format=json')) as {
    readonly diagnostics: readonly Record<'filename' | 'message' | 'help', string | undefined>[]
  }
  return byFile(diagnostics.map(({ filename, message, help }) => [filename, `${message} ${help}`]))
}

const typeProblems = (house: string): ReadonlyMap<string, string> =>
  byFile(
    packages
      .map((name) =>
        run(house, 'typescript/bin/tsc', '-p', `packages/${name}`, '--noEmit', '--pretty', 'false'),
      )
      .flatMap((output) => output.split('\n'))
      .map((line) => [/^([^(]+)\(/.exec(line)?.[1], line]),
  )

const byFile = (
  problems: readonly (readonly [file: string | undefined, problem: string])[],
): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  for (const [file, problem] of problems) {
    if (file !== undefined) found.set(file, `${found.get(file) ?? ''}${problem}\n`)
  }
  return found
}
