/** What reads the two languages of archives; either throws at a text that is not well formed. */
export interface ArchiveParsers {
  /** Every scalar as the string that it is, every mapping as a map. */
  readonly yaml: (text: string) => unknown
  /** Elements and attributes as members without namespaces; those of the given names as lists. */
  readonly xml: (text: string, lists: ReadonlyArray<string>) => unknown
}
