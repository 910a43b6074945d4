// A plugin of the bundler that leaves most of the Kubernetes client out.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Of the Kubernetes client, what reads a kubeconfig: 0.4 MB of it. Its generated models, 13 MB, serve a method of
 * KubeConfig that nobody here calls, and node-fetch, 0.5 MB, another.
 */
export function kubeconfigOnly() {
  return {
    name: 'kubeconfig-only',
    resolveId(id, importer) {
      if (id === '@kubernetes/client-node')
        return join(root, 'node_modules/@kubernetes/client-node/dist/config.js')
      if (!importer?.endsWith('client-node/dist/config.js')) return undefined
      if (id === 'node-fetch') return '\0no-fetch'
      return id === './gen/index.js' ? '\0no-models' : undefined
    },
    load(id) {
      if (id === '\0no-fetch') return 'export class Headers {}'
      return id === '\0no-models'
        ? 'export class ServerConfiguration {}\nexport function createConfiguration() {}'
        : undefined
    },
  }
}
