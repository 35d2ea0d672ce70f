import * as E from 'fp-ts/lib/Either.js'
import { expect, test } from 'vitest'
import { HELP, readOptions } from './options.ts'

test('Without options both stores are tortured, a hundred rounds each.', () => {
  expect(readOptions([], 'now')).toEqual(
    E.right({ stores: ['sqlite', 'postgres'], rounds: 100, hosts: 3, clients: 10, seed: 'now' }),
  )
})

test('Every option is read, and named by the help.', () => {
  const given = {
    store: 'postgres',
    rounds: '7',
    hosts: '2',
    clients: '4',
    seed: 'a seed',
    postgres: 'postgres://localhost/x',
    json: 'report.json',
  }
  const args = Object.entries(given).map(([name, value]) => `--${name}=${value}`)
  expect(readOptions(args, 'now')).toEqual(
    E.right({
      stores: ['postgres'],
      rounds: 7,
      hosts: 2,
      clients: 4,
      seed: 'a seed',
      postgres: 'postgres://localhost/x',
      json: 'report.json',
    }),
  )
  for (const name of [...Object.keys(given), 'help']) expect(HELP).toContain(`--${name} `)
  expect(readOptions(['--rounds=x', '--help'], 'now')).toEqual(E.right('help'))
})

test.each([
  '--store=memory',
  '--rounds=0',
  '--rounds=1.5',
  '--hosts=',
  '--clients=many',
  '--seed=',
  '--harder',
  'sqlite',
  '--json',
])('%s is a mistake, told in one line.', (option) => {
  const read = readOptions([option], 'now')
  expect(E.isLeft(read) && read.left).toMatch(/^.+$/)
})
