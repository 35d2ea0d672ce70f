import * as t from 'io-ts'
import { expect, it } from 'vitest'
import { openapi } from './openapi.ts'
import type { Description } from './openapi.ts'
import { empty } from './reply.ts'
import { handle } from './route.ts'

const Fault = t.strict({ fault: t.string }, 'Fault')
const Lamp = t.strict({ watts: t.number }, 'Lamp')

const description: Description = {
  title: 'Lamps',
  version: '1',
  about: 'All about lamps.',
  error: Fault,
  errorType: 'application/problem+json',
  security: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } },
}

const change = handle({
  method: 'PUT',
  path: '/lamps/:id',
  name: 'changeLamp',
  summary: 'Changes a lamp',
  body: { kind: 'bytes', codec: t.unknown },
  responses: { 202: null, 409: Fault },
  examples: {
    params: { id: 'hall' },
    query: { loud: 'yes' },
    body: { watts: 4 },
    responses: { 409: { fault: 'It is hot.' } },
  },
  documented: {
    description: 'Takes a lamp, or its picture.',
    query: t.exact(t.partial({ loud: t.keyof({ yes: null, no: null }) })),
    headers: t.strict({ 'X-House': t.string }),
    bodies: { 'application/json': Lamp, 'image/png': null },
    meanings: { 409: 'The lamp is hot.' },
    locations: { 202: 'The lamp.' },
  },
  handle: async () => empty(202),
})

const operations = (given: Description): any => openapi([change], given)['paths']

it('says of a route what the route reads and answers by itself', () => {
  const {
    parameters,
    requestBody,
    responses,
    description: words,
  } = operations(description)['/lamps/{id}'].put
  expect(words).toBe('Takes a lamp, or its picture.')
  expect(parameters).toEqual([
    { name: 'id', in: 'path', required: true, schema: { type: 'string' }, example: 'hall' },
    {
      name: 'loud',
      in: 'query',
      required: false,
      schema: { type: 'string', enum: ['yes', 'no'] },
      example: 'yes',
    },
    { name: 'X-House', in: 'header', required: true, schema: { type: 'string' } },
  ])
  expect(requestBody).toEqual({
    required: false,
    content: {
      'application/json': { schema: { $ref: '#/components/schemas/Lamp' }, example: { watts: 4 } },
      'image/png': { schema: { type: 'string', format: 'binary' } },
    },
  })
  expect(responses['202']).toEqual({
    description: 'What was asked for.',
    headers: { Location: { description: 'The lamp.', schema: { type: 'string' } } },
  })
  expect(responses['409']).toEqual({
    description: 'The lamp is hot.',
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Fault' },
        example: { fault: 'It is hot.' },
      },
    },
  })
})

it('shows what is answered beside the routes', () => {
  const beside = [
    {
      method: 'GET',
      path: '/:house/lamps',
      name: 'lampsOfHouse',
      summary: 'Shows the lamps of a house',
      responses: { 200: t.readonlyArray(Lamp) },
    },
  ]
  const { get } = operations({ ...description, beside })['/{house}/lamps']
  expect(get.operationId).toBe('lampsOfHouse')
  expect(get.parameters).toMatchObject([{ name: 'house', in: 'path' }])
})
