/* The lab, the folder and the Heralds of the chapter being played, so that one call clears everything away. */
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

import {
  createLab,
  KubeCluster,
  type ClusterOptions,
  type Lab,
  type LabNode,
  type LabProcess,
  type LabSpec,
} from '../index.ts'
import { Cluster } from './cluster.ts'
import { herald, manifestFolder } from './project.ts'
import type { Screen } from './screen.ts'

export class Stage {
  readonly screen: Screen
  private lab: Lab | undefined

  constructor(screen: Screen) {
    this.screen = screen
  }

  async raise(spec: LabSpec): Promise<Lab> {
    this.lab = await createLab(spec)
    return this.lab
  }

  async raiseCluster(options: ClusterOptions): Promise<KubeCluster> {
    const cluster = await KubeCluster.create(options)
    this.lab = cluster.lab
    return cluster
  }

  /** A folder that several Heralds share, holding the manifests of these chapters. */
  cluster(lab: Lab, ...chapters: readonly string[]): Cluster {
    const folder = join(lab.directory, 'cluster')
    mkdirSync(folder)
    for (const chapter of chapters) cpSync(manifestFolder(chapter), folder, { recursive: true })
    return new Cluster(folder)
  }

  herald(node: LabNode, cluster: Cluster): LabProcess {
    const argv = [process.execPath, herald, 'standalone', cluster.folder, '--node-name', node.name]
    return node.spawn(argv, { name: `herald on ${node.name}`, log: join(node.directory, 'herald.log') })
  }

  /** Ends the chapter: no process, namespace or file of it is left. */
  async strike(): Promise<void> {
    const { lab } = this
    this.lab = undefined
    await lab?.dispose()
  }

  close(): Promise<void> {
    return this.strike()
  }
}
