// Makes a fresh Debian machine ready: npm packages, Debian packages (as root), the build. Needs nothing but Node and npm,
// says what it does and why, and is quick when there is nothing to do.
//
//   node scripts/setup.mjs [--for demo|test|bench|check]
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { unpackNewerDebian } from './newer-debian.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const purpose = process.argv[process.argv.indexOf('--for') + 1] ?? 'test'

/** What each Debian package is for; `demo` is what the demo needs, `bench` what only benchmarks do; tests need the rest. */
const packages = [
  { name: 'iproute2', why: 'network namespaces, links and routes of the lab', demo: true },
  { name: 'nftables', why: 'the lab nodes forward service traffic to their backends', demo: true },
  { name: 'procps', why: 'sysctl in the lab namespaces', demo: true },
  { name: 'curl', why: 'the client that asks the service', demo: true },
  { name: 'iputils-ping', why: 'the client that resolves by ARP and NDP', demo: true },
  { name: 'frr', why: 'the BGP router of the walk-through', demo: true },
  { name: 'bird2', why: 'a second BGP router to test against' },
  { name: 'gobgpd', why: 'a third BGP router to test against' },
  { name: 'arping', why: 'a client that asks by ARP' },
  { name: 'ndisc6', why: 'a client that asks by NDP' },
  { name: 'tcpdump', why: 'captures frames for the system tests' },
  { name: 'bind9', why: 'the DNS server to which examples/plugins/dns-rfc2136 publishes' },
  { name: 'bind9-dnsutils', why: 'dig, which looks at what is published' },
  { name: 'libfaketime', why: 'gives the processes of a test clocks that differ' },
  { name: 'openssl', why: 'makes certificates for the tests' },
  { name: 'chromium', why: 'looks at the status page as a reader does' },
  { name: 'prometheus', why: 'scrapes the metrics endpoint, and promtool checks it' },
  { name: 'keepalived', why: 'fails over by VRRP, for comparison', bench: true },
]

function main() {
  requireNode()
  installNpmPackages()
  if (purpose !== 'check') installDebianPackages()
  if (purpose === 'test' || purpose === 'bench') unpackNewerDebian(say)
  build()
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  fail(`Node ${process.versions.node} is too old: Herald needs Node 20.19 or newer`)
}

function installNpmPackages() {
  const stamp = join(root, 'node_modules', '.herald-lock')
  const lock = digest(readFileSync(join(root, 'package-lock.json')))
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  say('npm ci: the libraries and tools of package-lock.json')
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  writeFileSync(stamp, lock)
}

function installDebianPackages() {
  const missing = packages.filter((one) => isWanted(one) && !isInstalled(one.name))
  if (missing.length === 0) return
  const names = missing.map(({ name }) => name)
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) {
    for (const { name, why } of missing) say(`missing: ${name} (${why})`)
    say(`remedy: as root, apt-get install ${names.join(' ')}; what needs them is skipped by name until then`)
    return
  }
  for (const { name, why } of missing) say(`apt-get install ${name}: ${why}`)
  withoutStartingServices(() => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    run('apt-get', ['update', '-qq'], env)
    run('apt-get', ['install', '-qq', '-y', '--no-install-recommends', ...names], env)
  })
}

function isWanted({ demo, bench }) {
  if (purpose === 'demo') return demo
  return purpose === 'bench' || !bench
}

function isInstalled(name) {
  const query = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], { encoding: 'utf8' })
  return query.status === 0 && query.stdout === 'installed'
}

/** The routers and Prometheus are for the lab's namespaces: Debian must not start them on the machine itself. */
function withoutStartingServices(install) {
  const policy = '/usr/sbin/policy-rc.d'
  if (existsSync(policy)) return install()
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  process.once('exit', () => rmSync(policy, { force: true }))
  return install()
}

function build() {
  const stamp = join(root, 'dist', '.sources')
  const sources = digest(
    ['src', 'lab', 'deploy/crds', 'scripts', 'package.json']
      .flatMap((path) => [...fingerprints(join(root, path))])
      .join('\n'),
  )
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return
  say('build: dist/herald.js and dist/demo.js')
  run(process.execPath, [join(root, 'scripts', 'build.mjs')])
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, sources)
}

function* fingerprints(path) {
  const stat = statSync(path)
  if (stat.isDirectory()) for (const name of readdirSync(path).sort()) yield* fingerprints(join(path, name))
  else yield `${path} ${stat.size} ${stat.mtimeMs}`
}

function digest(data) {
  return createHash('sha256').update(data).digest('hex')
}

function run(command, args, env = process.env) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (error) fail(`${command} cannot be run: ${error.message}`)
  if (status !== 0) fail(`${command} ${args.join(' ')} ended with status ${status}`)
}

function say(line) {
  console.log(`setup: ${line}`)
}

function fail(line) {
  console.error(`setup: ${line}`)
  process.exit(1)
}

main()
