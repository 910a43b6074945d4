// Lets the bundler and vitest import a file as its text, by `?text` after its path: the status page's files are written
// as what they are and travel inside the one bundle.
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

const suffix = '?text'

/** @returns {import('./text-modules.d.mts').TextModules} */
export function textModules() {
  return {
    name: 'text-modules',
    enforce: 'pre',
    resolveId(id, importer) {
      if (!id.endsWith(suffix) || importer === undefined) return undefined
      return resolve(dirname(importer), id.slice(0, -suffix.length)) + suffix
    },
    load(id) {
      if (!id.endsWith(suffix)) return undefined
      const text = readFileSync(id.slice(0, -suffix.length), 'utf8')
      return { code: `export default ${JSON.stringify(text)}`, map: null, moduleType: 'js' }
    },
  }
}
