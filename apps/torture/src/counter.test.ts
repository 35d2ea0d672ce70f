import { expect, test } from 'vitest'
import { createCounter } from './counter.ts'

const LONG = 60_000

test('Whoever waits hears of it once so many more have been counted.', async () => {
  const counter = createCounter()
  counter.add()
  const heard: Array<string> = []
  const two = counter.more(2, LONG).then(() => heard.push('two'))
  const one = counter.more(1, LONG).then(() => heard.push('one'))
  counter.add()
  await one
  expect(heard).toEqual(['one'])
  counter.add()
  await two
  expect(heard).toEqual(['one', 'two'])
})

test('A wait ends without anything counted when its time is up.', async () => {
  await createCounter().more(1, 1)
})
