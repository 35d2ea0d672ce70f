import { memoryStore } from '@signalbox/stores/memory'
import { describe, it } from 'vitest'
import { openBench } from './__fixtures__/bench.ts'
import { poppyContract } from './contract.ts'

describe('the contract, in memory', () => {
  it.each(poppyContract().map(({ title, run }) => [title, run] as const))('%s', async (_, run) => {
    await run(await openBench(memoryStore()))
  })
})
