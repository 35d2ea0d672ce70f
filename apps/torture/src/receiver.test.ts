import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openReceiver } from './receiver.ts'
import type { Receiver } from './receiver.ts'

let folder = ''
let receiver: Receiver
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-torture-test-'))
  receiver = await openReceiver(join(folder, 'seen.jsonl'))
})
afterEach(async () => {
  await receiver.close()
  rmSync(folder, { recursive: true })
})

const ask = async (effect: string, lifecycle: string, attempt: number): Promise<number> => {
  const data = { effect, type: 'provision', lifecycle, attempt, params: {} }
  const reply = await fetch(receiver.url, { method: 'POST', body: JSON.stringify({ data }) })
  const { outcome } = reply.status === 200 ? ((await reply.json()) as { outcome: string }) : {}
  return outcome === 'done' ? 200 : outcome === 'failed' ? 500 : reply.status
}

test('Whoever asks again is answered, and every request is noted, in order and in the file.', async () => {
  const ids = Array.from({ length: 40 }, (_, index) => `effect-${index}`)
  const answers = await Promise.all(ids.map((id) => ask(id, 'zosconnect/service', 2)))
  expect(new Set(answers)).toEqual(new Set([200]))
  expect(receiver.seen.map(({ effect }) => effect).toSorted()).toEqual(ids.toSorted())
  expect(readFileSync(join(folder, 'seen.jsonl'), 'utf8').trim().split('\n')).toHaveLength(40)
})

test('What becomes of an effect is the same each time that it is asked for.', async () => {
  const ids = Array.from({ length: 80 }, (_, index) => `effect-${index}`)
  const judge = (): Promise<ReadonlyArray<number>> =>
    Promise.all(ids.map((id) => ask(id, 'poppy/service', 2)))
  const first = await judge()
  expect(new Set(first)).toEqual(new Set([200, 500]))
  expect(await judge()).toEqual(first)
})
