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

/** Makes the archive of an API below `/<name>Manager`, which puts orders by the service `placeOrder`. */
export const aar = ({ name, version = '1.0.0', description = '' }: Content): Buffer =>
  zip({
    'package.xml': packageXml(
      `id="${name}"`,
      [
        `<title>${name}</title>`,
        `<basePath>/${name}Manager</basePath>`,
        `<description>${description}</description>`,
        `<version>${version}</version>`,
        '<path relativePath="/orders"><method type="POST" zosConnectServiceRef="placeOrder"/></path>',
        '<apiDoc docType="SWAGGER">api-docs/swagger.json</apiDoc>',
      ].join(''),
    ),
    'api-docs/swagger.json': JSON.stringify({
      swagger: '2.0',
      info: { title: name, version },
      basePath: `/${name}Manager`,
      paths: { '/orders': { post: { responses: { 200: { description: 'OK' } } } } },
    }),
  })

/** Makes the archive of an API requester whose connection is `conn`. */
export const ara = ({ name, version = '1.0.0', description = '' }: Content): Buffer =>
  zip({
    'package.xml': packageXml(
      `id="${name}" packageType="requester"`,
      [
        `<title>${name}</title>`,
        '<basePath>/elsewhere</basePath>',
        `<description>${description}</description>`,
        `<version>${version}</version>`,
        '<connectionRef>conn</connectionRef>',
      ].join(''),
    ),
  })

// -- internals

const packageXml = (attributes: string, apiSpec: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><zosConnectApi xmlns="http://www.ibm.com/zosConnect/2.0/zosConnectApi" ${attributes}><apiSpec>${apiSpec}</apiSpec></zosConnectApi>`

const zip = (files: Readonly<Record<string, string>>): Buffer =>
  Buffer.from(
    zipSync(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, strToU8(text)]))),
  )
