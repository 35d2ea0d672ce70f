import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { curlsOf, bannerOf } from './banner.ts'
import { DEMO_SECRETS, demoConfiguration, isLoopback } from './demo.ts'
import { exitCodeOf, lineOf } from './failure.ts'
import { PLUGINS } from './plugins.ts'

const demo = (environment: Readonly<Record<string, string>> = {}, options = {}) =>
  demoConfiguration({ environment, options })

describe('demoConfiguration', () => {
  it('listens on loopback and keeps everything in memory', () => {
    expect(demo()).toMatchObject(
      E.right({ listen: { host: '127.0.0.1', port: 8080 }, store: { kind: 'memory' } }),
    )
  })

  it('keeps its services in a file when it is given one', () => {
    expect(demo({ SIGNALBOX_STORE: 'sqlite:x.db' })).toMatchObject(
      E.right({ store: { kind: 'sqlite', path: 'x.db' } }),
    )
  })

  it.each(['0.0.0.0', '::', '192.168.0.1', 'example.net', '127.0.0.1.example.net'])(
    'does not run on %s',
    (host) => {
      for (const [source, outcome] of [
        ['HOST', demo({ HOST: host })],
        ['--host', demo({}, { host })],
      ] as const) {
        if (E.isRight(outcome)) throw new Error('it was accepted')
        expect(exitCodeOf(outcome.left)).toBe(2)
        expect(lineOf(outcome.left)).toBe(
          `signalbox: ${source}: without a configuration the demo listens on loopback only, not on ${host}: write a signalbox.config.json`,
        )
      }
    },
  )

  it.each(['localhost', '127.0.0.1', '127.1.2.3', '::1'])('runs on %s', (host) => {
    expect(isLoopback(host)).toBe(true)
    expect(E.isRight(demo({ HOST: host }))).toBe(true)
  })

  it('knows a principal for each of its secrets', async () => {
    const configured = demo()
    if (E.isLeft(configured)) throw new Error(lineOf(configured.left))
    const { principals } = configured.right
    for (const secret of Object.values(DEMO_SECRETS)) {
      const matches = await Promise.all(principals.map(({ verify }) => verify(secret)))
      expect(matches.filter(Boolean)).toHaveLength(1)
    }
  })

  it('gives each plugin settings that it accepts', () => {
    const configured = demo()
    if (E.isLeft(configured)) throw new Error(lineOf(configured.left))
    for (const { name, settings } of PLUGINS) {
      expect(E.isRight(settings.decode(configured.right.settings[name])), name).toBe(true)
    }
  })
})

describe('bannerOf', () => {
  it('says the address, every credential and a curl of each provider', () => {
    const base = 'http://127.0.0.1:9999'
    const banner = bannerOf(base)
    for (const secret of Object.values(DEMO_SECRETS)) expect(banner).toContain(secret)
    for (const curl of curlsOf(base)) expect(banner).toContain(`\n${curl}\n`)
    expect(curlsOf(base)).toHaveLength(3)
  })
})
