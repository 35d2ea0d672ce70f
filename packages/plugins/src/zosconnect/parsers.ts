import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { parse } from 'yaml'
import type { ArchiveParsers } from './archive-parsers.ts'

/** The parsers of archives that the plugin comes with. */
export const parsers: ArchiveParsers = {
  yaml: (text) =>
    parse(text, {
      schema: 'failsafe',
      mapAsMap: true,
      maxAliasCount: 0,
      prettyErrors: false,
      logLevel: 'error',
    }) as unknown,
  xml: (text, lists) => {
    if (XMLValidator.validate(text) !== true) throw new Error('not well formed')
    return new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: '',
      parseTagValue: false,
      parseAttributeValue: false,
      ignoreDeclaration: true,
      ignorePiTags: true,
      removeNSPrefix: true,
      isArray: (name, _, __, isAttribute) => !isAttribute && lists.includes(name),
    }).parse(text) as unknown
  },
}
