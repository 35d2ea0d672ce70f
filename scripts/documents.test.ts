import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PluginSettings } from '@signalbox/plugins/gcore'
import { PoppySettings } from '@signalbox/plugins/poppy'
import { Settings } from '@signalbox/plugins/zosconnect'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (page: string): string => readFileSync(join(root, page), 'utf8')

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
]

describe('the documents', () => {
  it.each(PAGES)('link from %s to what is there', (page) => {
    const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
    const broken = links.filter((link) => !/^https?:/.test(link) && !leadsSomewhere(page, link))
    expect(broken).toEqual([])
  })

  it('have every setting of Poppy, and no other', () => {
    expect(settingsOf('poppy')).toEqual(membersOf(PoppySettings).toSorted())
  })

  it('have every setting of Gcore, and no other', () => {
    expect(settingsOf('gcore')).toEqual(membersOf(PluginSettings).toSorted())
  })

  it('have every setting of z/OS Connect, and no other', () => {
    const settings = settingsOf('zosconnect')
    const defaults = Settings.decode({})
    expect(settings).toEqual(
      expect.arrayContaining(defaults._tag === 'Right' ? Object.keys(defaults.right) : ['any']),
    )
    // What nobody knows is refused.
    for (const name of settings)
      expect(Settings.decode({ [name]: undefined })._tag, name).toBe('Right')
    expect(Settings.decode({ requireTls: undefined })._tag).toBe('Left')
  })

  it('say of every dependency what it is for', () => {
    const packages = ['core', 'stores', 'host', 'plugins'].map((name) => `packages/${name}`)
    const names = [...packages, 'apps/server'].flatMap((folder) => {
      const { dependencies = {}, peerDependencies = {} } = JSON.parse(
        read(`${folder}/package.json`),
      ) as Readonly<Record<string, Readonly<Record<string, string>>>>
      return Object.keys({ ...dependencies, ...peerDependencies })
    })
    const others = names.filter((name) => !name.startsWith('@signalbox/') && name !== 'vitest')
    const told = namesOf(sectionOf('docs/architecture.md', 'Dependencies'))
    expect(others.filter((name) => !told.has(name) && !told.has(scopeOf(name)))).toEqual([])
  })
})

// -- internals

const sectionOf = (page: string, title: string): string =>
  read(page).split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? ''

// What the first cell of each row holds as code.
const rowsOf = (section: string): ReadonlyArray<string> =>
  [...section.matchAll(/^\| `([^`]+)` /gm)].map(([, name = '']) => name)

// All that the first cell of each row holds as code.
const namesOf = (section: string): ReadonlySet<string> =>
  new Set(
    [...section.matchAll(/^\| (`[^|]*)/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
    ),
  )

const scopeOf = (name: string): string => name.replace(/\/.*/, '/*')

const settingsOf = (provider: string): ReadonlyArray<string> =>
  rowsOf(sectionOf(`docs/providers/${provider}.md`, 'Settings')).toSorted()

// The members of an object's codec, through whatever it is wrapped in.
const membersOf = (codec: unknown): ReadonlyArray<string> => {
  const { type, types, props } = codec as {
    readonly type?: unknown
    readonly types?: ReadonlyArray<unknown>
    readonly props?: object
  }
  if (props !== undefined) return Object.keys(props)
  return types?.flatMap(membersOf) ?? membersOf(type)
}

const leadsSomewhere = (page: string, link: string): boolean => {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? page : join(dirname(page), path)
  if (!existsSync(join(root, target))) return false
  return anchor === undefined || anchorsOf(target).includes(anchor)
}

const anchorsOf = (page: string): ReadonlyArray<string> =>
  [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
