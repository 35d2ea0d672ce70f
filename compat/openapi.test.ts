import { deepEqual, equal } from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { validate } from '@hyperjump/json-schema/openapi-3-1'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { startHost } from './host.ts'
import type { FreshHost } from './host.ts'

let host: FreshHost
before(async () => {
  host = await startHost()
})
after(() => host?.stop())

const descriptionOf = async (name: string): Promise<string> => {
  const response = await fetch(`${host.url}/_signalbox/openapi/${name}.json`)
  equal(response.status, 200)
  return response.text()
}

for (const name of ['signalbox', 'gcore', 'poppy', 'zosconnect']) {
  describe('@hyperjump/json-schema 1.18.0', () => {
    it(`finds in the description of ${name} OpenAPI 3.1, and JSON Schema within`, async () => {
      const description = JSON.parse(await descriptionOf(name))
      deepEqual(await validate(SCHEMA, description, 'BASIC'), { valid: true })
    })
  })

  describe('@redocly/openapi-core 1.34.24', () => {
    it(`finds nothing to complain of in the description of ${name}`, async () => {
      const problems = await lintFromString({
        source: await descriptionOf(name),
        config: await createConfig({ extends: ['recommended'] }),
      })
      deepEqual(
        problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]),
        [],
      )
    })
  })
}

// -- internals

// The dialect is said, so that schemas in the description are judged too.
const SCHEMA = 'https://spec.openapis.org/oas/3.1/schema-base'
