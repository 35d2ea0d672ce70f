import { serviceNames } from '@signalbox/core/gcore'
import type { ServiceName } from '@signalbox/core/gcore'
import * as E from 'fp-ts/lib/Either.js'
import {
  anyText,
  choice,
  email,
  flag,
  integer,
  listOf,
  nullable,
  optional,
  readObject,
  required,
  text,
} from './fields.ts'
import type { ReadMember } from './fields.ts'

const countryCode: ReadMember<string> = (value) => {
  const read = text()(value)
  if (E.isLeft(read)) return read
  return /^[A-Za-z]{2}$/.test(read.right)
    ? E.right(read.right.toUpperCase())
    : E.left(['Enter a valid country code.'])
}

const product = choice(serviceNames)

/** Reads the body of `POST /users`. */
export const readNewUser = readObject({
  email: required(email),
  password: required(text({ least: 8, most: 128 })),
  company: required(text()),
  user_type: optional(choice(['common'])),
  name: nullable(anyText(255)),
  phone: nullable(anyText(64)),
  seller: nullable(integer),
  services: optional(
    listOf('services', readObject({ product_name: required(product), available: nullable(flag) })),
  ),
  lang: optional(choice(['de', 'en', 'ru', 'zh', 'az'])),
  custom_id: nullable(anyText(255)),
  country_code: nullable(countryCode),
  is_test: optional(flag),
})

/** Reads the body of `PATCH /clients/{clientId}`. */
export const readClientPatch = readObject({
  email: optional(email),
  companyName: optional(text()),
  custom_id: nullable(anyText(255)),
  name: optional(text()),
  phone: nullable(anyText(64)),
  reseller: optional(integer),
  seller: nullable(integer),
  is_test: optional(flag),
})

/** Reads the body by which the availability of a product is set. */
export const readAvailability = readObject({
  product_name: required(product),
  available: required(flag),
})

/** Reads the body by which personal availability is dropped. */
export const readReset = readObject({
  product_names: required((value: unknown): ReturnType<ReadMember<ReadonlyArray<ServiceName>>> => {
    const read = listOf('product_names', product)(value)
    return E.isRight(read) && read.right.length === 0
      ? E.left(['This list may not be empty.'])
      : read
  }),
})

/** Reads the body of a login. */
export const readLogin = readObject({
  username: required(text({ most: 254 })),
  password: required(text({ most: 1024 })),
})

/** Reads the body of a refresh. */
export const readRefresh = readObject({ refresh: required(text({ most: 16_384 })) })
