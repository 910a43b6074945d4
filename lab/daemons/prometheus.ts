/* Prometheus in a node, and its tool. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { run } from '../command.ts'
import type { LabNode } from '../node.ts'
import { Daemon, type Program } from './daemon.ts'

export interface PrometheusOptions {
  /** `host:port` each, as seen from the node. */
  readonly targets: readonly string[]
  /** Seconds; default 1. */
  readonly scrapeInterval?: number
  /** Paths of rule files. */
  readonly rules?: readonly string[]
}

/** One series of an instant query's answer. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>
  /** Instant in seconds, and the value as text. */
  readonly value: readonly [number, string]
}

const SERVER = 'http://127.0.0.1:9090'

export class Prometheus extends Daemon {
  readonly #options: PrometheusOptions

  constructor(node: LabNode, options: PrometheusOptions) {
    super(node, 'prometheus')
    this.#options = options
  }

  /** Evaluates an expression now. */
  async query(expression: string): Promise<readonly Sample[]> {
    const argv = ['promtool', 'query', 'instant', '-o', 'json', SERVER, expression]
    return JSON.parse(await this.node.run(argv)) as Sample[]
  }

  protected override async prepare(): Promise<void> {
    const { targets, scrapeInterval = 1, rules = [] } = this.#options
    mkdirSync(join(this.directory, 'data'), { recursive: true })
    // JSON is YAML.
    const config = {
      global: { scrape_interval: `${scrapeInterval}s`, evaluation_interval: `${scrapeInterval}s` },
      rule_files: rules,
      scrape_configs: [{ job_name: 'herald', static_configs: [{ targets }] }],
    }
    writeFileSync(join(this.directory, 'prometheus.yml'), JSON.stringify(config))
  }

  protected override programs(): readonly Program[] {
    const argv = [
      'prometheus',
      `--config.file=${join(this.directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(this.directory, 'data')}`,
      '--web.listen-address=127.0.0.1:9090',
    ]
    return [{ name: 'prometheus', argv, answers: async () => (await this.query('vector(1)')).length === 1 }]
  }
}

/** Lints an exposition with `promtool check metrics`; rejects with what it found. */
export async function checkMetrics(exposition: string): Promise<void> {
  await run(['promtool', 'check', 'metrics'], { stdin: exposition })
}

/** Checks rule files with `promtool check rules`; rejects with what it found. */
export async function checkRules(...files: string[]): Promise<void> {
  await run(['promtool', 'check', 'rules', ...files])
}
