export interface TextModules {
  name: string
  enforce: 'pre'
  resolveId(id: string, importer: string | undefined): string | undefined
  load(id: string): { code: string; map: null; moduleType: 'js' } | undefined
}
export function textModules(): TextModules
