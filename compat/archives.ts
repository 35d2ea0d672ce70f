import { strToU8, zipSync } from 'fflate'

/** What every archive has. */
export interface Content {
  readonly name: string
  readonly version?: string
  readonly description?: string
}

/** Makes a service archive of z/OS Connect: of a provider that a stand-in serves, unless another is named. */
export const sar = ({
  name,
  version = '1.0',
  description = '',
  provider = 'CICS-1.0',
}: Content & { readonly provider?: string }): Buffer =>
  zip({
    'manifest.yml': [
      '---',
      'Manifest-Version: 1.0',
      `name: "${name}"`,
      `provider: "${provider}"`,
      'requestSchema:',
      '  value: "file:///schemas/request.json"',
      '  type: "JSONSchema"',
      'providerProperties:',
      '- {propertyName: "program", value: "DFH0XCMN", type: "STRING"}',
      `version: "${version}"`,
      `description: "${description}"`,
      '',
    ].join('\n'),
    'schemas/request.json': '{ "title": "Order", "type": "object" }',
  })

// -- internals

const zip = (files: Readonly<Record<string, string>>): Buffer =>
  Buffer.from(
    zipSync(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, strToU8(text)]))),
  )
