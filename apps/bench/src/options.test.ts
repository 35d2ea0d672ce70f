import * as E from 'fp-ts/lib/Either.js'
import { expect, test } from 'vitest'
import { FIGURES, HELP, MORE_FIGURES, readOptions, REPORT } from './options.ts'

test('Without options every figure is taken, at the size that the documentation names.', () => {
  expect(readOptions([])).toEqual(
    E.right({
      figures: FIGURES,
      seconds: 10,
      rounds: 3,
      services: 1000,
      most: 1_000_000,
      syncMs: 0,
      json: REPORT,
    }),
  )
})

test('Figures are taken once each and in their own order.', () => {
  expect(readOptions(['--figures', 'load, batch,load'])).toMatchObject(
    E.right({ figures: ['batch', 'load'] }),
  )
})

test('Every option is read, and named by the help.', () => {
  const given = {
    figures: 'load',
    seconds: '0.5',
    rounds: '7',
    services: '10',
    most: '5000',
    'sync-ms': '2.5',
    json: 'report.json',
    profile: 'profiles',
  }
  const read = readOptions(Object.entries(given).map(([name, value]) => `--${name}=${value}`))
  expect(read).toEqual(
    E.right({
      figures: ['load'],
      seconds: 0.5,
      rounds: 7,
      services: 10,
      most: 5000,
      syncMs: 2.5,
      json: 'report.json',
      profile: 'profiles',
    }),
  )
  for (const name of [...FIGURES, ...MORE_FIGURES]) expect(HELP).toContain(`\n  ${name} `)
  for (const name of [...Object.keys(given), 'help']) expect(HELP).toContain(`--${name} `)
  expect(readOptions(['--rounds=x', '--help'])).toEqual(E.right('help'))
})

test.each([
  '--figures=all',
  '--figures=',
  '--seconds=0',
  '--seconds=',
  '--seconds=long',
  '--rounds=1.5',
  '--rounds=0',
  '--services=0',
  '--most=0',
  '--sync-ms=-1',
  '--faster',
  'load',
  '--json',
])('%s is a mistake, told in one line.', (option) => {
  const read = readOptions([option])
  expect(E.isLeft(read) && read.left).toMatch(/^.+$/)
})
