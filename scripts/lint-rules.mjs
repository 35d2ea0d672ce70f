import { readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

const refuse = (types, message) => ({
  create: (context) =>
    Object.fromEntries(types.map((type) => [type, (node) => context.report({ node, message })])),
})

const noClass = refuse(
  ['ClassDeclaration', 'ClassExpression'],
  'No classes: write functions, and interfaces with readonly members.',
)

const noEnum = refuse(['TSEnumDeclaration'], 'No enums: write a union of literals.')

const staticImport = refuse(
  ['ImportExpression'],
  'A package imports statically, so that its walls see every import.',
)

/** A provider's folder, in core or in plugins, knows its own provider; shared code knows none. */
const oneProvider = {
  create: (context) => {
    const file = context.filename
    const own = folderProvider(file)
    const check = ({ source }) => {
      if (!source) return
      const other = source.value.startsWith('.')
        ? folderProvider(resolve(dirname(file), source.value))
        : exportedProvider(source.value)
      if (other === undefined || other === own) return
      const message =
        own === undefined
          ? `Shared code knows no provider, and '${source.value}' is of ${other}.`
          : `${own} knows its own provider only, and '${source.value}' is of ${other}.`
      context.report({ node: source, message })
    }
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    }
  },
}

export default {
  meta: { name: 'signalbox' },
  rules: {
    'no-class': noClass,
    'no-enum': noEnum,
    'static-import': staticImport,
    'one-provider': oneProvider,
  },
}

// -- internals

// Fixtures that all of them share are shared code.
const folder = /^packages\/(?:core\/src\/providers|plugins\/src)\/(?!__fixtures__\/)([^/]+)\//

const folderProvider = (path) => folder.exec(relative(root, path).replaceAll('\\', '/'))?.[1]

const providers = new Set(
  Object.values(
    JSON.parse(readFileSync(resolve(root, 'packages/core/package.json'), 'utf8')).exports,
  )
    .map(({ source }) => /^\.\/src\/providers\/([^/]+)\//.exec(source)?.[1])
    .filter((name) => name !== undefined),
)

const exportedProvider = (specifier) => {
  const name = /^@signalbox\/(?:core|plugins)\/([^/]+)/.exec(specifier)?.[1]
  return providers.has(name) ? name : undefined
}
