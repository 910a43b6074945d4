/* A cluster on the stage, with Herald in it as deploy/ installs it, and what a person types there. */
import { join } from 'node:path'

import { CONTROL_PLANE, Installation, until, type KubeCluster } from '../../index.ts'
import { curl, type Answer } from '../client.ts'
import { herald, manifestFolder, projectRoot } from '../project.ts'
import type { Screen } from '../screen.ts'

export const overlay = 'deploy/kustomize/overlays/native'

export class Scene {
  readonly cluster: KubeCluster
  readonly herald: Installation
  private readonly screen: Screen

  private constructor(screen: Screen, cluster: KubeCluster, installation: Installation) {
    this.screen = screen
    this.cluster = cluster
    this.herald = installation
  }

  static async install(screen: Screen, cluster: KubeCluster): Promise<Scene> {
    const installation = await Installation.apply(cluster, { overlay: join(projectRoot, overlay), herald })
    const scene = new Scene(screen, cluster, installation)
    screen.plain(`    $ kubectl apply -k ${overlay}`)
    await scene.show('get', 'pods', '-n', 'metallb-system', '-o', podColumns)
    return scene
  }

  /** Runs kubectl and shows what it says. */
  async show(...argv: readonly string[]): Promise<string> {
    const text = await this.cluster.kubectl(...argv)
    const shown = argv.map((arg) => (/[{}' ]/.test(arg) ? `'${arg}'` : arg)).join(' ')
    this.screen.quote(`kubectl ${shown}`, text)
    return text
  }

  /** `kubectl apply` of manifests of the walk-through. */
  async apply(chapter: string, ...files: readonly string[]): Promise<void> {
    const flags = files.flatMap((file) => ['-f', join(manifestFolder(chapter), file)])
    const text = await this.cluster.kubectl('apply', ...flags)
    this.screen.quote(`kubectl apply ${files.map((file) => `-f ${chapter}/${file}`).join(' ')}`, text)
  }

  /** What `herald explain` says about a Service of the running cluster. */
  explain(service: string): Promise<string> {
    const env = { KUBECONFIG: this.cluster.controlPlane.kubeconfig(), NO_COLOR: '1' }
    return this.cluster
      .node(CONTROL_PLANE)
      .run([process.execPath, herald, 'explain', `svc/${service}`], { env })
  }

  /** Asks until there is an answer that will do. */
  answer(
    from: string,
    address: string,
    isRight: (answer: Answer) => boolean = () => true,
  ): Promise<{ readonly text: string; readonly answer: Answer }> {
    return until(
      `the answer of ${address}`,
      async () => {
        const found = await curl(this.cluster.node(from), address)
        if (!isRight(found.answer)) throw new Error(found.text)
        return found
      },
      { timeout: 20_000 },
    )
  }
}

const podColumns = 'custom-columns=NAME:.metadata.name,STATUS:.status.phase,NODE:.spec.nodeName'
