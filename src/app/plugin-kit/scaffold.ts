/* The files of a new plugin: small, complete, and passing the conformance kit as they are. */

export type Language = 'typescript' | 'python'

export interface ScaffoldFile {
  readonly path: string
  readonly text: string
  readonly executable?: boolean
}

/** `heraldlb`: what package.json asks for: a version, or the folder of a checkout. */
export function scaffold(
  name: string,
  language: Language,
  heraldlb: { readonly spec: string; readonly herald: string },
): readonly ScaffoldFile[] {
  return language === 'python' ? pythonFiles(name) : typescriptFiles(name, heraldlb)
}

function pythonFiles(name: string): readonly ScaffoldFile[] {
  return [
    { path: 'plugin.py', text: python(name), executable: true },
    { path: 'herald-plugin.yaml', text: manifest(name, 'executable: ./plugin.py') },
    { path: 'README.md', text: readme(name, 'herald plugins test .') },
  ]
}

function typescriptFiles(
  name: string,
  { spec, herald }: { readonly spec: string; readonly herald: string },
): readonly ScaffoldFile[] {
  const pkg = {
    name,
    version: '0.1.0',
    type: 'module',
    exports: './dist/plugin.js',
    files: ['dist'],
    scripts: { build: 'tsc', test: `tsc && ${herald} plugins test .` },
    peerDependencies: { heraldlb: '*' },
    devDependencies: { '@types/node': '^20', heraldlb: spec, typescript: '^6.0.0' },
  }
  const tsconfig = {
    compilerOptions: {
      target: 'es2023',
      module: 'nodenext',
      strict: true,
      skipLibCheck: true,
      types: ['node'],
      rootDir: 'src',
      outDir: 'dist',
    },
    include: ['src'],
  }
  return [
    { path: 'src/plugin.ts', text: typescript(name) },
    { path: 'package.json', text: `${JSON.stringify(pkg, null, 2)}\n` },
    { path: 'tsconfig.json', text: `${JSON.stringify(tsconfig, null, 2)}\n` },
    { path: 'herald-plugin.yaml', text: manifest(name, 'module: ./dist/plugin.js') },
    { path: 'README.md', text: readme(name, 'npm install && npm test') },
  ]
}

const manifest = (name: string, source: string): string => `# What "herald plugins test" needs to know.
name: ${name}
${source}
conformance:
  config: { file: "\${DIR}/announced" }
  invalidConfig: { colour: blue }
  # Prints what an outsider sees announced, one address a line: look at your network here, never ask the plugin.
  observe: [sh, -c, 'cat "\${DIR}/announced" 2>/dev/null || true']
`

const readme = (name: string, test: string): string => `# ${name}

An announcer plugin for Herald. It keeps a file with the addresses that it announces: replace that by your network.

    ${test}
`

const python = (name: string): string => `#!/usr/bin/env python3
"""An announcer for Herald: keeps a file with the addresses that it announces. Replace write() by your network."""
import json
import sys

HELLO = {
    "type": "hello", "protocol": 1, "api": 1, "name": "${name}", "version": "0.1.0",
    "placement": "every-node", "fencing": "none",
    "optionsSchema": {"type": "object", "properties": {}, "additionalProperties": False},
    "configSchema": {"type": "object", "required": ["file"], "properties": {"file": {"type": "string"}}},
}
PHASES = {"arm": "armed", "serve": "serving", "retire": "silent"}


def write(file, addresses):
    with open(file, "w", encoding="utf-8") as out:
        out.write("".join(address + "\\n" for address in addresses))


config = {}
for line in sys.stdin:
    message = json.loads(line)
    kind, reply = message["type"], {"type": "ok", "id": message.get("id")}
    if kind == "hello":
        reply = HELLO
    elif kind == "ping":
        reply["type"] = "pong"
    elif kind == "open":
        config = message["config"]
        write(config["file"], [])  # what an earlier run left behind
    elif kind == "reconcile":
        desired = message["desired"]
        write(config["file"], [t["address"] for t in desired["targets"] if t["stage"] == "serve"])
        statuses = [{"address": t["address"], "phase": PHASES[t["stage"]]} for t in desired["targets"]]
        reply |= {"type": "status", "generation": desired["generation"], "targets": statuses}
    elif kind not in ("check", "close", "fence"):
        continue
    print(json.dumps(reply), flush=True)
`

const typescript = (
  name: string,
): string => `/* An announcer for Herald: keeps a file with the addresses that it announces. Replace write() by your network. */
import { writeFile } from 'node:fs/promises'

import { ConfigError, definePlugin, type Announcer, type Stage } from 'heraldlb'

interface Config {
  readonly file: string
}

const phases = { arm: 'armed', serve: 'serving', retire: 'silent' } as const satisfies Record<Stage, string>

export default definePlugin<Config>({
  api: 1,
  name: '${name}',
  version: '0.1.0',
  placement: 'every-node',
  fencing: 'none',
  resources: [],
  optionsSchema: { type: 'object', properties: {}, additionalProperties: false },
  unsupported: [],
  parseConfig(input) {
    const { file } = (input ?? {}) as Partial<Config>
    if (typeof file === 'string' && file !== '') return { file }
    throw new ConfigError({ path: '${name}.file', found: JSON.stringify(file) ?? 'nothing', allowed: 'a path' })
  },
  create: ({ file }) => announcer((addresses) => writeFile(file, addresses.map((one) => \`\${one}\\n\`).join(''))),
})

function announcer(write: (addresses: readonly string[]) => Promise<void>): Announcer {
  return {
    /** Clears what an earlier run left behind. */
    open: () => write([]),
    async reconcile({ generation, targets }) {
      await write(targets.filter(({ stage }) => stage === 'serve').map(({ address }) => address))
      return { generation, targets: targets.map(({ address, stage }) => ({ address, phase: phases[stage] })) }
    },
    async close() {},
  }
}
`
