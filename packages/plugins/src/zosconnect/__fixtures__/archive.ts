import { strToU8, zipSync } from 'fflate'

/** The manifest that the vendor shows for its placeOrder sample, with properties and schemas in its form. */
export const PLACE_ORDER = `---
Manifest-Version: 1.0
name: "placeOrder"
provider: "CICS-1.0"
requestSchema:
  value: "file:///schemas/placeOrderRequest.json"
  type: "JSONSchema"
providerProperties:
- {propertyName: "program", value: "DFH0XCMN", type: "STRING"}
version: "1.0"
description: "Place order service"
`

const REQUEST_SCHEMA = `{
  "title": "Order",
  "type": "object"
}`

/** Zips a manifest, with the schema that the sample names and more files. */
export const sar = (
  manifest: string = PLACE_ORDER,
  more: Readonly<Record<string, string>> = {},
): Uint8Array => {
  const files = {
    'manifest.yml': manifest,
    'schemas/placeOrderRequest.json': REQUEST_SCHEMA,
    ...more,
  }
  return zipSync(
    Object.fromEntries(Object.entries(files).map(([path, text]) => [path, strToU8(text)])),
  )
}

/** A manifest with nothing but what it must have, and the properties given. */
export const manifest = (
  name: string,
  provider = 'CICS-1.0',
  properties: Readonly<Record<string, string | number>> = {},
): string =>
  [
    `name: "${name}"`,
    `provider: "${provider}"`,
    'providerProperties:',
    ...Object.entries(properties).map(
      ([propertyName, value]) =>
        `- {propertyName: "${propertyName}", value: "${value}", type: "STRING"}`,
    ),
  ].join('\n')
