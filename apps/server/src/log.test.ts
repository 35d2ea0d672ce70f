import { describe, expect, it } from 'vitest'
import { createLog } from './log.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('createLog', () => {
  it('writes a line of JSON, the time first', async () => {
    const written: string[] = []
    createLog((text) => written.push(text)).line({ level: 'info', event: 'x', at: 0, ip: '::1' })
    await turn()
    expect(written).toEqual([
      '{"time":"1970-01-01T00:00:00.000Z","level":"info","event":"x","ip":"::1"}\n',
    ])
  })

  it('writes the lines of one turn together, in order, and those of the next apart', async () => {
    const written: string[] = []
    const log = createLog((text) => written.push(text))
    for (const event of ['a', 'b', 'c']) log.line({ level: 'info', event, at: 0 })
    await turn()
    log.line({ level: 'info', event: 'd', at: 0 })
    await turn()
    const events = written.map((text) => text.match(/(?<="event":")./g))
    expect(events).toEqual([['a', 'b', 'c'], ['d']])
  })

  it('hands over what it holds at once when asked, and no line twice', async () => {
    const written: string[] = []
    const log = createLog((text) => written.push(text))
    log.line({ level: 'info', event: 'last', at: 0 })
    log.flush()
    expect(written).toHaveLength(1)
    await turn()
    expect(written).toHaveLength(1)
  })
})
