import { deepEqual, equal } from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { validate } from '@hyperjump/json-schema/openapi-3-1'
import { startHost } from './host.ts'
import type { FreshHost } from './host.ts'

let host: FreshHost
before(async () => {
  host = await startHost()
})
after(() => host?.stop())

describe('@hyperjump/json-schema 1.18.0', () => {
  it('finds in the description of Gcore OpenAPI 3.1, and JSON Schema within', async () => {
    const response = await fetch(`${host.url}/_signalbox/openapi/gcore.json`)
    equal(response.status, 200)
    const description = JSON.parse(await response.text())
    deepEqual(await validate(SCHEMA, description, 'BASIC'), { valid: true })
  })
})

// -- internals

// The dialect is said, so that schemas in the description are judged too.
const SCHEMA = 'https://spec.openapis.org/oas/3.1/schema-base'
