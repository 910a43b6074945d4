// Lets the bundler and vitest import a YAML file as the value it holds: the CRDs under deploy/crds are the one
// schema source, and this is how they reach the program without a generated copy.
import { load } from 'js-yaml'

/** @returns {{ name: string, transform: (code: string, id: string) => { code: string, map: null, moduleType: 'js' } | undefined }} */
export function yamlModules() {
  return {
    name: 'yaml-modules',
    transform(code, id) {
      if (!id.endsWith('.yaml')) return undefined
      return { code: `export default ${JSON.stringify(load(code))}`, map: null, moduleType: 'js' }
    },
  }
}
