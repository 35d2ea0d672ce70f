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

/** What the package of an API or API requester says; the rest is as the vendor's tools write it. */
export const packageXml = ({
  id = 'catalog',
  basePath = '/catalogManager',
  requester = false,
  version = '1.0.0',
}: {
  readonly id?: string
  readonly basePath?: string
  readonly requester?: boolean
  readonly version?: string
} = {}): string => `<?xml version="1.0" encoding="UTF-8"?>
<zosConnectApi id="${id}"${requester ? ' packageType="requester"' : ''}>
  <apiSpec basePath="${basePath}" description="The &quot;catalog&quot;" version="${version}"${requester ? ' connectionRef="conn"' : ''}>
    <path relativePath="/orders">
      <method name="POST" zosConnectServiceRef="placeOrder"/>
      <method name="GET" zosConnectServiceRef="inquire"/>
    </path>
    <path relativePath="/items">
      <method name="GET" zosConnectServiceRef="inquire"/>
    </path>
    ${requester ? '' : '<apiDoc docType="SWAGGER">api-docs/swagger.json</apiDoc>'}
  </apiSpec>
</zosConnectApi>`

const SWAGGER = '{"swagger":"2.0","host":"other:1","basePath":"/catalogManager","paths":{}}'

/** Zips a package with the Swagger that it names. */
export const aar = (
  xml: string = packageXml(),
  more: Readonly<Record<string, string>> = { 'api-docs/swagger.json': SWAGGER },
): Uint8Array => {
  const files = { 'package.xml': xml, ...more }
  return zipSync(
    Object.fromEntries(Object.entries(files).map(([path, text]) => [path, strToU8(text)])),
  )
}
