import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { readBlocks } from './server-sent-events.ts'
import type { Block } from './server-sent-events.ts'

async function* streamOf(pieces: ReadonlyArray<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* pieces
}

const blocksOf = async (pieces: ReadonlyArray<Uint8Array>): Promise<ReadonlyArray<Block>> => {
  const blocks: Array<Block> = []
  for await (const block of readBlocks(streamOf(pieces))) blocks.push(block)
  return blocks
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

const TEXT =
  'retry: 1000\n\nid: 7\ndata: {"a":\ndata: "ä"}\n\n: quiet\n\nid:8\r\ndata:x\r\n\r\nid: 9\n\ndata: cut'

const BLOCKS = [
  { retry: 1000 },
  { id: '7', data: '{"a":\n"ä"}' },
  {},
  { id: '8', data: 'x' },
  { id: '9' },
]

it('reads blocks however they are cut into pieces, and drops what was only begun', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: encode(TEXT).length })), async (cuts) => {
      const bytes = encode(TEXT)
      const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
      const pieces = places.slice(1).map((end, at) => bytes.subarray(places[at], end))
      expect(await blocksOf(pieces)).toEqual(BLOCKS)
    }),
    { seed: 20_261_122 },
  )
})

it('does not take an id with a NUL or a pause that is no number', async () => {
  expect(await blocksOf([encode('id: a\0\nretry: soon\ndata\n\n')])).toEqual([{ data: '' }])
})
