import type { PostgresPool, PostgresQuery, PostgresResult } from '@signalbox/stores/postgres'
import { describe, expect, it } from 'vitest'
import { heedSilence } from './silence.ts'

const query: PostgresQuery = { text: 'select', types: { getTypeParser: () => (text) => text } }

// A database whose answers come when they are told to.
const database = () => {
  const asked: Array<{ answer: (result: PostgresResult) => void; fail: (error: Error) => void }> =
    []
  const pool: PostgresPool = {
    query: () => new Promise((answer, fail) => asked.push({ answer, fail })),
    connect: () => Promise.reject(new Error('not asked for')),
    on: () => undefined,
    end: () => Promise.resolve(),
  }
  let at = 0
  const heeding = heedSilence(pool, { now: () => at, pauseMs: 100 })
  return {
    asked,
    pass: (ms: number) => {
      at += ms
    },
    ask: () =>
      heeding.query(query).then(
        () => 'answered',
        (error: Error) => error.message,
      ),
  }
}

const late = new Error('Query read timeout')

describe('heedSilence', () => {
  it('refuses at once while a database does not answer, and lets one through now and then', async () => {
    const { asked, pass, ask } = database()
    const first = ask()
    const second = ask()
    asked[0]?.fail(late)
    expect(await first).toBe('Query read timeout')
    expect(await ask()).toBe('the database does not answer')
    expect(asked).toHaveLength(2)
    pass(100)
    const probe = ask()
    expect(asked).toHaveLength(3)
    pass(1000)
    expect(await ask()).toBe('the database does not answer')
    asked[2]?.fail(late)
    await probe
    expect(await ask()).toBe('the database does not answer')
    asked[1]?.fail(late)
    expect(await second).toBe('Query read timeout')
  })

  it('lets all through again once one was answered, also by one that was asked before', async () => {
    for (const which of [1, 2]) {
      const { asked, pass, ask } = database()
      const early = [ask(), ask()]
      asked[0]?.fail(late)
      await early[0]
      pass(100)
      const probe = ask()
      asked[which]?.answer({ rows: [] })
      await (which === 1 ? early[1] : probe)
      const after = [ask(), ask()]
      expect(asked).toHaveLength(5)
      for (const { answer } of asked) answer({ rows: [] })
      expect(await Promise.all(after)).toEqual(['answered', 'answered'])
    }
  })

  it('takes a refusal as an answer', async () => {
    const { asked, pass, ask } = database()
    const first = ask()
    asked[0]?.fail(late)
    await first
    pass(100)
    const probe = ask()
    asked[1]?.fail(Object.assign(new Error('canceled: statement timeout'), { code: '57014' }))
    await probe
    void ask()
    expect(asked).toHaveLength(3)
  })
})
