import { strToU8, Zip, ZipDeflate, zipSync } from 'fflate'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { manifest, PLACE_ORDER, sar } from './__fixtures__/archive.ts'
import { parsers } from './parsers.ts'
import { readSar } from './sar.ts'
import { unzip } from './unzip.ts'

const problemOf = async (bytes: Uint8Array): Promise<string | undefined> => {
  const read = await readSar(bytes, 'id', parsers)
  return E.isLeft(read) ? read.left : undefined
}

const zip = (files: Readonly<Record<string, string>>): Uint8Array =>
  zipSync(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, strToU8(text)])))

// As tools do that write as they go: sizes follow the data.
const streamed = (files: Readonly<Record<string, string>>): Uint8Array => {
  const chunks: Array<Uint8Array> = []
  const stream = new Zip((_, chunk) => chunks.push(chunk))
  for (const [path, text] of Object.entries(files)) {
    const file = new ZipDeflate(path)
    stream.add(file)
    file.push(strToU8(text), true)
  }
  stream.end()
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]))
}

// Writes a number over the size that every header declares.
const declaring = (bytes: Uint8Array, size: number): Uint8Array => {
  const lying = bytes.slice()
  const view = new DataView(lying.buffer)
  for (let at = 0; at < lying.length - 4; at += 1) {
    if (view.getUint32(at, true) === 0x04034b50) view.setUint32(at + 22, size, true)
    if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, size, true)
  }
  return lying
}

describe('an archive', () => {
  it('gives its files, stored, deflated or streamed, and skips folders', () => {
    const files = { 'a.txt': 'x'.repeat(5000), 'b/c.txt': '' }
    const archives = [
      zip(files),
      streamed(files),
      zipSync({
        'a.txt': [strToU8(files['a.txt']), { level: 0 }],
        'b/': {},
        'b/c.txt': new Uint8Array(),
      }),
    ]
    for (const bytes of archives) {
      const found = unzip(bytes)
      const texts = E.isRight(found)
        ? [...found.right].map(([path, file]) => [path, new TextDecoder().decode(file)])
        : found.left
      expect(texts).toEqual(Object.entries(files))
    }
  })

  // Making such an archive takes far longer than refusing it.
  it(
    'is cut short at 200 MiB of zeros that call themselves 100 bytes',
    { timeout: 60_000 },
    async () => {
      const zeros = new Uint8Array(200 * 1024 * 1024)
      const bomb = declaring(zipSync({ 'manifest.yml': [zeros, { level: 1 }] }), 100)
      const begun = performance.now()
      expect(await problemOf(bomb)).toBe('an entry is larger than 2097152 bytes')
      expect(performance.now() - begun).toBeLessThan(1000)
    },
  )

  it('may not grow beyond 16 MiB in all', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 9 }, (_, index) => [`${index}`, new Uint8Array(2 * 1024 * 1024)]),
    )
    expect(await problemOf(zipSync(files))).toBe(
      'the entries are larger than 16777216 bytes together',
    )
  })

  it('has at most 256 entries', async () => {
    const more = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, '']))
    expect(await problemOf(sar(PLACE_ORDER, more(254)))).toBeUndefined()
    expect(await problemOf(sar(PLACE_ORDER, more(255)))).toBe('more than 256 entries')
  })

  it.each(['../x', '/x', 'a/../x', './x', 'a\\x', 'C:/x', 'a\0', 'x'.repeat(256)])(
    'holds no entry "%s"',
    async (path) => {
      expect(await problemOf(sar(PLACE_ORDER, { [path]: '' }))).toContain('the name of an entry')
    },
  )

  it('holds no name twice', async () => {
    const bytes = sar(PLACE_ORDER, { 'manifest.ymm': PLACE_ORDER })
    const [from, to] = [strToU8('manifest.ymm'), strToU8('manifest.yml')]
    const twice = bytes.slice()
    for (let at = 0; at < twice.length; at += 1)
      if (from.every((byte, index) => twice[at + index] === byte)) twice.set(to, at)
    expect(await problemOf(twice)).toBe('two entries have the same name')
  })

  it('is refused when it is cut, damaged, or packed in another way', async () => {
    const bytes = sar()
    expect(await problemOf(bytes.subarray(0, 60))).toBe('the archive does not end as a zip does')
    const end = bytes.slice(-22)
    expect(await problemOf(Uint8Array.from([...bytes.subarray(0, 60), ...end]))).toBeDefined()
    const other = bytes.slice()
    other[8] = 12
    expect(await problemOf(other)).toBe('an entry is neither stored nor deflated')
    const broken = bytes.slice()
    broken.fill(0xff, 45, 60)
    expect(await problemOf(broken)).toBe('the archive is damaged')
  })
})

describe('a manifest', () => {
  it('gives the definition, its scalars as strings', async () => {
    const read = await readSar(sar(PLACE_ORDER.replace('"1.0"\ndesc', '1.0\ndesc')), 'id', parsers)
    expect(read).toMatchObject({
      right: {
        name: 'placeOrder',
        provider: 'CICS-1.0',
        version: '1.0',
        archive: { id: 'id', sha256: expect.stringMatching(/^[\da-f]{64}$/) },
        requestSchema: { title: 'Order', type: 'object' },
        responseSchema: null,
      },
    })
  })

  it.each(['[', '{'])('of 16,000 "%s" is refused at once', async (bracket) => {
    const begun = performance.now()
    expect(await problemOf(sar(bracket.repeat(16_000)))).toContain('more than 128 opening')
    expect(performance.now() - begun).toBeLessThan(1000)
  })

  it.each(['? ', '- ', '? - '])('of nothing but "%s" is refused at once', async (mark) => {
    const begun = performance.now()
    expect(await problemOf(sar(mark.repeat(4000)))).toContain('too deeply')
    expect(performance.now() - begun).toBeLessThan(1000)
  })

  it.each([
    ['', 'manifest.yml: must be a mapping'],
    ['provider: x', 'manifest.yml: name: required'],
    ['name: a/../b\nprovider: x', 'manifest.yml: name: required'],
    ['name: zosConnect\nprovider: x', 'manifest.yml: name: required'],
    ['name: [a]\nprovider: x', 'manifest.yml: name: required'],
    ['name: a', 'manifest.yml: provider: required'],
    ['name: a\nname: b\nprovider: x', 'not valid YAML'],
    ['name: &a b\nprovider: *a', 'not valid YAML'],
    ['name: a\nprovider: x\nManifest-Version: "2.0"', 'Manifest-Version: must be 1.0'],
    ['name: a\nprovider: x\n__proto__: {}', 'a key is not usable'],
    [
      'name: a\nprovider: x\nresponseSchema: {value: "file:///none.json", type: JSONSchema}',
      'responseSchema: none.json is not in the archive',
    ],
    [
      'name: a\nprovider: x\nresponseSchema: {value: "list.json", type: JSONSchema}',
      'responseSchema: not a JSON object',
    ],
    [
      'name: a\nprovider: x\nresponseSchema: {value: "deep.json", type: JSONSchema}',
      'responseSchema: nested more than 200 deep',
    ],
    [
      'name: a\nprovider: x\nproviderProperties: [{propertyName: f, value: none, type: FILE}]',
      'f: none is not in the archive',
    ],
    ['#'.repeat(16 * 1024 + 1), 'larger than 16384 bytes'],
  ])('%j is refused', async (text, problem) => {
    const deep = '{"a":'.repeat(60_000) + '0' + '}'.repeat(60_000)
    expect(await problemOf(sar(text, { 'list.json': '[]', 'deep.json': deep }))).toContain(problem)
  })

  it('must be there, in UTF-8', async () => {
    expect(await problemOf(zip({ 'a.txt': '' }))).toBe('manifest.yml is missing')
    const bytes = zipSync({ 'manifest.yml': Uint8Array.from([0x6e, 0xff]) })
    expect(await problemOf(bytes)).toBe('manifest.yml: not UTF-8')
    expect(await problemOf(sar(`\uFEFF${manifest('a')}`))).toBeUndefined()
  })
})
