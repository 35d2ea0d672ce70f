import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { files } from './files.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

it('lists plain files, and neither folders nor links', async () => {
  writeFileSync(join(folder, 'a.sar'), 'a')
  mkdirSync(join(folder, 'b.sar'))
  symlinkSync(join(folder, 'a.sar'), join(folder, 'c.sar'))
  expect((await files.list(folder)).map(({ name }) => name)).toEqual(['a.sar'])
  await expect(files.list(join(folder, 'none'))).rejects.toThrow('ENOENT')
})

it('marks a file anew whenever it changes', async () => {
  const mark = async (): Promise<string | undefined> => (await files.list(folder))[0]?.mark
  const path = join(folder, 'a.sar')
  writeFileSync(path, 'a')
  const first = await mark()
  expect(await mark()).toBe(first)
  await files.write(path, new TextEncoder().encode('b'))
  expect(await mark()).not.toBe(first)
  expect(readFileSync(path, 'utf8')).toBe('b')
  expect(await files.list(folder)).toHaveLength(1)
})

it('reads up to a limit, and through no link', async () => {
  const path = join(folder, 'a.sar')
  writeFileSync(path, 'abc')
  symlinkSync(path, join(folder, 'link'))
  expect(new TextDecoder().decode(await files.read(path, 3))).toBe('abc')
  await expect(files.read(path, 2)).rejects.toThrow('larger than 2 bytes')
  await expect(files.read(join(folder, 'link'), 3)).rejects.toThrow('ELOOP')
})

it('removes a file once, and does not mind when it is gone', async () => {
  const path = join(folder, 'a.sar')
  writeFileSync(path, 'abc')
  await files.remove(path)
  await files.remove(path)
  expect(await files.list(folder)).toEqual([])
})
