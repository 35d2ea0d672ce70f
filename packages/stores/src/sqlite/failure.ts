/**
 * Why a file cannot serve as a store; `message` names what is wrong in words for the operator. `StoreLocked`: another
 * process has it open as its store. `ReadOnly`: the file or its folder cannot be written. `ForeignFile`: it is no
 * database, or another application's. `NewerSchema`: a later release wrote it. `OpenFailed`: anything else the driver said.
 */
export type OpenFailure =
  | { readonly _tag: 'StoreLocked'; readonly file: string; readonly message: string }
  | { readonly _tag: 'ReadOnly'; readonly file: string; readonly message: string }
  | { readonly _tag: 'ForeignFile'; readonly file: string; readonly message: string }
  | {
      readonly _tag: 'NewerSchema'
      readonly file: string
      readonly known: number
      readonly actual: number
      readonly message: string
    }
  | { readonly _tag: 'OpenFailed'; readonly file: string; readonly message: string }

export const storeLocked = (file: string): OpenFailure => ({
  _tag: 'StoreLocked',
  file,
  message: `${file} is in use: another process has it open as its store`,
})
export const readOnly = (file: string): OpenFailure => ({
  _tag: 'ReadOnly',
  file,
  message: `${file} cannot be written: the file, its folder or the handle is read-only`,
})
export const foreignFile = (file: string, reason: string): OpenFailure => ({
  _tag: 'ForeignFile',
  file,
  message: `${file} is not a store of Signalbox: ${reason}`,
})
export const newerSchema = (file: string, known: number, actual: number): OpenFailure => ({
  _tag: 'NewerSchema',
  file,
  known,
  actual,
  message: `${file} has schema version ${actual}, and this release knows versions up to ${known}: use a later release`,
})
export const openFailed = (file: string, reason: string): OpenFailure => ({
  _tag: 'OpenFailed',
  file,
  message: `${file} cannot be opened: ${reason}`,
})
